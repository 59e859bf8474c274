#include "base/stop_relay.h"

#include <atomic>
#include <chrono>

#include <gtest/gtest.h>

namespace daybook {
namespace {

TEST(StopRelay, PassesTheWishOnAgainAndAgain) {
    std::atomic<bool> keep_on = true;
    std::atomic<int> stops = 0;
    {
        const StopRelay relay([&] { return keep_on.load(); }, [&] { ++stops; });
        std::this_thread::sleep_for(std::chrono::milliseconds(60));
        EXPECT_EQ(stops, 0);
        keep_on = false;
        while (stops < 3) std::this_thread::yield();
    }
    const int last = stops;
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    EXPECT_EQ(stops, last) << "it is over";
}

TEST(StopRelay, NobodyWaitsForItsEnd) {
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) {
        const StopRelay relay([] { return true; }, [] {});
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
}

TEST(StopRelay, WithoutAWishThereIsNoThread) {
    const StopRelay relay({}, [] { FAIL(); });
}

}  // namespace
}  // namespace daybook
