#include "os/output_sink.h"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "os/error.h"

namespace daybook::os {

OutputSink::OutputSink(int to) : to_(to), kind_(kind_of(to)) {
    if (kind_ != Kind::kPieces) return;
    auto own = open_fd(fmt::format("/proc/self/fd/{}", to), O_WRONLY | O_NONBLOCK | O_NOCTTY);
    if (!own) return;
    own_ = *std::move(own);
    kind_ = Kind::kOwn;
}

OutputSink::Kind OutputSink::kind_of(int to) {
    struct stat status{};
    if (::fstat(to, &status) != 0) return Kind::kWhole;  // the write says what is wrong
    if (S_ISSOCK(status.st_mode)) return Kind::kSocket;
    const bool has_reader = S_ISFIFO(status.st_mode) || ::isatty(to) == 1;
    return has_reader ? Kind::kPieces : Kind::kWhole;
}

ssize_t OutputSink::write_now(std::string_view bytes) const {
    if (kind_ == Kind::kSocket) {
        return ::send(to_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    if (kind_ != Kind::kPieces) return ::write(fd(), bytes.data(), bytes.size());
    pollfd room{to_, POLLOUT, 0};
    if (::poll(&room, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return ::write(to_, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
}

Result<std::size_t> OutputSink::write_some(std::string_view bytes) {
    while (true) {
        const ssize_t count = write_now(bytes);
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno == EAGAIN) return std::size_t{0};
        if (errno == EPIPE) {
            has_reader_ = false;
            return std::size_t{0};
        }
        if (errno != EINTR) return fail(errno_error(errno, "pass on", "the program's output"));
    }
}

}  // namespace daybook::os
