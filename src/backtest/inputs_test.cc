#include "backtest/inputs.h"

#include <string>

#include <gtest/gtest.h>

#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

class InputsTest : public testing::RunTest {
protected:
    InputOptions options() {
        InputOptions options;
        options.calls = write("calls.csv", "id,caller,mint,created_at\nc,k,A,2024-01-02\n");
        std::string candles = "date,mint,open,high,low,close,volume\n";
        for (const char* day : {"2024-01-01", "2024-01-02", "2024-01-05", "2024-01-08"}) {
            candles += std::string(day) + ",A,1,1,1,1,1\n";
        }
        options.candles = write("candles.csv", candles);
        options.interval = parse_interval("1d").value();
        options.max_hold = Span::bars(2);
        return options;
    }
};

TEST_F(InputsTest, DailyBarsHaveTheObservedCalendarAndOthersTheGrid) {
    InputOptions daily = options();
    EXPECT_EQ(calendar_kind(daily), CalendarKind::kObserved);
    EXPECT_EQ(read_inputs(connection_, daily, 0)->windows[0]->last_ms,
              start_of(*parse_day("2024-01-05")).value());
    daily.calendar = CalendarKind::kAlways;
    EXPECT_EQ(read_inputs(connection_, daily, 0)->windows[0]->last_ms,
              start_of(*parse_day("2024-01-03")).value());
    daily.interval = parse_interval("4h").value();
    daily.calendar.reset();
    EXPECT_EQ(calendar_kind(daily), CalendarKind::kAlways);
}

TEST_F(InputsTest, BarsOutsideEveryWindowDoNotChangeTheFingerprint) {
    InputOptions daily = options();
    const std::string before = read_inputs(connection_, daily, 0)->fingerprint;
    const std::string rows = os::read_file(path("candles.csv"), 1 << 20).value();
    write("candles.csv", rows + "2024-01-09,A,2,2,2,2,2\n2024-01-05,B,3,3,3,3,3\n");
    EXPECT_EQ(read_inputs(connection_, daily, 0)->fingerprint, before);
    daily.max_hold = Span::bars(4);
    EXPECT_NE(read_inputs(connection_, daily, 0)->fingerprint, before);
}

TEST_F(InputsTest, OnlyTheBarsOfTheWindowsAreInMemory) {
    EXPECT_EQ(read_inputs(connection_, options(), 0)->candles.bars.at("A").size(), 2u);
    EXPECT_EQ(read_inputs(connection_, options(), 5 * 86'400'000)->candles.bars.at("A").size(), 3u);
}

TEST_F(InputsTest, BarsOfAnotherIntervalAreRefused) {
    InputOptions wrong = options();
    wrong.candles = write("candles.csv",
                          "date,mint,open,high,low,close\n2024-01-01,A,1,1,1,1\n"
                          "2024-01-02,A,1,1,1,1\n2024-01-03,A,1,1,1,1\n");
    EXPECT_TRUE(read_inputs(connection_, wrong, 0).has_value());
    wrong.interval = parse_interval("1m").value();
    EXPECT_EQ(read_inputs(connection_, wrong, 0).error().message(),
              "candles " + wrong.candles +
                  ": bars of A are 1d apart, --interval is 1m: pass --interval 1d");
}

TEST_F(InputsTest, AHoleThatTheObservedCalendarHidesIsTold) {
    InputOptions hole = options();
    EXPECT_TRUE(read_inputs(connection_, hole, 0)->jumps.empty());
    hole.candles = write("candles.csv",
                         "date,mint,open,high,low,close\n2024-01-01,A,1,1,1,1\n"
                         "2024-01-02,A,1,1,1,1\n2024-01-13,A,1,1,1,1\n");
    EXPECT_EQ(read_inputs(connection_, hole, 0)->jumps.size(), 1u);
}

TEST_F(InputsTest, WhyThereIsNoBarIsTold) {
    InputOptions none = options();
    none.calls = write("calls.csv", "id,caller,mint,created_at\nc,k,FOO,2024-01-02\n");
    EXPECT_EQ(read_inputs(connection_, none, 0)->no_bars, "no bars for FOO; the candles have A");
    none.candles = write("candles.csv", "date,mint,open,high,low,close\n");
    EXPECT_EQ(read_inputs(connection_, none, 0)->no_bars, "the candles have no row");
}

TEST_F(InputsTest, StrictNeedsABarAfterTheEntry) {
    InputOptions short_hold = options();
    short_hold.max_hold = Span::ms(86'400'000);
    EXPECT_EQ(check_max_hold(short_hold, Execution::kStrict, 0).error().message(),
              "max-hold: found '86400000ms', which is 1 bar of 1d; strict needs a bar after the "
              "entry's, pass 2 or more");
    EXPECT_TRUE(check_max_hold(short_hold, Execution::kClassic, 0).has_value());
    EXPECT_TRUE(check_max_hold(short_hold, Execution::kStrict, 86'400'000).has_value());
    short_hold.max_hold = Span::bars(1);
    EXPECT_FALSE(check_max_hold(short_hold, Execution::kStrict, 0).has_value());
    short_hold.max_hold = Span::bars(2);
    EXPECT_TRUE(check_max_hold(short_hold, Execution::kStrict, 0).has_value());
}

TEST_F(InputsTest, OptionsThatMakeNoSenseAreNamed) {
    const auto message = [&](auto change) {
        InputOptions wrong = options();
        change(wrong);
        const Status status = check_input_options(wrong);
        return status ? std::string() : status.error().message();
    };
    EXPECT_EQ(message([](auto&) {}), "");
    EXPECT_EQ(message([](auto& o) { o.calls = ""; }), "calls: found '', expected a file");
    EXPECT_EQ(message([](auto& o) { o.candles = ""; }),
              "candles: found '', expected a file, a glob or a directory");
    EXPECT_EQ(message([](auto& o) { o.symbol = ""; }), "symbol: found '', expected a name");
    EXPECT_EQ(message([](auto& o) { o.max_hold = Span::ms(0); }),
              "max-hold: found '0ms', expected at least one bar or 1ms");
    EXPECT_EQ(message([](auto& o) { o.warm_up_bars = -1; }),
              "warm-up: found '-1', expected a number of bars from 0 to 100000000");
    EXPECT_EQ(
        message([](auto& o) { o.warm_up_bars = std::int64_t{1} << 60; }),
        "warm-up: found '1152921504606846976', expected a number of bars from 0 to 100000000");
    EXPECT_EQ(message([](auto& o) { o.entry_delay = Span::bars(-1); }),
              "entry-delay: found '-1', expected bars or time from 0 up");
    EXPECT_EQ(message([](auto& o) { o.min_coverage = -0.1; }),
              "min-coverage: found '-0.1', expected a fraction from 0 to 1");
    EXPECT_EQ(message([](auto& o) {
                  o.from = parse_day("2024-01-02");
                  o.to = parse_day("2024-01-01");
              }),
              "to: found '2024-01-01', expected a day not before 2024-01-02");
}

}  // namespace
}  // namespace daybook::backtest
