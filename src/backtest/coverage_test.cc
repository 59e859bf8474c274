#include "backtest/coverage.h"

#include <vector>

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

WindowSpec spec(std::int64_t bars, std::int64_t warm_up) {
    return {.max_hold = Span::bars(bars),
            .warm_up_bars = warm_up,
            .entry_delay = Span::bars(0),
            .longest_hold_ms = 0};
}

// A window of ten one-minute bars, the first two of them warm-up; `present` are their numbers.
Coverage judge(const std::vector<std::int64_t>& present, CoverageRule rule = {},
               bool dropped = false) {
    const MarketCalendar grid = MarketCalendar::always(kIntervals[2]);
    const auto window = grid.window(120'000, spec(8, 2));
    std::vector<std::int64_t> opens;
    for (const std::int64_t bar : present) opens.push_back(bar * 60'000);
    return judge_coverage(grid, window, opens, dropped, rule);
}

TEST(Coverage, AWholeWindowIsEligible) {
    const Coverage whole = judge({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    EXPECT_EQ(whole,
              (Coverage{.present = 10, .expected = 10, .exclusion = {}, .truncated = false}));
}

TEST(Coverage, NoBarIsMissingRange) {
    EXPECT_EQ(judge({}).exclusion, Exclusion::kMissingRange);
    EXPECT_EQ(
        judge_coverage(MarketCalendar::always(kIntervals[2]), std::nullopt, {}, true, {}).exclusion,
        Exclusion::kMissingRange);
}

TEST(Coverage, AFirstBarAfterTheWindowsFirstIsTooNew) {
    EXPECT_EQ(judge({1, 2, 3, 4, 5, 6, 7, 8, 9}).exclusion, Exclusion::kTooNew);
}

TEST(Coverage, AHoleBetweenBarsIsAGapBelowTheLeastCoverage) {
    EXPECT_EQ(judge({0, 1, 2, 4, 5, 6, 7, 8, 9}).exclusion, Exclusion::kGap);
    EXPECT_EQ(judge({0, 1, 2, 4, 5, 6, 7, 8, 9}, CoverageRule{.min_coverage = 0.9}).exclusion,
              std::nullopt);
}

TEST(Coverage, BarsThatEndEarlyNeverExclude) {
    const Coverage delisted = judge({0, 1, 2, 3});
    EXPECT_EQ(delisted.exclusion, std::nullopt);
    EXPECT_EQ(delisted.expected, 4);
    EXPECT_TRUE(delisted.truncated);
    EXPECT_EQ(judge({0}).exclusion, std::nullopt);
}

TEST(Coverage, AFullWindowCanBeRequired) {
    const CoverageRule full{.min_coverage = 0.95, .require_full_window = true};
    EXPECT_EQ(judge({0, 1, 2, 3}, full).exclusion, Exclusion::kGap);
    EXPECT_EQ(judge({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, full).exclusion, std::nullopt);
}

TEST(Coverage, BadDataIsNamedOnlyWhereItIsTheReason) {
    EXPECT_EQ(judge({0, 1, 2, 4, 5, 6, 7, 8, 9}, {}, true).exclusion, Exclusion::kBadData);
    EXPECT_EQ(judge({}, {}, true).exclusion, Exclusion::kBadData);
    EXPECT_EQ(judge({0, 1, 2, 4, 5, 6, 7, 8, 9}, CoverageRule{.min_coverage = 0.5}, true).exclusion,
              std::nullopt);
}

TEST(Coverage, ACalendarThatEndsOrBeginsTooSoonSaysSo) {
    const auto days = MarketCalendar::observed(kIntervals[7], {0, 86'400'000});
    const std::vector<std::int64_t> opens = {0, 86'400'000};
    const auto cut = days.window(0, spec(5, 0));
    EXPECT_TRUE(judge_coverage(days, cut, opens, false, {}).truncated);
    const auto cold = days.window(86'400'000, spec(1, 2));
    EXPECT_EQ(judge_coverage(days, cold, opens, false, {}).exclusion, Exclusion::kTooNew);
}

// Its first bar is the one of the window, however long after the call it comes.
TEST(Coverage, ACalendarThatBeginsAfterTheCallMakesItTooNew) {
    constexpr std::int64_t kDay = 86'400'000;
    const auto days = MarketCalendar::observed(kIntervals[7], {10 * kDay, 11 * kDay, 12 * kDay});
    const std::vector<std::int64_t> opens = {10 * kDay, 11 * kDay, 12 * kDay};
    const auto exclusion_of = [&](std::int64_t call_ms, Span delay) {
        const auto window = days.window(call_ms, {.max_hold = Span::bars(3), .entry_delay = delay});
        return judge_coverage(days, window, opens, false, {}).exclusion;
    };
    EXPECT_EQ(exclusion_of(0, Span::bars(0)), Exclusion::kTooNew);
    EXPECT_EQ(exclusion_of(9 * kDay, Span::bars(0)), Exclusion::kTooNew);
    EXPECT_EQ(exclusion_of(9 * kDay + 1, Span::bars(0)), std::nullopt);
    EXPECT_EQ(exclusion_of(10 * kDay, Span::bars(0)), std::nullopt);
    EXPECT_EQ(exclusion_of(8 * kDay, Span::ms(2 * kDay)), std::nullopt);
}

}  // namespace
}  // namespace daybook::backtest
