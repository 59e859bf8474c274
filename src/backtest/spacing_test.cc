#include "backtest/spacing.h"

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr Interval kMinute = kIntervals[2];
constexpr Interval kDay = kIntervals[7];

Distances distances_of(std::initializer_list<std::int64_t> opens) {
    Distances distances;
    count_distances(std::vector<std::int64_t>(opens), distances);
    return distances;
}

TEST(Spacing, TheMostCommonDistanceContradictsAnotherInterval) {
    const Distances daily = distances_of({0, kDayMs, 2 * kDayMs, 5 * kDayMs});
    EXPECT_EQ(contradiction(daily, kMinute), kDayMs);
    EXPECT_EQ(contradiction(daily, kDay), std::nullopt);
}

TEST(Spacing, TwoBarsAreTooFewToJudge) {
    EXPECT_EQ(contradiction(distances_of({0, kDayMs}), kMinute), std::nullopt);
    EXPECT_EQ(contradiction({}, kMinute), std::nullopt);
    EXPECT_EQ(contradiction(distances_of({0, kDayMs, 2 * kDayMs}), kMinute), kDayMs);
}

TEST(Spacing, AMarketThatTradesSeldomHasHoles) {
    EXPECT_EQ(contradiction({{60'000, 10}, {120'000, 90}}, kMinute), std::nullopt);
    EXPECT_EQ(contradiction({{60'000, 9}, {120'000, 91}}, kMinute), 120'000);
}

TEST(Spacing, TheMessageSaysWhatToPass) {
    EXPECT_EQ(wrong_interval("c.csv", "SPX", kDayMs, kMinute).message(),
              "candles c.csv: bars of SPX are 1d apart, --interval is 1m: pass --interval 1d");
    EXPECT_EQ(wrong_interval("c.csv", "SPX", 120'000, kMinute).message(),
              "candles c.csv: bars of SPX are 120000ms apart, --interval is 1m: pass candles of "
              "that interval");
}

TEST(Spacing, OnlyJumpsOfMoreThanTenDaysAreTold) {
    const std::vector<std::int64_t> opens = {0, 10 * kDayMs, 21 * kDayMs};
    EXPECT_EQ(describe_jumps("c.csv", "SPX", opens),
              (std::vector<std::string>{
                  "candles c.csv: no bar of SPX between 1970-01-11 and 1970-01-22, 11 days; the "
                  "observed calendar takes that for a closed market"}));
    std::vector<std::int64_t> many;
    for (int i = 0; i < 7; ++i) many.push_back(i * 11 * kDayMs);
    EXPECT_EQ(describe_jumps("c.csv", "SPX", many).size(), 4u);
    EXPECT_EQ(describe_jumps("c.csv", "SPX", many).back(), "candles c.csv: 3 such jumps more");
}

}  // namespace
}  // namespace daybook::backtest
