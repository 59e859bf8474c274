#include "lifecycle/stored_files.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "ledger/file_hash.h"
#include "os/beneath.h"
#include "os/file.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

}  // namespace

Result<std::uint64_t> read_pieces(int fd, const std::string& path, std::uint64_t bytes,
                                  const std::function<Status(std::string_view)>& take) {
    std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kPieceBytes)), '\0');
    std::uint64_t at = 0;
    while (at < bytes) {
        const auto want =
            static_cast<std::size_t>(std::min<std::uint64_t>(bytes - at, piece.size()));
        ASSIGN_OR_RETURN(const std::size_t got,
                         os::read_at(fd, ByteOffset(at), std::span(piece).first(want), path));
        if (got == 0) break;
        RETURN_IF_ERROR(take(std::string_view(piece).substr(0, got)));
        at += got;
    }
    return at;
}

Result<StoredFiles> StoredFiles::open(const BackupDir& dir) {
    ASSIGN_OR_RETURN(const bool is_there, os::exists(dir.files_dir()));
    RETURN_IF_ERROR(os::make_dirs(dir.files_dir()));
    return StoredFiles(dir, !is_there);
}

Result<bool> StoredFiles::has(const std::string& sha256, std::uint64_t bytes) const {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(dir_.file_path(sha256)));
    return info && info->is_regular && info->size == ByteOffset(bytes);
}

Result<os::UniqueFd> StoredFiles::open_stored(const std::string& sha256) const {
    const std::string path = dir_.file_path(sha256);
    return os::open_beneath(dir_.files_dir(),
                            std::string_view(path).substr(dir_.files_dir().size() + 1));
}

Result<bool> StoredFiles::is_good(const std::string& sha256) const {
    const Result<os::UniqueFd> fd = open_stored(sha256);
    // A link or a pipe is no bytes: the file takes its place.
    const bool is_other = !fd && (fd.error().code() == ErrorCode::kNotFound ||
                                  fd.error().code() == ErrorCode::kInvalidArgument);
    if (is_other) return false;
    if (!fd) return fail(fd.error());
    ASSIGN_OR_RETURN(const ledger::FileHash hash,
                     ledger::hash_file(fd->get(), dir_.file_path(sha256)));
    return hash.sha256 == sha256;
}

Result<bool> StoredFiles::begins_with(const std::string& sha256, std::uint64_t bytes,
                                      const std::string& beginning) const {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, open_stored(sha256));
    ASSIGN_OR_RETURN(const ledger::FileHash hash,
                     ledger::hash_file(fd.get(), dir_.file_path(sha256), bytes));
    return hash == ledger::FileHash{.bytes = bytes, .sha256 = beginning};
}

Status StoredFiles::name(const std::string& sha256) {
    const std::string path = dir_.file_path(sha256);
    const std::string directory = os::parent_path(path);
    RETURN_IF_ERROR(os::make_dirs(directory));
    touched_.insert(dir_.files_dir());
    touched_.insert(directory);
    return os::rename(dir_.coming_path(), path);
}

Result<StoredFile> StoredFiles::store_from(const Read& read) {
    StoredFile stored;
    if (!was_empty_) {
        Sha256 hash;
        ASSIGN_OR_RETURN(stored.bytes, read([&](std::string_view piece) -> Status {
                             hash.update(piece);
                             return {};
                         }));
        stored.sha256 = to_hex(hash.finish());
        ASSIGN_OR_RETURN(const bool is_there, is_good(stored.sha256));
        if (is_there) return stored;
    }
    Sha256 hash;
    {
        const std::string path = dir_.coming_path();
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_WRONLY | O_CREAT | O_TRUNC));
        ASSIGN_OR_RETURN(stored.bytes, read([&](std::string_view piece) -> Status {
                             hash.update(piece);
                             os::WriteOutcome outcome = os::write_all(fd.get(), piece, path);
                             if (!outcome.error) return {};
                             // Room on a full disk is worth more than half a file.
                             static_cast<void>(os::remove_file(path));
                             return fail(std::move(*outcome.error));
                         }));
        RETURN_IF_ERROR(os::sync_data(fd.get(), path));
    }
    stored.sha256 = to_hex(hash.finish());
    stored.is_new = true;
    RETURN_IF_ERROR(name(stored.sha256));
    ASSIGN_OR_RETURN(const bool is_right, is_good(stored.sha256));
    if (is_right) return stored;
    return fail(ErrorCode::kCorrupt,
                "backup: {} reads otherwise than it was written: the disk does not keep what it is "
                "given",
                dir_.file_path(stored.sha256));
}

Result<StoredFile> StoredFiles::store(int fd, const std::string& path, std::uint64_t bytes) {
    return store_from([&](const std::function<Status(std::string_view)>& take) {
        return read_pieces(fd, path, bytes, take);
    });
}

Result<StoredFile> StoredFiles::store(std::string_view content) {
    return store_from(
        [&](const std::function<Status(std::string_view)>& take) -> Result<std::uint64_t> {
            RETURN_IF_ERROR(take(content));
            return content.size();
        });
}

Status StoredFiles::sync() {
    for (const std::string& directory : touched_) RETURN_IF_ERROR(os::sync_dir(directory));
    touched_.clear();
    return {};
}

Result<std::uint64_t> StoredFiles::keep_only(const std::set<std::string>& listed) const {
    std::uint64_t removed = 0;
    RETURN_IF_ERROR(os::remove_file(dir_.coming_path()));
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> directories, os::list_dir(dir_.files_dir()));
    for (const os::DirEntry& entry : directories) {
        if (!entry.is_directory) continue;
        const std::string directory = os::join_path(dir_.files_dir(), entry.name);
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> files, os::list_dir(directory));
        for (const os::DirEntry& file : files) {
            if (listed.contains(file.name)) continue;
            RETURN_IF_ERROR(os::remove_file(os::join_path(directory, file.name)));
            ++removed;
        }
    }
    return removed;
}

}  // namespace daybook::lifecycle
