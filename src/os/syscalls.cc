#include "os/syscalls.h"

#include <sys/file.h>
#include <unistd.h>

#include <cstdio>

#include "base/check.h"

namespace daybook::os {
namespace {

constexpr Syscalls kKernel = {
    .open = [](const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); },
    .close = ::close,
    .write = ::write,
    .pread = ::pread,
    .fstat = [](int fd, struct stat* out) { return ::fstat(fd, out); },
    .stat = [](const char* path, struct stat* out) { return ::stat(path, out); },
    .ftruncate = ::ftruncate,
    .fdatasync = ::fdatasync,
    .fsync = ::fsync,
    .rename = ::rename,
    .link = ::link,
    .unlink = ::unlink,
    .mkdir = ::mkdir,
    .fchmod = ::fchmod,
    .fcntl_lock = [](int fd, int command,
                     struct flock* lock) { return ::fcntl(fd, command, lock); },
};

}  // namespace

namespace detail {
constinit std::atomic<const Syscalls*> syscalls_in_force{&kKernel};
}

const Syscalls& kernel_syscalls() { return kKernel; }

ScopedSyscalls::ScopedSyscalls(const Syscalls& table) {
    DAYBOOK_CHECK(detail::syscalls_in_force.exchange(&table) == &kKernel);
}

ScopedSyscalls::~ScopedSyscalls() { detail::syscalls_in_force.store(&kKernel); }

}  // namespace daybook::os
