// The daemon as a service: stopping, the service manager, and two of them on one ledger.

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "os/file.h"
#include "os/lock.h"
#include "serve/daemon_process.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

class ServiceTest : public ::testing::Test {
protected:
    ServiceTest() {
        EXPECT_EQ(
            run_daybook({"emit", "--ledger", root_, "--event-type", "run.started", "--run-id", "r"})
                .first,
            0);
    }
    // Seconds from SIGTERM to the end, which must come with exit code 0.
    static double stop(DaemonProcess& daemon, int number = SIGTERM) {
        const std::int64_t begun_ns = steady_ns();
        daemon.signal(number);
        EXPECT_EQ(daemon.wait(30), 0) << daemon.log();
        return static_cast<double>(steady_ns() - begun_ns) / 1e9;
    }

    TempDir dir_;
    std::string root_ = dir_ / "ledger";
};

TEST_F(ServiceTest, StopsWhenItIsAskedTo) {
    for (const int number : {SIGTERM, SIGINT}) {
        DaemonProcess daemon(root_);
        ASSERT_TRUE(daemon.becomes(200));
        EXPECT_LT(stop(daemon, number), 2);
    }
}

TEST_F(ServiceTest, StopsInTheMiddleOfALongBuild) {
    const std::string day = root_ + "/events/day=2026-01-23";
    ASSERT_TRUE(os::make_dirs(day));
    std::ofstream part(day + "/part-000001.jsonl");
    for (int i = 0; i < 300'000; ++i) {
        part << fmt::format(
            R"({{"event_type":"trial.recorded","event_id":"{0}_{0:08x}","timestamp_ms":{0},)"
            R"("run_id":"r{1}","trial_id":"t{0}","params":{{"a":{0}}},"metrics":{{"b":{0}}}}})"
            "\n",
            i, i % 1000);
    }
    part.close();
    DaemonProcess daemon(root_);
    ASSERT_TRUE(daemon.becomes(503, R"("name":"starting")"));
    EXPECT_LT(stop(daemon), 2);
    // What it has left is gone on with.
    DaemonProcess next(root_);
    EXPECT_TRUE(next.becomes(200));
    EXPECT_EQ(run_daybook({"index", "--ledger", root_}).first, 0);
}

TEST_F(ServiceTest, StopsAlthoughALockIsHeldAndAConnectionIsOpen) {
    DaemonProcess daemon(root_);
    ASSERT_TRUE(daemon.becomes(200));
    const auto lock = os::LockFile::acquire(root_ + "/index/writer.lock", 1000);
    ASSERT_TRUE(lock);
    ASSERT_EQ(
        run_daybook({"emit", "--ledger", root_, "--event-type", "run.started", "--run-id", "s"})
            .first,
        0);
    ASSERT_TRUE(daemon.metric_becomes("daybook_lock_waits_total", 1));
    EXPECT_LT(stop(daemon), 2);
}

TEST_F(ServiceTest, AHangUpIsNoStop) {
    DaemonProcess daemon(root_);
    ASSERT_TRUE(daemon.becomes(200));
    daemon.signal(SIGHUP);
    daemon.signal(SIGHUP);
    EXPECT_NE(daemon.log_with("SIGHUP").find("SIGHUP"), std::string::npos);
    EXPECT_EQ(daemon.get("/livez").status, 200);
    EXPECT_EQ(daemon.wait(0), std::nullopt);
}

TEST_F(ServiceTest, TheSecondIsRefusedAndToldWhoHoldsTheLedger) {
    const DaemonProcess first(root_);
    ASSERT_TRUE(first.becomes(200));
    DaemonProcess second(root_);
    EXPECT_EQ(second.wait(30), 1);
    const std::string said = second.log();
    EXPECT_NE(said.find(fmt::format("held by pid {} on ", first.pid())), std::string::npos) << said;
    EXPECT_NE(said.find("--standby"), std::string::npos) << said;
}

TEST_F(ServiceTest, AStandbyTakesOverFromOneThatWasKilled) {
    DaemonProcess first(root_);
    ASSERT_TRUE(first.becomes(200));
    DaemonProcess standby(root_, {"--standby"});
    ASSERT_TRUE(standby.becomes(503, R"("name":"standby")"));
    EXPECT_EQ(standby.get("/livez").status, 200);
    EXPECT_EQ(standby.post("/api/v1/sync").status, 503);
    EXPECT_EQ(standby.metric("daybook_active"), 0);

    first.signal(SIGKILL);
    EXPECT_EQ(first.wait(30), 128 + SIGKILL);
    const std::int64_t begun_ns = steady_ns();
    EXPECT_TRUE(eventually([&] { return standby.metric("daybook_active") == 1; }));
    EXPECT_LT(static_cast<double>(steady_ns() - begun_ns) / 1e9, 2);
    EXPECT_TRUE(standby.becomes(200));
    EXPECT_EQ(standby.post("/api/v1/sync").status, 200);
    EXPECT_LT(stop(standby), 2);
}

// The other end of NOTIFY_SOCKET.
class ManagerSocket {
public:
    explicit ManagerSocket(const std::string& path)
        : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        struct sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address),
                  0);
    }
    // The next message; empty if none comes within `ms`.
    std::string next(int ms = 30'000) const {
        struct pollfd waiting{.fd = fd_.get(), .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, ms) != 1) return "";
        char text[500];
        const ssize_t got = ::recv(fd_.get(), text, sizeof text, 0);
        return std::string(text, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    }
    // Whether a message that begins like this comes.
    bool hears(const std::string& beginning) const {
        for (std::string text = next(); !text.empty(); text = next()) {
            if (text.starts_with(beginning)) return true;
        }
        return false;
    }

private:
    os::UniqueFd fd_;
};

TEST_F(ServiceTest, TheServiceManagerHearsOfReadinessLifeAndTheEnd) {
    const ManagerSocket manager(dir_ / "notify");
    DaemonProcess daemon(root_, {},
                         {{"NOTIFY_SOCKET", dir_ / "notify"}, {"WATCHDOG_USEC", "400000"}});
    EXPECT_EQ(manager.next(), "READY=1\nSTATUS=starting");
    EXPECT_TRUE(manager.hears("STATUS=active: generation "));
    // Twice in 400 ms.
    ASSERT_TRUE(manager.hears("WATCHDOG=1"));
    const std::int64_t begun_ns = steady_ns();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(manager.hears("WATCHDOG=1"));
    const double seconds = static_cast<double>(steady_ns() - begun_ns) / 1e9;
    EXPECT_GT(seconds, 0.7);
    EXPECT_LT(seconds, 2.0);
    daemon.signal(SIGTERM);
    EXPECT_TRUE(manager.hears("STOPPING=1"));
    EXPECT_EQ(daemon.wait(30), 0);
}

TEST_F(ServiceTest, ADaemonThatDoesNotTurnGivesNoSignOfLife) {
    const ManagerSocket manager(dir_ / "notify");
    const DaemonProcess daemon(root_, {},
                               {{"NOTIFY_SOCKET", dir_ / "notify"}, {"WATCHDOG_USEC", "200000"}});
    ASSERT_TRUE(manager.hears("WATCHDOG=1"));
    daemon.signal(SIGSTOP);
    while (!manager.next(200).empty()) {
    }
    EXPECT_EQ(manager.next(600), "");
    daemon.signal(SIGCONT);
    EXPECT_TRUE(manager.hears("WATCHDOG=1"));
}

TEST_F(ServiceTest, AWatchdogOfAnotherProcessIsNoneOfOurs) {
    const ManagerSocket manager(dir_ / "notify");
    const DaemonProcess daemon(
        root_, {},
        {{"NOTIFY_SOCKET", dir_ / "notify"}, {"WATCHDOG_USEC", "100000"}, {"WATCHDOG_PID", "1"}});
    ASSERT_TRUE(manager.hears("STATUS=active"));
    for (std::string text = manager.next(500); !text.empty(); text = manager.next(500)) {
        EXPECT_FALSE(text.starts_with("WATCHDOG")) << text;
    }
}

}  // namespace
}  // namespace daybook::testing
