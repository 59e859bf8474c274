#include "cli/human.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

TEST(HumanDuration, ChoosesTheUnitAndRoundsWithinIt) {
    EXPECT_EQ(human_duration(0), "0 ms");
    EXPECT_EQ(human_duration(999), "999 ms");
    EXPECT_EQ(human_duration(1000), "1.0 s");
    EXPECT_EQ(human_duration(1249), "1.2 s");
    EXPECT_EQ(human_duration(59'949), "59.9 s");
    EXPECT_EQ(human_duration(59'950), "1m 00s");
    EXPECT_EQ(human_duration(125'000), "2m 05s");
    EXPECT_EQ(human_duration(3'599'500), "1h 00m");
    EXPECT_EQ(human_duration(11'040'000), "3h 04m");
    EXPECT_EQ(human_duration(86'370'000), "1d 00h");
    EXPECT_EQ(human_duration(183'600'000), "2d 03h");
    EXPECT_EQ(human_duration(-1500), "-1.5 s");
}

TEST(HumanDuration, TheExtremesOfTheTypePrint) {
    EXPECT_EQ(human_duration(INT64_MAX), "106751991167d 07h");
    EXPECT_EQ(human_duration(INT64_MIN), "?");
}

TEST(HumanBytes, UnitsAreBinary) {
    EXPECT_EQ(human_bytes(0), "0 B");
    EXPECT_EQ(human_bytes(1023), "1023 B");
    EXPECT_EQ(human_bytes(1024), "1.0 KiB");
    EXPECT_EQ(human_bytes(1536), "1.5 KiB");
    EXPECT_EQ(human_bytes(104'857'600), "100 MiB");
    EXPECT_EQ(human_bytes(1'048'575), "1.0 MiB");
    EXPECT_EQ(human_bytes(UINT64_MAX), "16.0 EiB");
}

TEST(HumanTime, IsUtcToTheSecond) {
    EXPECT_EQ(human_time(0), "1970-01-01 00:00:00");
    EXPECT_EQ(human_time(1769126400250), "2026-01-23 00:00:00");
}

TEST(HumanCount, GroupsThousands) {
    EXPECT_EQ(human_count(0), "0");
    EXPECT_EQ(human_count(999), "999");
    EXPECT_EQ(human_count(1000), "1,000");
    EXPECT_EQ(human_count(1234567), "1,234,567");
}

TEST(HumanNumber, KeepsSixDigits) {
    EXPECT_EQ(human_number(0.05), "0.05");
    EXPECT_EQ(human_number(1234.5678), "1234.57");
    EXPECT_EQ(human_number(1.5e-7), "1.5e-07");
    EXPECT_EQ(human_number(-3), "-3");
    EXPECT_EQ(human_number(999'999.4), "999999");
    EXPECT_EQ(human_number(999'999.5), "1000000");
    EXPECT_EQ(human_number(-2'241'670'000.25), "-2241670000");
    EXPECT_EQ(human_number(999'999'999'999'999), "999999999999999");
    EXPECT_EQ(human_number(1e15), "1e+15");
}

TEST(HumanMilliseconds, AreDurationsWithAFractionBelowASecond) {
    EXPECT_EQ(human_milliseconds(0.25), "0.25 ms");
    EXPECT_EQ(human_milliseconds(999.5), "999.5 ms");
    EXPECT_EQ(human_milliseconds(1250.4), "1.3 s");
    EXPECT_EQ(human_milliseconds(-90'000), "-1m 30s");
    EXPECT_EQ(human_milliseconds(1e300), "1e+300 ms");
}

}  // namespace
}  // namespace daybook::cli
