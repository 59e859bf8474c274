#include "base/clock.h"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace daybook {
namespace {

TEST(SystemClock, TellsTheTimeOfThisCenturyInMilliseconds) {
    const TimestampMs now = system_clock().now();
    EXPECT_GT(now, TimestampMs(1'700'000'000'000));
    EXPECT_LT(now, TimestampMs(4'102'444'800'000));
}

TEST(SystemClock, ItsMonotonicSideCountsNanosecondsAndNeverGoesBack) {
    const std::int64_t before = system_clock().monotonic_ns();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const std::int64_t after = system_clock().monotonic_ns();
    EXPECT_GE(after - before, 2'000'000);
    EXPECT_LT(after - before, 60'000'000'000);
}

TEST(ManualClock, StandsStillUntilItIsMoved) {
    ManualClock clock(TimestampMs(1000));
    EXPECT_EQ(clock.now(), TimestampMs(1000));
    const std::int64_t before_ns = clock.monotonic_ns();
    EXPECT_GT(before_ns, 0);
    clock.advance_ms(5);
    EXPECT_EQ(clock.now(), TimestampMs(1005));
    EXPECT_EQ(clock.monotonic_ns(), before_ns + 5'000'000);
}

TEST(ManualClock, AStepMovesTheWallClockAlone) {
    ManualClock clock(TimestampMs(1000));
    const std::int64_t before_ns = clock.monotonic_ns();
    clock.step_to(TimestampMs(10));
    EXPECT_EQ(clock.now(), TimestampMs(10));
    EXPECT_EQ(clock.monotonic_ns(), before_ns);
}

}  // namespace
}  // namespace daybook
