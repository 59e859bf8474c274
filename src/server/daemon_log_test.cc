#include "server/daemon_log.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::server {
namespace {

constexpr TimestampMs kTime{1'769'159'700'250};

TEST(DaemonLog, ALineHasItsTimeAndItsLevel) {
    EXPECT_EQ(encode_log_line(kTime, LogLevel::kInfo, "listening", false),
              "2026-01-23T09:15:00.250Z info    listening\n");
    EXPECT_EQ(encode_log_line(kTime, LogLevel::kWarning, "a\nb", false),
              "2026-01-23T09:15:00.250Z warning a\\x0ab\n");
    EXPECT_EQ(
        encode_log_line(kTime, LogLevel::kError, "say \"a\"", true),
        "{\"time\":\"2026-01-23T09:15:00.250Z\",\"level\":\"error\",\"message\":\"say \\\"a\\\"\"}"
        "\n");
}

TEST(DaemonLog, DebugMessagesAreForWhoAskedForThem) {
    const testing::TempDir dir;
    const std::string path = dir / "log";
    const os::UniqueFd fd = os::open_fd(path, O_WRONLY | O_CREAT | O_APPEND).value();
    const ManualClock clock(kTime);
    DaemonLogOptions options{.fd = fd.get(), .clock = &clock};
    DaemonLog(options).debug("not {}", "shown");
    DaemonLog(options).warn("shown {}", 1);
    options.verbose = true;
    DaemonLog(options).debug("shown {}", 2);
    EXPECT_EQ(os::read_file(path, 1000).value(),
              "2026-01-23T09:15:00.250Z warning shown 1\n"
              "2026-01-23T09:15:00.250Z debug   shown 2\n");
}

}  // namespace
}  // namespace daybook::server
