// What a Writer knows and does within one process: its lanes, its clock, its background thread.
//
// Writer (writer.h) is the door: it gives a forked child a new WriterState.
//
// IMPLEMENTATION.  One mutex guards everything but the syncs themselves: a thread that needs one
// marks the lane, lets the mutex go, calls fdatasync, and comes back to say how far it reached.  A
// thread that finds a sync running waits for it and then looks again, so that concurrent callers
// share one sync (group commit).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/calendar.h"
#include "log/lane.h"
#include "log/writer.h"

namespace daybook::log {

class Writer::State {
public:
    State(const Layout& layout, const WriterOptions& options);
    ~State();

    AppendOutcome append(std::span<const Draft> drafts, Durability durability, Stamper& stamper);
    Status flush();
    Status sync();
    void maintain();
    WriterStats stats() const;

private:
    // A lane and what is going on with it.
    struct OpenLane : std::enable_shared_from_this<OpenLane> {
        explicit OpenLane(Lane taken) : lane(std::move(taken)) {}

        Lane lane;
        bool names_synced = false;  // the part's directory entries are durable
        bool sync_running = false;
        bool failed = false;                 // a sync failed: nothing of it can be trusted any more
        bool broken = false;                 // it ends in a fragment that could not be cut off
        std::int64_t unsynced_since_ns = 0;  // 0: all is synced, or on its way
        bool used = true;                    // since housekeeping last looked
        std::int64_t last_used_ns = 0;       // when housekeeping last found it used
        std::uint64_t last_run = 0;          // which of runs_ was its last

        bool may_be_written() const { return !failed && !broken && !lane.full(); }
    };
    // Shared, because a thread that syncs a lane outside the mutex keeps it open even if the lane
    // is given up meanwhile.
    using LanePtr = std::shared_ptr<OpenLane>;
    using Lock = std::unique_lock<std::mutex>;

    // Lines gathered for one write to one lane.
    struct Run {
        Day day;
        OpenLane* open = nullptr;  // in lanes_
        std::size_t count = 0;
    };
    // What a sync has to reach before lines are acknowledged at `power`.
    struct Written {
        LanePtr open;
        Seq last;
        std::size_t accepted_before = 0;  // drafts accepted before these lines
    };
    // Where the lines of one append go, and how far it has come.
    struct Progress {
        Run run{};
        std::size_t accepted = 0;
        bool wants_sync = false;
        std::vector<Written> written{};  // only if wants_sync
    };

    // A line that is accepted but not written; its stamped text lies in buffered_text_.
    struct BufferedLine {
        Day day;
        std::size_t bytes = 0;
    };

    TimestampMs draw_time();
    AppendOutcome append_now(Lock& lock, std::span<const Draft> drafts, bool wants_sync,
                             Stamper& stamper);
    AppendOutcome append_buffered(std::span<const Draft> drafts, Stamper& stamper);
    Status add_line(Progress& progress, Day day, std::string_view text);
    Status write_run(Progress& progress);
    Status flush_locked();

    Result<OpenLane*> lane_for(Day day);
    LanePtr take_back(Day day);
    void give_up(Day day);
    void note_unsynced(OpenLane& open, bool sync_follows);
    Status sync_through(Lock& lock, const LanePtr& open, Seq seq);
    Status sync_once(Lock& lock, const LanePtr& open);
    void poison(const LanePtr& open);
    void sync_due(Lock& lock, std::int64_t now_ns);
    void give_up_idle(std::int64_t now_ns);

    void wake_background();
    void run_background();
    std::int64_t next_deadline_ns() const;

    const Layout layout_;
    const WriterOptions options_;
    const Clock& clock_;
    const TimestampMs boot_time_;

    mutable std::mutex mutex_;
    std::condition_variable sync_done_;
    std::condition_variable background_wakes_;
    std::map<Day, LanePtr> lanes_;
    std::vector<LanePtr> retired_;  // given up, but with lines that a sync is still due for
    std::vector<LanePtr> held_;     // poisoned, and `.bad` could not be made: kept from others
    std::uint64_t runs_ = 0;        // lookups of a lane so far: which lane was used least recently
    std::optional<Error> unreported_;  // a failed sync that sync() has not told of
    std::string lines_;                // reused by every write
    std::vector<BufferedLine> buffered_;
    std::string buffered_text_;
    std::int64_t buffered_since_ns_ = 0;
    std::int64_t housekeeping_due_ns_;
    TimestampMs last_time_;
    WriterStats stats_;
    bool stopping_ = false;
    std::thread background_;
};

}  // namespace daybook::log
