// Whole policy runs: files in, events and artifacts out.
#include "backtest/options.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

using testing::RunTest;

// The contract's first policy vector: one-minute bars from 2024-01-01.
constexpr const char* kCandles =
    "timestamp,mint,open,high,low,close,volume\n"
    "1704067200,A,1,1,1,1,10\n"
    "1704067260,A,1,1.5,0.9,1.3,10\n"
    "1704067320,A,1.3,2.1,1.2,2,10\n";
constexpr const char* kCalls =
    "id,caller,mint,created_at\n"
    "c1,ann,A,2024-01-01T00:00:00Z\n"
    "c2,bob,B,2024-01-01T00:00:00Z\n";

class PolicyRunTest : public RunTest {
protected:
    PolicyOptions options(
        const std::string& policy = R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":1})") {
        PolicyOptions options;
        options.input.calls = write("calls.csv", kCalls);
        options.input.candles = write("candles.csv", kCandles);
        options.input.interval = parse_interval("1m").value();
        options.input.max_hold = Span::bars(3);
        options.run.run_id = "r1";
        options.policy = parse_policy(policy).value();
        options.execution = Execution::kClassic;
        return options;
    }
    Result<RunSummary> run(const PolicyOptions& options) { return run_policy(options, context()); }
};

TEST_F(PolicyRunTest, TellsItsStoryInEvents) {
    ASSERT_TRUE(run(options()).has_value());
    EXPECT_EQ(sink_.story(),
              "run.created policy\n"
              "run.started\n"
              "phase.started plan\nartifact.created config_json\nphase.completed plan\n"
              "phase.started coverage\nphase.completed coverage\n"
              "phase.started slice\nartifact.created slice\nphase.completed slice\n"
              "phase.started load\nphase.completed load\n"
              "phase.started execute\nphase.completed execute\n"
              "phase.started store\nartifact.created alerts\nartifact.created excluded\n"
              "artifact.created trades\nphase.completed store\n"
              "phase.started aggregate\nartifact.created summary\nartifact.created summary_json\n"
              "trial.recorded fixed_stop_0.2_1\nphase.completed aggregate\n"
              "run.completed\n");
    std::int64_t order = 0;
    for (const auto& event : sink_.events) {
        EXPECT_EQ(event.run_id, "r1");
        if (event.type == "phase.started") {
            EXPECT_EQ(event.number, order++);
        }
    }
}

TEST_F(PolicyRunTest, StoresTheTradeOfTheContractsVector) {
    const RunSummary summary = run(options()).value();
    EXPECT_EQ(summary.rows, 1u);
    EXPECT_EQ(rows("SELECT run_id, policy_id, call_id, round(realized_return_bps, 6), "
                   "round(gross_return_bps, 6), stop_out, round(max_adverse_excursion_bps, 6), "
                   "time_exposed_ms, round(tail_capture, 5), entry_ts_ms, exit_ts_ms, entry_px, "
                   "exit_px, exit_reason, truncated FROM '$L/artifacts/runs/r1/trades.parquet'"),
              "r1|fixed_stop_0.2_1|c1|9920.0|10000.0|false|-1000.0|120000|0.90909|1704067200000|"
              "1704067320000|1.0|2.0|take_profit|false\n");
}

TEST_F(PolicyRunTest, ExcludedCallsAreListedWithTheirReason) {
    ASSERT_TRUE(run(options()).has_value());
    EXPECT_EQ(rows("SELECT call_id, reason, bars_present FROM "
                   "'$L/artifacts/runs/r1/excluded.parquet'"),
              "c2|missing_range|0\n");
    EXPECT_EQ(rows("SELECT call_id, eligible, reason FROM '$L/artifacts/runs/r1/alerts.parquet'"),
              "c1|true|NULL\nc2|false|missing_range\n");
}

TEST_F(PolicyRunTest, RecordsOneTrialWithParametersAndMetrics) {
    ASSERT_TRUE(run(options()).has_value());
    const auto& trial = sink_.one("trial.recorded");
    EXPECT_EQ(trial.other, R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":1.0})");
    EXPECT_EQ(trial.text,
              R"({"calls_eligible":1,"calls_executed":1,"calls_excluded":1,)"
              R"("mean_return_bps":9920.0,"median_return_bps":9920.0,"stop_out_rate":0.0,)"
              R"("losing_stop_rate":0.0,"mean_time_exposed_ms":120000.0,)"
              R"("mean_tail_capture":0.9090909090909091,"mean_mae_bps":-999.9999999999998,)"
              R"("median_mae_bps":-999.9999999999998,"p05_mae_bps":-999.9999999999998})");
}

TEST_F(PolicyRunTest, WritesItsConfigurationAndSummary) {
    const RunSummary summary = run(options()).value();
    const auto config = os::read_file(ledger() + "/artifacts/runs/r1/config.json", 1 << 20).value();
    EXPECT_EQ(config, sink_.one("run.created").text + "\n");
    EXPECT_NE(config.find(R"("interval":"1m","calendar":"24x7","max_hold":{"bars":3})"),
              std::string::npos)
        << config;
    const auto stored =
        os::read_file(ledger() + "/artifacts/runs/r1/summary.json", 1 << 20).value();
    EXPECT_EQ(stored, summary.json + "\n");
    EXPECT_EQ(summary.json, sink_.one("run.completed").text);
    EXPECT_NE(summary.json.find(R"("exit_reasons":{"take_profit":1})"), std::string::npos);
}

TEST_F(PolicyRunTest, EveryArtifactEventDescribesItsFile) {
    const RunSummary summary = run(options()).value();
    EXPECT_EQ(summary.artifacts.size(), 7u);
    for (const auto& event : sink_.events) {
        if (event.type != "artifact.created") continue;
        const auto bytes = os::read_file(ledger() + "/" + event.text, 1 << 24).value();
        EXPECT_EQ(event.number, std::ssize(bytes)) << event.text;
    }
    EXPECT_NE(
        sink_.one("run.completed").other.find(R"("trades":"artifacts/runs/r1/trades.parquet")"),
        std::string::npos);
}

TEST_F(PolicyRunTest, TheSliceHoldsTheBarsOfTheWindows) {
    PolicyOptions two = options();
    two.input.max_hold = Span::bars(2);
    ASSERT_TRUE(run(two).has_value());
    EXPECT_EQ(rows("SELECT symbol, ts_ms, close, volume FROM "
                   "'$L/artifacts/runs/r1/slice_1m.parquet'"),
              "A|1704067200000|1.0|10.0\nA|1704067260000|1.3|10.0\n");
}

TEST_F(PolicyRunTest, TheSliceHoldsABarOfSeveralWindowsOnce) {
    PolicyOptions two = options();
    two.input.calls = write("two.csv", kCalls + std::string("c3,ann,A,2024-01-01T00:01:00Z\n"));
    EXPECT_EQ(run(two)->calls_eligible, 2u);
    EXPECT_EQ(rows("SELECT count(*), count(DISTINCT ts_ms) FROM "
                   "'$L/artifacts/runs/r1/slice_1m.parquet'"),
              "3|3\n");
}

TEST_F(PolicyRunTest, TheSliceLeavesOutTheBarsOfCallsThatAreExcluded) {
    PolicyOptions late = options();
    late.input.candles = write("late.csv", kCandles + std::string("1704067260,B,1,1,1,1,1\n"));
    EXPECT_EQ(run(late)->calls_excluded, 1u);
    EXPECT_EQ(rows("SELECT DISTINCT symbol FROM '$L/artifacts/runs/r1/slice_1m.parquet'"), "A\n");
}

TEST_F(PolicyRunTest, ATimeStopLengthensTheWindow) {
    PolicyOptions held = options(R"({"kind":"time_stop","maxHoldMs":120000})");
    held.input.max_hold = Span::bars(1);
    ASSERT_TRUE(run(held).has_value());
    EXPECT_EQ(rows("SELECT exit_reason, truncated FROM '$L/artifacts/runs/r1/trades.parquet'"),
              "time_stop|false\n");
}

TEST_F(PolicyRunTest, LateOrdersHaveBarsToActIn) {
    PolicyOptions late = options(R"({"kind":"time_stop","maxHoldMs":60000})");
    late.input.max_hold = Span::bars(1);
    late.orders.latency_bars = 1;
    late.input.candles = write("longer.csv", std::string(kCandles) +
                                                 "1704067380,A,2,2.2,1.9,2.1,10\n"
                                                 "1704067440,A,2.1,2.2,1.9,1.95,10\n");
    // Entered at bar 1, a minute old at bar 2, sold at bar 3.
    ASSERT_TRUE(run(late).has_value());
    EXPECT_EQ(rows("SELECT entry_px, exit_px, exit_reason, (exit_ts_ms - 1704067200000) // 60000 "
                   "FROM '$L/artifacts/runs/r1/trades.parquet'"),
              "1.3|2.1|time_stop|3\n");
}

TEST_F(PolicyRunTest, RefusedOrdersAreCountedWhateverTheThreads) {
    std::string calls = "id,caller,mint,created_at\n";
    for (int i = 0; i < 200; ++i) calls += fmt::format("c{},ann,A,2024-01-01T00:00:00Z\n", i);
    PolicyOptions rejecting = options();
    rejecting.input.calls = write("many.csv", calls);
    rejecting.orders = {.reject_rate = 0.3, .reject_seed = 5};
    std::vector<std::string> trades;
    for (const unsigned threads : {1u, 2u, 7u}) {
        rejecting.run.threads = threads;
        rejecting.run.run_id = fmt::format("t{}", threads);
        const RunSummary summary = run(rejecting).value();
        trades.push_back(
            rows(fmt::format("SELECT call_id, realized_return_bps, exit_reason FROM "
                             "'$L/artifacts/runs/t{}/trades.parquet'",
                             threads)));
        const std::int64_t bought = std::count(trades[0].begin(), trades[0].end(), '\n');
        EXPECT_EQ(summary.rows, static_cast<std::uint64_t>(bought));
        EXPECT_NE(summary.json.find(fmt::format(R"("orders":{{"entries_rejected":{},)"
                                                R"("entries_no_volume":0,"entries_too_late":0,)",
                                                200 - bought)),
                  std::string::npos)
            << summary.json;
        EXPECT_GT(bought, 100);
        EXPECT_LT(bought, 180);
    }
    EXPECT_EQ(trades[1], trades[0]);
    EXPECT_EQ(trades[2], trades[0]);
}

TEST_F(PolicyRunTest, AModelOfImpactNeedsVolumes) {
    PolicyOptions impact = options();
    impact.orders = {.cost_model = CostModel::kSqrtImpact, .notional = 100.0, .impact_k = 10.0};
    impact.input.candles =
        write("bare.csv", "timestamp,mint,open,high,low,close\n1704067200,A,1,1,1,1\n");
    const std::string message = run(impact).error().message();
    EXPECT_EQ(message.substr(0, 37), "cost model sqrt-impact: read candles:") << message;
    EXPECT_NE(message.find("no column volume; found the columns timestamp, mint, open"),
              std::string::npos)
        << message;
    EXPECT_TRUE(nothing_written());
}

TEST_F(PolicyRunTest, ATradeThatTheDataEndIsTruncated) {
    PolicyOptions longer = options(R"({"kind":"fixed_stop","stopPct":0.9})");
    longer.input.max_hold = Span::bars(4);
    ASSERT_TRUE(run(longer).has_value());
    EXPECT_EQ(rows("SELECT exit_reason, truncated FROM '$L/artifacts/runs/r1/trades.parquet'"),
              "end_of_data|true\n");
}

TEST_F(PolicyRunTest, NoEligibleCallIsACompletedRunWithoutRows) {
    PolicyOptions none = options();
    none.input.from = parse_day("2025-01-01");
    const RunSummary summary = run(none).value();
    EXPECT_EQ(summary.rows, 0u);
    EXPECT_EQ(summary.calls_selected, 0u);
    EXPECT_NE(summary.json.find(R"("note":"no eligible call")"), std::string::npos);
    EXPECT_NE(summary.json.find(R"("mean_return_bps":null)"), std::string::npos);
    EXPECT_EQ(warnings_, std::vector<std::string>{
                             "no call is eligible: no call was made on the days --from and --to "
                             "select; the run completes with no rows"});
    EXPECT_EQ(rows("SELECT count(*) FROM '$L/artifacts/runs/r1/trades.parquet'"), "0\n");
}

TEST_F(PolicyRunTest, ARunIdIsMadeOfTypeAndTime) {
    PolicyOptions unnamed = options();
    unnamed.run.run_id.reset();
    const RunSummary summary = run(unnamed).value();
    EXPECT_TRUE(summary.run_id.starts_with("policy-20260123-000000-")) << summary.run_id;
    EXPECT_EQ(summary.run_id.size(), std::string("policy-20260123-000000-01234567").size());
}

TEST_F(PolicyRunTest, OptionsThatMakeNoSenseAreRefused) {
    const auto message = [&](auto change) {
        PolicyOptions wrong = options();
        change(wrong);
        const auto refused = run(wrong);
        return refused ? std::string("accepted") : refused.error().message();
    };
    EXPECT_EQ(message([](auto& o) { o.taker_fee_bps = -1; }),
              "taker-fee-bps: found '-1', expected 0 to 5000 bps");
    EXPECT_EQ(message([](auto& o) { o.orders.latency_bars = -1; }),
              "latency-bars: found '-1', expected a number of bars from 0 to 100000");
    EXPECT_EQ(message([](auto& o) { o.input.min_coverage = 1.5; }),
              "min-coverage: found '1.5', expected a fraction from 0 to 1");
    EXPECT_EQ(message([](auto& o) { o.input.max_hold = Span::bars(0); }),
              "max-hold: found '0', expected at least one bar or 1ms");
    EXPECT_EQ(message([](auto& o) { o.run.run_id = std::string(300, 'x'); }),
              "run-id: found 300 bytes, expected 1 to 256 without control characters");
    EXPECT_EQ(message([](auto& o) { o.run.run_id = "a\nb"; }),
              "run-id: found 3 bytes with control characters, expected 1 to 256 without control "
              "characters");
    EXPECT_EQ(message([](auto& o) { o.run.run_id = ".."; }),
              "run_id: found '..', expected a name that can be a directory's");
    EXPECT_EQ(message([](auto& o) { o.policy_id = "a\nb"; }),
              "policy-id: found 'a\\x0ab', expected 1 to 256 bytes without control characters");
    EXPECT_EQ(message([](auto& o) {
                  o.policy = Policy{FixedStop{.stop_pct = 0.2, .take_profit_pct = HUGE_VAL}};
              }),
              "policy: JSON cannot hold a number of fixed_stop_0.2_inf");
    EXPECT_EQ(message([](auto& o) {
                  o.policy = Policy{FixedStop{.stop_pct = 2, .take_profit_pct = {}}};
              }),
              "policy: at /stopPct: found 2.0, expected a fraction above 0 and at most 1");
    EXPECT_TRUE(nothing_written());
}

}  // namespace
}  // namespace daybook::backtest
