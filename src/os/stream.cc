#include "os/stream.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "os/error.h"
#include "os/interrupt.h"
#include "os/syscalls.h"

namespace daybook::os {

Result<std::size_t> read_some(int fd, std::span<char> out, std::string_view path) {
    while (true) {
        const ssize_t count = syscalls().read(fd, out.data(), out.size());
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EINTR) return fail(errno_error(errno, "read", path));
        if (interrupted()) return fail(ErrorCode::kCancelled, "read {}: interrupted", path);
    }
}

void occupy_standard_streams() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest free number is this one.  It is opened for what nobody does with it.  Without
        // /dev/null the number stays free: there is no stream to say so on.
        (void)::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

int terminal_columns(int fd) {
    struct winsize size{};
    return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace daybook::os
