#include "selftest/worker.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/lock.h"
#include "os/test_support.h"
#include "support/log_lines.h"

namespace daybook::selftest {
namespace {

TEST(Worker, RecordsEveryEventItAcknowledges) {
    const os::TempDir dir;
    std::vector<std::uint32_t> acknowledged;
    const auto code = run_worker({.mode = "storm", .dir = dir / "ledger", .name = "w"},
                                 [&](std::uint32_t number) {
                                     acknowledged.push_back(number);
                                     // It is there before it is said to be.
                                     const auto lines = testing::log_lines(dir / "ledger");
                                     EXPECT_EQ(lines.size(), number);
                                 });
    EXPECT_EQ(code.value(), 0);
    EXPECT_EQ(acknowledged.size(), kWorkerEvents);
    EXPECT_EQ(acknowledged.back(), kWorkerEvents);
}

TEST(Worker, SeesWhetherALockIsHeld) {
    const os::TempDir dir;
    const std::string path = dir / "lock";
    os::UniqueFd fd = os::open_fd(path, O_RDWR | O_CREAT).value();
    const auto ask = [&] { return run_worker({.mode = "lock", .dir = path}, {}).value(); };
    EXPECT_EQ(lock_seen(ask()), LockSeen::kFree);
    ASSERT_TRUE(os::try_lock(fd.get(), path).value());
    EXPECT_EQ(lock_seen(ask()), LockSeen::kHeld);
    fd.reset();
    EXPECT_EQ(lock_seen(ask()), LockSeen::kFree);
    EXPECT_EQ(lock_seen(2), LockSeen::kFailed);
    EXPECT_EQ(lock_seen(137), LockSeen::kFailed);
}

TEST(Worker, RefusesAnOrderItDoesNotKnow) {
    EXPECT_EQ(run_worker({.mode = "dance", .dir = "x"}, {}).error().code(),
              ErrorCode::kInvalidArgument);
}

TEST(Worker, IsStartedAsTheProgramItself) {
    EXPECT_EQ(worker_command("daybook", {.mode = "storm", .dir = "d", .name = "n"}),
              (std::vector<std::string>{"daybook", "selftest", "--worker", "storm", "--dir", "d",
                                        "--worker-name", "n"}));
}

}  // namespace
}  // namespace daybook::selftest
