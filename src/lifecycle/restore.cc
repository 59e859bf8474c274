#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "lifecycle/backup.h"
#include "lifecycle/backup_list.h"
#include "lifecycle/look_at.h"
#include "lifecycle/stored_files.h"
#include "os/beneath.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/lock.h"

namespace daybook::lifecycle {
namespace {

class Restore {
public:
    Restore(const std::string& source, std::string directory, const RestoreOptions& options)
        : from_(source), shown_(directory), directory_(std::move(directory)), options_(options) {
        // "." and "a/.." have no name to put anything behind.
        directory_ = os::canonical_path(directory_);
        while (directory_.size() > 1 && directory_.ends_with('/')) directory_.pop_back();
        // Beside it: a rename does not go from one file system to another.
        coming_ = directory_ + ".restoring";
    }

    Result<RestoreReport> run() {
        ASSIGN_OR_RETURN(const bool is_ledger, os::exists(from_.root() + "/ledger.json"));
        if (is_ledger) {
            return fail(ErrorCode::kNotFound,
                        "restore {}: it is a ledger, and not a backup; its backup.json says where "
                        "its last backup lies",
                        from_.root());
        }
        const Result<BackupList> list = read_backup_list(from_);
        if (!list && list.error().code() == ErrorCode::kNotFound) {
            return fail(ErrorCode::kNotFound, "restore {}: there is no backup here (no {})",
                        from_.root(), from_.list_path());
        }
        if (!list) return fail(list.error());
        const bool has_manifest =
            std::any_of(list->files.begin(), list->files.end(),
                        [](const BackupFile& file) { return file.path == "ledger.json"; });
        if (!has_manifest) {
            return fail(ErrorCode::kCorrupt,
                        "restore {}: it has no ledger.json, and would be no ledger; nothing is "
                        "restored: use another backup",
                        from_.root());
        }
        RETURN_IF_ERROR(check_is_free());
        RETURN_IF_ERROR(check_can_be_named());
        RETURN_IF_ERROR(check_is_ours());
        RETURN_IF_ERROR(os::make_dirs(coming_));
        ASSIGN_OR_RETURN(const os::LockFile lock,
                         os::LockFile::acquire(coming_ + "/" + std::string(kLockName), 0));
        if (const Status made = make(*list); !made) return give_up(made.error());
        return RestoreReport{.ledger_id = list->ledger_id,
                             .at = list->at,
                             .files = list->files.size(),
                             .bytes = total_};
    }

private:
    // What a ledger has as well.
    static constexpr std::string_view kLockName = "lifecycle.lock";
    // What says that a restore has made the directory, and may empty it.
    static constexpr std::string_view kMarkName = "restoring.lock";

    Status check_is_free() const {
        const auto entries = os::list_dir(directory_);
        if (!entries && entries.error().code() == ErrorCode::kNotFound) return {};
        if (!entries) return fail(entries.error());
        if (entries->empty()) return {};
        return fail(ErrorCode::kAlreadyExists,
                    "restore to {}: there is something in it ({}); name a directory that is empty "
                    "or not there",
                    shown_, printable(entries->front().name));
    }

    // Whether the rename at the end can be made.
    Status check_can_be_named() const {
        if (shown_.empty()) {
            return fail(ErrorCode::kAlreadyExists,
                        "restore: the name of the directory is empty; name one that is not there");
        }
        if ((directory_ + "/").starts_with(os::canonical_path(from_.root()) + "/")) {
            return fail(ErrorCode::kAlreadyExists,
                        "restore to {}: it lies in the backup itself; name a directory elsewhere",
                        shown_);
        }
        // What verify would take for stray files, and the next backup of that ledger for its own.
        for (std::string above = os::parent_path(directory_);; above = os::parent_path(above)) {
            ASSIGN_OR_RETURN(const bool is_ledger, os::exists(os::join_path(above, "ledger.json")));
            if (is_ledger) {
                return fail(ErrorCode::kAlreadyExists,
                            "restore to {}: it lies in a ledger ({}); name a directory elsewhere",
                            shown_, above);
            }
            if (above == os::parent_path(above)) break;
        }
        if (directory_ == os::canonical_path(".")) {
            return fail(ErrorCode::kAlreadyExists,
                        "restore to {}: it is the directory that you are in, which cannot be "
                        "replaced; name another one",
                        shown_);
        }
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> here, os::file_info(directory_));
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> above,
                         os::file_info(os::parent_path(directory_)));
        if (!here || !above || here->identity.device == above->identity.device) return {};
        return fail(ErrorCode::kAlreadyExists,
                    "restore to {}: a file system begins there, which cannot be replaced; name a "
                    "directory in it",
                    shown_);
    }

    // What lies where the ledger is to be made is emptied only if a restore has left it.
    Status check_is_ours() const {
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, look_at(coming_));
        if (!info) return {};
        const auto refused = [&](std::string_view why) {
            return fail(ErrorCode::kAlreadyExists,
                        "restore to {}: {} is in the way: {}; move it elsewhere", shown_, coming_,
                        why);
        };
        if (!info->is_directory) return refused("it is a link or a file");
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(coming_));
        for (const os::DirEntry& entry : entries) {
            if (entry.name == kMarkName) return {};
        }
        for (const os::DirEntry& entry : entries) {
            if (entry.name == kLockName || entry.name.starts_with(kMarkName)) continue;
            return refused(
                fmt::format("no restore has made what is in it ({})", printable(entry.name)));
        }
        return {};
    }

    Status make(const BackupList& list) {
        RETURN_IF_ERROR(os::write_file_atomic(coming_ + "/" + std::string(kMarkName),
                                              "a restore that has not come to its end\n"));
        RETURN_IF_ERROR(remove_leftovers());
        total_ = list.bytes();
        for (const BackupFile& file : list.files) {
            RETURN_IF_ERROR(copy(file));
            os::kill_point(os::KillPoint::kRestoreFileCopied);
        }
        for (const std::string& directory : directories_) {
            RETURN_IF_ERROR(os::sync_dir(directory));
        }
        os::kill_point(os::KillPoint::kRestoreChecked);
        RETURN_IF_ERROR(check_is_free());
        RETURN_IF_ERROR(os::rename(coming_, directory_));
        RETURN_IF_ERROR(os::remove_file(directory_ + "/" + std::string(kMarkName)));
        RETURN_IF_ERROR(os::sync_dir(directory_));
        RETURN_IF_ERROR(os::sync_dir(os::parent_path(directory_)));
        os::kill_point(os::KillPoint::kRestoreNamed);
        return {};
    }

    // Part of a ledger is of no use to anybody, and the next restore begins anew.
    tl::unexpected<Error> give_up(const Error& why) const {
        const Status removed = os::remove_tree(coming_);
        if (removed) return fail(why);
        return fail(why.code(), "{}; what was made until then is left: {}", why.message(),
                    removed.error().message());
    }

    // Of a restore that was killed.
    Status remove_leftovers() const {
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(coming_));
        for (const os::DirEntry& entry : entries) {
            if (entry.name == kLockName || entry.name == kMarkName) continue;
            RETURN_IF_ERROR(os::remove_tree(os::join_path(coming_, entry.name)));
        }
        return {};
    }

    // A backup may have come from anywhere: a link may lead to what has no end, and a pipe waits
    // for whoever writes to it.
    Result<os::UniqueFd> open_stored(const BackupFile& file) const {
        const std::string path = from_.file_path(file.sha256);
        Result<os::UniqueFd> fd = os::open_beneath(
            from_.files_dir(), std::string_view(path).substr(from_.files_dir().size() + 1));
        if (fd) return fd;
        if (fd.error().code() == ErrorCode::kNotFound) {
            return damaged(file, "its bytes are not there");
        }
        if (fd.error().code() == ErrorCode::kInvalidArgument) {
            return damaged(file, "a link, a pipe or a device is where its bytes should be");
        }
        return fail(fd.error());
    }

    Status copy(const BackupFile& file) {
        const std::string source = from_.file_path(file.sha256);
        const std::string target = os::join_path(coming_, file.path);
        for (std::string above = os::parent_path(target); above.size() >= coming_.size();
             above = os::parent_path(above)) {
            directories_.insert(above);
        }
        RETURN_IF_ERROR(os::make_dirs(os::parent_path(target)));
        ASSIGN_OR_RETURN(const os::UniqueFd from, open_stored(file));
        ASSIGN_OR_RETURN(const os::UniqueFd to, os::open_fd(target, O_WRONLY | O_CREAT | O_EXCL));
        Sha256 hash;
        ASSIGN_OR_RETURN(
            const std::uint64_t bytes,
            read_pieces(from.get(), source, file.bytes + 1, [&](std::string_view piece) -> Status {
                hash.update(piece);
                done_ += piece.size();
                os::WriteOutcome outcome = os::write_all(to.get(), piece, target);
                if (outcome.error) return fail(std::move(*outcome.error));
                if (!options_.progress || options_.progress(done_, total_)) return {};
                return fail(ErrorCode::kCancelled, "restore to {}: stopped; nothing is there",
                            shown_);
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
    std::string shown_;  // as it was given, for messages
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
