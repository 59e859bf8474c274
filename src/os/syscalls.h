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

namespace daybook::os {

struct Syscalls {
    int (*open)(const char* path, int flags, mode_t mode);
    int (*close)(int fd);
    ssize_t (*write)(int fd, const void* bytes, std::size_t count);
    ssize_t (*pread)(int fd, void* bytes, std::size_t count, off_t offset);
    int (*fstat)(int fd, struct stat* out);
    int (*stat)(const char* path, struct stat* out);
    int (*ftruncate)(int fd, off_t size);
    int (*fdatasync)(int fd);
    int (*fsync)(int fd);
    int (*rename)(const char* from, const char* to);
    int (*link)(const char* from, const char* to);
    int (*unlink)(const char* path);
    int (*mkdir)(const char* path, mode_t mode);
    int (*fchmod)(int fd, mode_t mode);
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
