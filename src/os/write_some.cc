#include "os/write_some.h"

#include <cerrno>

#include "os/error.h"
#include "os/syscalls.h"

namespace daybook::os {

WriteOutcome write_some(int fd, std::string_view bytes, std::string_view path) {
    ssize_t count = syscalls().write(fd, bytes.data(), bytes.size());
    while (count < 0 && errno == EINTR) count = syscalls().write(fd, bytes.data(), bytes.size());
    if (count > 0) return {.written = static_cast<std::size_t>(count)};
    return {.error = errno_error(count == 0 ? EIO : errno, "write", path)};
}

}  // namespace daybook::os
