#include "os/free_space.h"

#include <sys/statvfs.h>

#include <cerrno>

#include "os/error.h"

namespace daybook::os {

Result<std::uint64_t> free_bytes(const std::string& path) {
    struct statvfs space{};
    int result = ::statvfs(path.c_str(), &space);
    while (result < 0 && errno == EINTR) result = ::statvfs(path.c_str(), &space);
    if (result < 0) return fail(errno_error(errno, "look at the free space of", path));
    return std::uint64_t{space.f_bavail} * space.f_frsize;
}

}  // namespace daybook::os
