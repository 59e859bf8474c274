// The files of a backup: bytes by their SHA-256, each once.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lifecycle/backup_list.h"
#include "os/file.h"

namespace daybook::lifecycle {

// Reads up to `bytes` of an open file, from its beginning on, into `take`; how many there were.
Result<std::uint64_t> read_pieces(int fd, const std::string& path, std::uint64_t bytes,
                                  const std::function<Status(std::string_view)>& take);

struct StoredFile {
    std::string sha256{};
    std::uint64_t bytes = 0;
    bool is_new = false;
};

// Not thread-safe.  The caller keeps others away from the backup.
class StoredFiles {
public:
    static Result<StoredFiles> open(const BackupDir& dir);

    // Whether bytes of this hash and size are there; they are not read.
    Result<bool> has(const std::string& sha256, std::uint64_t bytes) const;

    // Whether the first `bytes` bytes of the stored file have the SHA-256 `beginning`.
    Result<bool> begins_with(const std::string& sha256, std::uint64_t bytes,
                             const std::string& beginning) const;

    // Stores the first `bytes` bytes of an open file, or all if there are fewer, unless they are
    // there and what they should be.
    Result<StoredFile> store(int fd, const std::string& path, std::uint64_t bytes);
    Result<StoredFile> store(std::string_view content);

    // Returns when all names are on the device.
    Status sync();
    // Removes what is not in `listed`, and what a killed backup has left; how many files.
    Result<std::uint64_t> keep_only(const std::set<std::string>& listed) const;

private:
    StoredFiles(BackupDir dir, bool was_empty) : dir_(std::move(dir)), was_empty_(was_empty) {}
    using Read =
        std::function<Result<std::uint64_t>(const std::function<Status(std::string_view)>&)>;
    Result<StoredFile> store_from(const Read& read);
    Result<os::UniqueFd> open_stored(const std::string& sha256) const;
    Result<bool> is_good(const std::string& sha256) const;
    Status name(const std::string& sha256);

    BackupDir dir_;
    // Then nothing can be there, and files are read once.
    bool was_empty_;
    std::set<std::string> touched_{};  // directories whose names are not synced
};

}  // namespace daybook::lifecycle
