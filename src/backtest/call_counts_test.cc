#include "backtest/call_counts.h"

#include <vector>

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

using Reasons = std::map<std::string_view, std::int64_t>;

constexpr std::int64_t kMinute = 60'000;

// Ten bars of A, a minute each; calls at the minutes 0, 2 and 4 with windows of three bars, the
// last of a symbol without bars.
class CallCountsTest : public ::testing::Test {
protected:
    CallCountsTest() {
        for (int i = 0; i < 10; ++i) inputs_.candles.bars["A"].push(i * kMinute, 1, 1, 1, 1, 1);
        for (const auto& [mint, minute] : {std::pair("A", 0), {"A", 2}, {"B", 4}}) {
            const std::int64_t at = minute * kMinute;
            inputs_.calls.calls.push_back(
                {.id = "c", .caller = "k", .mint = mint, .chain = "", .created_at_ms = at});
            inputs_.windows.push_back(inputs_.calendar.window(at, {.max_hold = Span::bars(3)}));
        }
        calls_ = prepare_calls(inputs_, {});
    }
    CallCounts count(const std::vector<std::size_t>& which) const {
        return count_calls(inputs_, calls_, which);
    }

    Inputs inputs_{.calls = {},
                   .calendar = MarketCalendar::always(kIntervals[2]),
                   .windows = {},
                   .candles = {},
                   .fingerprint = {}};
    std::vector<PreparedCall> calls_;
};

TEST_F(CallCountsTest, WindowsThatOverlapShareTheirBars) {
    const CallCounts counts = count({0, 1, 2});
    EXPECT_EQ(counts.selected, 3);
    EXPECT_EQ(counts.eligible, 2);
    EXPECT_EQ(counts.excluded, 1);
    EXPECT_EQ(counts.bars, 5);
    EXPECT_EQ(count({0}).bars, 3);
    EXPECT_EQ(count({2}).bars, 0);
}

TEST_F(CallCountsTest, EveryReasonIsThereZerosToo) {
    EXPECT_EQ(count({2}).exclusions,
              (Reasons{{"bad_data", 0}, {"gap", 0}, {"missing_range", 1}, {"too_new", 0}}));
    EXPECT_EQ(count({}).exclusions,
              (Reasons{{"bad_data", 0}, {"gap", 0}, {"missing_range", 0}, {"too_new", 0}}));
}

TEST_F(CallCountsTest, WhatIsTruncatedOrHasNoEntryIsEligible) {
    calls_[0].coverage.truncated = true;
    calls_[1].no_entry = "no_anchor";
    const CallCounts counts = count({0, 1});
    EXPECT_EQ(counts.eligible, 2);
    EXPECT_EQ(counts.truncated, 1);
    EXPECT_EQ(counts.without_entry, 1);
}

}  // namespace
}  // namespace daybook::backtest
