#include "index/explain_merged.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace daybook::index {
namespace {

using Events = std::vector<RowEvent>;
using Position = std::optional<std::size_t>;

bool counts(const RowEvent& event) { return event.out.empty(); }

bool is_end(const RowEvent& event) {
    if (!event.life) return false;
    const LifeKind kind = event.life->kind;
    return kind == LifeKind::kCompleted || kind == LifeKind::kFailed ||
           kind == LifeKind::kCancelled || kind == LifeKind::kInterrupted;
}
bool is_start(const RowEvent& event) {
    return event.life && event.life->kind == LifeKind::kStarted;
}
bool is_deletion(const RowEvent& event) {
    return event.life &&
           (event.life->kind == LifeKind::kDeleted || event.life->kind == LifeKind::kRestored);
}
bool is_environment(const RowEvent& event) {
    return event.life && event.life->kind == LifeKind::kEnvironment;
}

// The event of the least or the greatest stamp among those that count and of which `is_one` is
// true.
template <typename Predicate>
Position least(const Events& events, Predicate&& is_one) {
    Position best;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (!counts(events[i]) || !is_one(events[i])) continue;
        if (!best || events[i].stamp() < events[*best].stamp()) best = i;
    }
    return best;
}
template <typename Predicate>
Position greatest(const Events& events, Predicate&& is_one) {
    Position best;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (!counts(events[i]) || !is_one(events[i])) continue;
        if (!best || events[i].stamp() > events[*best].stamp()) best = i;
    }
    return best;
}

void win(std::vector<Verdict>& verdicts, Position winner, std::string_view columns) {
    if (!winner) return;
    std::string& won = verdicts[*winner].won;
    won += fmt::format("{}{}", won.empty() ? "" : ", ", columns);
}

// The greatest attempt that a start or an end names; 1 where none does.
std::int64_t highest_attempt(const Events& events) {
    std::int64_t attempt = 1;
    for (const RowEvent& event : events) {
        if (counts(event) && (is_start(event) || is_end(event))) {
            attempt = std::max(attempt, event.life->attempt);
        }
    }
    return attempt;
}

bool is_interruption(const RowEvent& event) { return event.life->kind == LifeKind::kInterrupted; }

// The run's end: the greatest of its highest attempt, an interruption only if that has no other.
Position end_of(const Events& events, std::int64_t attempt) {
    const Position real = greatest(events, [&](const RowEvent& event) {
        return is_end(event) && event.life->attempt == attempt && !is_interruption(event);
    });
    if (real) return real;
    return greatest(events, [&](const RowEvent& event) {
        return is_end(event) && event.life->attempt == attempt;
    });
}

std::string why_not(const RowEvent& event, const Events& events, std::int64_t attempt,
                    Position end) {
    if (is_environment(event) || is_deletion(event)) return "older";
    if (event.life->attempt < attempt) {
        return fmt::format("of attempt {}, and there is an attempt {}", event.life->attempt,
                           attempt);
    }
    if (is_start(event)) return "later";
    if (end && is_interruption(event) && !is_interruption(events[*end])) {
        return "an interruption, and its attempt has another end";
    }
    return "older";
}

}  // namespace

void explain_status(const Events& events, std::vector<Verdict>& verdicts,
                    std::vector<std::string>& notes) {
    const std::int64_t attempt = highest_attempt(events);
    const Position end = end_of(events, attempt);
    win(verdicts, least(events, is_start), "started_at_ms");
    win(verdicts,
        least(events,
              [&](const RowEvent& event) {
                  return (is_start(event) || is_end(event)) && event.life->attempt == attempt;
              }),
        "attempt");
    win(verdicts,
        least(events,
              [&](const RowEvent& event) {
                  return is_start(event) && event.life->attempt == attempt;
              }),
        "owner, _attempt_started_ms");
    win(verdicts, end,
        "status, ended_at_ms, completed_at_ms, summary_json, error_json, artifact_paths, extra");
    win(verdicts, greatest(events, is_environment), "_environment");
    win(verdicts, greatest(events, is_deletion), "deleted");
    // It is the time alone that counts, so of several events of that time any is as good.
    win(verdicts, greatest(events, [](const RowEvent&) { return true; }), "last_event_ms");
    const Position active = least(events, [](const RowEvent& event) { return event.is_active; });
    win(verdicts, active, end ? "_active" : "_active, status");

    std::size_t others = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (!verdicts[i].won.empty()) continue;
        if (events[i].life) {
            if (!counts(events[i])) continue;
            verdicts[i].lost = why_not(events[i], events, attempt, end);
        } else {
            verdicts[i].is_left_out = true;
            ++others;
        }
    }
    if (others > 0) {
        notes.push_back(fmt::format("{} other event{} of the run neither began nor ended it",
                                    others, others == 1 ? "" : "s"));
    }
    if (!end && !active) notes.emplace_back("status: pending, since nothing but words came of it");
    notes.emplace_back("trials, artifacts: how many rows trial_results and artifacts_catalog have");
}

void explain_phase(const RowKey& key, const Events& events, std::vector<Verdict>& verdicts,
                   std::vector<std::string>& notes) {
    const std::int64_t order = std::stoll(std::string(key.value_of("phase_order")));
    const auto is_phase_end = [](const RowEvent& event) {
        return event.phase && event.phase->kind != PhaseKind::kStarted;
    };
    const auto is_phase_start = [](const RowEvent& event) {
        return event.phase && event.phase->kind == PhaseKind::kStarted;
    };
    // Ends that do not say where they belong go to the least order that was started.
    std::optional<std::int64_t> least_started;
    for (const RowEvent& event : events) {
        if (!counts(event) || !is_phase_start(event)) continue;
        least_started = std::min(least_started.value_or(event.phase->order), event.phase->order);
    }
    const std::int64_t home = least_started.value_or(-1);
    const auto order_of = [&](const RowEvent& event) {
        return event.phase->order == -1 ? home : event.phase->order;
    };
    const Position start = least(events, [&](const RowEvent& event) {
        return is_phase_start(event) && order_of(event) == order;
    });
    const Position end = greatest(events, [&](const RowEvent& event) {
        return is_phase_end(event) && order_of(event) == order;
    });
    win(verdicts, start, "started_at_ms");
    win(verdicts, end, "completed_at_ms, duration_ms, output_summary_json, status");
    if (end && events[*end].phase->has_extra) {
        win(verdicts, end, "extra");
    } else {
        win(verdicts, start, "extra");
    }
    const Position run_end = end_of(events, highest_attempt(events));
    if (start && !end) {
        win(verdicts, run_end, "status");
        if (!run_end) notes.emplace_back("status: running, since neither it nor its run has ended");
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (!verdicts[i].won.empty()) continue;
        // The run's own events, and other orders of the phase, are no rivals.
        if (!events[i].phase || (events[i].phase->order != -1 && events[i].phase->order != order)) {
            verdicts[i].is_left_out = true;
        } else if (!counts(events[i])) {
            continue;
        } else if (order_of(events[i]) != order) {
            verdicts[i].lost = fmt::format(
                "says no order, and so belongs to order {}, the least that was started", home);
        } else {
            verdicts[i].lost = is_phase_start(events[i]) ? "later" : "older";
        }
    }
}

}  // namespace daybook::index
