#include "os/wake.h"

#include <array>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "base/clock.h"

namespace daybook::os {
namespace {

using Readable = std::vector<bool>;

TEST(WakeUp, IsReadableFromItsSignalUntilItIsTaken) {
    const WakeUp quiet = WakeUp::make().value();
    const WakeUp loud = WakeUp::make().value();
    const std::array fds = {quiet.fd(), loud.fd()};
    EXPECT_EQ(wait_readable(fds, 0).value(), (Readable{false, false}));
    loud.signal();
    loud.signal();
    EXPECT_EQ(wait_readable(fds, -1).value(), (Readable{false, true}));
    EXPECT_TRUE(loud.take());
    EXPECT_FALSE(loud.take());
    EXPECT_EQ(wait_readable(fds, 0).value(), (Readable{false, false}));
}

TEST(WakeUp, EndsTheSleepOfAnotherThread) {
    const WakeUp wake = WakeUp::make().value();
    const std::array fds = {wake.fd()};
    std::thread sleeper([&] { EXPECT_EQ(wait_readable(fds, 60'000).value(), Readable{true}); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    wake.signal();
    sleeper.join();
}

TEST(WaitReadable, SleepsForTheTimeThatWasGiven) {
    const std::int64_t begun_ns = system_clock().monotonic_ns();
    EXPECT_EQ(wait_readable({}, 30).value(), Readable{});
    EXPECT_GE(system_clock().monotonic_ns() - begun_ns, 29'000'000);
}

}  // namespace
}  // namespace daybook::os
