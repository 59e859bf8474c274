#include "log/group_sync.h"

#include <string>
#include <utility>

#include "log/scan.h"
#include "os/deleted.h"
#include "os/kill_point.h"

namespace daybook::log {
namespace {

// The lines of `chunk` that come after `synced`, numbered anew from `next` on.
struct Renumbered {
    std::string lines;
    std::uint64_t count = 0;
};
Renumbered renumber(const UnsyncedLines::Chunk& chunk, Seq synced, Seq next) {
    Renumbered out;
    Scanner scanner(chunk.lines(), ByteOffset(0));
    while (const std::optional<Line> line = scanner.next()) {
        if (line->seq <= synced) continue;
        const std::size_t begin = out.lines.size();
        out.lines.append(line->body);
        append_trailer(out.lines, begin, next + out.count, Seq(0));
        ++out.count;
    }
    return out;
}

// Writing to a file that has no name any more succeeds, and so does its sync.
Status sync_part(const Lane& lane, bool& is_deleted) {
    RETURN_IF_ERROR(os::sync_data(lane.fd(), lane.path()));
    is_deleted = os::is_deleted(lane.fd());
    if (!is_deleted) return {};
    return fail(ErrorCode::kNotFound,
                "sync {}: it has been deleted while it was open, with the events that were in it",
                lane.path());
}

}  // namespace

Status GroupSync::through(Lock& lock, LanePtr open, Seq seq) {
    while (open->lane.synced() < seq) {
        if (open->successor) {
            seq = open->successor_last;
            open = open->successor;
        } else if (open->failed) {
            return fail(ErrorCode::kIo, "sync {}: an earlier sync failed", open->lane.path());
        } else if (open->sync_running) {
            done_.wait(lock);
        } else {
            RETURN_IF_ERROR(once(lock, open));
        }
    }
    return {};
}

Status GroupSync::everything(Lock& lock) {
    for (const LanePtr& open : lanes_.all()) {
        (void)through(lock, open, open->lane.last_seq());  // A failure is in unreported_.
    }
    if (unreported_) return fail(*std::exchange(unreported_, std::nullopt));
    return {};
}

// One fdatasync for all that is written to the lane so far, made without the mutex.
Status GroupSync::once(Lock& lock, const LanePtr& open) {
    open->sync_running = true;
    open->unsynced_since_ns = 0;
    const Seq target = open->lane.last_seq();
    const bool names_synced = open->names_synced;

    lock.unlock();
    bool is_deleted = false;
    const Status data = sync_part(open->lane, is_deleted);
    if (data) os::kill_point(os::KillPoint::kWriterDataSynced);
    Status names = data && !names_synced ? open->lane.sync_names(layout_) : Status();
    if (data && names) os::kill_point(os::KillPoint::kWriterNamesSynced);
    lock.lock();

    open->sync_running = false;
    open->deleted = is_deleted;
    done_.notify_all();
    if (!data) return recover(open, data.error());
    if (!names) {
        // Names can be synced again later, and nothing is lost from the file.
        ++stats_.sync_failures;
        unreported_ = names.error();
        return names;
    }
    ++stats_.syncs;
    open->names_synced = true;
    open->lane.note_synced(target);
    open->unsynced.forget_through(target);
    if (std::exchange(open->carries_rewritten, false)) {
        os::kill_point(os::KillPoint::kWriterRewriteSynced);
    }
    if (open->unsynced_since_ns == 0) lanes_.close_synced();
    return {};
}

// `error` is what a sync of `open` said.  No error: its lines are in the successor now, and wait
// for the sync of that.
Status GroupSync::recover(const LanePtr& open, const Error& error) {
    ++stats_.sync_failures;
    lanes_.poison(open);
    os::kill_point(os::KillPoint::kWriterSyncFailed);
    // One part that fails may be a bad spot; a second one says that the device is.
    const Status rewritten = open->carries_rewritten ? Status(fail(error)) : rewrite(open);
    const std::uint64_t dropped = open->unsynced.dropped();
    if (!rewritten || open->deleted) {
        unreported_ = error;
    } else if (dropped > 0) {
        unreported_ = Error(error.code(),
                            fmt::format("{}; {} events are not known to be on the device and could "
                                        "not be written again",
                                        error.message(), dropped));
    }
    open->unsynced.clear();
    if (!rewritten) return fail(error);
    return {};
}

Status GroupSync::rewrite(const LanePtr& open) {
    const auto& chunks = open->unsynced.chunks();
    if (chunks.empty()) return fail(ErrorCode::kIo, "nothing is kept");
    ASSIGN_OR_RETURN(const LanePtr next, lanes_.begin_successor(open->lane.part().day));
    next->unsynced_since_ns = clock_.monotonic_ns();
    for (const UnsyncedLines::Chunk& chunk : chunks) {
        const Renumbered again = renumber(chunk, open->lane.synced(), next->lane.next_seq());
        if (again.count == 0) continue;
        Lane::Outcome outcome = next->lane.append(again.lines);
        next->broken = outcome.broken;
        if (outcome.error) return fail(std::move(*outcome.error));
        stats_.lines += again.count;
        stats_.bytes += again.lines.size();
        stats_.rewritten += again.count;
        stats_.unprotected += next->keep(again.lines, again.count, chunk.promised);
        next->keep_again(outcome, chunk.promised, stats_);
    }
    os::kill_point(os::KillPoint::kWriterRewritten);
    open->successor_last = next->lane.last_seq();
    open->successor = next;
    return {};
}

}  // namespace daybook::log
