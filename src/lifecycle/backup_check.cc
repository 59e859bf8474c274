#include "lifecycle/backup_check.h"

#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "archive/archive_layout.h"
#include "archive/manifest_file.h"
#include "base/text.h"
#include "ledger/seal.h"
#include "lifecycle/artifact_places.h"
#include "os/file.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kPathBytesShown = 200;

// The part of which a file of this kind lies at this place of a ledger; nullopt: another place.
std::optional<log::PartId> part_at(std::string_view path, log::DayFile kind) {
    constexpr std::string_view kEvents = "events/";
    if (!path.starts_with(kEvents)) return std::nullopt;
    path.remove_prefix(kEvents.size());
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::optional<Day> day = log::parse_day_dir(path.substr(0, slash));
    const auto name = log::parse_day_file(path.substr(slash + 1));
    if (!day || !name || name->kind != kind) return std::nullopt;
    return log::PartId{.day = *day, .number = name->number};
}

class Keeper {
public:
    Keeper(const ledger::LedgerDir& dir, const std::map<std::string, BackupFile>& last,
           const StoredFiles& stored, BackupList& list)
        : dir_(dir), layout_(dir), last_(last), stored_(stored), list_(list) {
        for (std::size_t i = 0; i < list_.files.size(); ++i) places_[list_.files[i].path] = i;
    }

    Result<std::vector<std::string>> run(const BackupPlan& plan) {
        ASSIGN_OR_RETURN(const std::vector<Day> days, archive::list_days(layout_));
        for (const Day day : days) RETURN_IF_ERROR(check_archive(day));
        for (const PlannedFile& file : plan.files) {
            const std::optional<log::PartId> part = part_at(file.path, log::DayFile::kSeal);
            if (part && file.content) RETURN_IF_ERROR(check_part(*part, file));
        }
        RETURN_IF_ERROR(look_for_seals());
        RETURN_IF_ERROR(look_for_open_parts());
        RETURN_IF_ERROR(check_artifacts());
        return std::move(losses_);
    }

private:
    std::string relative(const std::string& path) const {
        return path.substr(dir_.root().size() + 1);
    }
    std::string part_place(const log::PartId& part) const {
        return relative(dir_.layout().part_path(part));
    }
    std::string seal_place(const log::PartId& part) const {
        return relative(dir_.layout().seal_path(part));
    }
    const BackupFile* copied(const std::string& path) const {
        const auto found = places_.find(path);
        return found == places_.end() ? nullptr : &list_.files[found->second];
    }

    // What the last backup has of it; null: nothing.
    Result<const BackupFile*> older(const std::string& path) const {
        const auto found = last_.find(path);
        if (found == last_.end()) return nullptr;
        ASSIGN_OR_RETURN(const bool is_there,
                         stored_.has(found->second.sha256, found->second.bytes));
        return is_there ? &found->second : nullptr;
    }

    void put(const BackupFile& file) {
        const auto [place, is_new] = places_.emplace(file.path, list_.files.size());
        if (is_new) {
            list_.files.push_back(file);
        } else {
            list_.files[place->second] = file;
        }
    }

    // Takes the last backup's copy if it is better than what there is; whether it is.
    // `sha256`: what it should be; empty: that is not known, but not what was copied.
    Result<bool> keep(const std::string& path, const std::string& sha256) {
        ASSIGN_OR_RETURN(const BackupFile* const old, older(path));
        const BackupFile* const now = copied(path);
        if (old == nullptr) return false;
        const bool is_better =
            now == nullptr || (sha256.empty() ? old->sha256 != now->sha256 : old->sha256 == sha256);
        if (is_better) put(*old);
        return is_better;
    }

    void lose(const std::string& path, std::string_view what, bool is_kept) {
        losses_.push_back(fmt::format(
            "{}: {}; {}", printable(path, kPathBytesShown), what,
            is_kept ? "the backup keeps the copy that it had" : "the backup has no better copy"));
    }

    Status check_archive(Day day) {
        const auto manifest = archive::read_manifest(layout_, day);
        if (manifest) {
            if (*manifest) RETURN_IF_ERROR(check_files(**manifest));
            return {};
        }
        const std::string path = relative(layout_.manifest_path(day));
        if (manifest.error().code() == ErrorCode::kUnsupported) {
            unread_.insert(day);
            losses_.push_back(
                fmt::format("{}: its format is newer: what it names was copied, and "
                            "not compared",
                            path));
            return {};
        }
        if (manifest.error().code() != ErrorCode::kCorrupt) return fail(manifest.error());
        unread_.insert(day);
        ASSIGN_OR_RETURN(const bool is_kept, keep(path, ""));
        if (is_kept) RETURN_IF_ERROR(keep_archive(day));
        lose(path, "it cannot be read", is_kept);
        return {};
    }

    // What the last backup has of a day's archive.
    Status keep_archive(Day day) {
        const std::string directory = relative(layout_.day_dir(day)) + "/";
        for (auto file = last_.lower_bound(directory);
             file != last_.end() && file->first.starts_with(directory); ++file) {
            ASSIGN_OR_RETURN(const BackupFile* const old, older(file->first));
            if (old != nullptr) put(*old);
        }
        return {};
    }

    Status check_files(const archive::Manifest& manifest) {
        for (const archive::ArchivedPart& part : manifest.parts) archived_.insert(part.part);
        for (const archive::ArchiveFile& file : manifest.files) {
            const std::string path = relative(layout_.file_path(manifest.day, file.name));
            const BackupFile* const now = copied(path);
            if (now != nullptr && now->bytes == file.bytes && now->sha256 == file.sha256) continue;
            const std::string_view what = now == nullptr
                                              ? "its manifest names it, and it is missing"
                                              : "it is not what its manifest says";
            ASSIGN_OR_RETURN(bool is_kept, keep(path, file.sha256));
            // The last backup may have been made before the day was archived.
            for (const archive::ArchivedPart& part : manifest.parts) {
                if (is_kept || part.file != file.name || part.rewrites > 0) continue;
                RETURN_IF_ERROR(keep(part_place(part.part), part.sha256).map([](bool) {}));
            }
            lose(path, what, is_kept);
        }
        return {};
    }

    Status check_part(const log::PartId& part, const PlannedFile& file) {
        const Result<ledger::Seal> seal = ledger::decode_seal(*file.content, file.path);
        if (!seal || seal->part != part) {
            ASSIGN_OR_RETURN(const bool is_kept, keep(file.path, ""));
            lose(file.path, seal ? "it is another part's seal" : "it cannot be read", is_kept);
        }
        const std::string path = part_place(part);
        const BackupFile* const now = copied(path);
        if (now == nullptr) return look_for_part(part, seal ? seal->sha256 : "");
        if (!seal || seal->part != part || now->sha256 == seal->sha256) return {};
        ASSIGN_OR_RETURN(const bool is_kept, keep(path, seal->sha256));
        lose(path, "it is not what was sealed", is_kept);
        return {};
    }

    // A part that was sealed and is not in events/.
    Status look_for_part(const log::PartId& part, const std::string& sha256) {
        if (archived_.contains(part)) return {};
        ASSIGN_OR_RETURN(bool is_kept, keep(part_place(part), sha256));
        // The manifest has its finding, and may name it.
        if (unread_.contains(part.day)) return {};
        if (!is_kept) {
            const std::string manifest = relative(layout_.manifest_path(part.day));
            ASSIGN_OR_RETURN(is_kept, keep(manifest, ""));
            if (is_kept) RETURN_IF_ERROR(keep_archive(part.day));
        }
        lose(part_place(part), "it was sealed, and is missing", is_kept);
        return {};
    }

    // Seals stay for ever: of one that the last backup has and the ledger has not, both are kept.
    Status look_for_seals() {
        for (const auto& [path, file] : last_) {
            const std::optional<log::PartId> part = part_at(path, log::DayFile::kSeal);
            if (!part || copied(path) != nullptr) continue;
            ASSIGN_OR_RETURN(const bool is_kept, keep(path, ""));
            lose(path, "the seal is missing", is_kept);
            if (copied(part_place(*part)) == nullptr) RETURN_IF_ERROR(look_for_part(*part, ""));
        }
        return {};
    }

    // Parts only grow until they are sealed: what the last backup has of one is how it begins.
    Status look_for_open_parts() {
        for (const auto& [path, file] : last_) {
            const std::optional<log::PartId> part = part_at(path, log::DayFile::kPart);
            if (!part || file.bytes == 0 || archived_.contains(*part)) continue;
            if (unread_.contains(part->day) || copied(seal_place(*part)) != nullptr) continue;
            const BackupFile* const now = copied(path);
            if (now != nullptr) {
                ASSIGN_OR_RETURN(const bool is_beginning, begins_with(*now, file));
                if (is_beginning) continue;
            }
            ASSIGN_OR_RETURN(const bool is_kept, keep(path, ""));
            lose(path,
                 now == nullptr ? "it was there, and is missing"
                                : "it does not begin with what the last backup has of it",
                 is_kept);
        }
        return {};
    }

    // Whether the copy that was just made begins with the bytes of the older one.
    Result<bool> begins_with(const BackupFile& now, const BackupFile& older) const {
        if (now.sha256 == older.sha256) return true;
        if (now.bytes < older.bytes) return false;
        return stored_.begins_with(now.sha256, older.bytes, older.sha256);
    }

    // Those that are named after what is in them.  One that is missing may have been collected.
    Status check_artifacts() {
        for (std::size_t i = 0; i < list_.files.size(); ++i) {
            const std::string path = list_.files[i].path;
            const std::string content = content_of_place(path);
            if (content.empty() || content == list_.files[i].sha256) continue;
            ASSIGN_OR_RETURN(const bool is_kept, keep(path, content));
            lose(path, "it is not what its name says", is_kept);
        }
        return {};
    }

    const ledger::LedgerDir& dir_;
    archive::ArchiveLayout layout_;
    const std::map<std::string, BackupFile>& last_;
    const StoredFiles& stored_;
    BackupList& list_;
    std::map<std::string, std::size_t> places_{};  // in list_, by path
    std::set<log::PartId> archived_{};
    std::set<Day> unread_{};  // whose manifest says nothing
    std::vector<std::string> losses_{};
};

}  // namespace

Result<std::vector<std::string>> keep_what_was_lost(const ledger::LedgerDir& dir,
                                                    const BackupPlan& plan,
                                                    const std::map<std::string, BackupFile>& last,
                                                    const StoredFiles& stored, BackupList& list) {
    return Keeper(dir, last, stored, list).run(plan);
}

}  // namespace daybook::lifecycle
