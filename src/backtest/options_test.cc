#include "backtest/options.h"

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

TEST(Options, EveryWordReadsBack) {
    for (const Execution value : {Execution::kStrict, Execution::kClassic}) {
        EXPECT_EQ(parse_execution(to_string(value)).value(), value);
    }
    for (const CalendarKind value : {CalendarKind::kObserved, CalendarKind::kAlways}) {
        EXPECT_EQ(parse_calendar(to_string(value)).value(), value);
    }
    for (const OnBadData value : {OnBadData::kFail, OnBadData::kDrop, OnBadData::kWarn}) {
        EXPECT_EQ(parse_on_bad_data(to_string(value)).value(), value);
    }
}

TEST(Options, OtherWordsAreRefusedWithWhatWasExpected) {
    EXPECT_EQ(parse_execution("Strict").error().message(),
              "execution: found 'Strict', expected strict or classic");
    EXPECT_EQ(parse_calendar("nyse").error().message(),
              "calendar: found 'nyse', expected observed or 24x7");
    EXPECT_EQ(parse_on_bad_data("").error().message(),
              "on-bad-data: found '', expected fail, drop or warn");
}

}  // namespace
}  // namespace daybook::backtest
