#include "query/watchdog.h"

#include <atomic>
#include <chrono>

#include <gtest/gtest.h>

namespace daybook::query {
namespace {

void wait_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

TEST(WatchdogTest, ItBarksAgainAndAgainOnceTheTimeIsOver) {
    std::atomic<int> barks{0};
    Watchdog watchdog(1, [&] { ++barks; });
    watchdog.arm();
    for (int i = 0; i < 500 && barks < 2; ++i) wait_ms(10);
    EXPECT_GE(barks, 2);
}

TEST(WatchdogTest, ItIsQuietUntilItIsArmedAndOnceItIsDisarmed) {
    std::atomic<int> barks{0};
    Watchdog watchdog(30, [&] { ++barks; });
    watchdog.arm();
    watchdog.disarm();
    wait_ms(100);
    EXPECT_EQ(barks, 0);
}

TEST(WatchdogTest, WithoutALimitItNeverBarks) {
    std::atomic<int> barks{0};
    Watchdog watchdog(0, [&] { ++barks; });
    watchdog.arm();
    wait_ms(50);
    EXPECT_EQ(barks, 0);
}

}  // namespace
}  // namespace daybook::query
