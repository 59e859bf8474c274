#include "backtest/policy_windows.h"

#include <vector>

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

constexpr std::int64_t kMinute = 60'000;

// Calls of A at the minutes 0 and 4; a stop sees five bars, a hold of seven minutes eight.
class PolicyWindowsTest : public ::testing::Test {
protected:
    PolicyWindows windows(int bars) {
        for (int i = 0; i < bars; ++i) inputs_.candles.bars["A"].push(i * kMinute, 1, 1, 1, 1, 1);
        WindowSpec longest = kSpec;
        longest.longest_hold_ms = 7 * kMinute;
        for (const std::int64_t minute : {0, 4}) {
            inputs_.calls.calls.push_back({.id = "c",
                                           .caller = "k",
                                           .mint = "A",
                                           .chain = "",
                                           .created_at_ms = minute * kMinute});
            inputs_.windows.push_back(inputs_.calendar.window(minute * kMinute, longest));
        }
        calls_ = prepare_calls(inputs_, {});
        return {inputs_, calls_, policies_, kSpec};
    }

    static constexpr WindowSpec kSpec{.max_hold = Span::bars(5)};
    Inputs inputs_{.calls = {},
                   .calendar = MarketCalendar::always(kIntervals[2]),
                   .windows = {},
                   .candles = {},
                   .fingerprint = {}};
    std::vector<PreparedCall> calls_;
    const std::vector<Policy> policies_ = {Policy{FixedStop{0.1, {}}},
                                           Policy{TimeStop{7 * kMinute, {}}},
                                           Policy{TimeStop{kMinute, {}}}};
};

TEST_F(PolicyWindowsTest, APolicySeesTheWindowThatItWouldHaveAlone) {
    const PolicyWindows windows = this->windows(20);
    EXPECT_EQ(calls_[0].trading.size, 8u);
    EXPECT_EQ(windows.bars(0, 0).size, 5u);
    EXPECT_EQ(windows.bars(1, 0).size, 8u);
    EXPECT_EQ(windows.bars(2, 1).size, 5u);
    EXPECT_EQ(windows.bars(0, 1).ts[0], 4 * kMinute);
}

TEST_F(PolicyWindowsTest, TruncatedIsWhatEndsInsideThePolicysOwnWindow) {
    const PolicyWindows windows = this->windows(7);
    EXPECT_TRUE(calls_[0].coverage.truncated);
    EXPECT_FALSE(windows.calls_of(0)[0].coverage.truncated);
    EXPECT_TRUE(windows.calls_of(1)[0].coverage.truncated);
    EXPECT_TRUE(windows.calls_of(0)[1].coverage.truncated);
    EXPECT_EQ(windows.calls_of(0)[1].trading.size, 3u);
}

// Loaded for a hold of seven minutes, the call's bars go on after a hole as long as a stop's
// window.
TEST_F(PolicyWindowsTest, ACallThatCouldBeEnteredOnlyAfterThePolicysWindowIsNot) {
    const PolicyWindows all = this->windows(20);
    calls_[0].trading = calls_[0].trading.slice(6, 8);
    const PolicyWindows windows(inputs_, calls_, policies_, kSpec);
    EXPECT_EQ(windows.bars(0, 0).size, 0u);
    EXPECT_EQ(windows.calls_of(0)[0].no_entry, "no_anchor");
    EXPECT_EQ(windows.bars(1, 0).size, 2u);
    EXPECT_TRUE(windows.calls_of(1)[0].can_enter());
}

TEST_F(PolicyWindowsTest, ACallThatIsExcludedStaysSo) {
    const PolicyWindows all = this->windows(20);
    calls_[0].coverage.exclusion = Exclusion::kGap;
    const PolicyWindows windows(inputs_, calls_, policies_, kSpec);
    EXPECT_EQ(windows.bars(0, 0).size, 0u);
    EXPECT_EQ(windows.calls_of(0)[0].trading.size, 8u);
    EXPECT_FALSE(windows.calls_of(0)[0].can_enter());
}

}  // namespace
}  // namespace daybook::backtest
