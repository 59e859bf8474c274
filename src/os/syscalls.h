// The one door to the kernel: a table of the system calls that Daybook uses for files.
//
// All other code calls the functions of os/file.h, os/lock.h and their neighbours, which go through
// this table; so a test can make the Nth call fail, cut a write short, or record what was asked.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <string_view>

namespace daybook::os {

// Its entries: the name of each in Call, and in Syscalls.
#define DAYBOOK_SYSCALL_LIST(X)        \
    X(kOpen, open)                     \
    X(kClose, close)                   \
    X(kRead, read)                     \
    X(kPread, pread)                   \
    X(kWrite, write)                   \
    X(kFstat, fstat)                   \
    X(kStat, stat)                     \
    X(kGetdents, getdents)             \
    X(kFtruncate, ftruncate)           \
    X(kFallocate, fallocate)           \
    X(kFdatasync, fdatasync)           \
    X(kFsync, fsync)                   \
    X(kRename, rename)                 \
    X(kLink, link)                     \
    X(kUnlink, unlink)                 \
    X(kMkdir, mkdir)                   \
    X(kRmdir, rmdir)                   \
    X(kFchmod, fchmod)                 \
    X(kCopyFileRange, copy_file_range) \
    X(kClone, clone)                   \
    X(kMmap, mmap)                     \
    X(kFcntlLock, fcntl_lock)

enum class Call {
#define DAYBOOK_SYSCALL_ENUMERATOR(call, name) call,
    DAYBOOK_SYSCALL_LIST(DAYBOOK_SYSCALL_ENUMERATOR)
#undef DAYBOOK_SYSCALL_ENUMERATOR
};
inline constexpr std::size_t kCalls = 22;
// "fdatasync".
std::string_view to_string(Call call);

// All answer as the kernel does: a negative number (mmap: MAP_FAILED) is an error, told by errno.
struct Syscalls {
    int (*open)(const char* path, int flags, mode_t mode);
    int (*close)(int fd);
    ssize_t (*read)(int fd, void* bytes, std::size_t count);
    ssize_t (*pread)(int fd, void* bytes, std::size_t count, off_t offset);
    ssize_t (*write)(int fd, const void* bytes, std::size_t count);
    int (*fstat)(int fd, struct stat* out);
    int (*stat)(const char* path, struct stat* out);
    // Entries of a directory, as `struct dirent64` one behind the other; 0 at the end.
    ssize_t (*getdents)(int fd, void* entries, std::size_t bytes);
    int (*ftruncate)(int fd, off_t size);
    int (*fallocate)(int fd, int mode, off_t offset, off_t size);
    int (*fdatasync)(int fd);
    int (*fsync)(int fd);
    int (*rename)(const char* from, const char* to);
    int (*link)(const char* from, const char* to);
    int (*unlink)(const char* path);
    int (*mkdir)(const char* path, mode_t mode);
    int (*rmdir)(const char* path);
    int (*fchmod)(int fd, mode_t mode);
    ssize_t (*copy_file_range)(int from, int to, std::size_t count);
    int (*clone)(int to, int from);           // ioctl FICLONE
    void* (*mmap)(int fd, std::size_t size);  // private, for reading
    int (*fcntl_lock)(int fd, int command, struct flock* lock);
};

namespace detail {
// A global because system calls are one: threading a table through every call would put a test's
// concern into every signature.
extern std::atomic<const Syscalls*> syscalls_in_force;
}  // namespace detail

// The table in force: the kernel's own, unless a test has put another in its place.
inline const Syscalls& syscalls() {
    return *detail::syscalls_in_force.load(std::memory_order_relaxed);
}

// The kernel's own table, to copy and to change single entries of.
const Syscalls& kernel_syscalls();

// Puts `table` in force while it lives.  For tests: at most one at a time, and no other thread may
// be inside a call while it comes or goes.
class ScopedSyscalls {
public:
    explicit ScopedSyscalls(const Syscalls& table);
    ~ScopedSyscalls();
    ScopedSyscalls(const ScopedSyscalls&) = delete;
    ScopedSyscalls& operator=(const ScopedSyscalls&) = delete;
};

}  // namespace daybook::os
