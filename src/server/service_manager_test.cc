#include "server/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::server {
namespace {

using Messages = std::vector<std::string>;

class ServiceManagerTest : public ::testing::Test {
protected:
    ServiceManagerTest() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        struct sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.data(), path_.size());
        EXPECT_EQ(
            ::bind(socket_.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address), 0);
    }
    Messages received() const {
        Messages messages;
        char text[200];
        ssize_t got = 0;
        while ((got = ::recv(socket_.get(), text, sizeof text, MSG_DONTWAIT)) >= 0) {
            messages.emplace_back(text, static_cast<std::size_t>(got));
        }
        return messages;
    }

    testing::TempDir dir_;
    std::string path_ = dir_ / "notify";
    os::UniqueFd socket_;
};

TEST_F(ServiceManagerTest, HearsOfTheBeginningTheStateAndTheEnd) {
    ServiceManager manager(path_, 0);
    manager.ready("starting");
    manager.status("a");
    manager.status("a");
    manager.status("b");
    manager.stopping();
    EXPECT_EQ(received(),
              (Messages{"READY=1\nSTATUS=starting", "STATUS=a", "STATUS=b", "STOPPING=1"}));
    EXPECT_EQ(manager.watchdog_at(), std::nullopt);
    manager.tick(kSecond, true);
    EXPECT_EQ(received(), Messages{});
    EXPECT_EQ(manager.errors(), 0u);
}

TEST_F(ServiceManagerTest, GetsASignOfLifeTwiceInItsTime) {
    ServiceManager manager(path_, 3'000'000);
    EXPECT_EQ(manager.watchdog_at(), 0);
    manager.tick(10 * kSecond, true);
    EXPECT_EQ(manager.watchdog_at(), 10 * kSecond + 1'500 * kMillisecond);
    manager.tick(11 * kSecond, true);
    EXPECT_EQ(received(), Messages{"WATCHDOG=1"});
    manager.tick(12 * kSecond, true);
    EXPECT_EQ(received(), Messages{"WATCHDOG=1"});
    manager.tick(15 * kSecond, false);
    EXPECT_EQ(manager.watchdog_at(), 15 * kSecond + 1'500 * kMillisecond);
    EXPECT_EQ(received(), Messages{});
}

TEST(ServiceManager, ThatIsNotThereIsToldNothing) {
    ServiceManager manager("", 1'000'000);
    manager.ready("x");
    EXPECT_EQ(manager.watchdog_at(), std::nullopt);
    EXPECT_EQ(manager.errors(), 0u);
}

TEST(ServiceManager, ThatDoesNotListenIsCounted) {
    ServiceManager manager("/nowhere/at/all", 0);
    manager.ready("x");
    EXPECT_EQ(manager.errors(), 1u);
}

}  // namespace
}  // namespace daybook::server
