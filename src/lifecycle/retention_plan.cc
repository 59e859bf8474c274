#include "lifecycle/retention_plan.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/calendar.h"

namespace daybook::lifecycle {
namespace {

constexpr std::int64_t kDayMs = std::int64_t{24} * 60 * 60 * 1000;

std::string day_text(std::int64_t ms) { return to_iso8601(TimestampMs(ms)).substr(0, 10); }

// What keeps the run whatever a limit says; nullopt: nothing.
std::optional<Reason> protection(const RunFacts& run) {
    if (run.is_running) return Reason::kRunning;
    // What somebody has said of the run before what only time will change.
    if (!run.held.empty()) return Reason::kHeld;
    if (!run.pinned.empty()) return Reason::kPinned;
    if (!run.kept.empty()) return Reason::kKept;
    if (!run.unsealed.empty()) return Reason::kUnsealed;
    if (!run.unarchived.empty()) return Reason::kUnarchived;
    if (!run.unindexed.empty()) return Reason::kUnindexed;
    return std::nullopt;
}

class Planner {
public:
    Planner(const LedgerFacts& facts, const RetentionPolicy& policy, const PlanTime& time)
        : facts_(facts), policy_(policy), asked_(facts.runs.size()), order_(facts.runs.size()) {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::sort(order_.begin(), order_.end(), [this](std::size_t a, std::size_t b) {
            const RunFacts& x = facts_.runs[a];
            const RunFacts& y = facts_.runs[b];
            return std::tie(x.last_event_ms, x.run_id) < std::tie(y.last_event_ms, y.run_id);
        });
        set_time(time);
    }

    RetentionPlan make() {
        ask_for_deleted();
        ask_for_old();
        ask_for_more_than_the_last();
        ask_for_bytes();
        for (const std::size_t i : order_) decide(i);
        return std::move(plan_);
    }

private:
    void set_time(const PlanTime& time) {
        plan_.counted_from = time.clock;
        if (time.trust_clock || order_.empty()) return;
        const std::int64_t newest = facts_.runs[order_.back()].last_event_ms;
        if (time.clock.value() - newest <= kClockAheadMsMax) return;
        plan_.counted_from = TimestampMs(newest + kClockAheadMsMax);
        if (!policy_.keep_days) return;
        plan_.notes.push_back(fmt::format(
            "ages are counted from {}, 7 days after the newest event, and not from the clock, "
            "which says {}; --trust-clock counts from the clock",
            day_text(plan_.counted_from.value()), day_text(time.clock.value())));
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

    // Runs that were deleted are none of the last: nobody sees them.
    void ask_for_more_than_the_last() {
        if (!policy_.keep_last_runs) return;
        std::uint64_t kept = 0;
        for (auto i = order_.rbegin(); i != order_.rend(); ++i) {
            const RunFacts& run = facts_.runs[*i];
            if (run.is_deleted || kept == *policy_.keep_last_runs) {
                ask(*i, Reason::kBeyondRuns);
            } else {
                ++kept;
            }
        }
    }

    // The oldest first, until what is left is small enough.
    void ask_for_bytes() {
        if (!policy_.keep_bytes) return;
        std::uint64_t left = facts_.disk_bytes;
        const auto take = [&](const RunFacts& run) { left -= std::min(left, run.disk_bytes); };
        for (const std::size_t i : order_) {
            if (asked_[i] && !protection(facts_.runs[i])) take(facts_.runs[i]);
        }
        for (const std::size_t i : order_) {
            if (left <= *policy_.keep_bytes) return;
            if (asked_[i]) continue;
            ask(i, Reason::kBeyondBytes);
            if (!protection(facts_.runs[i])) take(facts_.runs[i]);
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
        const std::optional<Reason> kept = protection(run);
        if (!kept && run.events == 0) {
            ++plan_.reduced;
            return;
        }
        RunDecision decision{.run_id = run.run_id,
                             .reason = kept.value_or(*asked_[index]),
                             .text = "",
                             .last_event_ms = run.last_event_ms,
                             .events = run.events,
                             .bytes = run.bytes,
                             .disk_bytes = run.disk_bytes};
        decision.text = text_of(decision.reason, run);
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
                return fmt::format("its last event, of {}, is older than {} days",
                                   day_text(run.last_event_ms), *policy_.keep_days);
            case Reason::kBeyondRuns:
                return fmt::format("it is not among the last {} runs", *policy_.keep_last_runs);
            case Reason::kBeyondBytes:
                return fmt::format("the log is above {} bytes, and this is among the oldest",
                                   *policy_.keep_bytes);
            case Reason::kRunning: return "it is running";
            case Reason::kUnsealed: return fmt::format("{} is not sealed yet", run.unsealed);
            case Reason::kUnarchived:
                return fmt::format("{} is not archived; 'daybook archive' does it", run.unarchived);
            case Reason::kUnindexed:
                return fmt::format("{} is not indexed; 'daybook index' does it", run.unindexed);
            case Reason::kHeld: return fmt::format("hold: {}", run.held);
            case Reason::kPinned: return fmt::format("pinned by tag {}", run.pinned);
            case Reason::kKept: return fmt::format("keep: {}", run.kept);
        }
        return {};
    }

    const LedgerFacts& facts_;
    const RetentionPolicy& policy_;
    std::vector<std::optional<Reason>> asked_;
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
        case Reason::kHeld: return "held";
        case Reason::kPinned: return "pinned";
        case Reason::kKept: return "kept";
    }
    return {};
}

RetentionPlan plan_retention(const LedgerFacts& facts, const RetentionPolicy& policy,
                             const PlanTime& time) {
    return Planner(facts, policy, time).make();
}

}  // namespace daybook::lifecycle
