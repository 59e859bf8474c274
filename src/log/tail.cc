#include "log/tail.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "log/scan.h"
#include "os/file.h"
#include "os/kill_point.h"

namespace daybook::log {
namespace {

constexpr int kEvidenceCopiesMax = 100;

Tail doubt(std::string reason) {
    return {.verdict = Tail::Verdict::kDoubt, .reason = std::move(reason)};
}

// Why a last line without its newline is not simply one of ours whose writer died; nullptr if it
// is.
const char* doubt_about_fragment(std::string_view fragment) {
    if (fragment.find('\0') != std::string_view::npos) return "NUL bytes at the end";
    // Whole but for the newline, as many tools leave it: an event, not a fragment.
    const bool foreign = judge_line(fragment, ByteOffset(0)).kind == LineKind::kForeign;
    return foreign ? "the last line is another tool's" : nullptr;
}

// Evidence is never overwritten: a part may be torn at the same offset twice.
Status save_evidence(const Layout& layout, const PartId& part, ByteOffset offset,
                     std::string_view evidence) {
    for (int copy = 1; copy <= kEvidenceCopiesMax; ++copy) {
        const std::string path = layout.torn_path(part, offset, copy);
        ASSIGN_OR_RETURN(const bool taken, os::exists(path));
        if (!taken) return os::write_file_atomic(path, evidence);
        // Saved by one who then could not cut, and who may have died before its name was durable.
        const Result<std::string> there = os::read_file(path, kTailBytesMax);
        if (there && *there == evidence) return os::sync_dir(layout.torn_dir());
    }
    return fail(ErrorCode::kLimit, "save the torn tail of {}: it was torn {} times at offset {}",
                layout.part_path(part), kEvidenceCopiesMax, offset.value());
}

// Where lines of other tools may follow the last one of ours.  `bytes` may begin inside a line.
Tail judge_shared_tail(std::string_view bytes, bool whole_part) {
    if (!bytes.ends_with('\n')) {
        return doubt("the last line is unfinished, and another tool may be writing it");
    }
    while (!bytes.empty()) {
        bytes.remove_suffix(1);
        const std::size_t newline = bytes.rfind('\n');
        if (newline == std::string_view::npos && !whole_part) break;
        // npos + 1 is 0: the first line of the part.
        const Line line = judge_line(bytes.substr(newline + 1), ByteOffset(0));
        if (line.kind == LineKind::kDamaged) {
            return doubt("a damaged line comes after the last one of Daybook's");
        }
        if (line.kind == LineKind::kOurs) {
            return {.verdict = Tail::Verdict::kContinue,
                    .next_seq = line.seq + 1,
                    .synced = line.synced};
        }
        bytes = bytes.substr(0, newline + 1);
    }
    return doubt(whole_part ? "another tool has begun the part"
                            : "no line of Daybook's is in the last 64 KiB");
}

// Whether another tool has written among the lines of `bytes`, which may begin inside a line.
bool has_foreign_line(std::string_view bytes, bool whole_part) {
    if (!whole_part) bytes.remove_prefix(std::min(bytes.find('\n'), bytes.size() - 1) + 1);
    Scanner scanner(bytes, ByteOffset(0));
    while (const std::optional<Line> line = scanner.next()) {
        if (line->kind == LineKind::kForeign) return true;
    }
    return false;
}

}  // namespace

Tail judge_tail(std::string_view bytes, ByteOffset size, Sharing sharing) {
    if (size == ByteOffset(0)) return {.verdict = Tail::Verdict::kContinue};
    if (sharing == Sharing::kShared) return judge_shared_tail(bytes, bytes.size() == size.value());
    const std::size_t last_newline = bytes.rfind('\n');
    const bool whole_part = bytes.size() == size.value();
    if (last_newline == std::string_view::npos) {
        if (!whole_part) return doubt("no line ends in the last 64 KiB");
        if (const char* reason = doubt_about_fragment(bytes)) return doubt(reason);
        return {.verdict = Tail::Verdict::kTorn, .whole = ByteOffset(0)};
    }

    const std::string_view unfinished = bytes.substr(last_newline + 1);
    if (const char* reason = doubt_about_fragment(unfinished)) return doubt(reason);
    const std::string_view lines = bytes.substr(0, last_newline);
    const std::size_t previous_newline = lines.rfind('\n');
    if (previous_newline == std::string_view::npos && !whole_part) {
        return doubt("the last line is longer than 64 KiB");
    }
    // npos + 1 is 0: the last line is the first one.
    const Line last = judge_line(lines.substr(previous_newline + 1), ByteOffset(0));
    if (last.kind != LineKind::kOurs) {
        return doubt(last.kind == LineKind::kForeign ? "the last line is another tool's"
                                                     : "the last line is damaged");
    }
    if (!unfinished.empty() && has_foreign_line(bytes, whole_part)) {
        return doubt("another tool writes to the part, and may be writing the last line");
    }
    return {.verdict = unfinished.empty() ? Tail::Verdict::kContinue : Tail::Verdict::kTorn,
            .next_seq = last.seq + 1,
            .synced = last.synced,
            .whole = ByteOffset(size.value() - unfinished.size())};
}

Tail read_tail(int fd, const std::string& path, ByteOffset size, Sharing sharing) {
    const std::uint64_t count = std::min<std::uint64_t>(size.value(), kTailBytesMax);
    std::string bytes(count, '\0');
    const Result<std::size_t> got = os::read_at(fd, ByteOffset(size.value() - count), bytes, path);
    if (!got) return doubt(got.error().message());
    if (*got != count) return doubt("the part shrank while it was looked at");
    return judge_tail(bytes, size, sharing);
}

Status cut_torn_tail(const Layout& layout, const PartId& part, int fd, ByteOffset size,
                     ByteOffset whole) {
    std::string evidence(size - whole, '\0');
    const std::string path = layout.part_path(part);
    ASSIGN_OR_RETURN(const std::size_t got, os::read_at(fd, whole, evidence, path));
    if (got != evidence.size()) {
        return fail(ErrorCode::kIo, "read the torn tail of {}: got {} of {} bytes", path, got,
                    evidence.size());
    }
    RETURN_IF_ERROR(os::make_dirs(layout.torn_dir()));
    RETURN_IF_ERROR(save_evidence(layout, part, whole, evidence));
    // Whoever made torn/: without its own name, a power cut takes the evidence and keeps the cut.
    RETURN_IF_ERROR(os::sync_dir(layout.root()));
    os::kill_point(os::KillPoint::kLaneEvidenceSaved);
    // Saving took a while.  Whoever writes without a lock is not kept out, but is not cut off.
    ASSIGN_OR_RETURN(const os::FileInfo now, os::file_info(fd, path));
    if (now.size != size) {
        return fail(ErrorCode::kBusy, "cut the torn tail of {}: it grew from {} to {} bytes", path,
                    size.value(), now.size.value());
    }
    RETURN_IF_ERROR(os::truncate(fd, whole, path));
    os::kill_point(os::KillPoint::kLaneTailCut);
    return {};
}

}  // namespace daybook::log
