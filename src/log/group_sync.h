// Syncs that threads share, and what is done when one fails.
//
// A thread that needs a sync lets the writer's mutex go, calls fdatasync, and comes back to say how
// far it reached.  A thread that finds one running waits for it and looks again, so that all who
// come meanwhile share the next one (group commit).
//
// After a failed fdatasync the file is never synced again: the kernel may have dropped the bytes
// and called them clean, so that a second call would prove nothing.
//
//     fdatasync fails ─▶ mark the part `.bad` ─▶ write the lines that no sync had covered to a new
//     part, from memory ─▶ sync that ─▶ those who wait are acknowledged
//                                      └─ fails too: they get the error
//
// A part that has been deleted is treated as one whose sync has failed, but for the mark; and what
// earlier syncs had covered is gone with it, which is always told.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "log/lane_set.h"
#include "log/writer.h"

namespace daybook::log {

// All functions are called with the writer's mutex held, in `lock`.
class GroupSync {
public:
    using Lock = std::unique_lock<std::mutex>;

    // All must outlive this.
    GroupSync(const Layout& layout, const Clock& clock, LaneSet& lanes, WriterStats& stats)
        : layout_(layout), clock_(clock), lanes_(lanes), stats_(stats) {}

    // Returns once everything up to `seq` has survived a sync, by this thread's or another one's,
    // in this part or in the one that its lines were written to again.
    Status through(Lock& lock, LanePtr open, Seq seq);

    // Syncs everything in every lane.  An error if lines have been lost since the last call, be it
    // in the background.
    Status everything(Lock& lock);

private:
    Status once(Lock& lock, const LanePtr& open);
    Status recover(const LanePtr& open, const Error& error);
    Status rewrite(const LanePtr& open);

    const Layout& layout_;
    const Clock& clock_;
    LaneSet& lanes_;
    WriterStats& stats_;
    std::condition_variable done_;
    std::optional<Error> unreported_;
};

}  // namespace daybook::log
