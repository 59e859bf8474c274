// Whole portfolio runs: files in, events and artifacts out.
#include "backtest/portfolio_run.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "backtest/test_run.h"
#include "backtest/test_schema.h"

namespace daybook::backtest {
namespace {

using nlohmann::json;
using testing::RunTest;
using testing::Schema;

// A doubles at its third bar, B falls through a stop of 20 % with a gap.
constexpr const char* kCandles =
    "timestamp,mint,open,high,low,close,volume\n"
    "1704067200,A,1,1,1,1,10\n"
    "1704067260,A,1,1.5,0.9,1.3,10\n"
    "1704067320,A,1.3,2.1,1.2,2,10\n"
    "1704067380,A,2,2,2,2,10\n"
    "1704067200,B,10,10,10,10,10\n"
    "1704067260,B,7,7,7,7,10\n"
    "1704067320,B,7,7,7,7,10\n"
    "1704067380,B,7,7,7,7,10\n";
constexpr const char* kCalls =
    "id,caller,mint,created_at\n"
    "c1,ann,A,2024-01-01T00:00:00Z\n"
    "c2,bob,B,2024-01-01T00:00:00Z\n"
    "c3,bob,B,2024-01-01T00:00:00Z\n"
    "c4,ann,B,2024-01-01T00:01:00Z\n";

class PortfolioRunTest : public RunTest {
protected:
    PortfolioOptions options() {
        PortfolioOptions options;
        options.policy.input.calls = write("calls.csv", kCalls);
        options.policy.input.candles = write("candles.csv", kCandles);
        options.policy.input.max_hold = Span::bars(4);
        options.policy.run.run_id = "r1";
        options.policy.policy =
            parse_policy(R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":1})").value();
        options.policy.taker_fee_bps = 0;
        options.policy.slippage_bps = 0;
        options.rules = {.initial_capital = 1000, .max_positions = 2, .fraction = 0.25};
        return options;
    }
    std::string artifact(const std::string& columns, const std::string& type) {
        return rows("SELECT " + columns + " FROM '$L/artifacts/runs/r1/" + type + ".parquet'");
    }
    std::string refusal(const PortfolioOptions& options) {
        const auto result = run_portfolio(options, context());
        return result ? "" : result.error().message();
    }
};

TEST_F(PortfolioRunTest, TellsItsStoryInEvents) {
    ASSERT_TRUE(run_portfolio(options(), context()).has_value());
    EXPECT_EQ(sink_.story(),
              "run.created portfolio\n"
              "run.started\n"
              "phase.started plan\nartifact.created config_json\nphase.completed plan\n"
              "phase.started coverage\nphase.completed coverage\n"
              "phase.started slice\nartifact.created slice\nphase.completed slice\n"
              "phase.started load\nphase.completed load\n"
              "phase.started execute\nphase.completed execute\n"
              "phase.started simulate\nphase.completed simulate\n"
              "phase.started store\nartifact.created alerts\nartifact.created excluded\n"
              "artifact.created positions\nartifact.created equity\n"
              "artifact.created trades\nphase.completed store\n"
              "phase.started aggregate\nartifact.created summary\nartifact.created summary_json\n"
              "trial.recorded fixed_stop_0.2_1\nphase.completed aggregate\n"
              "run.completed\n");
}

// Both are bought at the first close; c3 finds two positions open.  B's gap frees its place at the
// open after that close, so that c4, at the close of the next bar, can buy.
TEST_F(PortfolioRunTest, StoresEveryPositionAndWhyOthersWereSkipped) {
    ASSERT_TRUE(run_portfolio(options(), context()).has_value());
    EXPECT_EQ(
        artifact("call_id, opened, reason, equity, cash, stake, units, proceeds, pnl", "positions"),
        "c1|true|NULL|1000.0|1000.0|250.0|250.0|500.0|250.0\n"
        "c2|true|NULL|1000.0|750.0|250.0|25.0|175.0|-75.0\n"
        "c3|false|max_positions|1000.0|500.0|NULL|NULL|NULL|NULL\n"
        "c4|true|NULL|1000.0|675.0|250.0|35.714285714285715|250.0|0.0\n");
    EXPECT_EQ(artifact("call_id, exit_reason", "trades"),
              "c1|take_profit\nc2|stop_loss\nc4|end_of_data\n");
}

TEST_F(PortfolioRunTest, StoresTheEquityAtEveryClose) {
    ASSERT_TRUE(run_portfolio(options(), context()).has_value());
    EXPECT_EQ(artifact("ts_ms, round(equity, 9), cash, round(invested, 9), positions, "
                       "round(drawdown, 9)",
                       "equity"),
              "1704067260000|1000.0|500.0|500.0|2|0.0\n"
              "1704067320000|1000.0|425.0|575.0|2|0.0\n"
              "1704067380000|1175.0|925.0|250.0|1|0.0\n"
              "1704067440000|1175.0|1175.0|0.0|0|0.0\n");
}

TEST_F(PortfolioRunTest, ItsSummaryHasTheFiguresAndSoHasItsTrial) {
    const RunSummary summary = run_portfolio(options(), context()).value();
    EXPECT_EQ(summary.rows, 3u);
    const json document = json::parse(summary.json);
    EXPECT_EQ(Schema("backtest_summary.json").check(document), "");
    EXPECT_EQ(document["final_equity"], 1175);
    EXPECT_EQ(document["calls_executed"], 3);
    EXPECT_EQ(document["calls_skipped"],
              json({{"costs", 0}, {"max_positions", 1}, {"no_capital", 0}}));
    EXPECT_EQ(document["exit_reasons"],
              json({{"end_of_data", 1}, {"stop_loss", 1}, {"take_profit", 1}}));
    EXPECT_EQ(document["cagr"], nullptr);
    EXPECT_EQ(document["day_returns"], 1);
    const json trial = json::parse(sink_.one("trial.recorded").text);
    EXPECT_EQ(trial["final_equity"], 1175);
    EXPECT_EQ(Schema("backtest_config.json").check(json::parse(sink_.one("run.created").text)), "");
    for (const auto& event : sink_.events) {
        if (event.type != "phase.completed") continue;
        EXPECT_EQ(Schema("backtest_output_summary.json", event.name).check(json::parse(event.text)),
                  "");
    }
}

TEST_F(PortfolioRunTest, ThreadsChangeNoByte) {
    PortfolioOptions some = options();
    std::string before;
    for (const unsigned threads : {1u, 4u}) {
        some.policy.run.run_id = fmt::format("r{}", threads);
        some.policy.run.threads = threads;
        ASSERT_TRUE(run_portfolio(some, context()).has_value());
        const std::string now = rows(
            fmt::format("SELECT * EXCLUDE (run_id) FROM '$L/artifacts/runs/r{0}/equity.parquet' "
                        "UNION ALL BY NAME SELECT * EXCLUDE (run_id) FROM "
                        "'$L/artifacts/runs/r{0}/positions.parquet'",
                        threads));
        if (!before.empty()) {
            EXPECT_EQ(now, before);
        }
        before = now;
    }
}

TEST_F(PortfolioRunTest, ARiskMakesPositionsSmaller) {
    PortfolioOptions some = options();
    some.risk = 0.01;
    ASSERT_TRUE(run_portfolio(some, context()).has_value());
    EXPECT_EQ(rows("SELECT round(stake, 9) FROM '$L/artifacts/runs/r1/positions.parquet' WHERE "
                   "call_id = 'c1'"),
              "50.0\n");
}

// A is sold by halves: at 1.5 in its second bar, for 2 in its third.
TEST_F(PortfolioRunTest, WhatALadderSellsIsThereAtOnce) {
    PortfolioOptions some = options();
    some.policy.policy = parse_policy(R"({"kind":"ladder","levels":[{"multiple":1.5,)"
                                      R"("fraction":0.5},{"multiple":2,"fraction":0.5}]})")
                             .value();
    some.policy.input.calls = write("ladder.csv",
                                    "id,caller,mint,created_at\n"
                                    "c1,ann,A,2024-01-01T00:00:00Z\n"
                                    "c2,bob,B,2024-01-01T00:01:00Z\n");
    some.rules = {.initial_capital = 1000, .max_positions = 2, .fraction = 1};
    ASSERT_TRUE(run_portfolio(some, context()).has_value());
    // c2 is bought for what the first half has brought: 500 units at 1.5.
    EXPECT_EQ(artifact("call_id, equity, cash, stake, units, proceeds", "positions"),
              "c1|1000.0|1000.0|1000.0|1000.0|1750.0\n"
              "c2|1400.0|750.0|750.0|107.14285714285714|750.0\n");
    EXPECT_EQ(artifact("ts_ms, equity, cash, invested, positions", "equity"),
              "1704067260000|1000.0|0.0|1000.0|1\n"
              "1704067320000|1400.0|0.0|1400.0|2\n"
              "1704067380000|1750.0|1000.0|750.0|1\n"
              "1704067440000|1750.0|1750.0|0.0|0\n");
}

TEST_F(PortfolioRunTest, WithoutCapitalACallIsSkipped) {
    PortfolioOptions some = options();
    some.rules = {.initial_capital = 1000, .max_positions = 5, .fraction = 0.5};
    const json summary = json::parse(run_portfolio(some, context()).value().json);
    EXPECT_EQ(summary["calls_skipped"],
              json({{"costs", 0}, {"max_positions", 0}, {"no_capital", 1}}));
    EXPECT_EQ(artifact("call_id, reason, cash", "positions"),
              "c1|NULL|1000.0\nc2|NULL|500.0\nc3|no_capital|0.0\nc4|NULL|350.0\n");
}

// Of c1's 250 units 5 pay for the order; so the equity, of which c2 costs a quarter, is 995; before
// c4 it is 666.875 of cash, and 245 units at 1.3.
TEST_F(PortfolioRunTest, AFixedCostIsThatOfEachPositionsOrders) {
    PortfolioOptions some = options();
    some.policy.slippage_bps = 0;
    some.policy.orders = {.cost_model = CostModel::kFixed, .fixed_cost = 5.0};
    const json summary = json::parse(run_portfolio(some, context()).value().json);
    EXPECT_EQ(Schema("backtest_summary.json").check(summary), "");
    EXPECT_EQ(artifact("call_id, stake, units, proceeds", "positions"),
              "c1|250.0|245.0|485.0\n"
              "c2|248.75|24.375|165.625\n"
              "c3|NULL|NULL|NULL\n"
              "c4|246.34375|34.47767857142857|236.34375\n");
    // 165.625 / 248.75 - 1.
    EXPECT_EQ(artifact("call_id, round(realized_return_bps, 6)", "trades"),
              "c1|9400.0\nc2|-3341.708543\nc4|-405.936826\n");
    const json config = json::parse(sink_.one("run.created").text);
    EXPECT_EQ(config["fixed_cost"], 5);
    EXPECT_FALSE(config.contains("notional"));
    EXPECT_EQ(Schema("backtest_config.json").check(config), "");
}

TEST_F(PortfolioRunTest, WhatBecameOfOrdersIsInTheSummary) {
    PortfolioOptions some = options();
    EXPECT_FALSE(json::parse(run_portfolio(some, context()).value().json).contains("orders"));
    some.policy.orders = {.latency_bars = 1, .reject_rate = 0.5, .reject_seed = 3};
    some.policy.run.run_id = "r2";
    const json summary = json::parse(run_portfolio(some, context()).value().json);
    EXPECT_EQ(Schema("backtest_summary.json").check(summary), "");
    const json& orders = summary["orders"];
    EXPECT_GT(orders["entries_rejected"], 0);
    // What was not bought is no candidate; what was bought and skipped is counted as that.
    std::int64_t skipped = 0;
    for (const auto& [reason, count] : summary["calls_skipped"].items())
        skipped += count.get<int>();
    EXPECT_EQ(summary["calls_eligible"].get<std::int64_t>(),
              summary["calls_executed"].get<std::int64_t>() + skipped +
                  orders["entries_rejected"].get<std::int64_t>() +
                  orders["entries_too_late"].get<std::int64_t>());
}

// Two trades, 300 bars apart; which bars beyond them are loaded is no matter of theirs.
TEST_F(PortfolioRunTest, HowLongWindowsAreChangesNoFigure) {
    std::string candles = "timestamp,mint,open,high,low,close,volume\n";
    for (int bar = 0; bar < 1000; ++bar) {
        const double high = bar % 300 == 203 ? 2.5 : 1;
        candles += fmt::format("{},A,1,{},1,1,10\n", 1704067200 + bar * 60, high);
    }
    PortfolioOptions some = options();
    some.policy.input.candles = write("long.csv", candles);
    some.policy.input.calls = write("two.csv",
                                    "id,caller,mint,created_at\n"
                                    "c1,ann,A,2024-01-01T03:20:00Z\n"
                                    "c2,bob,A,2024-01-01T08:20:00Z\n");
    std::string before;
    for (const auto& [max_hold, warm_up] : {std::pair(10, 0), {10, 100}, {400, 0}, {1000, 200}}) {
        some.policy.input.max_hold = Span::bars(max_hold);
        some.policy.input.warm_up_bars = warm_up;
        some.policy.run.run_id = fmt::format("w{}-{}", max_hold, warm_up);
        const json summary = json::parse(run_portfolio(some, context()).value().json);
        EXPECT_EQ(summary["calls_executed"], 2);
        // 304 bars from the first entry's close to the last exit's; at 6 of them a quarter was in.
        EXPECT_NEAR(summary["exposure"].get<double>(), (3 * 0.25 + 3 * 0.25) / 304, 1e-12);
        std::string figures;
        for (const char* name : {"final_equity", "max_drawdown", "sharpe", "exposure", "turnover",
                                 "days", "day_returns"}) {
            figures += fmt::format("{} {}\n", name, summary[name].dump());
        }
        if (!before.empty()) {
            EXPECT_EQ(figures, before) << max_hold;
        }
        before = figures;
    }
}

TEST_F(PortfolioRunTest, NoEligibleCallIsACompletedRunThatHasDoneNothing) {
    PortfolioOptions some = options();
    some.policy.input.from = parse_day("2025-01-01");
    const json summary = json::parse(run_portfolio(some, context()).value().json);
    EXPECT_EQ(Schema("backtest_summary.json").check(summary), "");
    EXPECT_EQ(summary["final_equity"], 1000);
    EXPECT_EQ(summary["note"], "no eligible call");
    EXPECT_EQ(artifact("count(*)", "equity"), "0\n");
}

TEST_F(PortfolioRunTest, WhatIsInterruptedIsResumedAndCompletes) {
    sink_.refused_type = "trial.recorded";
    ASSERT_FALSE(run_portfolio(options(), context()).has_value());
    const std::string config = sink_.one("run.created").text;
    const std::string fingerprint = sink_.one("run.created").other;
    sink_.refused_type.clear();
    RunContext again = context();
    again.find_run = [&](const std::string&) -> Result<std::optional<ExistingRun>> {
        return ExistingRun{
            .run_type = "portfolio", .config_json = config, .data_fingerprint = fingerprint};
    };
    PortfolioOptions other = options();
    other.policy.run.resume = true;
    other.rules.fraction = 0.5;
    EXPECT_EQ(run_portfolio(other, again).error().message(),
              "resume run r1: config /fraction: found 0.5, the run was made with 0.25");
    other.rules.fraction = 0.25;
    ASSERT_TRUE(run_portfolio(other, again).has_value());
    EXPECT_EQ(sink_.one("run.completed").number, 2);
}

TEST_F(PortfolioRunTest, WhatMakesNoSenseIsRefusedAndLeavesNothing) {
    const auto with = [&](auto change) {
        PortfolioOptions changed = options();
        change(changed);
        return refusal(changed);
    };
    EXPECT_EQ(with([](auto& o) { o.rules.initial_capital = 0; }),
              "initial-capital: found '0', expected a number above 0 and at most 1000000000000000");
    EXPECT_EQ(with([](auto& o) { o.rules.fraction = 1.5; }),
              "fraction: found '1.5', expected a fraction above 0 and at most 1");
    EXPECT_EQ(with([](auto& o) { o.rules.fraction = std::nan(""); }),
              "fraction: found 'nan', expected a fraction above 0 and at most 1");
    EXPECT_EQ(with([](auto& o) { o.rules.max_positions = 0; }),
              "max-positions: found '0', expected 1 to 1000000");
    EXPECT_EQ(with([](auto& o) { o.risk = 0; }),
              "risk: found '0', expected a fraction above 0 and at most 1");
    EXPECT_EQ(with([](auto& o) { o.periods_per_year = -1; }),
              "periods-per-year: found '-1', expected a number above 0 and at most 1000000");
    EXPECT_EQ(with([](auto& o) {
                  o.risk = 0.01;
                  o.policy.policy =
                      parse_policy(R"({"kind":"time_stop","maxHoldMs":60000})").value();
              }),
              "risk: found '0.01', but time_stop_60000_none has no stop that bounds a loss from "
              "the entry on; give it stopPct or hardStopPct, or leave the risk out");
    EXPECT_EQ(with([](auto& o) { o.policy.execution = Execution::kClassic; }),
              "execution: found 'classic', expected strict: classic closes positions at the open "
              "of a bar by prices from inside it, so their money would be spent before it is "
              "there");
    EXPECT_EQ(with([](auto& o) {
                  o.policy.orders = {
                      .cost_model = CostModel::kFixed, .fixed_cost = 1.0, .notional = 100.0};
              }),
              "notional: found '100', but in a portfolio orders are worth what the position costs; "
              "leave it out");
    EXPECT_EQ(with([](auto& o) {
                  o.policy.orders = {.cost_model = CostModel::kFixed, .fixed_cost = 126.0};
              }),
              "fixed-cost: found '126', expected at most half of 250, what the first position "
              "should cost");
    EXPECT_EQ(with([](auto& o) { o.policy.input.max_hold = Span::bars(1); }).substr(0, 19),
              "max-hold: found '1'");
    EXPECT_EQ(with([](auto& o) { o.policy.slippage_bps = -1; }),
              "slippage-bps: found '-1', expected 0 to 5000 bps");
    EXPECT_TRUE(nothing_written());
}

}  // namespace
}  // namespace daybook::backtest
