#include "os/syscalls.h"

#include <sys/file.h>
#include <unistd.h>

#include <atomic>
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

// A global because system calls are one: threading a table through every call would put a test's
// concern into every signature.
std::atomic<const Syscalls*> current{&kKernel};

}  // namespace

const Syscalls& syscalls() { return *current.load(std::memory_order_relaxed); }

const Syscalls& kernel_syscalls() { return kKernel; }

ScopedSyscalls::ScopedSyscalls(const Syscalls& table) {
    DAYBOOK_CHECK(current.exchange(&table) == &kKernel);
}

ScopedSyscalls::~ScopedSyscalls() { current.store(&kKernel); }

}  // namespace daybook::os
