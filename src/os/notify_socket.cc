#include "os/notify_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "os/error.h"
#include "os/file.h"

namespace daybook::os {

Status send_datagram(const std::string& address, std::string_view text) {
    struct sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (address.empty() || address.size() >= sizeof name.sun_path) {
        return fail(ErrorCode::kInvalidArgument,
                    "send to socket \"{}\": found {} bytes, expected 1 to {}", address,
                    address.size(), sizeof name.sun_path - 1);
    }
    std::memcpy(name.sun_path, address.data(), address.size());
    // Names outside of the file system begin with a NUL, which nobody can write down.
    if (address.front() == '@') name.sun_path[0] = '\0';
    const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid()) return fail(errno_error(errno, "make", "a socket"));
    const auto length =
        static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + address.size());
    const auto* const target = reinterpret_cast<const struct sockaddr*>(&name);
    ssize_t sent = ::sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL, target, length);
    while (sent < 0 && errno == EINTR) {
        sent = ::sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL, target, length);
    }
    if (sent < 0) return fail(errno_error(errno, "send to socket", address));
    return {};
}

}  // namespace daybook::os
