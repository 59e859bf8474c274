// A lane: a part that this writer, and nobody else, may append to.
//
// Taking a lane (docs/formats/part.md):
//
//     for each part of the day, by number ──▶ unsealed, not bad, not full, written since boot?
//        │ yes                                                                  │ no: next part
//        ▼                                                                      │
//     lock it ── held by another: next part                                     │
//        ▼                                                                      │
//     look again: same file at the path, no seal, not bad, not full ── else: next part
//        ▼
//     look at the tail ─▶ empty or a whole, verified line: continue it
//                      ─▶ an unfinished line: save it to torn/, cut it off, continue
//                      ─▶ anything else: leave the part as it is, next part
//     no part is left: create the next number, lock it, look again
//
// Beside other tools (log/sharing.h): the greatest numbers are tried first, and a few only; nothing
// is cut off; a line of ours with whole lines of others behind it is continued, an unfinished line
// is left; and the number that is created is the greatest plus two.
//
// So the number of files follows the number of concurrent writers, and no two ever write one file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/strong.h"
#include "log/layout.h"
#include "log/line.h"
#include "log/scan.h"
#include "log/sharing.h"
#include "log/tail.h"
#include "os/file.h"
#include "os/kill_point.h"

namespace daybook::log {

// A part held under its exclusive lock.  Not thread-safe.
//
// The descriptor belongs to this process alone: a forked child closes its copy before fork()
// returns there (see fork_guard.h).
class Lane {
public:
    // Takes the first part of `day` that can be continued, or begins one.
    // kUnsupported: the file system has no such locks.
    static Result<Lane> take(const Layout& layout, Day day, TimestampMs boot_time);
    // Begins a part, whatever others could be continued.
    static Result<Lane> begin(const Layout& layout, Day day);

    Lane(Lane&& other) noexcept;
    Lane& operator=(Lane&& other) noexcept;
    // Gives the lane up: closes the descriptor, and so drops the lock.
    ~Lane();

    // Appends `lines`, whole lines numbered from next_seq() on, with one write.
    struct Outcome {
        std::size_t bytes = 0;  // of whole lines that are in the part now
        std::optional<Error> error{};
        // The end of the part is no longer a line's end and could not be mended: give the lane up.
        bool broken = false;
        // Where other tools write as well: lines that had to be written again, behind the others
        // and numbered on from them.
        std::string again{};
        std::uint64_t again_count = 0;
    };
    Outcome append(std::string_view lines) {
        if (sharing_ == Sharing::kShared) [[unlikely]]
            return append_beside_others(lines);
        os::WriteOutcome written = os::write_all(fd_, lines, path_);
        os::kill_point(os::KillPoint::kLaneWritten);
        if (written.error) [[unlikely]]
            return keep_whole_lines(lines, std::move(written));
        size_ += lines.size();
        return {.bytes = lines.size()};
    }

    // Takes note that `count` lines were appended.
    void advance(std::uint64_t count) { next_seq_ = next_seq_ + count; }
    // The number that the next line gets.
    Seq next_seq() const { return next_seq_; }
    // The number of the last line; 0 if there is none.
    Seq last_seq() const { return Seq(next_seq_.value() - 1); }
    ByteOffset size() const { return size_; }
    bool full() const { return size_.value() >= kPartBytesMax; }
    const PartId& part() const { return part_; }
    const std::string& path() const { return path_; }
    int fd() const { return fd_; }

    // The greatest number known to have survived a sync; and whether the part says so already.
    Seq synced() const { return synced_; }
    Seq synced_to_write() const { return synced_ > synced_written_ ? synced_ : Seq(0); }
    void note_synced(Seq seq);
    void note_synced_written() { synced_written_ = synced_; }

    // Syncs the part's names: its day directory, events/, the ledger's directory and its entry.
    Status sync_names(const Layout& layout) const;
    // Looks again whether other tools write to this log as well.
    void look_for_sharing(const Layout& layout);
    // Marks the part so that nobody takes it again: a sync of it failed.
    Status mark_bad(const Layout& layout) const;

private:
    Lane() = default;
    static Result<Lane> begin_after(const Layout& layout, Day day, PartNumber greatest,
                                    Sharing sharing);
    static Result<std::optional<Lane>> try_first(const Layout& layout,
                                                 const std::vector<PartInfo>& parts,
                                                 TimestampMs boot_time);
    // Beside other tools: the greatest that can be continued, of a few.
    static Result<std::optional<Lane>> try_newest(const Layout& layout,
                                                  const std::vector<PartInfo>& parts,
                                                  TimestampMs boot_time);
    static Result<std::optional<Lane>> try_take(const Layout& layout, const PartId& part,
                                                int open_flags, Sharing sharing);
    Outcome append_beside_others(std::string_view lines);
    Outcome keep_whole_lines(std::string_view lines, os::WriteOutcome written);
    // Cuts a half-written line off; false if the part no longer ends where this writer left it.
    bool cut_fragment(ByteOffset whole, ByteOffset expected_size) const;

    int fd_ = -1;
    std::uint64_t generation_ = 0;  // the fork_generation() that owns fd_
    PartId part_;
    std::string path_;
    Sharing sharing_ = Sharing::kAlone;
    ByteOffset size_;  // where the last line of ours ends; others may have written behind it
    Seq next_seq_{1};
    Seq synced_;
    Seq synced_written_;
};

}  // namespace daybook::log
