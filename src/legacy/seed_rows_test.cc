// What rows of the tables that the built-in mapping knows become.

#include <algorithm>
#include <string>
#include <vector>

#include "base/hash.h"
#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

using Lines = std::vector<std::string>;
using SeedRowsTest = LegacyTest;

// What stands between `begin` and `end` in each of the texts.
Lines between(const Lines& texts, std::string_view begin, std::string_view end) {
    Lines found;
    for (const std::string& text : texts) {
        const std::size_t from = text.find(begin) + begin.size();
        found.push_back(text.substr(from, text.find(end, from) - from));
    }
    return found;
}

TEST_F(SeedRowsTest, RowsWhoseKeyNamesSeveralAreTrialsOfTheirOwn) {
    run("CREATE SCHEMA bt; CREATE SCHEMA baseline; "
        "CREATE TABLE bt.trades (run_id VARCHAR, call_id VARCHAR, trade_no INTEGER, pnl DOUBLE, "
        "created_at_ms BIGINT); INSERT INTO bt.trades SELECT 'b', 'c' || (i % 2), i // 2, i, "
        "1700000000000 FROM range(6) t(i); "
        "CREATE TABLE baseline.alert_results_f (run_id VARCHAR, alert_id VARCHAR, pnl DOUBLE, "
        "created_at_ms BIGINT); INSERT INTO baseline.alert_results_f VALUES "
        "('b', 'a', 1, 1700000000000), ('b', 'a', 2, 1700000000001)");
    const auto ids = [&] { return between(payloads("trial.recorded"), "\"trial_id\":\"", "\""); };
    const Lines all = ids();
    ASSERT_EQ(all.size(), 8U);
    EXPECT_EQ(std::count(all.begin(), all.end(), "trades/c1/2"), 1);
    EXPECT_EQ(all[0], "alert/a");
    EXPECT_TRUE(all[1].starts_with("alert/a/")) << all[1];
    EXPECT_EQ(all[1].size(), 8U + 12U);
    // Whatever comes later takes no id of another one.
    run("INSERT INTO baseline.alert_results_f VALUES ('b', 'a', 3, 1700000000002)");
    const Lines more = ids();
    ASSERT_EQ(more.size(), 9U);
    for (const std::string& id : all) {
        EXPECT_EQ(std::count(more.begin(), more.end(), id), 1) << id;
    }
}

TEST_F(SeedRowsTest, AnEndFollowsTheStatusWhereThereIsOne) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d (run_id VARCHAR, run_type VARCHAR, "
        "created_at_ms BIGINT, config JSON, data_fingerprint VARCHAR, status VARCHAR, "
        "completed_at TIMESTAMP, error_message VARCHAR); INSERT INTO optimizer.runs_d VALUES "
        "('a', 'x', 1700000000000, '{}', '', 'COMPLETED', '2023-11-15', NULL), "
        "('b', 'x', 1700000000000, '{}', '', 'failed', NULL, 'out of memory'), "
        "('c', 'x', 1700000000000, '{}', '', 'running', NULL, NULL)");
    EXPECT_EQ(payloads("run.completed"),
              (Lines{"\"timestamp_ms\":1700006400000,\"run_id\":\"a\",\"summary\":{},"
                     "\"artifact_paths\":{},\"columns\":{\"status\":\"COMPLETED\"}"}));
    EXPECT_EQ(payloads("run.failed"),
              (Lines{"\"timestamp_ms\":1700000000000,\"run_id\":\"b\",\"summary\":{},"
                     "\"artifact_paths\":{},\"error\":{\"message\":\"out of "
                     "memory\"},\"columns\":{\"status\":\"failed\"}"}));
}

// The end of a run is for good: a word that nobody knows is not taken for success, nor an error
// beside it for failure.
TEST_F(SeedRowsTest, AWordThatNobodyKnowsIsNoEnd) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d (run_id VARCHAR, created_at_ms "
        "BIGINT, status VARCHAR, completed_at TIMESTAMP, error_message VARCHAR); "
        "INSERT INTO optimizer.runs_d VALUES "
        "('a', 1700000000000, 'FAILED: oom', '2023-11-15', NULL), "
        "('b', 1700000000000, 'rejected', '2023-11-15', 'disk full'), "
        "('c', 1700000000000, 'ok', '2023-11-15', NULL); "
        "CREATE TABLE optimizer.pipeline_phases_f (run_id VARCHAR, phase VARCHAR, started_at_ms "
        "BIGINT, duration_ms BIGINT, state VARCHAR); INSERT INTO optimizer.pipeline_phases_f "
        "VALUES ('c', 'p', 1700000000000, 5, 'crash'), ('c', 'q', 1700000000000, 5, NULL)");
    const Lines all = events();
    EXPECT_EQ(ends_of(all, "run."), (Lines{"run.completed c"}));
    EXPECT_EQ(ends_of(all, "phase."), (Lines{"phase.completed c"}));
    EXPECT_EQ(report_.left_out,
              (std::vector<LeftOut>{
                  {"optimizer.pipeline_phases_f",
                   "1 row becomes none of phase.completed, phase.failed; of them in no event: "
                   "duration_ms, state"},
                  {"optimizer.runs_d",
                   "2 rows become none of run.completed, run.failed, run.cancelled; of them in no "
                   "event: status, completed_at, error_message"}}));
}

TEST_F(SeedRowsTest, AnAssumedEndGivesWayToARecordedOne) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d (run_id VARCHAR, created_at_ms "
        "BIGINT); INSERT INTO optimizer.runs_d VALUES ('1', 1700000000000), ('2', 1700000000000), "
        "('3', 1700000000000), ('4', 1700000000000); "
        "CREATE TABLE backtest_runs (run_id VARCHAR, created_at_ms BIGINT, status VARCHAR); "
        "INSERT INTO backtest_runs VALUES ('1', 1700000000000, 'failed'), "
        "('2', 1700000000000, 'running'), ('3', 1700000000000, NULL)");
    EXPECT_EQ(ends_of(events(), "run."),
              (Lines{"run.completed 3", "run.completed 4", "run.failed 1"}));
    EXPECT_TRUE(note_with(report_.notes, "in several")
                    .starts_with("backtest_runs, optimizer.runs_d: 3 runs are in several of these "
                                 "tables, such as '1': each is one run"))
        << note_with(report_.notes, "in several");
}

TEST_F(SeedRowsTest, ATrialThatFailedBySomeWordHasFailed) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
        "VARCHAR, created_at_ms BIGINT, status VARCHAR); INSERT INTO optimizer.trials_f VALUES "
        "('r', 'a', 1700000000000, 'failed'), ('r', 'b', 1700000000001, ' Timeout'), "
        "('r', 'c', 1700000000002, 'ok'), ('r', 'd', 1700000000003, 'pruned')");
    EXPECT_EQ(between(payloads("trial.recorded"), "\"state\":\"", "\""),
              (Lines{"failed", "failed", "complete", "pruned"}));
}

TEST_F(SeedRowsTest, APhaseLastsFromItsStartToItsEnd) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.pipeline_phases_f (run_id VARCHAR, "
        "phase_name VARCHAR, started_at_ms BIGINT, finished_at VARCHAR, status VARCHAR, "
        "duration_ms VARCHAR); INSERT INTO optimizer.pipeline_phases_f VALUES "
        "('r', 'a', 1700000000000, '1700000000250', 'completed', NULL), "
        "('r', 'b', 1700000000001, '2023-11-14 22:13:21', 'completed', '12 ms'), "
        "('r', 'c', 1700000000002, '1700000000012', 'failed', '-5'), "
        "('r', 'd', 1700000000003, NULL, 'completed', NULL), "
        "('r', 'e', 1700000000004, '1600000000000', 'completed', NULL), "
        "('r', 'f', 1700000000005, NULL, 'completed', '7')");
    Lines phases = payloads("phase.completed");
    for (const std::string& failed : payloads("phase.failed")) phases.push_back(failed);
    Lines spans = between(phases, "\"duration_ms\":", ",");
    const Lines names = between(phases, "\"phase_name\":\"", "\"");
    for (std::size_t i = 0; i < spans.size(); ++i) spans[i] = names[i] + " " + spans[i];
    std::sort(spans.begin(), spans.end());
    EXPECT_EQ(spans, (Lines{"a 250", "b 999", "c 10", "d 0", "e 0", "f 7"}));
    EXPECT_EQ(note_with(report_.notes, "assumed"),
              "optimizer.pipeline_phases_f, phase.completed: duration_ms: assumed to be 0 in 2 "
              "rows");
}

TEST_F(SeedRowsTest, FilesThatRowsNameAreArtifacts) {
    run("CREATE SCHEMA bt; CREATE TABLE bt.runs_d (run_id VARCHAR, created_at_ms BIGINT, "
        "artifact_path VARCHAR); INSERT INTO bt.runs_d VALUES ('b', 1700000000000, "
        "'/x/y.parquet'), ('c', 1700000000000, NULL); "
        "CREATE TABLE bt.artifacts (run_id VARCHAR, artifact_type VARCHAR, path VARCHAR); "
        "INSERT INTO bt.artifacts VALUES ('b', 'trades', '/x/t.parquet')");
    EXPECT_EQ(payloads("artifact.created"),
              (Lines{"\"timestamp_ms\":1700000000000,\"run_id\":\"b\",\"artifact_type\":"
                     "\"trades\",\"artifact_path\":\"/x/t.parquet\",\"size_bytes\":0",
                     "\"timestamp_ms\":1700000000000,\"run_id\":\"b\",\"artifact_type\":"
                     "\"file\",\"artifact_path\":\"/x/y.parquet\",\"size_bytes\":0"}));
    EXPECT_EQ(report_.left_out, std::vector<LeftOut>{});
}

TEST_F(SeedRowsTest, EachFileOfAListIsAnArtifact) {
    run("CREATE SCHEMA bt; CREATE SCHEMA optimizer; "
        "CREATE TABLE bt.runs_d (run_id VARCHAR, created_at_ms BIGINT, artifact_paths VARCHAR[]); "
        "INSERT INTO bt.runs_d VALUES ('a', 1700000000000, ['/x/1', '/x/2', NULL, '/x/2']), "
        "('b', 1700000000000, NULL); "
        "CREATE TABLE optimizer.runs_d (run_id VARCHAR, created_at_ms BIGINT, artifact_paths_json "
        "VARCHAR); INSERT INTO optimizer.runs_d VALUES ('c', 1700000000001, '[\"/x/3\"]'), "
        "('d', 1700000000002, '{\"equity\": \"/x/4\"}'), ('e', 1700000000003, '/x/5'), "
        "('f', 1700000000004, NULL)");
    Lines paths = between(payloads("artifact.created"), "\"artifact_path\":\"", "\"");
    std::sort(paths.begin(), paths.end());
    EXPECT_EQ(paths, (Lines{"/x/1", "/x/2", "/x/3", "/x/4", "/x/5"}));
    EXPECT_EQ(report_.left_out, std::vector<LeftOut>{});
}

// It is the item of the list that a rule means by that name.
TEST_F(SeedRowsTest, AColumnOfTheNameEachTakesNoItemsPlace) {
    run("CREATE TABLE backtest_runs (run_id VARCHAR, created_at_ms BIGINT, artifact_paths "
        "VARCHAR[], \"Each\" VARCHAR); INSERT INTO backtest_runs VALUES "
        "('a', 1700000000000, ['/x/1', '/x/2'], 'ETF')");
    Lines paths = between(payloads("artifact.created"), "\"artifact_path\":\"", "\"");
    std::sort(paths.begin(), paths.end());
    EXPECT_EQ(paths, (Lines{"/x/1", "/x/2"}));
    EXPECT_EQ(between(payloads("run.created"), "\"columns\":{", "}"), (Lines{"\"Each\":\"ETF\""}));
    EXPECT_EQ(report_.left_out, std::vector<LeftOut>{});
}

// The exact value of a metric is not lost behind the column that it was rounded to.
TEST_F(SeedRowsTest, AMetricThatAColumnTakesThePlaceOfIsKept) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
        "VARCHAR, created_at_ms BIGINT, metrics_json VARCHAR, pnl FLOAT, sharpe DECIMAL(6,2)); "
        "INSERT INTO optimizer.trials_f VALUES ('r', 'a', 1700000000000, "
        "'{\"pnl\":0.123456789012,\"sharpe\":1.23456}', 0.123456789012, 1.23456), "
        "('r', 'b', 1700000000001, '{\"pnl\":0.25,\"sharpe\":1.5}', 0.25, 1.5), "
        "('r', 'c', 1700000000002, '{\"pnl\":0.25,\"sharpe\":null}', NULL, 1.5)");
    const Lines all = events();
    EXPECT_EQ(between(all, "\"metrics\":{", "}"),
              (Lines{"\"pnl\":0.12345679,\"sharpe\":1.23", "\"pnl\":0.25,\"sharpe\":1.50",
                     "\"pnl\":0.25,\"sharpe\":1.50"}));
    EXPECT_TRUE(all[0].ends_with(
        "\"unfit\":{\"metrics.pnl\":\"0.123456789012\",\"metrics.sharpe\":\"1.23456\"}}}"))
        << all[0];
    for (const std::size_t same : {1U, 2U}) {
        EXPECT_EQ(all[same].find("unfit"), std::string::npos) << all[same];
    }
    EXPECT_EQ(note_with(report_.notes, "metrics.pnl"),
              "optimizer.trials_f, trial.recorded: metrics.pnl: kept in imported_from alone, for a "
              "column of the name counts, in 1 row, such as '0.123456789012'");
}

// An event has milliseconds; what the file has beyond them is beside the row's origin.
TEST_F(SeedRowsTest, NoTimeIsCutWithoutATrace) {
    const auto exact = [&] {
        Lines found;
        for (const std::string& event : events()) {
            const std::size_t begin = event.find("\"exact\":");
            found.push_back(begin == std::string::npos
                                ? ""
                                : event.substr(begin + 8, event.find('}', begin) - begin - 7));
        }
        return found;
    };
    run("CREATE SCHEMA bt; CREATE TABLE bt.trades (run_id VARCHAR, trade_no INTEGER, created_at "
        "TIMESTAMP_NS); INSERT INTO bt.trades VALUES ('r', 1, '2026-01-10 00:30:00.000100200'), "
        "('r', 2, '2026-01-10 00:30:00.0009003'), ('r', 3, '2026-01-10 00:30:00.001')");
    EXPECT_EQ(exact(), (Lines{R"({"timestamp_ms":"2026-01-10 00:30:00.0001002"})",
                              R"({"timestamp_ms":"2026-01-10 00:30:00.0009003"})", ""}));
    run("DROP SCHEMA bt CASCADE; CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id "
        "VARCHAR, trial_id INTEGER, recorded_at VARCHAR, created_at TIMESTAMP, timestamp DOUBLE, "
        "started_at TIMESTAMP, duration_ms DOUBLE); INSERT INTO optimizer.trials_f VALUES "
        "('r', 1, '2026-01-01T00:00:00.12305Z', NULL, NULL, NULL, 1.0), "
        "('r', 2, NULL, '2026-01-02 00:00:00.1234', NULL, '2026-01-02 00:00:00.0001', 1.5), "
        "('r', 3, NULL, '2026-01-03 00:00:00.123', 1767571200000.5, '2026-01-02', NULL), "
        "('r', 4, '1767484800000.25', NULL, NULL, NULL, NULL), "
        "('r', 5, NULL, NULL, 1767571200000.5, NULL, NULL)");
    EXPECT_EQ(exact(), (Lines{R"({"timestamp_ms":"2026-01-01T00:00:00.12305Z"})",
                              R"({"timestamp_ms":"2026-01-02 00:00:00.1234",)"
                              R"("started_at_ms":"2026-01-02 00:00:00.0001","duration_ms":"1.5"})",
                              "", R"({"timestamp_ms":"1767484800000.25"})",
                              R"({"timestamp_ms":"1767571200000.5"})"}));
}

// What a time is beyond its milliseconds tells no rows apart: ids were made without it.
TEST_F(SeedRowsTest, RowsOfOneMillisecondAreAlikeAsTheyWere) {
    run("CREATE TABLE backtest_call_results (run_id VARCHAR, call_id VARCHAR, created_at "
        "TIMESTAMP, pnl DOUBLE); INSERT INTO backtest_call_results VALUES "
        "('r', 'c', '2026-01-10 00:30:00.0002', 1), ('r', 'c', '2026-01-10 00:30:00.0001', 1)");
    const Lines all = events();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_NE(all[0].find(R"("exact":{"timestamp_ms":"2026-01-10 00:30:00.0001"})"),
              std::string::npos)
        << all[0];
    EXPECT_EQ(report_.rules.back().alike, 1U);
}

// The id of the event is made of the key as DuckDB writes it, as it was.
TEST_F(SeedRowsTest, AWholeNumberOfADoubleIsNamedAsOne) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_number "
        "DOUBLE, created_at_ms BIGINT); INSERT INTO optimizer.trials_f VALUES "
        "('r', 1, 1700000000000), ('r', 1.5, 1700000000001), ('r', 1e300, 1700000000002)");
    const Lines all = events();
    EXPECT_EQ(between(all, "\"trial_id\":\"", "\""), (Lines{"1", "1.5", "1e+300"}));
    EXPECT_EQ(between(all, "\"key\":", "}"),
              (Lines{R"(["r","1.0"])", R"(["r","1.5"])", R"(["r","1e+300"])"}));
}

// So that tables that have it as an integer have the same run.
TEST_F(SeedRowsTest, ARunThatADoubleNamesIsTheOneThatAnIntegerNames) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d (run_id INTEGER, created_at_ms "
        "BIGINT); INSERT INTO optimizer.runs_d VALUES (7, 1700000000000); "
        "CREATE TABLE optimizer.trials_f (run_id DOUBLE, trial_id VARCHAR, x INTEGER); "
        "INSERT INTO optimizer.trials_f VALUES (7, 'a', 1), (7, 'a', 2)");
    const Lines trials = payloads("trial.recorded");
    ASSERT_EQ(trials.size(), 2U);
    EXPECT_TRUE(trials[0].starts_with("\"timestamp_ms\":1700000000000,\"run_id\":\"7\","))
        << trials[0];
    // What tells the second from the first has the run as it was.
    const std::string copy = sha256_hex(R"([null,"7.0",{"trial_id":"a","x":2}])").substr(0, 32);
    EXPECT_NE(events().back().find(R"("key":["7.0","a"],"copy":")" + copy), std::string::npos)
        << events().back();
}

TEST_F(SeedRowsTest, AWordOfAnEnumMayBeATime) {
    run("CREATE SCHEMA optimizer; CREATE TYPE day AS ENUM ('2026-01-20', 'soon'); CREATE TABLE "
        "optimizer.trials_f (run_id VARCHAR, trial_id VARCHAR, created_at day); INSERT INTO "
        "optimizer.trials_f VALUES ('r', 'a', '2026-01-20'), ('q', 'b', 'soon')");
    EXPECT_EQ(between(payloads("trial.recorded"), "\"timestamp_ms\":", ","),
              (Lines{"1768867200000"}));
    ASSERT_EQ(report_.refused.listed().size(), 1U);
    EXPECT_TRUE(report_.refused.listed()[0].reason.starts_with("time: found 'soon'"));
}

TEST_F(SeedRowsTest, ATimeThatIsNotUnderstoodIsShown) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
        "VARCHAR, created_at VARCHAR); INSERT INTO optimizer.trials_f VALUES "
        "('r', 'a', ' 2026-01-20 '), ('q', 'b', '20/01/2026'), ('q', 'c', NULL), "
        "('q', 'd', '2026-01-20 25:00:00')");
    EXPECT_EQ(between(payloads("trial.recorded"), "\"trial_id\":\"", "\""), (Lines{"a"}));
    Lines reasons;
    for (const InvalidRow& row : report_.refused.listed()) {
        reasons.push_back(row.reason.substr(0, row.reason.find(',')));
    }
    std::sort(reasons.begin(), reasons.end());
    EXPECT_EQ(reasons, (Lines{"it has no time", "time: found '20/01/2026'",
                              "time: found '2026-01-20 25:00:00'"}));
}

TEST_F(SeedRowsTest, TimesOfTwoUnitsAreTold) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
        "VARCHAR, created_at VARCHAR); INSERT INTO optimizer.trials_f VALUES "
        "('r', 'a', '2026-01-20'), ('r', 'b', '1769126400')");
    EXPECT_EQ(events().size(), 2U);
    EXPECT_TRUE(note_with(report_.notes, "1990")
                    .starts_with("optimizer.trials_f: 1 row is before 1990, and others later, such "
                                 "as [\"r\",\"b\"] at 1970-01-21T11:25:26.400Z"))
        << note_with(report_.notes, "1990");
}

TEST_F(SeedRowsTest, WhatIsInNoEventIsNamed) {
    run("CREATE SCHEMA bt; CREATE TABLE bt.runs_d (run_id VARCHAR, created_at_ms BIGINT, status "
        "VARCHAR, summary_json VARCHAR); INSERT INTO bt.runs_d VALUES "
        "('done', 1700000000000, 'completed', '{}'), ('on', 1700000000000, 'running', NULL), "
        "('odd', 1700000000000, 'partial', '{\"pnl\":5}'); "
        "CREATE TABLE bt.equity (run_id VARCHAR, equity DOUBLE); "
        "INSERT INTO bt.equity VALUES ('done', 1), ('done', 2); "
        "CREATE TABLE notes (text VARCHAR); INSERT INTO notes VALUES ('x'); "
        "CREATE TABLE nothing (text VARCHAR)");
    events();
    Lines left;
    for (const LeftOut& out : report_.left_out) left.push_back(out.table + ": " + out.what);
    std::sort(left.begin(), left.end());
    EXPECT_EQ(left,
              (Lines{"bt.equity: no rule of the mapping reads its 2 rows",
                     "bt.runs_d: 1 row becomes none of run.completed, run.failed, run.cancelled; "
                     "of them in no event: status, summary_json",
                     "notes: no rule of the mapping reads its 1 row"}));
    const std::string mapping =
        "ignore = ['notes', 't.b']\n[[rule]]\nfrom = 't'\nevent = 'run.started'\n"
        "key = ['run']\nrun_id = 'run'\ntime = 'ts'\n";
    run("CREATE TABLE t (run VARCHAR, ts BIGINT, a INTEGER, b INTEGER); INSERT INTO t VALUES "
        "('r', 1700000000000, 1, 2); DROP SCHEMA bt CASCADE");
    events(mapping);
    EXPECT_EQ(report_.left_out,
              (std::vector<LeftOut>{{"t", "in no event, or not of every row: a"}}));
}

}  // namespace
}  // namespace daybook::legacy
