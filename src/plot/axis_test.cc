#include "plot/axis.h"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/calendar.h"

namespace daybook::plot {
namespace {

std::string labels(const Axis& axis, std::size_t count_max) {
    std::string text;
    for (const Tick& tick : ticks_of(axis, count_max)) text += tick.label + "|";
    return text;
}

double ms(const char* day) { return static_cast<double>(start_of(*parse_day(day)).value()); }

TEST(Axis, TicksAreAtRoundNumbers) {
    EXPECT_EQ(labels({.low = 0, .high = 1}, 6), "0.0|0.2|0.4|0.6|0.8|1.0|");
    EXPECT_EQ(labels({.low = -130, .high = 210}, 6), "-100|0|100|200|");
    EXPECT_EQ(labels({.low = 0.00101, .high = 0.00129}, 5), "0.0011|0.0012|");
    EXPECT_EQ(labels({.low = 2e9, .high = 4e9}, 5),
              "2000000000|2500000000|3000000000|3500000000|4000000000|");
}

TEST(Axis, TicksOfTimesAreWhereCalendarsHaveThem) {
    const auto axis = [](double low, double high) {
        return Axis{.scale = Scale::kTime, .low = low, .high = high};
    };
    EXPECT_EQ(labels(axis(ms("2000-01-20"), ms("2019-12-31")), 6), "2005|2010|2015|");
    EXPECT_EQ(labels(axis(ms("2024-01-15"), ms("2024-06-20")), 6),
              "2024-02|2024-03|2024-04|2024-05|2024-06|");
    EXPECT_EQ(labels(axis(ms("2024-01-15"), ms("2024-01-18")), 6),
              "2024-01-15|2024-01-16|2024-01-17|2024-01-18|");
    EXPECT_EQ(labels(axis(ms("2024-01-15"), ms("2024-01-15") + 90'000), 6),
              "2024-01-15 00:00:00|2024-01-15 00:00:30|2024-01-15 00:01:00|2024-01-15 00:01:30|");
}

void check_ticks(const Axis& axis, std::size_t count_max) {
    const std::vector<Tick> ticks = ticks_of(axis, count_max);
    RC_ASSERT(!ticks.empty());
    RC_ASSERT(ticks.size() <= count_max);
    std::set<std::string> names;
    for (std::size_t i = 0; i < ticks.size(); ++i) {
        RC_ASSERT(ticks[i].at >= axis.low && ticks[i].at <= axis.high);
        RC_ASSERT(i == 0 || ticks[i - 1].at < ticks[i].at);
        RC_ASSERT(names.insert(ticks[i].label).second);
    }
}

RC_GTEST_PROP(Axis, TicksLieInsideInOrderAndTellThemselvesApart, ()) {
    const double low =
        *rc::gen::map(rc::gen::inRange(-1'000'000, 1'000'000), [](int i) { return i / 997.0; });
    const double power = std::pow(10.0, *rc::gen::inRange(-12, 12));
    const double range = *rc::gen::inRange(0, 1000) * power;
    check_ticks(axis_over("", Scale::kNumber, low, low + range), *rc::gen::inRange(4u, 13u));
}

RC_GTEST_PROP(Axis, TicksOfTimesDoToo, ()) {
    const auto low = static_cast<double>(
        *rc::gen::inRange(start_of(kDayMin).value(), start_of(kDayMax).value()));
    const double range = *rc::gen::inRange(0, 1000) * std::pow(10.0, *rc::gen::inRange(0, 11));
    const double high = std::min(low + range, static_cast<double>(start_of(kDayMax).value()));
    check_ticks(axis_over("", Scale::kTime, low, high), *rc::gen::inRange(4u, 13u));
}

TEST(Axis, WhatIsAlikeGetsRoom) {
    const Axis zero = axis_over("", Scale::kNumber, 0, 0);
    EXPECT_LT(zero.low, 0);
    EXPECT_GT(zero.high, 0);
    const Axis seven = axis_over("", Scale::kNumber, 7, 7);
    EXPECT_LT(seven.low, 7);
    EXPECT_GT(seven.high, 7);
}

}  // namespace
}  // namespace daybook::plot
