#include "os/notify_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstring>

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::os {
namespace {

// A bound socket; `name` with its NUL where it has one.
UniqueFd bound(const std::string& name) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    struct sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    const auto length =
        static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<struct sockaddr*>(&address), length), 0);
    return fd;
}

std::string received(const UniqueFd& fd) {
    std::array<char, 100> text{};
    const ssize_t got = ::recv(fd.get(), text.data(), text.size(), MSG_DONTWAIT);
    return got < 0 ? "nothing" : std::string(text.data(), static_cast<std::size_t>(got));
}

TEST(NotifySocket, ReachesASocketByItsPath) {
    const TempDir dir;
    const UniqueFd socket = bound(dir / "notify");
    ASSERT_TRUE(send_datagram(dir / "notify", "READY=1\n"));
    EXPECT_EQ(received(socket), "READY=1\n");
    EXPECT_EQ(received(socket), "nothing");
}

TEST(NotifySocket, ReachesASocketThatHasNoPath) {
    const std::string name = "daybook-test-" + std::to_string(::getpid());
    const UniqueFd socket = bound(std::string(1, '\0') + name);
    ASSERT_TRUE(send_datagram("@" + name, "WATCHDOG=1"));
    EXPECT_EQ(received(socket), "WATCHDOG=1");
}

TEST(NotifySocket, RefusesWhatIsNoSocket) {
    const TempDir dir;
    EXPECT_EQ(send_datagram(dir / "nobody", "x").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(send_datagram("", "x").error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(send_datagram(std::string(200, 'x'), "x").error().code(),
              ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace daybook::os
