// Which runs go and which stay, and why: a pure function of facts, a policy and the time.
//
// A run goes only where a limit of the policy asks for it, and never while it is running, while
// anything of it lies in a part that is not sealed, not archived or not indexed, or while a hold, a
// pinned tag or a filter of `keep` protects it.  The same facts give the same plan, in the same
// order.
//
// What is said of a run (that it runs, a hold, a pin, a filter of `keep`) protects the runs below
// it too, and the runs of a family are among the last, or not, together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/calendar.h"
#include "base/result.h"
#include "base/strong.h"
#include "lifecycle/policy.h"

namespace daybook::lifecycle {

// How far the clock may be ahead of the newest event before it is not believed any more: a clock
// that jumps a year would else delete all that is older than the policy's days.
inline constexpr std::int64_t kClockAheadMsMax = std::int64_t{7} * 24 * 60 * 60 * 1000;

struct RunFacts {
    std::string run_id{};
    std::string parent_run_id{};      // empty: it names none
    std::int64_t first_event_ms = 0;  // when it was created, or started; 0: not known
    std::int64_t last_event_ms = 0;
    // What would go: lines in archives, without what the summary keeps.
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    // What of the archives' size that is, about.
    std::uint64_t disk_bytes = 0;
    std::vector<Day> days{};      // with events of it, in order
    std::vector<Day> days_cut{};  // with events that would go
    bool is_running = false;
    bool is_deleted = false;
    // Each is empty, or names what keeps the run: a part, or a day's directory …
    std::string unsealed{};
    std::string unarchived{};
    std::string unindexed{};
    std::string damaged{};
    // … the reason of a hold, a tag, a filter.
    std::string held{};
    std::string pinned{};
    std::string kept{};
};

struct LedgerFacts {
    std::vector<RunFacts> runs{};
    // Of archives, and of what parts that are not archived will take there.
    std::uint64_t disk_bytes = 0;
    // When a run last did something: what only marks runs may be written by a clock that is wrong,
    // years after.  Unset: it is not known, and all events count.
    std::optional<std::int64_t> newest_work_ms{};
    // Files that could not be read, each a sentence.
    std::vector<std::string> problems{};
    // Holds, tags and filters that protect none of the runs, each a sentence.
    std::vector<std::string> idle{};
};

enum class Reason : std::uint8_t {
    // It goes:
    kDeleted,
    kTooOld,
    kBeyondRuns,
    kBeyondBytes,
    // It would, but stays:
    kRunning,
    kUnsealed,
    kUnarchived,
    kUnindexed,
    kDamaged,
    kHeld,
    kPinned,
    kKept,
};
// "too_old", …: stable names.
std::string_view to_string(Reason reason);

struct RunDecision {
    std::string run_id{};
    Reason reason = Reason::kTooOld;
    std::string text{};  // why, in words
    std::int64_t last_event_ms = 0;
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    std::uint64_t disk_bytes = 0;
};

struct RetentionPlan {
    // Oldest first.
    std::vector<RunDecision> goes{};
    // What a limit asks for, and what keeps it; oldest first.
    std::vector<RunDecision> stays{};
    std::uint64_t within = 0;   // runs that no limit asks for
    std::uint64_t reduced = 0;  // runs of which only the summary is left
    // Of what goes.
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    std::uint64_t disk_bytes = 0;
    // When ages are counted from.
    TimestampMs counted_from{};
    // What the user should know: a clock that is not believed, a size that cannot be reached.
    std::vector<std::string> notes{};
};

struct PlanTime {
    TimestampMs clock{};
    bool trust_clock = false;  // however far it is ahead of the newest event
};

// Whether the facts say what of each run could go.
enum class Sizes : std::uint8_t {
    kKnown,
    kUnknown,  // something of every run may
};

RetentionPlan plan_retention(const LedgerFacts& facts, const RetentionPolicy& policy,
                             const PlanTime& time, Sizes sizes = Sizes::kKnown);

}  // namespace daybook::lifecycle
