#include "ledger/sealer.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "base/limits.h"
#include "ledger/file_hash.h"
#include "ledger/manifest.h"
#include "ledger/part_survey.h"
#include "ledger/seal_chain.h"
#include "log/held_part.h"
#include "log/tail.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/lock.h"

namespace daybook::ledger {
namespace {

constexpr mode_t kSealedMode = 0444;
constexpr mode_t kWritableMode = 0644;
// One sealer at a time: it needs no name of its own for what it has not finished.
constexpr const char* kUnfinished = ".tmp";

// Writes a file that is not there yet under the name that it gets when it is whole.
Status write_unfinished(const std::string& path, std::string_view bytes, mode_t mode) {
    const std::string unfinished = path + kUnfinished;
    RETURN_IF_ERROR(os::remove_file(unfinished));
    ASSIGN_OR_RETURN(const os::UniqueFd fd,
                     os::open_fd(unfinished, O_WRONLY | O_CREAT | O_EXCL, mode));
    os::WriteOutcome outcome = os::write_all(fd.get(), bytes, unfinished);
    if (outcome.error) return fail(std::move(*outcome.error));
    return os::sync_data(fd.get(), unfinished);
}

Status finish(const std::string& path) { return os::rename(path + kUnfinished, path); }

Status write_head(const log::Layout& layout, const Head& head) {
    RETURN_IF_ERROR(write_unfinished(layout.head_path(), encode_head(head), kWritableMode));
    os::kill_point(os::KillPoint::kSealerHeadWritten);
    RETURN_IF_ERROR(finish(layout.head_path()));
    os::kill_point(os::KillPoint::kSealerHeadRenamed);
    return os::sync_dir(layout.events_dir());
}

// Takes away what sealers that died have left in `directory`: nobody else makes such names.
Status remove_unfinished(const std::string& directory, std::string_view middle) {
    const Result<std::vector<os::DirEntry>> entries = os::list_dir(directory);
    if (!entries && entries.error().code() == ErrorCode::kNotFound) return {};
    if (!entries) return fail(entries.error());
    for (const os::DirEntry& entry : *entries) {
        const std::size_t at = entry.name.find(middle);
        if (entry.is_directory || at == std::string::npos) continue;
        // Both forms: another version may have added its process id.
        if (!entry.name.substr(at + middle.size()).starts_with(kUnfinished)) continue;
        RETURN_IF_ERROR(os::remove_file(os::join_path(directory, entry.name)));
    }
    return {};
}

// A sealer that died after the mode was set has left a part that its owner cannot open for writing,
// and so cannot lock.
Status make_writable(const std::string& path) {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
    if (!info || (info->mode & 0200) != 0) return {};
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    return os::set_mode(fd.get(), kWritableMode, path);
}

// Why a part may not be sealed; empty: it may.
std::string why_not(const log::PartInfo& part, const std::vector<log::PartInfo>& parts,
                    TimestampMs now, log::Sharing sharing) {
    const bool is_full = part.size.value() >= kPartBytesMax;
    const TimestampMs due = start_of(part.id.day + 1) + kSealAfterDayMs;
    if (!is_full && now <= due) {
        return fmt::format(
            "it may still grow: it has {} bytes of {}, and its day is not over for an hour; it can "
            "be sealed from {} on",
            part.size.value(), kPartBytesMax, to_iso8601(due));
    }
    if (sharing == log::Sharing::kAlone) return "";
    const std::int64_t quiet_ms = now.value() - part.modified_ns / 1'000'000;
    if (quiet_ms < log::kQuietMs) {
        return fmt::format(
            "another tool may be writing to it: the last write was {} s ago; it can be sealed when "
            "it has been quiet for {} s",
            std::max<std::int64_t>(quiet_ms, 0) / 1000, log::kQuietMs / 1000);
    }
    const bool is_greatest = std::none_of(parts.begin(), parts.end(), [&](const auto& other) {
        return other.id.day == part.id.day && other.id.number > part.id.number;
    });
    if (is_full || !is_greatest) return "";
    return "it is the last part of its day, and other tools put events of that day into it; "
           "'daybook adopt --finish' ends that";
}

class Sealer {
public:
    Sealer(const LedgerDir& dir, const SealOptions& options, const SealProgress& progress)
        : layout_(dir.layout()), options_(options), progress_(progress) {}

    Result<SealReport> run() {
        ASSIGN_OR_RETURN(const os::LockFile lock,
                         os::LockFile::acquire(layout_.seal_lock_path(), options_.wait_ms));
        os::kill_point(os::KillPoint::kSealerLockTaken);
        ASSIGN_OR_RETURN(const SealFiles files, read_seals(layout_));
        ASSIGN_OR_RETURN(const ChainEnd end, chain_end(files, layout_));
        RETURN_IF_ERROR(remove_all_unfinished());
        newest_ = end.newest;
        if (end.head_is_behind) {
            // The crash may have come before the directory of the seal was synced.
            RETURN_IF_ERROR(os::sync_dir(layout_.day_dir(newest_->part.day)));
            RETURN_IF_ERROR(write_head(layout_, *newest_));
            report_.head_mended = true;
        }
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> due, due_parts());
        for (const log::PartInfo& part : due) RETURN_IF_ERROR(seal(part));
        os::kill_point(os::KillPoint::kSealerDone);
        return std::move(report_);
    }

    Result<SealReport> look() {
        ASSIGN_OR_RETURN(const SealFiles files, read_seals(layout_));
        RETURN_IF_ERROR(chain_end(files, layout_));
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> due, due_parts());
        for (const log::PartInfo& part : due) {
            const std::string path = layout_.part_path(part.id);
            ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
            ASSIGN_OR_RETURN(const bool in_use, os::is_locked(fd.get(), path));
            report_.parts.push_back({.part = part.id,
                                     .state = in_use ? SealState::kInUse : SealState::kDue,
                                     .facts = {.bytes = part.size.value()}});
        }
        return std::move(report_);
    }

private:
    // Those that the options name and that may be sealed.
    Result<std::vector<log::PartInfo>> due_parts() {
        ASSIGN_OR_RETURN(sharing_, log::sharing_of(layout_));
        ASSIGN_OR_RETURN(std::vector<log::PartInfo> parts, log::list_parts(layout_));
        if (options_.part) RETURN_IF_ERROR(check_named(parts));
        const TimestampMs now = options_.clock->now();
        parts = parts_to_seal(parts, now, sharing_);
        std::erase_if(parts, [&](const log::PartInfo& part) {
            return (options_.day && part.id.day != *options_.day) ||
                   (options_.part && part.id != *options_.part);
        });
        for (const log::PartInfo& part : parts) bytes_to_seal_ += part.size.value();
        return parts;
    }

    // Whoever names a part wants to hear why it is not sealed.
    Status check_named(const std::vector<log::PartInfo>& parts) const {
        const std::string name = to_string(*options_.part);
        const auto part = std::find_if(parts.begin(), parts.end(), [&](const log::PartInfo& info) {
            return info.id == *options_.part;
        });
        // Archived, perhaps: its seal stays.
        ASSIGN_OR_RETURN(const bool has_seal, os::exists(layout_.seal_path(*options_.part)));
        if (part == parts.end() && !has_seal) {
            return fail(ErrorCode::kNotFound, "seal {}: there is no {}", name,
                        layout_.part_path(*options_.part));
        }
        if (has_seal) {
            return fail(ErrorCode::kAlreadyExists, "seal {}: it is sealed already, see {}", name,
                        layout_.seal_path(*options_.part));
        }
        const std::string reason = why_not(*part, parts, options_.clock->now(), sharing_);
        if (reason.empty()) return {};
        return fail(ErrorCode::kBusy, "seal {}: {}", name, reason);
    }

    Status remove_all_unfinished() {
        RETURN_IF_ERROR(remove_unfinished(layout_.events_dir(), "_head.json"));
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> days, os::list_dir(layout_.events_dir()));
        for (const os::DirEntry& entry : days) {
            const std::optional<Day> day = log::parse_day_dir(entry.name);
            if (!day || !entry.is_directory) continue;
            RETURN_IF_ERROR(remove_unfinished(layout_.day_dir(*day), ".seal.json"));
        }
        return {};
    }

    Status seal(const log::PartInfo& listed) {
        const std::string path = layout_.part_path(listed.id);
        RETURN_IF_ERROR(make_writable(path));
        ASSIGN_OR_RETURN(std::optional<log::HeldPart> held, log::hold_part(layout_, listed.id));
        if (!held) return leave(listed);
        os::kill_point(os::KillPoint::kSealerPartHeld);
        ASSIGN_OR_RETURN(const std::uint64_t bytes, settle_tail(listed.id, *held));
        os::kill_point(os::KillPoint::kSealerTailCut);
        ASSIGN_OR_RETURN(SealOutcome outcome, read_part(listed.id, *held, bytes));
        if (outcome.state != SealState::kSealed) {
            report_.parts.push_back(std::move(outcome));
            return {};
        }
        os::kill_point(os::KillPoint::kSealerPartRead);
        RETURN_IF_ERROR(sync_part(listed.id, *held));
        os::kill_point(os::KillPoint::kSealerPartSynced);
        RETURN_IF_ERROR(os::set_mode(held->fd.get(), kSealedMode, path));
        os::kill_point(os::KillPoint::kSealerModeSet);
        RETURN_IF_ERROR(write_seal(outcome, held->bad));
        done_bytes_ += bytes;
        if (progress_) progress_(done_bytes_, bytes_to_seal_);
        report_.parts.push_back(std::move(outcome));
        return {};
    }

    // Says why a part could not be held.
    Status leave(const log::PartInfo& listed) {
        SealOutcome outcome{.part = listed.id,
                            .state = SealState::kInUse,
                            .facts = {.bytes = listed.size.value()},
                            .detail = "a writer holds it; the next sealer takes it"};
        const std::string path = layout_.part_path(listed.id);
        const Result<os::UniqueFd> fd = os::open_fd(path, O_RDWR | O_APPEND);
        if (!fd) {
            outcome.state = SealState::kNotOpened;
            outcome.detail = fd.error().message();
        }
        report_.parts.push_back(std::move(outcome));
        return {};
    }

    // Repairs a torn tail as a lane would; the part's size then.  A part whose sync has failed is
    // left as it is, as lanes leave it.
    Result<std::uint64_t> settle_tail(const log::PartId& part, const log::HeldPart& held) {
        const ByteOffset size = held.info.size;
        if (held.bad) return size.value();
        const log::Tail tail =
            log::read_tail(held.fd.get(), layout_.part_path(part), size, sharing_);
        if (tail.verdict != log::Tail::Verdict::kTorn) return size.value();
        RETURN_IF_ERROR(log::cut_torn_tail(layout_, part, held.fd.get(), size, tail.whole));
        return tail.whole.value();
    }

    Result<SealOutcome> read_part(const log::PartId& part, const log::HeldPart& held,
                                  std::uint64_t bytes) {
        const std::string path = layout_.part_path(part);
        SealOutcome outcome{.part = part};
        ASSIGN_OR_RETURN(outcome.facts, survey_part(layout_, part, bytes));
        ASSIGN_OR_RETURN(FileHash hash, hash_file(held.fd.get(), path, bytes));
        ASSIGN_OR_RETURN(const os::FileInfo after, os::file_info(held.fd.get(), path));
        if (after.size.value() != bytes || hash.bytes != bytes) {
            outcome.state = SealState::kInUse;
            outcome.detail = fmt::format(
                "it changed from {} to {} bytes while it was read: something that takes no lock "
                "writes to it",
                bytes, after.size.value());
        }
        outcome.sha256 = std::move(hash.sha256);
        return outcome;
    }

    // The part's name and all above it, as for an acknowledgement at `power`: a part whose events
    // were all at `process` may have none that is durable.
    Status sync_names(const log::PartId& part) const {
        RETURN_IF_ERROR(os::sync_dir(layout_.day_dir(part.day)));
        RETURN_IF_ERROR(os::sync_dir(layout_.events_dir()));
        RETURN_IF_ERROR(os::sync_dir(layout_.root()));
        Status above = os::sync_dir(os::parent_path(layout_.root()));
        // A directory that may be passed through but not opened is common.
        if (!above && above.error().code() != ErrorCode::kPermissionDenied) return above;
        return {};
    }

    // A part whose sync has failed once is never synced again: the kernel may have dropped the
    // bytes and called them clean, so that a second sync proves nothing.  Its seal says `bad`.
    Status sync_part(const log::PartId& part, const log::HeldPart& held) {
        // Names first: no seal may be durable before the part that it is of.
        RETURN_IF_ERROR(sync_names(part));
        if (held.bad) return {};
        const Status synced = os::sync_data(held.fd.get(), layout_.part_path(part));
        if (synced) return {};
        (void)os::open_fd(layout_.bad_path(part), O_WRONLY | O_CREAT);
        (void)os::sync_dir(layout_.day_dir(part.day));
        return fail(synced.error().with_context(fmt::format(
            "seal {}: it has been marked bad, and is sealed as that next time", to_string(part))));
    }

    Status write_seal(const SealOutcome& outcome, bool bad) {
        const std::string path = layout_.seal_path(outcome.part);
        const std::string text =
            encode_seal({.part = outcome.part,
                         .facts = outcome.facts,
                         .sha256 = outcome.sha256,
                         .bad = bad,
                         .previous = newest_ ? std::optional(newest_->sha256) : std::nullopt});
        RETURN_IF_ERROR(write_unfinished(path, text, kSealedMode));
        os::kill_point(os::KillPoint::kSealerSealWritten);
        RETURN_IF_ERROR(finish(path));
        os::kill_point(os::KillPoint::kSealerSealRenamed);
        RETURN_IF_ERROR(os::sync_dir(layout_.day_dir(outcome.part.day)));
        os::kill_point(os::KillPoint::kSealerDaySynced);
        newest_ = Head{.part = outcome.part, .sha256 = sha256_hex(text)};
        return write_head(layout_, *newest_);
    }

    const log::Layout& layout_;
    const SealOptions& options_;
    const SealProgress& progress_;
    log::Sharing sharing_ = log::Sharing::kAlone;
    SealReport report_;
    std::optional<Head> newest_;
    std::uint64_t bytes_to_seal_ = 0;
    std::uint64_t done_bytes_ = 0;
};

}  // namespace

std::vector<log::PartInfo> parts_to_seal(const std::vector<log::PartInfo>& parts, TimestampMs now,
                                         log::Sharing sharing) {
    std::vector<log::PartInfo> due;
    for (const log::PartInfo& part : parts) {
        const bool is_due = !part.sealed && why_not(part, parts, now, sharing).empty();
        if (is_due) due.push_back(part);
    }
    return due;
}

const char* to_string(SealState state) {
    switch (state) {
        case SealState::kSealed: return "sealed";
        case SealState::kDue: return "due";
        case SealState::kInUse: return "in use";
        case SealState::kNotOpened: return "not opened";
    }
    DAYBOOK_CHECK(false);
}

Result<SealReport> seal_parts(const LedgerDir& dir, const SealOptions& options,
                              const SealProgress& progress) {
    RETURN_IF_ERROR(check_format(dir));
    ASSIGN_OR_RETURN(const bool has_events, os::exists(dir.layout().events_dir()));
    if (!has_events) {
        return fail(ErrorCode::kNotFound, "seal {}: there is no ledger here", dir.root());
    }
    Sealer sealer(dir, options, progress);
    return options.dry_run ? sealer.look() : sealer.run();
}

}  // namespace daybook::ledger
