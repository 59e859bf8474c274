#include "os/wake.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "os/error.h"

namespace daybook::os {

Result<WakeUp> WakeUp::make() {
    UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!fd.valid()) return fail(errno_error(errno, "make", "an event descriptor"));
    return WakeUp(std::move(fd));
}

void WakeUp::signal() const {
    const std::uint64_t one = 1;
    // It can only fail when 2^64 signals are waiting already.
    while (::write(fd_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
}

bool WakeUp::take() const {
    std::uint64_t count = 0;
    ssize_t got = ::read(fd_.get(), &count, sizeof count);
    while (got < 0 && errno == EINTR) got = ::read(fd_.get(), &count, sizeof count);
    return got == sizeof count;
}

Result<std::vector<bool>> wait_readable(std::span<const int> fds, std::int64_t timeout_ms) {
    std::vector<struct pollfd> polled;
    polled.reserve(fds.size());
    for (const int fd : fds) polled.push_back({.fd = fd, .events = POLLIN, .revents = 0});
    const auto longest = std::int64_t{std::numeric_limits<int>::max()};
    const int timeout = static_cast<int>(std::clamp<std::int64_t>(timeout_ms, -1, longest));
    std::vector<bool> readable(fds.size());
    if (::poll(polled.data(), polled.size(), timeout) < 0) {
        if (errno == EINTR) return readable;
        return fail(errno_error(errno, "wait for", "descriptors"));
    }
    for (std::size_t i = 0; i < polled.size(); ++i) readable[i] = polled[i].revents != 0;
    return readable;
}

}  // namespace daybook::os
