#include "lifecycle/retention_plan.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/calendar.h"
#include "lifecycle/run_family.h"

namespace daybook::lifecycle {
namespace {

constexpr std::int64_t kDayMs = std::int64_t{24} * 60 * 60 * 1000;

std::string day_text(std::int64_t ms) { return to_iso8601(TimestampMs(ms)).substr(0, 10); }

// What keeps a run whatever a limit says.
struct Protection {
    Reason reason = Reason::kRunning;
    std::string text{};  // what keeps it, in words
};

// What somebody has said of the run, or what it does: that holds for the runs below it, too.
std::optional<Protection> own_protection(const RunFacts& run) {
    if (run.is_running) return Protection{Reason::kRunning, "it is running"};
    if (!run.held.empty()) return Protection{Reason::kHeld, "hold: " + run.held};
    if (!run.pinned.empty()) return Protection{Reason::kPinned, "pinned by tag " + run.pinned};
    if (!run.kept.empty()) return Protection{Reason::kKept, "keep: " + run.kept};
    return std::nullopt;
}

// What only time or a repair will change.
std::optional<Protection> state_protection(const RunFacts& run) {
    if (!run.damaged.empty()) {
        return Protection{Reason::kDamaged,
                          run.damaged + " is damaged; 'daybook verify --deep' says how"};
    }
    if (!run.unsealed.empty()) {
        return Protection{Reason::kUnsealed, run.unsealed + " is not sealed yet"};
    }
    if (!run.unarchived.empty()) {
        return Protection{Reason::kUnarchived,
                          run.unarchived + " is not archived; 'daybook archive' does it"};
    }
    if (!run.unindexed.empty()) {
        return Protection{Reason::kUnindexed,
                          run.unindexed + " is not indexed; 'daybook index' does it"};
    }
    return std::nullopt;
}

class Planner {
public:
    Planner(const LedgerFacts& facts, const RetentionPolicy& policy, const PlanTime& time,
            Sizes sizes)
        : facts_(facts),
          policy_(policy),
          sizes_(sizes),
          asked_(facts.runs.size()),
          protections_(facts.runs.size()),
          order_(facts.runs.size()) {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::sort(order_.begin(), order_.end(), [this](std::size_t a, std::size_t b) {
            const RunFacts& x = facts_.runs[a];
            const RunFacts& y = facts_.runs[b];
            return std::tie(x.last_event_ms, x.run_id) < std::tie(y.last_event_ms, y.run_id);
        });
        set_time(time);
        find_protections();
    }

    RetentionPlan make() {
        ask_for_deleted();
        ask_for_old();
        ask_for_more_than_the_last();
        ask_for_bytes();
        for (const std::size_t i : order_) decide(i);
        // A slip of the pen in what protects shows when something goes.
        if (!plan_.goes.empty()) {
            plan_.notes.insert(plan_.notes.end(), facts_.idle.begin(), facts_.idle.end());
        }
        return std::move(plan_);
    }

private:
    void set_time(const PlanTime& time) {
        plan_.counted_from = time.clock;
        if (time.trust_clock || order_.empty()) return;
        const std::int64_t newest =
            facts_.newest_work_ms.value_or(facts_.runs[order_.back()].last_event_ms);
        if (time.clock.value() - newest <= kClockAheadMsMax) return;
        plan_.counted_from = TimestampMs(newest + kClockAheadMsMax);
        if (!policy_.keep_days) return;
        plan_.notes.push_back(fmt::format(
            "ages are counted from {}, 7 days after the newest event, and not from the clock, "
            "which says {}; --trust-clock counts from the clock",
            day_text(plan_.counted_from.value()), day_text(time.clock.value())));
    }

    void find_protections() {
        for (std::size_t i = 0; i < facts_.runs.size(); ++i) {
            family_.add(facts_.runs[i].run_id, facts_.runs[i].parent_run_id);
            positions_.emplace(facts_.runs[i].run_id, i);
        }
        for (std::size_t i = 0; i < facts_.runs.size(); ++i) {
            const RunFacts& run = facts_.runs[i];
            std::optional<Protection>& found = protections_[i];
            for (const std::string_view above : family_.line_of(run.run_id)) {
                const auto position = positions_.find(above);
                if (position == positions_.end()) continue;
                found = own_protection(facts_.runs[position->second]);
                if (!found) continue;
                if (position->second != i) found->text += fmt::format(" (run {} above it)", above);
                break;
            }
            if (!found) found = state_protection(run);
        }
    }

    void ask(std::size_t run, Reason reason) {
        if (!asked_[run]) asked_[run] = reason;
    }

    void ask_for_deleted() {
        if (!policy_.deleted) return;
        for (const std::size_t i : order_) {
            if (facts_.runs[i].is_deleted) ask(i, Reason::kDeleted);
        }
    }

    void ask_for_old() {
        if (!policy_.keep_days) return;
        const std::int64_t oldest = plan_.counted_from.value() - *policy_.keep_days * kDayMs;
        for (const std::size_t i : order_) {
            if (facts_.runs[i].last_event_ms < oldest) ask(i, Reason::kTooOld);
        }
    }

    // A family is as new as its newest run.  Runs that were deleted are none of the last, and what
    // is below a deleted one neither: nobody sees them.
    void ask_for_more_than_the_last() {
        if (!policy_.keep_last_runs) return;
        std::unordered_map<std::string_view, bool> stays;  // by the run at the top
        std::uint64_t kept = 0;
        for (auto i = order_.rbegin(); i != order_.rend(); ++i) {
            const RunFacts& run = facts_.runs[*i];
            if (run.is_deleted) {
                ask(*i, Reason::kBeyondRuns);
                continue;
            }
            const std::string_view top = family_.top_of(run.run_id);
            const auto [family, is_new] = stays.try_emplace(top, false);
            if (is_new && !facts_.runs[positions_.at(top)].is_deleted) {
                family->second = kept < *policy_.keep_last_runs;
                if (family->second) ++kept;
            }
            if (!family->second) ask(*i, Reason::kBeyondRuns);
        }
    }

    // The oldest first, until what is left is small enough.
    void ask_for_bytes() {
        if (!policy_.keep_bytes) return;
        std::uint64_t left = facts_.disk_bytes;
        const auto take = [&](const RunFacts& run) { left -= std::min(left, run.disk_bytes); };
        for (const std::size_t i : order_) {
            if (asked_[i] && !protections_[i]) take(facts_.runs[i]);
        }
        for (const std::size_t i : order_) {
            if (left <= *policy_.keep_bytes) return;
            if (asked_[i]) continue;
            ask(i, Reason::kBeyondBytes);
            if (!protections_[i]) take(facts_.runs[i]);
        }
        if (left <= *policy_.keep_bytes) return;
        plan_.notes.push_back(fmt::format(
            "keep_bytes cannot be reached: {} bytes stay, {} are allowed; what stays says why",
            left, *policy_.keep_bytes));
    }

    void decide(std::size_t index) {
        const RunFacts& run = facts_.runs[index];
        if (!asked_[index]) {
            ++plan_.within;
            return;
        }
        const std::optional<Protection>& kept = protections_[index];
        if (!kept && run.events == 0 && sizes_ == Sizes::kKnown) {
            ++plan_.reduced;
            return;
        }
        RunDecision decision{.run_id = run.run_id,
                             .reason = kept ? kept->reason : *asked_[index],
                             .text = "",
                             .last_event_ms = run.last_event_ms,
                             .events = run.events,
                             .bytes = run.bytes,
                             .disk_bytes = run.disk_bytes};
        decision.text = kept ? kept->text : text_of(decision.reason, run);
        if (kept) {
            plan_.stays.push_back(std::move(decision));
            return;
        }
        plan_.events += run.events;
        plan_.bytes += run.bytes;
        plan_.disk_bytes += run.disk_bytes;
        plan_.goes.push_back(std::move(decision));
    }

    std::string text_of(Reason reason, const RunFacts& run) const {
        switch (reason) {
            case Reason::kDeleted: return "it was deleted";
            case Reason::kTooOld:
                return fmt::format("its last event, of {}, is older than {} day{}",
                                   day_text(run.last_event_ms), *policy_.keep_days,
                                   *policy_.keep_days == 1 ? "" : "s");
            case Reason::kBeyondRuns:
                return fmt::format("it is not among the last {} runs", *policy_.keep_last_runs);
            case Reason::kBeyondBytes:
                return fmt::format("the log is above {} bytes, and this is among the oldest",
                                   *policy_.keep_bytes);
            default: break;  // What keeps a run says so itself.
        }
        return {};
    }

    const LedgerFacts& facts_;
    const RetentionPolicy& policy_;
    const Sizes sizes_;
    RunFamily family_;
    std::unordered_map<std::string_view, std::size_t> positions_;
    std::vector<std::optional<Reason>> asked_;
    std::vector<std::optional<Protection>> protections_;
    std::vector<std::size_t> order_;  // oldest first
    RetentionPlan plan_;
};

}  // namespace

std::string_view to_string(Reason reason) {
    switch (reason) {
        case Reason::kDeleted: return "deleted";
        case Reason::kTooOld: return "too_old";
        case Reason::kBeyondRuns: return "beyond_runs";
        case Reason::kBeyondBytes: return "beyond_bytes";
        case Reason::kRunning: return "running";
        case Reason::kUnsealed: return "unsealed";
        case Reason::kUnarchived: return "unarchived";
        case Reason::kUnindexed: return "unindexed";
        case Reason::kDamaged: return "damaged";
        case Reason::kHeld: return "held";
        case Reason::kPinned: return "pinned";
        case Reason::kKept: return "kept";
    }
    return {};
}

RetentionPlan plan_retention(const LedgerFacts& facts, const RetentionPolicy& policy,
                             const PlanTime& time, Sizes sizes) {
    return Planner(facts, policy, time, sizes).make();
}

}  // namespace daybook::lifecycle
