#include "backtest/engine.h"

#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backtest/test_bars.h"

namespace daybook::backtest {
namespace {

using testing::kMinuteMs;
using testing::kStartMs;
using testing::minute_bars;
using testing::Ohlc;

constexpr double kNone = -1e300;  // no tail capture expected

struct Case {
    const char* rule;
    const char* policy;
    std::vector<Ohlc> bars;
    Execution execution;
    // Expected; times relative to the first bar.
    ExitReason reason;
    double exit_px;
    double net_bps;
    double mae_bps;
    double tail_capture;
    std::int64_t entry_ms;
    std::int64_t exit_ms;
};

// What the name of a test shows of it.
void PrintTo(const Case& test, std::ostream* out) { *out << test.rule; }

const std::vector<Ohlc> kRise = {{1, 1, 1, 1}, {1, 1.5, .9, 1.3}, {1.3, 2.1, 1.2, 2}};
const std::vector<Ohlc> kHold = {
    {1, 1, 1, 1}, {1, 1.1, .95, 1.05}, {1.05, 1.15, 1, 1.1}, {1.1, 1.2, 1, 1.1}};
const std::vector<Ohlc> kClimb = {
    {1, 1, 1, 1}, {1, 2.5, 1, 2.2}, {2.2, 3.5, 2, 3.2}, {3.2, 4.5, 3, 4}};
const std::vector<Ohlc> kFlat = {{1, 1, 1, 1}, {1, 1, 1, 1}};
const std::vector<Ohlc> kBoth = {{1, 1, 1, 1}, {1, 1.5, .7, 1}};
const std::vector<Ohlc> kTied = {{1, 1, 1, 1}, {1, 1.1, .95, 1.05}, {1.05, 1.15, .85, 1.1}};
const std::vector<Ohlc> kSpike = {{1, 1.6, .9, 1}, {1, 1, 1, 1}};

constexpr const char* kLadder =
    R"({"kind":"ladder","levels":[{"multiple":2,"fraction":0.5},{"multiple":3,"fraction":0.3},
        {"multiple":4,"fraction":0.2}],"stopPct":0.2})";
constexpr const char* kTrailing =
    R"({"kind":"trailing_stop","activationPct":0.2,"trailPct":0.1,"hardStopPct":0.25})";
constexpr const char* kStopThenTime =
    R"({"kind":"combo","policies":[{"kind":"fixed_stop","stopPct":0.1},
        {"kind":"time_stop","maxHoldMs":120000}]})";
constexpr const char* kTimeThenStop =
    R"({"kind":"combo","policies":[{"kind":"time_stop","maxHoldMs":120000},
        {"kind":"fixed_stop","stopPct":0.1}]})";

constexpr auto kClassic = Execution::kClassic;
constexpr auto kStrict = Execution::kStrict;

// F is 40 bps a side: strict nets ratio * 0.996 / 1.004 - 1, classic gross - 80 bps.
const std::vector<Case> kCases = {
    // The contract's vectors.
    {"fixed stop takes its profit", R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":1.0})",
     kRise, kClassic, ExitReason::kTakeProfit, 2, 9920, -1000, 1 / 1.1, 0, 120000},
    {"time stop at the close", R"({"kind":"time_stop","maxHoldMs":120000})", kHold, kClassic,
     ExitReason::kTimeStop, 1.1, 920, -500, 2.0 / 3, 0, 120000},
    {"trailing stop within its activation bar",
     kTrailing,
     {{1, 1, 1, 1}, {1, 1.3, 1, 1.2}},
     kClassic,
     ExitReason::kTrailingStop,
     1.17,
     1620,
     0,
     17.0 / 30,
     0,
     60000},
    {"ladder to the top", kLadder, kClimb, kClassic, ExitReason::kLadderComplete, 2.7, 16920, 0,
     17.0 / 35, 0, 180000},
    {"ladder stops the remainder",
     kLadder,
     {{1, 1, 1, 1}, {1, 2.2, 1, 2}, {2, 2, .7, .8}},
     kClassic,
     ExitReason::kStopLoss,
     1.4,
     3920,
     -3000,
     1.0 / 3,
     0,
     120000},
    {"flat bars cost the fees", R"({"kind":"fixed_stop","stopPct":0.2})", kFlat, kClassic,
     ExitReason::kEndOfData, 1, -80, 0, kNone, 0, 60000},

    // classic, by hand.
    {"classic scans the entry bar", R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":0.5})",
     kSpike, kClassic, ExitReason::kTakeProfit, 1.5, 4920, -1000, 5.0 / 6, 0, 0},
    {"classic fills a gap at the stop",
     R"({"kind":"fixed_stop","stopPct":0.2})",
     {{1, 1, 1, 1}, {.6, .7, .5, .6}},
     kClassic,
     ExitReason::kStopLoss,
     .8,
     -2080,
     -5000,
     kNone,
     0,
     60000},
    {"classic combo: a tie goes to the first, the stop", kStopThenTime, kTied, kClassic,
     ExitReason::kStopLoss, .9, -1080, -1500, -2.0 / 3, 0, 120000},
    {"classic combo: a tie goes to the first, the time", kTimeThenStop, kTied, kClassic,
     ExitReason::kTimeStop, 1.1, 920, -1500, 2.0 / 3, 0, 120000},
    {"classic looks at the time before the profit",
     R"({"kind":"time_stop","maxHoldMs":60000,"takeProfitPct":0.15})",
     {{1, 1, 1, 1}, {1, 1.2, 1, 1.1}},
     kClassic,
     ExitReason::kTimeStop,
     1.1,
     920,
     0,
     .5,
     0,
     60000},
    {"classic hard stop comes before the trail",
     kTrailing,
     {{1, 1, 1, 1}, {1, 1.3, 1.2, 1.3}, {1.3, 1.3, .7, .8}},
     kClassic,
     ExitReason::kHardStop,
     .75,
     -2580,
     -3000,
     -2.5 / 3,
     0,
     120000},

    // strict, by hand.
    {"strict fixed stop takes its profit",
     R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":1.0})", kRise, kStrict,
     ExitReason::kTakeProfit, 2, 9840.63745019920, -1000, 1 / 1.1, 60000, 180000},
    {"strict does not scan the entry bar",
     R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":0.5})", kSpike, kStrict,
     ExitReason::kEndOfData, 1, -79.6812749003984, 0, kNone, 60000, 120000},
    {"strict: a bar that touches both is the stop",
     R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":0.3})", kBoth, kStrict,
     ExitReason::kStopLoss, .8, -2063.74501992032, -3000, -2.0 / 5, 60000, 120000},
    {"strict fills a gap below the stop at the open",
     R"({"kind":"fixed_stop","stopPct":0.2})",
     {{1, 1, 1, 1}, {1, 1, 1, 1}, {.6, .7, .5, .6}},
     kStrict,
     ExitReason::kStopLoss,
     .6,
     -4047.80876494024,
     -5000,
     kNone,
     60000,
     120000},
    {"strict fills a gap above the limit at the open",
     R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":0.3})",
     {{1, 1, 1, 1}, {1, 1, 1, 1}, {1.5, 1.6, 1.4, 1.5}},
     kStrict,
     ExitReason::kTakeProfit,
     1.5,
     4880.47808764940,
     0,
     5.0 / 6,
     60000,
     120000},
    {"strict time stop at the close", R"({"kind":"time_stop","maxHoldMs":120000})", kHold, kStrict,
     ExitReason::kTimeStop, 1.1, 912.350597609562, -500, 2.0 / 3, 60000, 180000},
    {"strict takes the profit before the close",
     R"({"kind":"time_stop","maxHoldMs":60000,"takeProfitPct":0.15})",
     {{1, 1, 1, 1}, {1, 1.2, 1, 1.1}},
     kStrict,
     ExitReason::kTakeProfit,
     1.15,
     1408.36653386454,
     0,
     .75,
     60000,
     120000},
    {"strict trails from the bar after the activation",
     kTrailing,
     {{1, 1, 1, 1}, {1, 1.3, 1, 1.2}, {1.2, 1.4, 1.15, 1.3}},
     kStrict,
     ExitReason::kTrailingStop,
     1.17,
     1606.77290836653,
     0,
     .425,
     60000,
     180000},
    {"strict trails by the peak of earlier bars",
     kTrailing,
     {{1, 1, 1, 1}, {1, 1.3, 1, 1.2}, {1.25, 2, 1.2, 2}, {1.9, 1.9, 1.7, 1.7}},
     kStrict,
     ExitReason::kTrailingStop,
     1.8,
     7856.57370517928,
     0,
     .8,
     60000,
     240000},
    {"strict trailing stop fills a gap at the open",
     kTrailing,
     {{1, 1, 1, 1}, {1, 1.3, 1, 1.2}, {1.1, 1.15, 1, 1.05}},
     kStrict,
     ExitReason::kTrailingStop,
     1.1,
     912.350597609562,
     0,
     1.0 / 3,
     60000,
     120000},
    {"strict hard stop",
     kTrailing,
     {{1, 1, 1, 1}, {1, 1.1, .7, .8}},
     kStrict,
     ExitReason::kHardStop,
     .75,
     -2559.76095617530,
     -3000,
     -2.5,
     60000,
     120000},
    {"strict hard stop above a wide trail",
     R"({"kind":"trailing_stop","activationPct":0.1,"trailPct":0.5,"hardStopPct":0.25})",
     {{1, 1, 1, 1}, {1, 1.1, 1, 1.1}, {1, 1, .5, .6}},
     kStrict,
     ExitReason::kHardStop,
     .75,
     -2559.76095617530,
     -5000,
     -2.5,
     60000,
     180000},
    {"strict ladder to the top", kLadder, kClimb, kStrict, ExitReason::kLadderComplete, 2.7,
     16784.8605577689, 0, 17.0 / 35, 60000, 240000},
    {"strict ladder fills gaps at the open",
     kLadder,
     {{1, 1, 1, 1}, {3.2, 3.5, 3, 3.4}, {4.5, 5, 4, 4.2}},
     kStrict,
     ExitReason::kLadderComplete,
     3.46,
     24324.3027888446,
     0,
     .615,
     60000,
     120000},
    {"strict ladder: the stop before the level",
     kLadder,
     {{1, 1, 1, 1}, {1, 2.5, .8, 2}},
     kStrict,
     ExitReason::kStopLoss,
     .8,
     -2063.74501992032,
     -2000,
     -2.0 / 15,
     60000,
     120000},
    {"strict ladder ends with a remainder",
     kLadder,
     {{1, 1, 1, 1}, {1, 2, 1, 1.5}},
     kStrict,
     ExitReason::kEndOfData,
     1.75,
     7360.55776892430,
     0,
     .75,
     60000,
     120000},
    {"strict combo: a tie goes to the lower net", kTimeThenStop, kTied, kStrict,
     ExitReason::kStopLoss, .9, -1071.71314741036, -1500, -2.0 / 3, 60000, 180000},
    {"strict: a call on the last bar trades nothing",
     R"({"kind":"fixed_stop","stopPct":0.2})",
     {{1, 1, 1, 1}},
     kStrict,
     ExitReason::kEndOfData,
     1,
     -79.6812749003984,
     0,
     kNone,
     60000,
     60000},
};

bool close_to(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(1.0, std::abs(b)); }

class EngineCase : public ::testing::TestWithParam<Case> {};

TEST_P(EngineCase, GivesTheTradeWorkedByHand) {
    const Case& test = GetParam();
    SCOPED_TRACE(test.rule);
    const Result<Policy> policy = parse_policy(test.policy);
    ASSERT_TRUE(policy.has_value()) << policy.error().message();
    const Bars bars = minute_bars(test.bars);
    const Trade trade =
        execute(*policy, bars.view(),
                {.execution = test.execution, .interval_ms = kMinuteMs, .side_cost = 0.004});

    EXPECT_EQ(to_string(trade.reason), to_string(test.reason));
    EXPECT_EQ(trade.stop_out, is_stop(test.reason));
    EXPECT_PRED2(close_to, trade.exit_px, test.exit_px);
    EXPECT_PRED2(close_to, trade.gross_bps, (test.exit_px - 1) * 1e4);
    EXPECT_PRED2(close_to, trade.net_bps, test.net_bps);
    EXPECT_PRED2(close_to, trade.max_adverse_excursion_bps, test.mae_bps);
    EXPECT_PRED2(close_to, trade.tail_capture.value_or(kNone), test.tail_capture);
    EXPECT_EQ(trade.entry_ts_ms - kStartMs, test.entry_ms);
    EXPECT_EQ(trade.exit_ts_ms - kStartMs, test.exit_ms);
    EXPECT_EQ(trade.time_exposed_ms, test.exit_ms - test.entry_ms);
}

INSTANTIATE_TEST_SUITE_P(Table, EngineCase, ::testing::ValuesIn(kCases));

Trade run_fixed_stop(const std::vector<Ohlc>& rows, double stop, Execution execution) {
    const Bars bars = minute_bars(rows);
    return execute(Policy{FixedStop{.stop_pct = stop, .take_profit_pct = {}}}, bars.view(),
                   {.execution = execution, .interval_ms = kMinuteMs, .side_cost = 0.004});
}

TEST(Engine, ALevelThatDoublesMissByARoundingIsTouched) {
    ASSERT_LT(0.7 * (1 - 0.2), 0.56);
    for (const Execution execution : {kStrict, kClassic}) {
        const Trade trade = run_fixed_stop({{.7, .7, .7, .7}, {.6, .65, .56, .6}}, 0.2, execution);
        EXPECT_EQ(trade.reason, ExitReason::kStopLoss);
    }
}

TEST(Engine, LadderLevelsAreClimbedUpwardsWhateverTheirOrder) {
    const Bars bars = minute_bars(kClimb);
    const ExecutionModel model{.execution = kStrict, .interval_ms = kMinuteMs, .side_cost = 0};
    const Policy upwards{Ladder{.levels = {{2, .5}, {3, .3}}, .stop_pct = {}}};
    const Policy downwards{Ladder{.levels = {{3, .3}, {2, .5}}, .stop_pct = {}}};
    EXPECT_EQ(execute(upwards, bars.view(), model), execute(downwards, bars.view(), model));
}

TEST(Engine, AnEarlyOpenNeverMakesTheExitComeBeforeTheEntry) {
    Bars bars;  // days of an exchange, 23 hours apart at a change of clocks
    bars.push(0, 1, 1, 1, 1, 1);
    bars.push(23 * 3'600'000, .5, .6, .4, .5, 1);
    const Trade trade =
        execute(Policy{FixedStop{.stop_pct = 0.2, .take_profit_pct = {}}}, bars.view(),
                {.execution = kStrict, .interval_ms = 86'400'000, .side_cost = 0});
    EXPECT_EQ(trade.exit_ts_ms, trade.entry_ts_ms);
    EXPECT_EQ(trade.time_exposed_ms, 0);
}

}  // namespace
}  // namespace daybook::backtest
