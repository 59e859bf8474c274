// What a Writer knows and does within one process: its lanes, its clock, its background thread.
//
// Writer (writer.h) is the door: it gives a forked child a new WriterState.
//
// IMPLEMENTATION.  One mutex guards everything but what may take long: the syncs themselves
// (group_sync.h) and the taking of a next lane ahead of need (lane_set.h).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/calendar.h"
#include "log/group_sync.h"
#include "log/lane_set.h"
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
    using Lock = std::unique_lock<std::mutex>;

    // Lines gathered for one write to one lane.
    struct Run {
        Day day;
        OpenLane* open = nullptr;  // of lanes_
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
    // The drafts from `begin` on: all of them, or as many as may wait for a sync at once.
    AppendOutcome append_piece(Lock& lock, std::span<const Draft> drafts, std::size_t begin,
                               bool wants_sync, Stamper& stamper);
    AppendOutcome append_buffered(std::span<const Draft> drafts, Stamper& stamper);
    Status add_line(Progress& progress, Day day, std::string_view text);
    Status write_run(Progress& progress);
    Status flush_locked();
    void look_for_sharing(OpenLane& open);
    void wait_for_room(Lock& lock);
    void note_unsynced(OpenLane& open, bool sync_follows);

    void sync_due(Lock& lock, std::int64_t now_ns);
    void prepare_next(Lock& lock);

    void wake_background();
    void run_background();
    std::int64_t next_deadline_ns() const;

    const Layout layout_;
    const WriterOptions options_;
    const Clock& clock_;

    mutable std::mutex mutex_;
    std::condition_variable background_wakes_;
    WriterStats stats_;
    LaneSet lanes_;
    GroupSync sync_;
    std::string lines_;  // reused by every write
    std::vector<BufferedLine> buffered_;
    std::string buffered_text_;
    std::int64_t buffered_since_ns_ = 0;
    std::int64_t housekeeping_due_ns_;
    TimestampMs last_time_;
    bool reserve_missing_ = false;
    bool stopping_ = false;
    std::thread background_;
};

}  // namespace daybook::log
