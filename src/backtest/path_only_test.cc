// Whole path-only runs.
#include "backtest/options.h"

#include <string>

#include <gtest/gtest.h>

#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

using testing::RunTest;

// The contract's path vectors, as two symbols; C has a bar but none after its call.
constexpr const char* kCandles =
    "ts,symbol,open,high,low,close,volume\n"
    "1704067200,A,1,1.1,.95,1,1\n1704067260,A,1,1.3,.9,1.2,1\n1704067320,A,1.2,1.8,1.1,1.5,1\n"
    "1704067380,A,1.5,2.2,1.4,2,1\n1704067440,A,2,2.5,1.8,2.3,1\n1704067500,A,2.3,2.4,2,2.1,1\n"
    "1704067200,B,1,1,1,1,1\n1704067260,B,1,2.5,1,2,1\n1704067320,B,2,3.5,2,3,1\n"
    "1704067380,B,3,4.5,3,4,1\n";
constexpr const char* kCalls =
    "id,caller,mint,created_at,chain\n"
    "a,ann,A,1704067200,sol\n"
    "b,bob,B,1704067200000,\n";

class PathOnlyTest : public RunTest {
protected:
    PathOnlyOptions options() {
        PathOnlyOptions options;
        options.input.calls = write("calls.csv", kCalls);
        options.input.candles = write("candles.csv", kCandles);
        options.input.interval = parse_interval("1m").value();
        options.input.max_hold = Span::bars(6);
        options.run.run_id = "p1";
        options.execution = Execution::kClassic;
        return options;
    }
    Result<RunSummary> run(const PathOnlyOptions& options) {
        return run_path_only(options, context());
    }
    std::string paths(const std::string& columns) {
        return rows("SELECT " + columns + " FROM '$L/artifacts/runs/p1/paths.parquet'");
    }
};

TEST_F(PathOnlyTest, TellsItsStoryInEvents) {
    ASSERT_TRUE(run(options()).has_value());
    EXPECT_EQ(sink_.story(),
              "run.created path-only\n"
              "run.started\n"
              "phase.started plan\nartifact.created config_json\nphase.completed plan\n"
              "phase.started coverage\nphase.completed coverage\n"
              "phase.started slice\nartifact.created slice\nphase.completed slice\n"
              "phase.started load\nphase.completed load\n"
              "phase.started compute\nphase.completed compute\n"
              "phase.started store\nartifact.created alerts\nartifact.created excluded\n"
              "artifact.created paths\nartifact.created summary\nartifact.created summary_json\n"
              "phase.completed store\n"
              "run.completed\n");
}

TEST_F(PathOnlyTest, StoresThePathsOfTheContractsVectors) {
    EXPECT_EQ(run(options()).value().rows, 2u);
    EXPECT_EQ(paths("call_id, caller_name, mint, chain, interval, alert_ts_ms, p0"),
              "a|ann|A|sol|1m|1704067200000|1.0\n"
              "b|bob|B|NULL|1m|1704067200000|1.0\n");
    EXPECT_EQ(paths("hit_2x, t_2x_ms - alert_ts_ms, hit_3x, t_3x_ms - alert_ts_ms, hit_4x, "
                    "t_4x_ms - alert_ts_ms"),
              "true|180000|false|NULL|false|NULL\n"
              "true|60000|true|120000|true|180000\n");
    EXPECT_EQ(paths("peak_multiple, round(dd_bps, 6), round(dd_to_2x_bps, 6), "
                    "alert_to_activity_ms, truncated, reason"),
              "2.5|-1000.0|-1000.0|0|false|NULL\n"
              "4.5|0.0|0.0|60000|true|NULL\n");
}

TEST_F(PathOnlyTest, ACallWithoutAnAnchorIsARowOfNulls) {
    PathOnlyOptions late = options();
    late.input.calls = write("late.csv", "id,caller,mint,created_at\na,ann,A,1704067560\n");
    late.input.warm_up_bars = 2;
    const RunSummary summary = run(late).value();
    EXPECT_EQ(summary.rows, 1u);
    EXPECT_EQ(paths("call_id, p0, hit_2x, t_2x_ms, peak_multiple, dd_bps, truncated, reason"),
              "a|NULL|NULL|NULL|NULL|NULL|true|no_anchor\n");
    EXPECT_NE(summary.json.find(R"("calls_without_entry":1,"calls_truncated":1)"),
              std::string::npos)
        << summary.json;
}

TEST_F(PathOnlyTest, SummarisesHitsAndMedians) {
    const RunSummary summary = run(options()).value();
    EXPECT_NE(summary.json.find(R"("hit_2x_rate":1.0,"hit_3x_rate":0.5,"hit_4x_rate":0.5,)"
                                R"("median_peak_multiple":3.5)"),
              std::string::npos)
        << summary.json;
}

TEST_F(PathOnlyTest, ABaselineSaysHowManyOfAllCallsItHasMeasured) {
    PathOnlyOptions baseline = options();
    baseline.input.calls = write("more.csv", std::string(kCalls) + "z,zoe,Z,1704067200,\n");
    const RunSummary summary = run_baseline(baseline, context()).value();
    EXPECT_EQ(summary.run_type, "baseline");
    EXPECT_EQ(sink_.one("run.created").name, "baseline");
    EXPECT_EQ(sink_.one("baseline.completed").other, "2 of 3");
    EXPECT_EQ(sink_.one("baseline.completed").text, "artifacts/runs/p1/paths.parquet");
    EXPECT_NE(sink_.story().find("artifact.created summary_json\nbaseline.completed\n"
                                 "phase.completed store\nrun.completed\n"),
              std::string::npos)
        << sink_.story();
    EXPECT_EQ(paths("call_id, peak_multiple"), "a|2.5\nb|4.5\n");
}

TEST_F(PathOnlyTest, AnEndOfABaselineThatCannotBeWrittenFailsTheRun) {
    sink_.refused_type = "baseline.completed";
    EXPECT_EQ(run_baseline(options(), context()).error().message(),
              "run p1: phase store: run p1: emit baseline.completed: append: no space left");
    EXPECT_EQ(sink_.one("run.failed").name, "store");
}

TEST_F(PathOnlyTest, TheSizeOfAMoveMustBeAboveZero) {
    PathOnlyOptions wrong = options();
    wrong.activity_move = 0;
    EXPECT_EQ(run(wrong).error().message(),
              "activity-move: found '0', expected a fraction above 0");
    EXPECT_TRUE(nothing_written());
}

}  // namespace
}  // namespace daybook::backtest
