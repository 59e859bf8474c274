#include "log/lane.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "log/fork_guard.h"
#include "log/scan.h"
#include "os/lock.h"

namespace daybook::log {
namespace {

// Another process may begin parts at the same time; each time it wins, the next number is tried.
constexpr int kCreateAttemptsMax = 10'000;
constexpr int kEvidenceCopiesMax = 100;
constexpr PartNumber kPartNumberMax(std::numeric_limits<PartNumber::Underlying>::max());

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

bool may_be_continued(const PartInfo& part, TimestampMs boot_time) {
    return !part.sealed && !part.bad && part.size.value() < kPartBytesMax &&
           part.modified_ns / 1'000'000 >= boot_time.value();
}

// Whether `fd` is still the part that it was when it was listed.
Result<bool> still_a_lane(const Layout& layout, const PartId& part, const os::FileInfo& info) {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> at_path,
                     os::file_info(layout.part_path(part)));
    if (!at_path || at_path->identity != info.identity) return false;
    if (info.size.value() >= kPartBytesMax) return false;
    ASSIGN_OR_RETURN(const bool sealed, os::exists(layout.seal_path(part)));
    if (sealed) return false;
    ASSIGN_OR_RETURN(const bool bad, os::exists(layout.bad_path(part)));
    return !bad;
}

Tail read_tail(int fd, const std::string& path, ByteOffset size) {
    const std::uint64_t count = std::min<std::uint64_t>(size.value(), kTailBytesMax);
    std::string bytes(count, '\0');
    const Result<std::size_t> got = os::read_at(fd, ByteOffset(size.value() - count), bytes, path);
    if (!got) return doubt(got.error().message());
    if (*got != count) return doubt("the part shrank while it was looked at");
    return judge_tail(bytes, size);
}

// Evidence is never overwritten: a part may be torn at the same offset twice.
Status save_evidence(const Layout& layout, const PartId& part, ByteOffset offset,
                     std::string_view evidence) {
    for (int copy = 1; copy <= kEvidenceCopiesMax; ++copy) {
        const std::string path = layout.torn_path(part, offset, copy);
        ASSIGN_OR_RETURN(const bool taken, os::exists(path));
        if (!taken) return os::write_file_atomic(path, evidence);
        // Saved by one who then could not cut.
        const Result<std::string> there = os::read_file(path, kTailBytesMax);
        if (there && *there == evidence) return {};
    }
    return fail(ErrorCode::kLimit, "save the torn tail of {}: it was torn {} times at offset {}",
                layout.part_path(part), kEvidenceCopiesMax, offset.value());
}

// Moves what follows `whole` out of the part: into torn/, synced, before it is cut off.
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
    return os::truncate(fd, whole, path);
}

}  // namespace

Tail judge_tail(std::string_view bytes, ByteOffset size) {
    if (size == ByteOffset(0)) return {.verdict = Tail::Verdict::kContinue};
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
    return {.verdict = unfinished.empty() ? Tail::Verdict::kContinue : Tail::Verdict::kTorn,
            .next_seq = last.seq + 1,
            .synced = last.synced,
            .whole = ByteOffset(size.value() - unfinished.size())};
}

Lane::Lane(Lane&& other) noexcept { *this = std::move(other); }

Lane& Lane::operator=(Lane&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(generation_, other.generation_);
    std::swap(part_, other.part_);
    std::swap(path_, other.path_);
    std::swap(size_, other.size_);
    std::swap(next_seq_, other.next_seq_);
    std::swap(synced_, other.synced_);
    std::swap(synced_written_, other.synced_written_);
    return *this;
}

Lane::~Lane() { close_lane(fd_, generation_); }

Result<Lane> Lane::take(const Layout& layout, Day day, TimestampMs boot_time) {
    RETURN_IF_ERROR(os::make_dirs(layout.day_dir(day)));
    for (int attempt = 0; attempt < kCreateAttemptsMax; ++attempt) {
        ASSIGN_OR_RETURN(const DayListing listing, list_day(layout, day));
        // What has been looked at once is not looked at again: a part in doubt stays so.
        if (attempt == 0) {
            for (const PartInfo& part : listing.parts) {
                if (!may_be_continued(part, boot_time)) continue;
                ASSIGN_OR_RETURN(std::optional<Lane> lane, try_take(layout, part.id, 0));
                if (lane) return std::move(*lane);
            }
        }
        if (listing.greatest == kPartNumberMax) {
            return fail(ErrorCode::kLimit, "begin a part in {}: part {} is there already, the last",
                        layout.day_dir(day), listing.greatest.value());
        }
        const PartId next{.day = day, .number = listing.greatest + 1};
        ASSIGN_OR_RETURN(std::optional<Lane> lane, try_take(layout, next, O_CREAT | O_EXCL));
        if (lane) return std::move(*lane);
    }
    return fail(ErrorCode::kBusy, "begin a part in {}: other writers were faster {} times",
                layout.day_dir(day), kCreateAttemptsMax);
}

Result<std::optional<Lane>> Lane::try_take(const Layout& layout, const PartId& part,
                                           int open_flags) {
    // From here to the end of registration a fork has to wait.
    const auto guard = lock_lane_list();
    const std::string path = layout.part_path(part);
    Result<os::UniqueFd> fd = os::open_fd(path, O_RDWR | O_APPEND | open_flags);
    if (!fd) {
        // A part that cannot be opened, for whatever reason, is left alone: another can be begun.
        const bool creating = (open_flags & O_CREAT) != 0;
        if (!creating || fd.error().code() == ErrorCode::kAlreadyExists) return std::nullopt;
        return fail(std::move(fd).error());
    }
    ASSIGN_OR_RETURN(const bool locked, os::try_lock(fd->get(), path));
    if (!locked) return std::nullopt;
    ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(fd->get(), path));
    ASSIGN_OR_RETURN(const bool still_ours, still_a_lane(layout, part, info));
    if (!still_ours) return std::nullopt;
    const Tail tail = read_tail(fd->get(), path, info.size);
    if (tail.verdict == Tail::Verdict::kDoubt) return std::nullopt;

    const bool torn = tail.verdict == Tail::Verdict::kTorn;
    // If the evidence cannot be saved, or the cut fails, the part is left as it is.
    if (torn && !cut_torn_tail(layout, part, fd->get(), info.size, tail.whole)) {
        return std::nullopt;
    }

    Lane lane;
    lane.part_ = part;
    lane.path_ = path;
    lane.size_ = torn ? tail.whole : info.size;
    lane.next_seq_ = tail.next_seq;
    lane.synced_ = tail.synced;
    lane.synced_written_ = tail.synced;
    lane.generation_ = fork_generation();
    ASSIGN_OR_RETURN(lane.fd_, register_lane(std::move(*fd)));
    return lane;
}

Lane::Outcome Lane::keep_whole_lines(std::string_view lines, os::WriteOutcome written) {
    const std::size_t whole = lines.substr(0, written.written).rfind('\n') + 1;  // npos + 1 is 0.
    const bool broken =
        whole != written.written && !cut_fragment(size_ + whole, size_ + written.written);
    size_ += whole;
    return {.bytes = whole, .error = std::move(written.error), .broken = broken};
}

bool Lane::cut_fragment(ByteOffset whole, ByteOffset expected_size) const {
    // Only if the part ends where this writer left it: never a byte that somebody else has written.
    const Result<os::FileInfo> info = os::file_info(fd_, path_);
    return info && info->size == expected_size && os::truncate(fd_, whole, path_).has_value();
}

void Lane::note_synced(Seq seq) { synced_ = std::max(synced_, seq); }

Status Lane::sync_names(const Layout& layout) const {
    RETURN_IF_ERROR(os::sync_dir(layout.day_dir(part_.day)));
    RETURN_IF_ERROR(os::sync_dir(layout.events_dir()));
    RETURN_IF_ERROR(os::sync_dir(layout.root()));
    // The directory above is not the ledger's: one that may be passed through but not opened is
    // common.
    Status above = os::sync_dir(os::parent_path(layout.root()));
    if (!above && above.error().code() != ErrorCode::kPermissionDenied) return above;
    return {};
}

Status Lane::mark_bad(const Layout& layout) const {
    // Not write_file_atomic(): the device has just refused a sync, and an unsynced mark still keeps
    // every process of this boot away.
    ASSIGN_OR_RETURN(const os::UniqueFd fd,
                     os::open_fd(layout.bad_path(part_), O_WRONLY | O_CREAT));
    (void)os::sync_dir(layout.day_dir(part_.day));
    return {};
}

}  // namespace daybook::log
