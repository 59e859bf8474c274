#include <fcntl.h>

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "lifecycle/backup.h"
#include "lifecycle/backup_list.h"
#include "lifecycle/stored_files.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/lock.h"

namespace daybook::lifecycle {
namespace {

class Restore {
public:
    Restore(const std::string& source, std::string directory, const RestoreOptions& options)
        : from_(source), directory_(std::move(directory)), options_(options) {
        while (directory_.size() > 1 && directory_.ends_with('/')) directory_.pop_back();
        // Beside it: a rename does not go from one file system to another.
        coming_ = directory_ + ".restoring";
    }

    Result<RestoreReport> run() {
        const Result<BackupList> list = read_backup_list(from_);
        if (!list && list.error().code() == ErrorCode::kNotFound) {
            return fail(ErrorCode::kNotFound, "restore {}: there is no backup here (no {})",
                        from_.root(), from_.list_path());
        }
        if (!list) return fail(list.error());
        RETURN_IF_ERROR(check_is_free());
        RETURN_IF_ERROR(os::make_dirs(coming_));
        ASSIGN_OR_RETURN(const os::LockFile lock,
                         os::LockFile::acquire(coming_ + "/" + std::string(kLockName), 0));
        RETURN_IF_ERROR(remove_leftovers());
        total_ = list->bytes();
        for (const BackupFile& file : list->files) {
            RETURN_IF_ERROR(copy(file));
            os::kill_point(os::KillPoint::kRestoreFileCopied);
        }
        for (const std::string& directory : directories_) {
            RETURN_IF_ERROR(os::sync_dir(directory));
        }
        os::kill_point(os::KillPoint::kRestoreChecked);
        RETURN_IF_ERROR(check_is_free());
        RETURN_IF_ERROR(os::rename(coming_, directory_));
        RETURN_IF_ERROR(os::sync_dir(os::parent_path(directory_)));
        os::kill_point(os::KillPoint::kRestoreNamed);
        return RestoreReport{.ledger_id = list->ledger_id,
                             .at = list->at,
                             .files = list->files.size(),
                             .bytes = total_};
    }

private:
    // What a ledger has as well.
    static constexpr std::string_view kLockName = "lifecycle.lock";

    Status check_is_free() const {
        const auto entries = os::list_dir(directory_);
        if (!entries && entries.error().code() == ErrorCode::kNotFound) return {};
        if (!entries) return fail(entries.error());
        if (entries->empty()) return {};
        return fail(ErrorCode::kAlreadyExists,
                    "restore to {}: there is something in it ({}); name a directory that is empty "
                    "or not there",
                    directory_, printable(entries->front().name));
    }

    // Of a restore that was killed.
    Status remove_leftovers() const {
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(coming_));
        for (const os::DirEntry& entry : entries) {
            if (entry.name == kLockName) continue;
            RETURN_IF_ERROR(os::remove_tree(os::join_path(coming_, entry.name)));
        }
        return {};
    }

    Status copy(const BackupFile& file) {
        const std::string source = from_.file_path(file.sha256);
        const std::string target = os::join_path(coming_, file.path);
        for (std::string above = os::parent_path(target); above.size() >= coming_.size();
             above = os::parent_path(above)) {
            directories_.insert(above);
        }
        RETURN_IF_ERROR(os::make_dirs(os::parent_path(target)));
        const Result<os::UniqueFd> from = os::open_fd(source, O_RDONLY);
        if (!from && from.error().code() == ErrorCode::kNotFound) {
            return damaged(file, "its bytes are not there");
        }
        if (!from) return fail(from.error());
        ASSIGN_OR_RETURN(const os::UniqueFd to, os::open_fd(target, O_WRONLY | O_CREAT | O_EXCL));
        Sha256 hash;
        ASSIGN_OR_RETURN(
            const std::uint64_t bytes,
            read_pieces(from->get(), source, UINT64_MAX, [&](std::string_view piece) -> Status {
                hash.update(piece);
                done_ += piece.size();
                os::WriteOutcome outcome = os::write_all(to.get(), piece, target);
                if (outcome.error) return fail(std::move(*outcome.error));
                if (!options_.progress || options_.progress(done_, total_)) return {};
                return fail(ErrorCode::kCancelled, "restore to {}: stopped; nothing is there",
                            directory_);
            }));
        if (bytes != file.bytes || to_hex(hash.finish()) != file.sha256) {
            return damaged(file, "its bytes are not those that its list says");
        }
        RETURN_IF_ERROR(os::set_mode(to.get(), file.mode, target));
        return os::sync_data(to.get(), target);
    }

    tl::unexpected<Error> damaged(const BackupFile& file, std::string_view why) const {
        return fail(ErrorCode::kCorrupt,
                    "restore {}: {}: {} (in {}); nothing is restored: use another backup",
                    from_.root(), printable(file.path, 200), why, from_.file_path(file.sha256));
    }

    BackupDir from_;
    std::string directory_;
    std::string coming_{};  // where the ledger is made
    const RestoreOptions& options_;
    std::set<std::string> directories_{};
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
};

}  // namespace

Result<RestoreReport> restore_ledger(const std::string& source, const std::string& directory,
                                     const RestoreOptions& options) {
    return Restore(source, directory, options).run();
}

}  // namespace daybook::lifecycle
