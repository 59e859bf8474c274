#include "lifecycle/backup.h"

#include <fcntl.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/calendar.h"
#include "base/text.h"
#include "ledger/document_json.h"
#include "ledger/manifest.h"
#include "lifecycle/backup_check.h"
#include "lifecycle/backup_list.h"
#include "lifecycle/backup_plan.h"
#include "lifecycle/lifecycle_lock.h"
#include "lifecycle/retention.h"
#include "lifecycle/stored_files.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/lock.h"

namespace daybook::lifecycle {
namespace {

// How often a file is read that somebody writes to meanwhile.
constexpr int kAttemptsMax = 3;

class Backup {
public:
    Backup(const ledger::LedgerDir& dir, const std::string& destination,
           const BackupOptions& options)
        : dir_(dir), to_(destination), options_(options) {}

    Result<BackupReport> run() {
        ASSIGN_OR_RETURN(const ledger::Manifest manifest, ledger::read_manifest(dir_));
        RETURN_IF_ERROR(look_at_destination(manifest.ledger_id));
        RETURN_IF_ERROR(os::make_dirs(to_.root()));
        ASSIGN_OR_RETURN(const os::LockFile place, os::LockFile::acquire(to_.lock_path(), 0));
        // Again: until the lock was ours another one could take the place, or make a newer list.
        RETURN_IF_ERROR(look_at_destination(manifest.ledger_id));
        // Archiving and retention move files from one place to another; a backup that met them half
        // way would have some twice, or not at all.
        ASSIGN_OR_RETURN(const os::LockFile lock, take_lifecycle_lock(dir_, options_.wait_ms));
        // Whoever holds the lock finishes what another one has begun.  Where that cannot be, on a
        // disk that is full or with a journal that is broken, a backup is wanted all the more.
        ASSIGN_OR_RETURN(FinishedRetention settled, settle_retention(dir_, *options_.clock));
        list_.ledger_id = manifest.ledger_id;
        list_.at = to_iso8601(options_.clock->now());
        ASSIGN_OR_RETURN(BackupPlan plan, plan_backup(dir_, options_.wait_ms));
        report_.notes = std::move(plan.notes);
        std::move(settled.problems.begin(), settled.problems.end(),
                  std::back_inserter(report_.notes));
        report_.losses = std::move(plan.unlisted);
        ASSIGN_OR_RETURN(StoredFiles stored, StoredFiles::open(to_));
        for (const PlannedFile& file : plan.files) total_ += file.bytes;
        for (const PlannedFile& file : plan.files) {
            RETURN_IF_ERROR(add(file, stored));
            done_ += file.bytes;
            os::kill_point(os::KillPoint::kBackupFileCopied);
        }
        RETURN_IF_ERROR(keep_losses(plan, stored));
        RETURN_IF_ERROR(stored.sync());
        RETURN_IF_ERROR(write_backup_list(to_, list_));
        os::kill_point(os::KillPoint::kBackupListed);
        RETURN_IF_ERROR(finish(stored, manifest.ledger_id));
        os::kill_point(os::KillPoint::kBackupDone);
        return std::move(report_);
    }

private:
    Status look_at_destination(const std::string& ledger_id) {
        if (to_.root().empty()) {
            return fail(ErrorCode::kInvalidArgument,
                        "backup: the name of the directory is empty; name one for backups of this "
                        "ledger alone");
        }
        const std::string ours = os::canonical_path(dir_.root()) + "/";
        if ((os::canonical_path(to_.root()) + "/").starts_with(ours)) {
            return fail(ErrorCode::kInvalidArgument,
                        "backup to {}: it lies in the ledger itself; choose a place elsewhere, "
                        "best on another disk",
                        to_.root());
        }
        ASSIGN_OR_RETURN(const bool is_ledger, os::exists(to_.root() + "/ledger.json"));
        if (is_ledger) {
            return fail(ErrorCode::kAlreadyExists,
                        "backup to {}: it is a ledger, and no place for backups; choose another "
                        "place",
                        to_.root());
        }
        last_.clear();
        Result<BackupList> list = read_backup_list(to_);
        if (list) {
            if (list->ledger_id != ledger_id) {
                return fail(ErrorCode::kAlreadyExists,
                            "backup to {}: it holds the backup of another ledger, {}; choose "
                            "another place",
                            to_.root(), printable(list->ledger_id));
            }
            for (BackupFile& file : list->files) last_.emplace(file.path, std::move(file));
            return {};
        }
        if (list.error().code() == ErrorCode::kCorrupt) {
            return fail(ErrorCode::kCorrupt,
                        "{}; restore what you need from another backup; move it away, and the next "
                        "backup makes it anew from what the ledger has",
                        list.error().message());
        }
        if (list.error().code() != ErrorCode::kNotFound) return fail(list.error());
        // One that was killed before its list was there leaves these two.
        const auto entries = os::list_dir(to_.root());
        if (!entries && entries.error().code() == ErrorCode::kNotFound) return {};
        if (!entries) return fail(entries.error());
        for (const os::DirEntry& entry : *entries) {
            if (entry.name == "files" || entry.name == "backup.lock") continue;
            return fail(ErrorCode::kAlreadyExists,
                        "backup to {}: it holds something else ({}); choose an empty directory",
                        to_.root(), printable(entry.name));
        }
        return {};
    }

    Status add(const PlannedFile& file, StoredFiles& stored) {
        RETURN_IF_ERROR(step(0));
        if (options_.incremental && !file.content) {
            const auto last = last_.find(file.path);
            const bool is_same = last != last_.end() && last->second.bytes == file.bytes &&
                                 last->second.modified_ns == file.modified_ns;
            if (is_same) {
                ASSIGN_OR_RETURN(const bool is_there, stored.has(last->second.sha256, file.bytes));
                if (is_there) {
                    note(file, {.sha256 = last->second.sha256, .bytes = file.bytes});
                    ++report_.unread;
                    return {};
                }
            }
        }
        if (file.content) {
            ASSIGN_OR_RETURN(const StoredFile copy, stored.store(*file.content));
            note(file, copy);
            return {};
        }
        return file.is_growing ? add_part(file, stored) : add_whole(file, stored);
    }

    // The lines that were there when it was listed; writers go on behind them.
    Status add_part(const PlannedFile& file, StoredFiles& stored) {
        const std::string path = os::join_path(dir_.root(), file.path);
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
        ASSIGN_OR_RETURN(const StoredFile copy, stored.store(fd.get(), path, file.bytes));
        if (copy.bytes != file.bytes) return has_shrunk(path, file.bytes, copy.bytes);
        note(file, copy);
        return {};
    }

    // All of the file that lies there now, which may have replaced the one that was listed.
    Status add_whole(PlannedFile file, StoredFiles& stored) {
        const std::string path = os::join_path(dir_.root(), file.path);
        for (int attempt = 1;; ++attempt) {
            const Result<os::UniqueFd> fd = os::open_fd(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
            if (!fd && fd.error().code() == ErrorCode::kNotFound && file.may_vanish) {
                report_.notes.push_back(fmt::format("{}: it has gone meanwhile, and is left out",
                                                    printable(file.path, 200)));
                return {};
            }
            if (!fd) return fail(fd.error());
            ASSIGN_OR_RETURN(const os::FileInfo before, os::file_info(fd->get(), path));
            // The log's own files are written once.
            if (!file.may_vanish && before.size != ByteOffset(file.bytes)) {
                return has_shrunk(path, file.bytes, before.size.value());
            }
            ASSIGN_OR_RETURN(const StoredFile copy,
                             stored.store(fd->get(), path, before.size.value()));
            ASSIGN_OR_RETURN(const os::FileInfo after, os::file_info(fd->get(), path));
            const bool is_one_moment = after.size == before.size &&
                                       after.modified_ns == before.modified_ns &&
                                       copy.bytes == before.size.value();
            if (!is_one_moment && attempt < kAttemptsMax) continue;
            if (!is_one_moment && !file.may_vanish) {
                return fail(ErrorCode::kCorrupt, "backup: {} is written to while it is read", path);
            }
            if (!is_one_moment) {
                report_.notes.push_back(
                    fmt::format("{}: it is written to while it is read, and may be half new and "
                                "half old",
                                printable(file.path, 200)));
            }
            file.mode = before.mode;
            file.modified_ns = is_one_moment ? before.modified_ns : 0;
            note(file, copy);
            return {};
        }
    }

    Status keep_losses(const BackupPlan& plan, const StoredFiles& stored) {
        ASSIGN_OR_RETURN(std::vector<std::string> losses,
                         keep_what_was_lost(dir_, plan, last_, stored, list_));
        std::move(losses.begin(), losses.end(), std::back_inserter(report_.losses));
        return {};
    }

    static tl::unexpected<Error> has_shrunk(const std::string& path, std::uint64_t planned,
                                            std::uint64_t found) {
        return fail(ErrorCode::kCorrupt,
                    "backup: {} had {} bytes when it was listed and has {} now; it is of a kind "
                    "that never changes so",
                    path, planned, found);
    }

    Status step(std::uint64_t more) const {
        if (!options_.progress || options_.progress(done_ + more, total_)) return {};
        return fail(ErrorCode::kCancelled,
                    "backup to {}: stopped; the last backup stays as it is, and the next one goes "
                    "on from here",
                    to_.root());
    }

    void note(const PlannedFile& file, const StoredFile& stored) {
        list_.files.push_back({.path = file.path,
                               .bytes = stored.bytes,
                               .sha256 = stored.sha256,
                               .mode = file.mode & kBackupModeBits,
                               .modified_ns = file.modified_ns});
        if (stored.is_new) {
            ++report_.copied;
            report_.copied_bytes += stored.bytes;
        } else {
            ++report_.kept;
        }
    }

    Status finish(const StoredFiles& stored, const std::string& ledger_id) {
        std::set<std::string> listed;
        for (const BackupFile& file : list_.files) listed.insert(file.sha256);
        ASSIGN_OR_RETURN(report_.removed, stored.keep_only(listed));
        report_.ledger_id = ledger_id;
        report_.files = list_.files.size();
        report_.bytes = list_.bytes();
        // For 'daybook doctor'.
        std::string note = fmt::format(R"({{"format":1,"destination":{})",
                                       ledger::json_string(os::canonical_path(to_.root())));
        const bool is_verified = report_.unread == 0 && report_.losses.empty();
        note += fmt::format(
            R"(,"at":"{}","verified":{},"unread":{},"losses":{},"bytes":{},"files":{}}})", list_.at,
            is_verified, report_.unread, report_.losses.size(), report_.bytes, report_.files);
        return os::write_file_atomic(dir_.backup_note_path(), note + "\n");
    }

    ledger::LedgerDir dir_;
    BackupDir to_;
    const BackupOptions& options_;
    std::map<std::string, BackupFile> last_{};  // by path
    BackupList list_{};
    BackupReport report_{};
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
};

}  // namespace

Result<BackupReport> backup_ledger(const ledger::LedgerDir& dir, const std::string& destination,
                                   const BackupOptions& options) {
    return Backup(dir, destination, options).run();
}

}  // namespace daybook::lifecycle
