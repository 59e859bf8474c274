#include "os/syscalls.h"

#include <dirent.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/check.h"

namespace daybook::os {
namespace {

constexpr Syscalls kKernel = {
    .open = [](const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); },
    .close = ::close,
    .read = ::read,
    .pread = ::pread,
    // glibc's own write() is a cancellation point, which costs a tenth of a short write as soon as
    // a process has a second thread; nobody cancels a thread here.
    .write =
        [](int fd, const void* bytes, std::size_t count) {
            return static_cast<ssize_t>(::syscall(SYS_write, fd, bytes, count));
        },
    .fstat = [](int fd, struct stat* out) { return ::fstat(fd, out); },
    .stat = [](const char* path, struct stat* out) { return ::stat(path, out); },
    .getdents = ::getdents64,
    .ftruncate = ::ftruncate,
    .fallocate = ::fallocate,
    .fdatasync = ::fdatasync,
    .fsync = ::fsync,
    .rename = ::rename,
    .link = ::link,
    .unlink = ::unlink,
    .mkdir = ::mkdir,
    .rmdir = ::rmdir,
    .fchmod = ::fchmod,
    .copy_file_range =
        [](int from, int to, std::size_t count) {
            return ::copy_file_range(from, nullptr, to, nullptr, count, 0);
        },
    .clone = [](int to, int from) { return ::ioctl(to, FICLONE, from); },
    .mmap = [](int fd,
               std::size_t size) { return ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0); },
    .fcntl_lock = [](int fd, int command,
                     struct flock* lock) { return ::fcntl(fd, command, lock); },
};

constexpr std::array kCallNames = {
#define DAYBOOK_SYSCALL_NAME(call, name) std::string_view(#name),
    DAYBOOK_SYSCALL_LIST(DAYBOOK_SYSCALL_NAME)
#undef DAYBOOK_SYSCALL_NAME
};
static_assert(kCallNames.size() == kCalls);

}  // namespace

namespace detail {
constinit std::atomic<const Syscalls*> syscalls_in_force{&kKernel};
}

std::string_view to_string(Call call) { return kCallNames[static_cast<std::size_t>(call)]; }

const Syscalls& kernel_syscalls() { return kKernel; }

ScopedSyscalls::ScopedSyscalls(const Syscalls& table) {
    DAYBOOK_CHECK(detail::syscalls_in_force.exchange(&table) == &kKernel);
}

ScopedSyscalls::~ScopedSyscalls() { detail::syscalls_in_force.store(&kKernel); }

}  // namespace daybook::os
