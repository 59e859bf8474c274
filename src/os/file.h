// Files and directories.
//
// Paths are passed through as given.  Calls interrupted by a signal are repeated: no caller ever
// sees EINTR.  Every error names the attempt and the path.
#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "os/syscalls.h"

namespace daybook::os {

// Owns a file descriptor and closes it.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    ~UniqueFd() { reset(); }
    UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept;
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;

    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }
    int release();
    void reset();

private:
    int fd_ = -1;
};

// What tells one file from another, whatever its name.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const FileIdentity&) const = default;
};

struct FileInfo {
    FileIdentity identity;
    ByteOffset size;
    std::int64_t modified_ns = 0;  // since the Unix epoch
    // The same of the last change to the bytes or to what is known of them: unlike the one above,
    // no program can set it back.
    std::int64_t changed_ns = 0;
    bool is_directory = false;
    bool is_regular = false;  // an ordinary file: no directory, no device, no pipe
    mode_t mode = 0;          // permission bits
};

// Opens `path`; O_CLOEXEC is always added.
Result<UniqueFd> open_fd(const std::string& path, int flags, mode_t mode = 0644);

Result<FileInfo> file_info(int fd, std::string_view path);
// nullopt if there is nothing at `path`.
Result<std::optional<FileInfo>> file_info(const std::string& path);
Result<bool> exists(const std::string& path);

// What a write came to: `written` bytes are in the file even if there is an error.
struct WriteOutcome {
    std::size_t written = 0;
    std::optional<Error> error{};
};
// Writes all of `bytes` at the file's position (its end, with O_APPEND), completing short writes.
// Inline up to the usual end, because it is on the way of every event: returning through a chain of
// calls from a system call, which has emptied the processor's return predictor, costs more than the
// work on the way.
inline WriteOutcome write_all(int fd, std::string_view bytes, std::string_view path);

namespace detail {
// Goes on after a first write that returned `count`, with errno as it left it.
WriteOutcome write_rest(int fd, std::string_view bytes, ssize_t count, std::string_view path);
}  // namespace detail

WriteOutcome write_all(int fd, std::string_view bytes, std::string_view path) {
    const ssize_t count = syscalls().write(fd, bytes.data(), bytes.size());
    if (count == static_cast<ssize_t>(bytes.size())) [[likely]]
        return {.written = bytes.size()};
    return detail::write_rest(fd, bytes, count, path);
}

// Fills `out` from `offset`; returns fewer bytes only at the end of the file.
Result<std::size_t> read_at(int fd, ByteOffset offset, std::span<char> out, std::string_view path);
// The whole file; kLimit if it is longer than `bytes_max`.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

Status truncate(int fd, ByteOffset size, std::string_view path);
// Makes the file `bytes` long, in blocks that are its own: zeros, until they are written.
Status reserve_room(int fd, std::uint64_t bytes, std::string_view path);
Status set_mode(int fd, mode_t mode, std::string_view path);

// Returns when the file's bytes are on the device (fdatasync).
Status sync_data(int fd, std::string_view path);
// The same for a directory's entries: a name is durable only when its directory is.
Status sync_dir(const std::string& path);

// Creates `path` and what is missing above it; nothing to do if it is there.
Status make_dirs(const std::string& path);
// Creates `path`, whose parent is there.  kAlreadyExists: something is at `path`; of several who
// try at once one alone succeeds.
Status make_new_dir(const std::string& path);
// Removes a directory that is empty; kIo and others: it is not, or it is not there.
Status remove_empty_dir(const std::string& path);
Status rename(const std::string& from, const std::string& to);
Status hard_link(const std::string& from, const std::string& to);
// Nothing to do if there is nothing at `path`.
Status remove_file(const std::string& path);
// Removes `path` and all below it, links as links; nothing to do if it is not there.
Status remove_tree(const std::string& path);

struct DirEntry {
    std::string name;
    bool is_directory = false;  // or a link to one
    bool is_link = false;       // whoever walks a tree must not follow it
    auto operator<=>(const DirEntry&) const = default;
};
// The entries of a directory, sorted by name, without "." and "..".
Result<std::vector<DirEntry>> list_dir(const std::string& path);

// Replaces `path` by a file that holds `bytes`, so that a reader or a crash finds the old or the
// new content, whole: temporary file, sync, rename, sync of the directory.
Status write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode = 0644);

// A file without a name, in memory, for reading and writing; gone when it is closed.  `name` is for
// those who look into /proc.
Result<UniqueFd> anonymous_file(const std::string& name);
// Writes all of `bytes` into such a file, from `offset` on.  Several threads may do so at once.
Status write_anonymous(int fd, ByteOffset offset, std::string_view bytes);

// Makes `to` a copy of `from`, sharing blocks where the file system can (a reflink).
Status copy_file(const std::string& from, const std::string& to, mode_t mode);
// The same for a file that is open for reading, from its position on; `path` is for messages.  kIo:
// it shrank meanwhile.
Status copy_open_file(int from, const std::string& path, const std::string& to, mode_t mode);

// Memory a file is mapped into, read-only.  The file must not be cut while it is mapped.
class MappedFile {
public:
    // Maps the first `size` bytes; `size` must not exceed the file's.
    static Result<MappedFile> map(int fd, std::size_t size, std::string_view path);
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();

    std::string_view bytes() const { return {data_, size_}; }

private:
    MappedFile(const char* data, std::size_t size) : data_(data), size_(size) {}
    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

// "a/b" from "a" and "b".
std::string join_path(std::string_view directory, std::string_view name);
// The directory part of `path`; "." if there is none.
std::string parent_path(const std::string& path);
// An absolute path without ".", ".." and symbolic links; `path` itself if it cannot be resolved.
std::string canonical_path(const std::string& path);

}  // namespace daybook::os
