#include "log/lane.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "log/fork_guard.h"
#include "log/held_part.h"
#include "log/scan.h"
#include "log/shared_append.h"
#include "os/kill_point.h"

namespace daybook::log {
namespace {

// Another process may begin parts at the same time; each time it wins, the next number is tried.
constexpr int kCreateAttemptsMax = 10'000;
// Beside other tools any number of parts may be ones that cannot be continued, which is seen only
// in their last 64 KiB.
constexpr int kSharedPartsTriedMax = 64;
constexpr PartNumber kPartNumberMax(std::numeric_limits<PartNumber::Underlying>::max());

bool may_be_continued(const PartInfo& part, TimestampMs boot_time) {
    return !part.sealed && !part.bad && part.size.value() < kPartBytesMax &&
           part.modified_ns / 1'000'000 >= boot_time.value();
}

bool has_part(const Layout& layout, const PartId& part) {
    return os::exists(layout.part_path(part)).value_or(true);
}

}  // namespace

Lane::Lane(Lane&& other) noexcept { *this = std::move(other); }

Lane& Lane::operator=(Lane&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(generation_, other.generation_);
    std::swap(part_, other.part_);
    std::swap(path_, other.path_);
    std::swap(sharing_, other.sharing_);
    std::swap(size_, other.size_);
    std::swap(next_seq_, other.next_seq_);
    std::swap(synced_, other.synced_);
    std::swap(synced_written_, other.synced_written_);
    return *this;
}

Lane::~Lane() { close_lane(fd_, generation_); }

Result<Lane> Lane::take(const Layout& layout, Day day, TimestampMs boot_time) {
    RETURN_IF_ERROR(os::make_dirs(layout.day_dir(day)));
    os::kill_point(os::KillPoint::kLaneDayMade);
    ASSIGN_OR_RETURN(const Sharing sharing, sharing_of(layout));
    ASSIGN_OR_RETURN(const DayListing listing, list_day(layout, day));
    ASSIGN_OR_RETURN(std::optional<Lane> lane, sharing == Sharing::kShared
                                                   ? try_newest(layout, listing.parts, boot_time)
                                                   : try_first(layout, listing.parts, boot_time));
    if (lane) return std::move(*lane);
    return begin_after(layout, day, listing.greatest, sharing);
}

Result<std::optional<Lane>> Lane::try_first(const Layout& layout,
                                            const std::vector<PartInfo>& parts,
                                            TimestampMs boot_time) {
    for (const PartInfo& part : parts) {
        if (!may_be_continued(part, boot_time)) continue;
        ASSIGN_OR_RETURN(std::optional<Lane> lane, try_take(layout, part.id, 0, Sharing::kAlone));
        if (lane) return lane;
    }
    return std::nullopt;
}

Result<std::optional<Lane>> Lane::try_newest(const Layout& layout,
                                             const std::vector<PartInfo>& parts,
                                             TimestampMs boot_time) {
    int tried = 0;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        if (!may_be_continued(*part, boot_time)) continue;
        if (++tried > kSharedPartsTriedMax) break;
        ASSIGN_OR_RETURN(std::optional<Lane> lane, try_take(layout, part->id, 0, Sharing::kShared));
        if (lane) return lane;
    }
    return std::nullopt;
}

Result<Lane> Lane::begin(const Layout& layout, Day day) {
    RETURN_IF_ERROR(os::make_dirs(layout.day_dir(day)));
    ASSIGN_OR_RETURN(const Sharing sharing, sharing_of(layout));
    ASSIGN_OR_RETURN(const DayListing listing, list_day(layout, day));
    return begin_after(layout, day, listing.greatest, sharing);
}

Result<Lane> Lane::begin_after(const Layout& layout, Day day, PartNumber greatest,
                               Sharing sharing) {
    // Another tool that found no room in the greatest part is about to rename a file onto the next
    // number, whatever is there by then; so that number is left to it.
    const PartNumber::Underlying step = sharing == Sharing::kShared ? 2 : 1;
    for (int attempt = 0; attempt < kCreateAttemptsMax; ++attempt) {
        if (greatest.value() > kPartNumberMax.value() - step) {
            return fail(ErrorCode::kLimit, "begin a part in {}: part {} is there already, the last",
                        layout.day_dir(day), greatest.value());
        }
        const PartId next{.day = day, .number = greatest + step};
        ASSIGN_OR_RETURN(std::optional<Lane> lane,
                         try_take(layout, next, O_CREAT | O_EXCL, sharing));
        // Where this process had stood still in between, the number that was left free may have
        // been taken and filled, and its taker may be about to rename onto this one.
        if (lane && (step == 1 || !has_part(layout, {day, greatest + 1}))) return std::move(*lane);
        ASSIGN_OR_RETURN(const DayListing listing, list_day(layout, day));
        // A file system that is failing may not list what it says is there.
        greatest = std::max(listing.greatest, next.number);
    }
    return fail(ErrorCode::kBusy, "begin a part in {}: other writers were faster {} times",
                layout.day_dir(day), kCreateAttemptsMax);
}

Result<std::optional<Lane>> Lane::try_take(const Layout& layout, const PartId& part, int open_flags,
                                           Sharing sharing) {
    // From here to the end of registration a fork has to wait.
    const auto guard = lock_lane_list();
    ASSIGN_OR_RETURN(std::optional<HeldPart> held, hold_part(layout, part, open_flags));
    if (!held || held->bad || held->info.size.value() >= kPartBytesMax) return std::nullopt;
    const std::string path = layout.part_path(part);
    const os::FileInfo& info = held->info;
    const Tail tail = read_tail(held->fd.get(), path, info.size, sharing);
    if (tail.verdict == Tail::Verdict::kDoubt) return std::nullopt;

    const bool torn = tail.verdict == Tail::Verdict::kTorn;
    // If the evidence cannot be saved, or the cut fails, the part is left as it is.
    if (torn && !cut_torn_tail(layout, part, held->fd.get(), info.size, tail.whole)) {
        return std::nullopt;
    }

    Lane lane;
    lane.part_ = part;
    lane.path_ = path;
    lane.sharing_ = sharing;
    lane.size_ = torn ? tail.whole : info.size;
    lane.next_seq_ = tail.next_seq;
    lane.synced_ = tail.synced;
    lane.synced_written_ = tail.synced;
    lane.generation_ = fork_generation();
    ASSIGN_OR_RETURN(lane.fd_, register_lane(std::move(held->fd)));
    os::kill_point(os::KillPoint::kLaneTaken);
    return lane;
}

Lane::Outcome Lane::append_beside_others(std::string_view lines) {
    SharedAppend appended = append_shared({.fd = fd_, .path = path_, .clean = size_}, lines,
                                          next_seq_, synced_to_write());
    os::kill_point(os::KillPoint::kLaneWritten);
    size_ = appended.clean;
    return {.bytes = appended.bytes,
            .error = std::move(appended.error),
            .broken = appended.broken,
            .again = std::move(appended.again),
            .again_count = appended.again_count};
}

void Lane::look_for_sharing(const Layout& layout) {
    const Result<Sharing> sharing = sharing_of(layout);
    if (sharing) sharing_ = *sharing;
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
    if (!info || info->size != expected_size) return false;
    if (!os::truncate(fd_, whole, path_)) return false;
    os::kill_point(os::KillPoint::kLaneFragmentCut);
    return true;
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
    os::kill_point(os::KillPoint::kLaneMarkedBad);
    (void)os::sync_dir(layout.day_dir(part_.day));
    return {};
}

}  // namespace daybook::log
