#include "backtest/prepared.h"

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

constexpr std::int64_t kMinute = 60'000;

// Calls at minute 10, windows of two warm-up bars and five bars.
class PreparedTest : public ::testing::Test {
protected:
    void add_call(const std::string& mint) {
        inputs_.calls.calls.push_back(
            {.id = mint, .caller = "k", .mint = mint, .chain = "", .created_at_ms = 10 * kMinute});
        inputs_.windows.push_back(
            inputs_.calendar.window(10 * kMinute, {.max_hold = Span::bars(5),
                                                   .warm_up_bars = 2,
                                                   .entry_delay = Span::bars(0),
                                                   .longest_hold_ms = 0}));
    }
    void add_bars(const std::string& mint, std::initializer_list<std::int64_t> minutes) {
        for (const std::int64_t minute : minutes) {
            inputs_.candles.bars[mint].push(minute * kMinute, 1, 1, 1, 1, 1);
        }
    }

    Inputs inputs_{.calls = {},
                   .calendar = MarketCalendar::always(kIntervals[2]),
                   .windows = {},
                   .candles = {},
                   .fingerprint = {}};
    InputOptions options_;
};

TEST_F(PreparedTest, TradingBeginsAtTheAnchorAfterTheWarmUp) {
    add_call("A");
    add_bars("A", {1, 7, 8, 9, 10, 11, 12, 13, 14, 15, 99});
    const PreparedCall call = prepare_calls(inputs_, options_)[0];
    EXPECT_TRUE(call.can_enter());
    EXPECT_EQ(call.window.size, 7u);
    EXPECT_EQ(call.trading.size, 5u);
    EXPECT_EQ(call.trading.ts[0], 10 * kMinute);
}

TEST_F(PreparedTest, BarsThatEndDuringTheWarmUpLeaveNoAnchor) {
    add_call("A");
    add_bars("A", {8, 9});
    const PreparedCall call = prepare_calls(inputs_, options_)[0];
    EXPECT_TRUE(call.eligible());
    EXPECT_FALSE(call.can_enter());
    EXPECT_EQ(call.no_entry, "no_anchor");
}

TEST_F(PreparedTest, EveryReasonIsFound) {
    for (const char* mint : {"whole", "none", "new", "gap", "bad"}) add_call(mint);
    add_bars("whole", {8, 9, 10, 11, 12, 13, 14});
    add_bars("new", {9, 10, 11, 12, 13, 14});
    add_bars("gap", {8, 9, 10, 14});
    add_bars("bad", {8, 9, 10, 14});
    inputs_.candles.dropped["bad"] = {11 * kMinute};
    inputs_.candles.dropped["gap"] = {15 * kMinute};  // outside of the window
    const auto calls = prepare_calls(inputs_, options_);
    EXPECT_EQ(calls[1].coverage.exclusion, Exclusion::kMissingRange);
    EXPECT_EQ(calls[2].coverage.exclusion, Exclusion::kTooNew);
    EXPECT_EQ(calls[3].coverage.exclusion, Exclusion::kGap);
    EXPECT_EQ(calls[4].coverage.exclusion, Exclusion::kBadData);
    EXPECT_TRUE(calls[0].can_enter());
}

}  // namespace
}  // namespace daybook::backtest
