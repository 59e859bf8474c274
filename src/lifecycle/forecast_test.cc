#include "lifecycle/forecast.h"

#include <gtest/gtest.h>

namespace daybook::lifecycle {
namespace {

constexpr Day kToday(20'000);

Day before(int days) { return Day(kToday.value() - days); }

std::string plain(std::uint64_t bytes) { return std::to_string(bytes) + " B"; }

// A ledger that got `bytes` of log on each of the last `days` days.
ForecastFacts steady(int days, std::uint64_t bytes, std::uint64_t free) {
    ForecastFacts facts{.free_bytes = free, .today = kToday};
    for (int back = 1; back <= days; ++back) {
        facts.days[before(back)].log = bytes;
        facts.log_bytes += bytes;
    }
    return facts;
}

TEST(Forecast, SteadyGrowthIsTakenAsItIs) {
    const Forecast result = forecast(steady(40, 100, 1000));
    EXPECT_EQ(result.days, 30);
    EXPECT_EQ(result.bytes_per_day, 100U);
    EXPECT_DOUBLE_EQ(result.days_left.value(), 10);
    EXPECT_EQ(to_text(result, plain), "full in 10 days: 1000 B free, 100 B a day");
}

TEST(Forecast, OneHugeDayAndAFewIdleOnesMoveNothing) {
    ForecastFacts facts = steady(30, 100, 1000);
    facts.days[before(7)].log = 1'000'000;
    for (int back = 20; back < 26; ++back) facts.days[before(back)].log = 0;
    EXPECT_EQ(forecast(facts).bytes_per_day, 100U);
}

TEST(Forecast, TodayDoesNotCount) {
    ForecastFacts facts = steady(3, 100, 1000);
    facts.days[kToday].log = 1'000'000;
    EXPECT_EQ(forecast(facts).bytes_per_day, 100U);
}

TEST(Forecast, ArtifactsAndTheIndexGrowToo) {
    ForecastFacts facts = steady(10, 100, 1000);
    facts.index_bytes = 500;  // half of the log
    for (int back = 1; back <= 10; ++back) facts.days[before(back)].artifacts = 50;
    EXPECT_EQ(forecast(facts).bytes_per_day, 200U);
}

TEST(Forecast, ALedgerThatIsMostlyIdleGrowsByTheMean) {
    ForecastFacts facts = steady(30, 0, 1000);
    facts.days[before(30)].log = 300;
    EXPECT_EQ(forecast(facts).bytes_per_day, 10U);
}

TEST(Forecast, NothingIsSaidOfTwoDaysAndOfNoGrowth) {
    const Forecast young = forecast(steady(2, 100, 1000));
    EXPECT_FALSE(young.bytes_per_day);
    EXPECT_EQ(to_text(young, plain), "1000 B free; too young for a forecast: 2 whole days of 3");
    EXPECT_FALSE(forecast({.free_bytes = 1, .today = kToday}).bytes_per_day);
    ForecastFacts idle{.free_bytes = 1000, .today = kToday};
    idle.days[before(100)].log = 5;
    const Forecast still = forecast(idle);
    EXPECT_EQ(still.bytes_per_day, 0U);
    EXPECT_FALSE(still.days_left);
    EXPECT_EQ(to_text(still, plain), "1000 B free; no growth in 30 days");
}

TEST(Forecast, LongTimesAreYears) {
    EXPECT_EQ(to_text(forecast(steady(30, 1, 1461)), plain),
              "full in 4.0 years: 1461 B free, 1 B a day");
    EXPECT_EQ(to_text(forecast(steady(30, 1, 1'000'000)), plain),
              "full in over ten years: 1000000 B free, 1 B a day");
}

}  // namespace
}  // namespace daybook::lifecycle
