#include "lifecycle/pace.h"

#include <gtest/gtest.h>

namespace daybook::lifecycle {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kMegabyte = 1'000'000;

// Work that takes `step_ms` and `step_bytes` at a time, on a clock of its own.
class PaceTest : public ::testing::Test {
protected:
    Pace pace(const PaceLimits& limits) {
        return {limits,
                {.clock = clock_,
                 .appended = [this] { return appended_; },
                 .rest =
                     [this](std::int64_t ns) {
                         pass_ms(ns / 1'000'000);
                         rested_ns_ += ns;
                         return clock_.monotonic_ns() < stop_at_;
                     }}};
    }
    // The log grows while time passes.
    void pass_ms(std::int64_t ms) {
        clock_.advance_ms(ms);
        appended_ += growth_ * static_cast<std::uint64_t>(ms) / 1000;
    }
    // How many seconds `steps` steps of work take.
    double seconds_for(Pace& pace, int steps, std::int64_t step_ms, std::uint64_t step_bytes) {
        const std::int64_t begun = clock_.monotonic_ns();
        EXPECT_TRUE(pace.begin());
        for (int i = 0; i < steps; ++i) {
            pass_ms(step_ms);
            EXPECT_TRUE(pace.go_on(step_bytes));
        }
        return static_cast<double>(clock_.monotonic_ns() - begun) / 1e9;
    }

    ManualClock clock_{TimestampMs(1'769'159'700'000)};
    std::uint64_t appended_ = 0;
    std::uint64_t growth_ = 0;  // bytes a second
    std::int64_t rested_ns_ = 0;
    std::int64_t stop_at_ = std::int64_t{1} << 62;
};

TEST_F(PaceTest, WithoutLimitsNothingRests) {
    Pace free = pace({});
    growth_ = 1'000 * kMegabyte;
    EXPECT_DOUBLE_EQ(seconds_for(free, 100, 10, 100 * kMegabyte), 1.0);
    EXPECT_EQ(rested_ns_, 0);
    EXPECT_EQ(free.paused_ns(), 0);
}

TEST_F(PaceTest, BytesASecondAreKeptHoweverTheyCome) {
    for (const std::uint64_t step : {10'000UL, 1'000'000UL, 100'000'000UL}) {
        SCOPED_TRACE(step);
        Pace slow = pace({.bytes_per_second = 50 * kMegabyte});
        const int steps = static_cast<int>(1'000 * kMegabyte / step);
        // 1 GB at 50 MB/s; at most a tenth of a second is saved up.
        EXPECT_NEAR(seconds_for(slow, steps, 0, step), 20, 0.15);
    }
}

TEST_F(PaceTest, WorkThatIsSlowerThanItsBudgetDoesNotRest) {
    Pace slow = pace({.bytes_per_second = 50 * kMegabyte});
    EXPECT_NEAR(seconds_for(slow, 100, 100, 4 * kMegabyte), 10, 0.01);
}

TEST_F(PaceTest, WhatWasNotUsedForLongIsNotUsedAtOnce) {
    Pace slow = pace({.bytes_per_second = 50 * kMegabyte});
    (void)seconds_for(slow, 1, 0, kMegabyte);
    pass_ms(3'600'000);
    EXPECT_NEAR(seconds_for(slow, 100, 0, kMegabyte), 2, 0.15);
}

TEST_F(PaceTest, ShareOfTheTimeIsKept) {
    for (const double share : {0.1, 0.5, 0.9}) {
        SCOPED_TRACE(share);
        Pace slow = pace({.time_share = share});
        EXPECT_NEAR(seconds_for(slow, 100, 50, kMegabyte), 5 / share, 0.1);
    }
}

TEST_F(PaceTest, RestForBytesIsRestForTheShareToo) {
    // 50 ms of work for 10 MB: at 50 MB/s that is a quarter of the time already.
    Pace slow = pace({.bytes_per_second = 50 * kMegabyte, .time_share = 0.25});
    EXPECT_NEAR(seconds_for(slow, 100, 50, 10 * kMegabyte), 20, 0.2);
}

TEST_F(PaceTest, GivesUpWhereItStands) {
    Pace slow = pace({.bytes_per_second = kMegabyte});
    ASSERT_TRUE(slow.begin());
    stop_at_ = clock_.monotonic_ns() + kSecond;
    EXPECT_FALSE(slow.go_on(3600 * kMegabyte));
    EXPECT_LE(clock_.monotonic_ns(), stop_at_ + kSecond / 2);
    EXPECT_TRUE(slow.stopped());
    EXPECT_FALSE(slow.go_on(0)) << "and stays so";
}

TEST_F(PaceTest, PausesWhileTheLogGrowsFast) {
    Pace held = pace({.pause_above = 4 * kMegabyte});
    ASSERT_TRUE(held.begin());
    growth_ = 3 * kMegabyte;
    EXPECT_NEAR(seconds_for(held, 600, 100, 0), 60, 0.01);
    EXPECT_EQ(held.paused_ns(), 0);
    growth_ = 8 * kMegabyte;
    stop_at_ = clock_.monotonic_ns() + 60 * kSecond;
    int steps = 0;
    while (held.go_on(0)) {
        pass_ms(100);
        ++steps;
    }
    EXPECT_LE(steps, 51) << "seen within a window";
    EXPECT_GE(held.paused_ns(), 54 * kSecond);
}

// The same as a table: growth in MB/s over time, and whether it is paused then.
TEST(Pressure, BeginsSoonAndEndsLate) {
    Pressure pressure({.pause_above = 4 * kMegabyte});
    const struct {
        int seconds;
        std::uint64_t growth;
        bool paused_at_end;
    } spans[] = {{30, 3, false}, {6, 5, true},   {3, 0, true},  {4, 5, true}, {60, 3, true},
                 {20, 1, false}, {30, 3, false}, {1, 30, true}, {9, 0, true}, {10, 0, false}};
    std::int64_t now = kSecond;
    std::uint64_t appended = 0;
    int span_number = 0;
    for (const auto& span : spans) {
        SCOPED_TRACE(span_number++);
        bool paused = false;
        for (int i = 0; i < span.seconds * 5; ++i) {
            now += kSecond / 5;
            appended += span.growth * kMegabyte / 5;
            paused = pressure.look(appended, now);
        }
        EXPECT_EQ(paused, span.paused_at_end);
    }
}

TEST(Pressure, ALogThatNeverRestsIsHeldUpForHalfOfTheTime) {
    Pressure pressure({.pause_above = kMegabyte});
    int paused = 0;
    constexpr int kLooks = 10 * 3600;
    for (int i = 1; i <= kLooks; ++i) {
        const auto bytes = static_cast<std::uint64_t>(i) * 10 * kMegabyte;
        if (pressure.look(bytes, i * kSecond)) ++paused;
    }
    EXPECT_NEAR(paused, kLooks / 2.0, 60);
}

TEST(Pressure, WhatCameWhileNobodyLookedSaysNothing) {
    Pressure pressure({.pause_above = kMegabyte});
    EXPECT_FALSE(pressure.look(0, kSecond));
    EXPECT_FALSE(pressure.look(1'000'000 * kMegabyte, 3600 * kSecond));
}

}  // namespace
}  // namespace daybook::lifecycle
