#include "plot/axis.h"

#include <cmath>
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
              "2,000,000,000|2,500,000,000|3,000,000,000|3,500,000,000|4,000,000,000|");
    EXPECT_EQ(labels({.low = -1500, .high = 1500}, 4), "-1,000|0|1,000|");
    EXPECT_EQ(labels({.low = 1.7691264e12, .high = 1.7691264e12 + 0.5}, 5),
              "1,769,126,400,000.0|1,769,126,400,000.2|1,769,126,400,000.4|");
    EXPECT_EQ(labels({.low = 1e15, .high = 3e15}, 4), "1e+15|2e+15|3e+15|");
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
        // The macro evaluates both sides of an `||`.
        if (i > 0) RC_ASSERT(ticks[i - 1].at < ticks[i].at);
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

TEST(Axis, OnlyTimesThatHaveADayHaveAPlace) {
    const double first = ms("0000-01-01");
    const double last = ms("9999-12-31");
    for (const double time : {first, 0.0, last}) {
        EXPECT_TRUE(has_place(Scale::kTime, time));
        const Axis axis = axis_over("", Scale::kTime, time, time);
        EXPECT_LT(axis.low, axis.high);
        EXPECT_FALSE(ticks_of(axis, 4).empty());
    }
    EXPECT_FALSE(ticks_of(axis_over("", Scale::kTime, first, last), 6).empty());
    // Nanoseconds, taken for milliseconds.
    for (const double time : {first - 1, last + 1, 1.704067200e18}) {
        EXPECT_FALSE(has_place(Scale::kTime, time));
        EXPECT_TRUE(has_place(Scale::kNumber, time));
    }
    for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL, 1.1e300}) {
        EXPECT_FALSE(has_place(Scale::kNumber, value));
    }
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
