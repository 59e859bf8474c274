#include "lifecycle/archive_leftovers.h"

#include <fcntl.h>

#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>

#include "archive/manifest_file.h"
#include "ledger/file_hash.h"
#include "ledger/seal.h"
#include "lifecycle/look_at.h"
#include "lifecycle/trash.h"
#include "lifecycle/trashed_parts.h"
#include "os/file.h"
#include "os/move.h"

namespace daybook::lifecycle {
namespace {

class Finisher {
public:
    Finisher(const ledger::LedgerDir& dir, const Clock& clock)
        : dir_(dir), layout_(dir), trash_(dir, clock) {}

    Result<Leftovers> run() {
        ASSIGN_OR_RETURN(const std::vector<Day> days, archive::list_days(layout_));
        for (const Day day : days) {
            ASSIGN_OR_RETURN(const std::optional<archive::Manifest> manifest,
                             archive::read_manifest(layout_, day));
            absent_.clear();
            if (manifest) RETURN_IF_ERROR(look_for_files(*manifest));
            RETURN_IF_ERROR(clear_files(day, manifest));
            if (manifest) RETURN_IF_ERROR(move_parts(*manifest));
        }
        RETURN_IF_ERROR(bring_back());
        return std::move(leftovers_);
    }

private:
    // Which of the files that the manifest names are not there, or not whole.
    Status look_for_files(const archive::Manifest& manifest) {
        for (const archive::ArchiveFile& file : manifest.files) {
            const std::string path = layout_.file_path(manifest.day, file.name);
            ASSIGN_OR_RETURN(const auto info, os::file_info(path));
            if (info && info->size.value() == file.bytes) continue;
            absent_.insert(file.name);
            leftovers_.problems.push_back(fmt::format(
                "archive/day={}/{} {}, and the manifest names it: put it back from a backup, which "
                "'daybook restore' writes to a directory",
                to_string(manifest.day), file.name,
                info ? fmt::format("has {} bytes, not {}", info->size.value(), file.bytes)
                     : std::string("is not there")));
        }
        return {};
    }

    // Why a file of the day that no manifest names may be the only copy of something; empty: it
    // cannot.
    Result<std::string> why_needed(Day day, const std::optional<archive::Manifest>& manifest) {
        if (!absent_.empty()) return "a file that the manifest names is missing";
        const std::string directory = dir_.layout().day_dir(day);
        const auto entries = os::list_dir(directory);
        if (!entries && entries.error().code() == ErrorCode::kNotFound) return std::string();
        if (!entries) return fail(entries.error());
        for (const os::DirEntry& entry : *entries) {
            const auto name = log::parse_day_file(entry.name);
            if (!name || name->kind != log::DayFile::kSeal) continue;
            const log::PartId part{.day = day, .number = name->number};
            if (manifest && manifest->find_part(part) != nullptr) continue;
            ASSIGN_OR_RETURN(const bool is_there, os::exists(dir_.layout().part_path(part)));
            if (is_there) continue;
            return to_string(part) + " was sealed, and is neither in events/ nor in a manifest";
        }
        return std::string();
    }

    Status clear_files(Day day, const std::optional<archive::Manifest>& manifest) {
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries,
                         os::list_dir(layout_.day_dir(day)));
        for (const os::DirEntry& entry : entries) {
            if (entry.is_directory) continue;
            const std::string path = layout_.file_path(day, entry.name);
            const std::string place = fmt::format("archive/day={}/{}", to_string(day), entry.name);
            if (is_unfinished(entry.name)) {
                RETURN_IF_ERROR(os::remove_file(path));
                leftovers_.finished.push_back(place + ": removed: it was being written");
                continue;
            }
            const bool is_named = manifest && manifest->find_file(entry.name) != nullptr;
            if (is_named || !archive::parse_file_name(entry.name)) continue;
            // A manifest that was put back from a backup may know less than there is.
            ASSIGN_OR_RETURN(const std::string needed, why_needed(day, manifest));
            if (!needed.empty()) {
                leftovers_.problems.push_back(fmt::format(
                    "{}: left where it is: no manifest names it, but {}", place, needed));
                continue;
            }
            if (const Status moved = trash_.move(path); !moved) {
                leftovers_.problems.push_back(
                    fmt::format("{}: left where it is: no manifest names it, but {}", place,
                                moved.error().message()));
                continue;
            }
            leftovers_.finished.push_back(
                fmt::format("{}: moved to {}: no manifest names it", place, trash_.name()));
        }
        return {};
    }

    static bool is_unfinished(std::string_view name) {
        // Of os::write_file_atomic().
        if (name.starts_with("manifest.json.tmp-")) return true;
        if (!name.ends_with(archive::kUnfinished)) return false;
        name.remove_suffix(archive::kUnfinished.size());
        return archive::parse_file_name(name).has_value();
    }

    Status move_parts(const archive::Manifest& manifest) {
        for (const archive::ArchivedPart& part : manifest.parts) {
            const std::string path = dir_.layout().part_path(part.part);
            const Result<os::UniqueFd> fd = os::open_fd(path, O_RDONLY);
            if (!fd && fd.error().code() == ErrorCode::kNotFound) continue;
            if (!fd) return fail(fd.error());
            if (absent_.contains(part.file)) {
                leftovers_.disputed.push_back(part.part);
                leftovers_.problems.push_back(fmt::format(
                    "events/{}.jsonl: left where it is: it is archived, but {} is missing",
                    to_string(part.part), part.file));
                continue;
            }
            ASSIGN_OR_RETURN(const ledger::FileHash hash, ledger::hash_file(fd->get(), path));
            const std::string name = to_string(part.part);
            if (hash.sha256 != part.sha256 || hash.bytes != part.bytes) {
                leftovers_.disputed.push_back(part.part);
                leftovers_.problems.push_back(fmt::format(
                    "events/{}.jsonl is not the part that is archived: {} bytes with SHA-256 {}, "
                    "the manifest says {} with {}; move it away, or see 'daybook verify --deep'",
                    name, hash.bytes, hash.sha256, part.bytes, part.sha256));
                continue;
            }
            if (const Status moved = trash_.move(path); !moved) {
                leftovers_.disputed.push_back(part.part);
                leftovers_.problems.push_back(
                    fmt::format("events/{}.jsonl: left where it is: it is archived, but {}", name,
                                moved.error().message()));
                continue;
            }
            leftovers_.finished.push_back(
                fmt::format("{}: moved to {}: it is archived", name, trash_.name()));
        }
        return {};
    }

    // What a copy that was made beside an archiving has in trash/ alone.
    Status bring_back() {
        ASSIGN_OR_RETURN(const bool there, os::exists(dir_.trash_dir()));
        if (!there) return {};
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(dir_.trash_dir()));
        for (const os::DirEntry& entry : entries) {
            const std::string directory = os::join_path(dir_.trash_dir(), entry.name);
            ASSIGN_OR_RETURN(const bool is_entry, is_real_directory(directory));
            if (!is_entry) continue;
            ASSIGN_OR_RETURN(const std::vector<LostPart> lost, lost_parts(dir_, directory));
            for (const LostPart& part : lost) {
                const Status back = bring_back(part, entry.name);
                if (back) continue;
                leftovers_.problems.push_back(
                    fmt::format("{} is in trash/{} alone, and cannot be put back: {}",
                                to_string(part.part), entry.name, back.error().message()));
            }
        }
        return {};
    }

    Status bring_back(const LostPart& lost, const std::string& entry) {
        const std::string seal_path = dir_.layout().seal_path(lost.part);
        ASSIGN_OR_RETURN(const std::string text, os::read_file(seal_path, ledger::kSealBytesMax));
        const Result<ledger::Seal> seal = ledger::decode_seal(text, seal_path);
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(lost.path, O_RDONLY));
        ASSIGN_OR_RETURN(const ledger::FileHash hash, ledger::hash_file(fd.get(), lost.path));
        const std::string name = to_string(lost.part);
        if (!seal || seal->part != lost.part || hash.sha256 != seal->sha256 ||
            hash.bytes != seal->facts.bytes) {
            leftovers_.problems.push_back(fmt::format(
                "{} is in trash/{} alone, and is not what its seal says: see 'daybook verify'",
                name, entry));
            return {};
        }
        const std::string path = dir_.layout().part_path(lost.part);
        ASSIGN_OR_RETURN(const bool is_copy, os::rename_or_copy(lost.path, path));
        RETURN_IF_ERROR(os::sync_dir(os::parent_path(path)));
        if (is_copy) RETURN_IF_ERROR(os::remove_file(lost.path));
        RETURN_IF_ERROR(os::sync_dir(os::parent_path(lost.path)));
        leftovers_.finished.push_back(
            fmt::format("{}: put back from trash/{}: it was nowhere else", name, entry));
        return {};
    }

    const ledger::LedgerDir& dir_;
    archive::ArchiveLayout layout_;
    TrashEntry trash_;
    std::set<std::string> absent_{};  // files of the day in hand
    Leftovers leftovers_;
};

}  // namespace

Result<Leftovers> finish_archives(const ledger::LedgerDir& dir, const Clock& clock) {
    return Finisher(dir, clock).run();
}

}  // namespace daybook::lifecycle
