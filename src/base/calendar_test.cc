#include "base/calendar.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace daybook {
namespace {

TEST(Calendar, EveryDayFromTheFirstToTheLastReadsBackFromItsName) {
    for (Day day = kDayMin; day <= kDayMax; day += 1) {
        ASSERT_EQ(parse_day(to_string(day)), day) << to_string(day);
    }
}

TEST(Calendar, DayNamesGrowWithTheDays) {
    std::string before = to_string(kDayMin);
    EXPECT_EQ(before, "0000-01-01");
    for (Day day = kDayMin + 1; day <= kDayMax; day += 1) {
        std::string name = to_string(day);
        ASSERT_LT(before, name);
        before = std::move(name);
    }
    EXPECT_EQ(before, "9999-12-31");
}

TEST(Calendar, ADayBeginsAtMidnightAndLastsUntilTheNext) {
    for (const std::int32_t value : {-719528, -366, -1, 0, 1, 20476, 2932896}) {
        const Day day(value);
        const TimestampMs start = start_of(day);
        EXPECT_EQ(start.value(), value * kDayMs);
        EXPECT_EQ(day_of(start), day);
        EXPECT_EQ(day_of(start + (kDayMs - 1)), day);
        EXPECT_EQ(day_of(start + -1), Day(value - 1));
    }
}

TEST(Calendar, OnlyTimesOfTheYears0To9999HaveADay) {
    EXPECT_TRUE(has_day(start_of(kDayMin)));
    EXPECT_FALSE(has_day(start_of(kDayMin) + -1));
    EXPECT_TRUE(has_day(start_of(kDayMax) + (kDayMs - 1)));
    EXPECT_FALSE(has_day(start_of(kDayMax) + kDayMs));
    EXPECT_FALSE(has_day(TimestampMs(std::numeric_limits<std::int64_t>::min())));
    EXPECT_FALSE(has_day(TimestampMs(std::numeric_limits<std::int64_t>::max())));
}

TEST(Calendar, ADayIsTenCharactersAndExists) {
    EXPECT_EQ(parse_day("1970-01-01"), Day(0));
    EXPECT_EQ(parse_day("2024-02-29"), Day(19782));
    for (const char* text :
         {"", "2023-02-29", "1900-02-29", "2026-00-10", "2026-13-01", "2026-04-31", "2026-01-00",
          "26-01-23", "2026-1-23", "2026-01-23 ", " 2026-01-23", "2026/01/23", "2026-01-2a",
          "-026-01-23", "+026-01-23", "20260123", "2026-01-233"}) {
        EXPECT_EQ(parse_day(text), std::nullopt) << text;
    }
}

TEST(Calendar, TimesAreWrittenInUtcWithMilliseconds) {
    EXPECT_EQ(to_iso8601(TimestampMs(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_iso8601(TimestampMs(-1)), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(to_iso8601(TimestampMs(1769159700250)), "2026-01-23T09:15:00.250Z");
}

TEST(Calendar, EveryMinuteOfADayReadsBack) {
    for (std::int64_t ms = 7; ms < kDayMs; ms += 59'999) {
        const TimestampMs time = start_of(Day(20476)) + ms;
        ASSERT_EQ(parse_iso8601(to_iso8601(time)), time);
    }
}

TEST(Calendar, AllSpellingsOfOneTimeAreThatTime) {
    const TimestampMs time(1769159700000);
    for (const char* text :
         {"2026-01-23T09:15:00Z", "2026-01-23T09:15:00", "2026-01-23 09:15", "2026-01-23T09:15Z",
          "2026-01-23T09:15:00.000000000Z", "2026-01-23T09:15:00.000999999Z",
          "2026-01-23T10:15+01:00", "2026-01-23T10:15+0100", "2026-01-23T10:15+01",
          "2026-01-22T23:45:00-09:30", "2026-01-24T08:14:00+22:59"}) {
        EXPECT_EQ(parse_iso8601(text), time) << text;
    }
    EXPECT_EQ(parse_iso8601("2026-01-23"), start_of(Day(20476)));
}

TEST(Calendar, DecimalsBeyondMillisecondsAreCutOff) {
    const TimestampMs second(1769159700000);
    EXPECT_EQ(parse_iso8601("2026-01-23T09:15:00.5"), second + 500);
    EXPECT_EQ(parse_iso8601("2026-01-23T09:15:00.05"), second + 50);
    EXPECT_EQ(parse_iso8601("2026-01-23T09:15:00.0019999"), second + 1);
    EXPECT_EQ(parse_iso8601("2026-01-23T09:15:00.999999999Z"), second + 999);
}

TEST(Calendar, WhatIsNoTimeIsRefused) {
    for (const char* text : {"",
                             "2026-02-30T00:00:00Z",
                             "2026-01-23T",
                             "2026-01-23T24:00:00",
                             "2026-01-23T09:60",
                             "2026-01-23T09:15:60",
                             "2026-01-23T9:15",
                             "2026-01-23T09:15:00.",
                             "2026-01-23T09:15:",
                             "2026-01-23T09:15:00.0000000001",
                             "2026-01-23T09:15:00z",
                             "2026-01-23T09:15:00ZZ",
                             "2026-01-23T09:15+",
                             "2026-01-23T09:15+1",
                             "2026-01-23T09:15+01:",
                             "2026-01-23T09:15+01:0",
                             "2026-01-23T09:15+24:00",
                             "2026-01-23T09:15+01:60",
                             "2026-01-23T09:15+01:000",
                             "2026-01-23x09:15",
                             "2026-01-23T09:15 ",
                             "1769159700000"}) {
        EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace daybook
