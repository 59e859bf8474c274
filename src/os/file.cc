#include "os/file.h"

#include <dirent.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "os/copy.h"
#include "os/error.h"
#include "os/retry.h"
#include "os/syscalls.h"

namespace daybook::os {
namespace {

constexpr std::size_t kReadBytes = std::size_t{32} << 10;

std::int64_t nanoseconds(const struct timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileInfo info_of(const struct stat& status) {
    return {
        .identity = {.device = status.st_dev, .inode = status.st_ino},
        .size = ByteOffset(static_cast<std::uint64_t>(status.st_size)),
        .modified_ns = nanoseconds(status.st_mtim),
        .changed_ns = nanoseconds(status.st_ctim),
        .is_directory = S_ISDIR(status.st_mode),
        .is_regular = S_ISREG(status.st_mode),
        .mode = status.st_mode & 07777,
    };
}

Status check(int result, std::string_view attempt, std::string_view path) {
    if (result < 0) return fail(errno_error(errno, attempt, path));
    return {};
}

// Whether it is a link, where a file system gives entries without their kind.
Result<bool> is_link(const std::string& path) {
    struct stat status{};
    const Result<UniqueFd> fd = open_fd(path, O_PATH | O_NOFOLLOW);
    if (!fd && fd.error().code() == ErrorCode::kNotFound) return false;
    if (!fd) return fail(fd.error());
    const auto look = [&] { return syscalls().fstat(fd->get(), &status); };
    RETURN_IF_ERROR(check(retry_interrupted(look), "stat", path));
    return S_ISLNK(status.st_mode);
}

// Links count as what they lead to.
Result<DirEntry> entry_of(const std::string& parent, const struct dirent64& found) {
    DirEntry entry{.name = found.d_name,
                   .is_directory = found.d_type == DT_DIR,
                   .is_link = found.d_type == DT_LNK};
    if (found.d_type != DT_UNKNOWN && found.d_type != DT_LNK) return entry;
    const std::string path = join_path(parent, entry.name);
    if (found.d_type == DT_UNKNOWN) {
        ASSIGN_OR_RETURN(entry.is_link, is_link(path));
    }
    ASSIGN_OR_RETURN(const std::optional<FileInfo> info, file_info(path));
    entry.is_directory = info && info->is_directory;  // One that has just gone is none.
    return entry;
}

}  // namespace

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

int UniqueFd::release() { return std::exchange(fd_, -1); }

void UniqueFd::reset() {
    // Not repeated on EINTR: Linux has released the descriptor by then.
    if (valid()) syscalls().close(release());
}

Result<UniqueFd> open_fd(const std::string& path, int flags, mode_t mode) {
    const int fd =
        retry_interrupted([&] { return syscalls().open(path.c_str(), flags | O_CLOEXEC, mode); });
    if (fd < 0) return fail(errno_error(errno, "open", path));
    return UniqueFd(fd);
}

Result<FileInfo> file_info(int fd, std::string_view path) {
    struct stat status{};
    RETURN_IF_ERROR(
        check(retry_interrupted([&] { return syscalls().fstat(fd, &status); }), "stat", path));
    return info_of(status);
}

Result<std::optional<FileInfo>> file_info(const std::string& path) {
    struct stat status{};
    if (retry_interrupted([&] { return syscalls().stat(path.c_str(), &status); }) < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        return fail(errno_error(errno, "stat", path));
    }
    return info_of(status);
}

Result<bool> exists(const std::string& path) {
    ASSIGN_OR_RETURN(const std::optional<FileInfo> info, file_info(path));
    return info.has_value();
}

WriteOutcome detail::write_rest(int fd, std::string_view bytes, ssize_t count,
                                std::string_view path) {
    WriteOutcome outcome;
    while (true) {
        if (count > 0) outcome.written += static_cast<std::size_t>(count);
        if (outcome.written == bytes.size()) return outcome;
        if (count == 0 || (count < 0 && errno != EINTR)) {
            outcome.error = errno_error(count == 0 ? EIO : errno, "write", path);
            return outcome;
        }
        const std::string_view rest = bytes.substr(outcome.written);
        count = syscalls().write(fd, rest.data(), rest.size());
    }
}

Result<std::size_t> read_at(int fd, ByteOffset offset, std::span<char> out, std::string_view path) {
    std::size_t done = 0;
    while (done < out.size()) {
        const std::span<char> rest = out.subspan(done);
        const ssize_t count = retry_interrupted([&] {
            return syscalls().pread(fd, rest.data(), rest.size(),
                                    static_cast<off_t>(offset.value() + done));
        });
        if (count < 0) return fail(errno_error(errno, "read", path));
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    return done;
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
    ASSIGN_OR_RETURN(const UniqueFd fd, open_fd(path, O_RDONLY));
    ASSIGN_OR_RETURN(const FileInfo info, file_info(fd.get(), path));
    if (info.is_directory) return fail(errno_error(EISDIR, "read", path));
    if (info.size.value() > bytes_max) {
        return fail(ErrorCode::kLimit, "read {}: {} bytes, at most {} are expected", path,
                    info.size.value(), bytes_max);
    }
    // Files of /proc say that they are empty, so the size is not the end.
    std::string content;
    while (true) {
        const std::size_t have = content.size();
        const std::size_t want = have < info.size.value() ? info.size.value() - have : kReadBytes;
        content.resize(have + want);
        ASSIGN_OR_RETURN(const std::size_t got, read_at(fd.get(), ByteOffset(have),
                                                        std::span(content).subspan(have), path));
        content.resize(have + got);
        if (content.size() > bytes_max) {
            return fail(ErrorCode::kLimit, "read {}: more than the {} bytes that are expected",
                        path, bytes_max);
        }
        if (got < want) return content;
    }
}

Status truncate(int fd, ByteOffset size, std::string_view path) {
    const auto length = static_cast<off_t>(size.value());
    return check(retry_interrupted([&] { return syscalls().ftruncate(fd, length); }), "truncate",
                 path);
}

Status reserve_room(int fd, std::uint64_t bytes, std::string_view path) {
    const auto length = static_cast<off_t>(bytes);
    return check(retry_interrupted([&] { return syscalls().fallocate(fd, 0, 0, length); }),
                 "reserve room for", path);
}

Status set_mode(int fd, mode_t mode, std::string_view path) {
    return check(retry_interrupted([&] { return syscalls().fchmod(fd, mode); }),
                 "change the mode of", path);
}

Status sync_data(int fd, std::string_view path) {
    return check(retry_interrupted([&] { return syscalls().fdatasync(fd); }), "sync", path);
}

Status sync_dir(const std::string& path) {
    ASSIGN_OR_RETURN(const UniqueFd fd, open_fd(path, O_RDONLY | O_DIRECTORY));
    return check(retry_interrupted([&] { return syscalls().fsync(fd.get()); }), "sync", path);
}

Status make_dirs(const std::string& path) {
    const auto make = [&] { return syscalls().mkdir(path.c_str(), 0755); };
    if (retry_interrupted(make) == 0) return {};
    const int error_number = errno;
    if (error_number == EEXIST) {
        ASSIGN_OR_RETURN(const std::optional<FileInfo> info, file_info(path));
        if (info && info->is_directory) return {};
        return fail(errno_error(ENOTDIR, "make directory", path));
    }
    const std::string parent = parent_path(path);
    if (error_number != ENOENT || parent == path) {
        return fail(errno_error(error_number, "make directory", path));
    }
    RETURN_IF_ERROR(make_dirs(parent));
    // Another process may have made it in between.
    if (retry_interrupted(make) < 0 && errno != EEXIST) {
        return fail(errno_error(errno, "make directory", path));
    }
    return {};
}

Status make_new_dir(const std::string& path) {
    return check(retry_interrupted([&] { return syscalls().mkdir(path.c_str(), 0755); }),
                 "make directory", path);
}

Status remove_empty_dir(const std::string& path) {
    return check(retry_interrupted([&] { return syscalls().rmdir(path.c_str()); }),
                 "remove directory", path);
}

Status rename(const std::string& from, const std::string& to) {
    return check(retry_interrupted([&] { return syscalls().rename(from.c_str(), to.c_str()); }),
                 "rename", from + " to " + to);
}

Status hard_link(const std::string& from, const std::string& to) {
    return check(retry_interrupted([&] { return syscalls().link(from.c_str(), to.c_str()); }),
                 "link", from + " to " + to);
}

Status remove_file(const std::string& path) {
    const auto remove = [&] { return syscalls().unlink(path.c_str()); };
    if (retry_interrupted(remove) < 0 && errno != ENOENT) {
        return fail(errno_error(errno, "remove", path));
    }
    return {};
}

Status remove_tree(const std::string& path) {
    // A file, or a symbolic link, which is never followed.
    const auto unlink = [&] { return syscalls().unlink(path.c_str()); };
    if (retry_interrupted(unlink) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR && errno != EPERM) return fail(errno_error(errno, "remove", path));
    ASSIGN_OR_RETURN(const std::vector<DirEntry> entries, list_dir(path));
    for (const DirEntry& entry : entries) {
        RETURN_IF_ERROR(remove_tree(join_path(path, entry.name)));
    }
    const auto remove = [&] { return syscalls().rmdir(path.c_str()); };
    if (retry_interrupted(remove) < 0 && errno != ENOENT) {
        return fail(errno_error(errno, "remove", path));
    }
    return {};
}

Result<std::vector<DirEntry>> list_dir(const std::string& path) {
    ASSIGN_OR_RETURN(const UniqueFd fd, open_fd(path, O_RDONLY | O_DIRECTORY));
    std::vector<DirEntry> entries;
    alignas(struct dirent64) std::array<char, kReadBytes> block{};
    while (true) {
        const ssize_t count = retry_interrupted(
            [&] { return syscalls().getdents(fd.get(), block.data(), block.size()); });
        if (count < 0) return fail(errno_error(errno, "list", path));
        if (count == 0) break;
        for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
            const auto* entry = reinterpret_cast<const struct dirent64*>(block.data() + at);
            at += entry->d_reclen;
            const std::string_view name = entry->d_name;
            if (name == "." || name == "..") continue;
            ASSIGN_OR_RETURN(DirEntry made, entry_of(path, *entry));
            entries.push_back(std::move(made));
        }
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

Status write_file_atomic(const std::string& path, std::string_view bytes, mode_t mode) {
    // The process id keeps two writers apart.  What a dead one left behind is removed and not
    // written over: after a power cut it may be the published file itself under its other name.
    const std::string temporary = fmt::format("{}.tmp-{}", path, ::getpid());
    {
        RETURN_IF_ERROR(remove_file(temporary));
        ASSIGN_OR_RETURN(const UniqueFd fd, open_fd(temporary, O_WRONLY | O_CREAT | O_EXCL, mode));
        WriteOutcome outcome = write_all(fd.get(), bytes, temporary);
        Status status = outcome.error ? Status(fail(std::move(*outcome.error)))
                                      : sync_data(fd.get(), temporary);
        if (status) status = rename(temporary, path);
        if (!status) {
            (void)remove_file(temporary);  // The first error is the one to report.
            return status;
        }
    }
    return sync_dir(parent_path(path));
}

Status copy_file(const std::string& from, const std::string& to, mode_t mode) {
    return copy_file(from, to, mode, {});
}

Status copy_open_file(int from, const std::string& path, const std::string& to, mode_t mode) {
    return copy_open_file(from, path, to, mode, {});
}

Result<MappedFile> MappedFile::map(int fd, std::size_t size, std::string_view path) {
    if (size == 0) return MappedFile(nullptr, 0);
    void* address = syscalls().mmap(fd, size);
    if (address == MAP_FAILED) return fail(errno_error(errno, "map", path));
    return MappedFile(static_cast<const char*>(address), size);
}

Result<UniqueFd> anonymous_file(const std::string& name) {
    const int fd = ::memfd_create(name.c_str(), MFD_CLOEXEC);
    if (fd < 0) return fail(errno_error(errno, "make a file in memory", name));
    return UniqueFd(fd);
}

Status write_anonymous(int fd, ByteOffset offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count =
            ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset.value()));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(errno_error(errno, "write to", "a file in memory"));
        bytes.remove_prefix(static_cast<std::size_t>(count));
        offset += static_cast<std::size_t>(count);
    }
    return {};
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

std::string join_path(std::string_view directory, std::string_view name) {
    return fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", name);
}

std::string parent_path(const std::string& path) {
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    return parent.empty() ? "." : parent.string();
}

std::string canonical_path(const std::string& path) {
    std::error_code error;
    const std::filesystem::path canonical = std::filesystem::weakly_canonical(path, error);
    return error ? path : canonical.string();
}

}  // namespace daybook::os
