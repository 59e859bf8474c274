// The lanes that one writer holds: one a day that it writes to, the next one where a part is about
// to be full, and those that only wait for a sync.
//
//     get(day) ──▶ open ── full, broken, idle, day over ──▶ retired ── synced ──▶ closed
//                   │                                          │
//                   └────────────── a sync failed ─────────────┴──▶ poisoned: `.bad`, closed; or
//                   held
//                                                                   to the end, if no mark could be
//                                                                   made
//
// Not thread-safe; the writer's mutex guards it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/calendar.h"
#include "base/result.h"
#include "log/lane.h"
#include "log/unsynced_lines.h"
#include "log/writer.h"

namespace daybook::log {

// A lane and what is going on with it.
struct OpenLane : std::enable_shared_from_this<OpenLane> {
    OpenLane(Lane taken, UnsyncedBudget& budget) : lane(std::move(taken)), unsynced(budget) {}

    Lane lane;
    UnsyncedLines unsynced;
    bool names_synced = false;  // the part's directory entries are durable
    bool sync_running = false;
    bool failed = false;                 // a sync failed: nothing of it can be trusted any more
    bool deleted = false;                // nobody can read it any more
    bool broken = false;                 // it ends in a fragment that could not be cut off
    std::int64_t unsynced_since_ns = 0;  // 0: all is synced, or on its way
    bool used = true;                    // since housekeeping last looked
    std::int64_t last_used_ns = 0;       // when housekeeping last found it used
    std::uint64_t last_run = 0;          // which of the writer's lookups was its last
    std::int64_t sharing_due_ns = 0;     // when to look again whether other tools write as well

    // After a failed sync: where its lines have been written again, and the number of the last.
    std::shared_ptr<OpenLane> successor{};
    Seq successor_last{};
    // It holds such lines, and no sync has covered them yet.
    bool carries_rewritten = false;

    bool may_be_written() const { return !failed && !broken && !lane.full(); }

    // Takes note of `count` lines that are in the part now, and keeps them until a sync has come.
    // How many lines could not be kept.
    std::uint64_t keep(std::string_view lines, std::uint64_t count, bool promised) {
        lane.advance(count);
        return unsynced.keep(lines, count, lane.last_seq(), promised);
    }
    // The same of those that are there once more, because a line of another tool's had swallowed
    // them; counted in `stats`.
    void keep_again(const Lane::Outcome& outcome, bool promised, WriterStats& stats) {
        if (outcome.again_count == 0) return;
        stats.swallowed += outcome.again_count;
        stats.unprotected += keep(outcome.again, outcome.again_count, promised);
    }
};
// Shared, because a thread that syncs a lane outside the mutex keeps it open even if the lane is
// given up meanwhile.
using LanePtr = std::shared_ptr<OpenLane>;

class LaneSet {
public:
    // Remembers which directory `layout` names now.  `stats` must outlive this.
    LaneSet(const Layout& layout, WriterStats& stats);

    // The lane of `day`; takes one if there is none.
    // kNotFound: the ledger's directory has been moved or replaced since.
    Result<OpenLane*> get(Day day);
    // Begins a part for lines that have to be written again.
    Result<LanePtr> begin_successor(Day day);

    // Writes to the day's lane no more.  It stays open while a sync is due for it.
    void give_up(Day day);
    // After a failed sync: nobody may take the part again.
    void poison(const LanePtr& open);
    // Lets those go that only waited for a sync.
    void close_synced();
    // Gives up what has been idle for long, or is of a day that is over.
    void give_up_idle(std::int64_t now_ns, TimestampMs now);

    // Open ones and retired ones.
    std::vector<LanePtr> all() const;
    UnsyncedBudget& budget() { return budget_; }

    // A day whose part is about to be full, and for which no next lane has been asked for.
    std::optional<Day> wants_next() const;
    // Takes note that somebody sees to it: by take_next(), then add_next().
    void promise_next(Day day) { next_.emplace(day, nullptr); }
    struct Prepared {
        Lane lane;
        bool names_synced = false;
    };
    // Makes files and syncs directories; may be called without the mutex.
    Result<Prepared> take_next(Day day) const;
    void add_next(Day day, Result<Prepared> prepared);
    // Lets a next lane be asked for again where none could be taken.
    void retry_next();

private:
    Status check_place() const;
    Result<LanePtr> take(Day day);
    LanePtr take_back(Day day);

    const Layout layout_;
    const TimestampMs boot_time_;
    std::optional<os::FileIdentity> root_;
    WriterStats& stats_;
    UnsyncedBudget budget_;
    std::map<Day, LanePtr> open_;
    std::map<Day, LanePtr> next_;   // null: it could not be taken; tried again after a while
    std::vector<LanePtr> retired_;  // given up, but with lines that a sync is still due for
    std::vector<LanePtr> held_;     // poisoned, and `.bad` could not be made: kept from others
    std::uint64_t lookups_ = 0;
};

}  // namespace daybook::log
