#include "legacy/event_stream.h"

#include <algorithm>

#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

using Lines = std::vector<std::string>;
using EventStreamTest = LegacyTest;

constexpr const char* kRuns =
    "CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d (run_id VARCHAR, run_type VARCHAR, "
    "created_at TIMESTAMP, config_json VARCHAR, data_fingerprint VARCHAR); "
    "INSERT INTO optimizer.runs_d VALUES "
    "('r1', 'grid_search', '2026-01-02 03:04:05.678', '{\"stop\": 0.1}', 'fp');";

TEST_F(EventStreamTest, ARunOfTheSeedIsCreatedStartedAndOverAtItsLastTime) {
    run(std::string(kRuns) +
        "CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id VARCHAR, created_at_ms BIGINT, "
        "params_json VARCHAR, sharpe DOUBLE);"
        "INSERT INTO optimizer.trials_f VALUES ('r1', 't1', 1767326645700, '{\"stop\":0.1}', "
        "1.5);");
    const Lines all = events();
    EXPECT_EQ(all,
              (Lines{"{\"event_type\":\"run.created\",\"event_id\":\"" +
                         std::string(all[0].substr(40, 36)) +
                         "\",\"timestamp_ms\":1767323045678,\"run_id\":\"r1\",\"run_type\":"
                         "\"grid_search\",\"config\":{\"stop\":0.1},\"data_fingerprint\":\"fp\","
                         "\"imported_from\":{\"source\":\"old\",\"table\":\"optimizer.runs_d\","
                         "\"key\":[\"r1\"]}}",
                     all[1], all[2], all[3]}));
    EXPECT_EQ(payloads("run.started"), (Lines{"\"timestamp_ms\":1767323045678,\"run_id\":\"r1\""}));
    EXPECT_EQ(payloads("run.completed"),
              (Lines{"\"timestamp_ms\":1767326645700,\"run_id\":\"r1\",\"summary\":{},"
                     "\"artifact_paths\":{},\"end_assumed\":true"}));
    EXPECT_EQ(payloads("trial.recorded"),
              (Lines{"\"timestamp_ms\":1767326645700,\"run_id\":\"r1\",\"trial_id\":\"t1\","
                     "\"params\":{\"stop\":0.1},\"metrics\":{\"sharpe\":1.5}"}));
    EXPECT_EQ(events(), all) << "the same file makes the same events";
}

TEST_F(EventStreamTest, AnEndFollowsTheStatusWhereThereIsOne) {
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
              (Lines{"\"timestamp_ms\":1700000000000,\"run_id\":\"b\",\"error\":{\"message\":"
                     "\"out of memory\"},\"columns\":{\"status\":\"failed\"}"}));
}

TEST_F(EventStreamTest, OddTypesAreKeptAndNumbersThatJsonLacksAreNamed) {
    run("CREATE SCHEMA optimizer; CREATE TYPE mood AS ENUM ('good', 'bad'); "
        "CREATE TABLE optimizer.trials_f (run_id UUID, trial_id INTEGER, created_at DATE, "
        "params MAP(VARCHAR, DOUBLE), metrics_json VARCHAR, price DECIMAL(10,3), big HUGEINT, "
        "nothing DOUBLE, blob BLOB, m mood, iv INTERVAL, l INTEGER[], s STRUCT(a DOUBLE, b VARCHAR)"
        ", tz TIMETZ, text VARCHAR); INSERT INTO optimizer.trials_f VALUES ("
        "'5f1c9a2e-0000-4000-8000-000000000001', 7, '2026-01-02', MAP {'x': 'inf'::DOUBLE}, "
        "'{\"sharpe\": NaN, \"deep\": [1, -Infinity]}', 1.5, "
        "170141183460469231731687303715884105727,"
        " NULL, '\\x00\\xFFa', 'bad', INTERVAL 1 DAY, [1, NULL], {'a': 'nan'::DOUBLE, 'b': 'q\"'}, "
        "'10:00:00+02', 'say \"hi\"\n')");
    EXPECT_EQ(
        payloads("trial.recorded"),
        (Lines{"\"timestamp_ms\":1767312000000,\"run_id\":\"5f1c9a2e-0000-4000-8000-000000000001\","
               "\"trial_id\":\"7\",\"params\":{\"x\":null},\"metrics\":{\"sharpe\":null,\"deep\":"
               "[1,null],\"price\":1.500,\"big\":170141183460469231731687303715884105727},"
               "\"columns\":{\"blob\":\"\\\\x00\\\\xFFa\",\"m\":\"bad\",\"iv\":\"1 day\",\"l\":"
               "[1,null],\"s\":{\"a\":null,\"b\":\"q\\\"\"},\"tz\":\"10:00:00+02:00\",\"text\":"
               "\"say \\\"hi\\\"\\n\"},\"nonfinite\":{\"/params/x\":\"Infinity\","
               "\"/metrics/sharpe\":\"NaN\",\"/metrics/deep/1\":\"-Infinity\","
               "\"/columns/s/a\":\"NaN\"}"}));
}

TEST_F(EventStreamTest, TimesOfAllTypesAreUtc) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
        "VARCHAR, recorded_at VARCHAR, created_at TIMESTAMPTZ, timestamp DOUBLE); "
        "SET TimeZone = 'America/New_York'; INSERT INTO optimizer.trials_f VALUES "
        "('r', 'a', '2026-01-02T03:04:05+01:00', NULL, NULL), "
        "('r', 'b', '1767323045678', NULL, NULL), "
        "('r', 'c', '2026-01-02 03:04:05', NULL, NULL), "
        "('r', 'd', NULL, '2026-01-02 03:04:05+00', NULL), "
        "('r', 'e', 'soon', NULL, 1767323045678.9)");
    std::vector<std::string> times;
    for (const std::string& payload : payloads("trial.recorded"))
        times.push_back(payload.substr(15, 13));
    EXPECT_EQ(times, (Lines{"1767319445000", "1767323045000", "1767323045000", "1767323045678",
                            "1767323045678"}));
}

TEST_F(EventStreamTest, RowsThatAreNoEventsAreCountedAndListed) {
    run(std::string(kRuns) +
        "INSERT INTO optimizer.runs_d VALUES (NULL, 'x', now()::TIMESTAMP, '{}', ''), "
        "('r2', 'x', NULL, '{}', ''), ('r3', 'x', 'infinity', '{}', ''), "
        "(repeat('n', 257), 'x', '2026-01-01', '{}', ''), ('a' || chr(27), 'x', '2026-01-01', "
        "'{}', '');");
    EXPECT_EQ(payloads("run.created").size(), 1U);
    std::vector<std::string> reasons;
    for (const InvalidRow& row : report_.invalid_rows) {
        if (row.event == "run.created")
            reasons.push_back(row.origin.key.substr(0, 8) + row.reason.substr(0, 22));
    }
    std::sort(reasons.begin(), reasons.end());
    EXPECT_EQ(reasons, (Lines{"[\"a\\u001run_id: found 'a\\x1b' ",
                              "[\"nnnnnnrun_id: found 'nnnnnnn", "[\"r2\"]it has no time",
                              "[\"r3\"]it has no time", "[null]run_id: it is null"}));
}

TEST_F(EventStreamTest, AKeyThatNamesSeveralRowsLosesNoneOfThem) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
        "VARCHAR, created_at_ms BIGINT, x DOUBLE); INSERT INTO optimizer.trials_f VALUES "
        "('r', 't', 1700000000000, 1), ('r', 't', 1700000000001, 2), ('r', 't', 1700000000001, 2), "
        "('r', 'u', 1700000000000, 3)");
    const Lines all = events();
    EXPECT_EQ(all.size(), 3U);
    // The first of a key has the key alone, so that a row that is added later changes no id.
    run("DELETE FROM optimizer.trials_f WHERE x = 2");
    const Lines fewer = events();
    ASSERT_EQ(fewer.size(), 2U);
    for (const std::string& event : fewer) {
        EXPECT_NE(std::find(all.begin(), all.end(), event), all.end()) << event;
    }
}

TEST_F(EventStreamTest, WhatTheFileLacksIsSaid) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
        "VARCHAR, created_at_ms BIGINT, duration_ms VARCHAR); CREATE TABLE other (a INTEGER); "
        "INSERT INTO optimizer.trials_f VALUES ('r', 't', 1700000000, 'long')");
    EXPECT_EQ(
        payloads("trial.recorded"),
        (Lines{"\"timestamp_ms\":1700000000,\"run_id\":\"r\",\"trial_id\":\"t\",\"params\":{},"
               "\"metrics\":{}"}));
    EXPECT_EQ(report_.unmapped, (Lines{"other"}));
    EXPECT_EQ(
        report_.notes,
        (Lines{"optimizer.runs_d: the file has no such table",
               "optimizer.pipeline_phases_f: the file has no such table",
               "optimizer.trials_f: trial.recorded without state, feasible, violations, "
               "started_at_ms: the table has no column for them",
               "optimizer.trials_f, trial.recorded: duration_ms: left out in 1 row, such as 'long'",
               "optimizer.trials_f, trial.recorded: all times lie before March 1973: are they "
               "seconds?  Then say so in a mapping: time = { sql = \"… * 1000\" }"}));
}

TEST_F(EventStreamTest, AFileThatIsNotUnderstoodIsRefusedWithWhatIsInIt) {
    run("CREATE TABLE prices (symbol VARCHAR, high DOUBLE)");
    const auto stream = EventStream::open(file_, must(load_mapping("")), {.source = "old"});
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(stream.error().message(),
              "nothing in it fits the mapping 'seed': found prices (symbol VARCHAR, high DOUBLE); "
              "the file has no table of the mapping; write a mapping for it, and name it with "
              "--mapping");
}

TEST_F(EventStreamTest, SqlOfAMappingReadsNothingButTheFile) {
    run("CREATE TABLE runs (id VARCHAR, ts BIGINT); INSERT INTO runs VALUES ('r', 1700000000000)");
    const std::string mapping =
        "[[rule]]\nfrom = 'runs'\nevent = 'run.started'\nrun_id = 'id'\ntime = 'ts'\n"
        "where = \"(SELECT count(*) FROM read_text('/etc/hostname')) > 0\"\n";
    const auto stream =
        EventStream::open(file_, must(parse_mapping(mapping, "m")), {.source = "old"});
    ASSERT_FALSE(stream);
    EXPECT_NE(stream.error().message().find("line 1 of the mapping"), std::string::npos)
        << stream.error().message();
}

TEST_F(EventStreamTest, NoColumnIsLostBecauseAnotherOneIsTaken) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d (run_id VARCHAR, run_type VARCHAR, "
        "type VARCHAR, created_at_ms BIGINT, config_json VARCHAR, data_fingerprint VARCHAR, "
        "status VARCHAR, updated_at_ms BIGINT, summary_json VARCHAR); "
        "INSERT INTO optimizer.runs_d VALUES ('a', 'x', 'y', 1700000000000, '{}', '', 'failed', "
        "1700000000009, '{\"s\": 1}'); "
        "CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id VARCHAR, created_at_ms BIGINT, "
        "completed_at_ms BIGINT, params_json VARCHAR, config_json VARCHAR, state VARCHAR); "
        "INSERT INTO optimizer.trials_f VALUES ('a', 't', 1700000000000, 1700000000005, '{}', "
        "'{\"c\": 1}', 'RUNNING')");
    const std::string created = payloads("run.created").at(0);
    EXPECT_NE(created.find("\"columns\":{\"type\":\"y\"}"), std::string::npos) << created;
    const std::string failed = payloads("run.failed").at(0);
    EXPECT_NE(failed.find("\"columns\":{\"status\":\"failed\",\"updated_at_ms\":1700000000009,"
                          "\"summary_json\":\"{\\\"s\\\": 1}\"}"),
              std::string::npos)
        << failed;
    const std::string trial = payloads("trial.recorded").at(0);
    EXPECT_NE(trial.find("\"columns\":{\"state\":\"RUNNING\",\"completed_at_ms\":1700000000005,"
                         "\"config_json\":\"{\\\"c\\\": 1}\"}"),
              std::string::npos)
        << trial;
}

TEST_F(EventStreamTest, ColumnsThatNoEventHasAreSaid) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT, a DOUBLE, forgotten VARCHAR); "
        "INSERT INTO t VALUES ('r', 1700000000000, 1, 'x')");
    payloads("metric.recorded",
             "[[rule]]\nfrom = 't'\nevent = 'metric.recorded'\nrun_id = 'run'\ntime = 'ts'\n"
             "[rule.fields]\nmetrics = { columns = ['a'] }\n");
    EXPECT_EQ(report_.notes, Lines{"t: in no event, or not of every row: forgotten"});
}

TEST_F(EventStreamTest, ARunThatHasNoTimeOfItsOwnHasThatOfItsRows) {
    run(std::string(kRuns) +
        "INSERT INTO optimizer.runs_d VALUES ('r2', 'x', NULL, '{\"a\":1}', '');"
        "CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id VARCHAR, created_at_ms BIGINT);"
        "INSERT INTO optimizer.trials_f VALUES ('r2', 't1', 1767326645700);");
    const Lines created = payloads("run.created");
    ASSERT_EQ(created.size(), 2U);
    EXPECT_TRUE(created[1].starts_with("\"timestamp_ms\":1767326645700,\"run_id\":\"r2\""))
        << created[1];
}

// Other tables of bt have trials of the same ids: none takes another's place.
TEST_F(EventStreamTest, TrialsOfTablesThatNothingNamesHaveTheTablesName) {
    run("CREATE SCHEMA bt; CREATE TABLE bt.trial_metrics (run_id VARCHAR, trial_id VARCHAR, "
        "call_id VARCHAR, created_at_ms BIGINT, x DOUBLE); "
        "INSERT INTO bt.trial_metrics VALUES ('r', 't7', 'c1', 1700000000000, 1), "
        "('r', 't7', NULL, 1700000000000, 2), ('r', NULL, NULL, 1700000000000, 3); "
        "CREATE TABLE bt.gone (a INTEGER); "
        "CREATE VIEW bt.best AS SELECT run_id, trial_id, created_at_ms FROM bt.trial_metrics; "
        "CREATE VIEW bt.trials AS SELECT run_id, trial_id, created_at_ms, a FROM bt.trial_metrics, "
        "bt.gone; DROP TABLE bt.gone");
    Lines ids;
    for (const std::string& payload : payloads("trial.recorded")) {
        const std::size_t begin = payload.find("\"trial_id\"");
        if (begin == std::string::npos) continue;
        ids.push_back(payload.substr(begin, payload.find(",\"params\"") - begin));
    }
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids,
              (Lines{"\"trial_id\":\"trial_metrics/t7\"", "\"trial_id\":\"trial_metrics/t7/c1\""}));
    EXPECT_EQ(std::count_if(report_.notes.begin(), report_.notes.end(),
                            [](const std::string& note) {
                                return note.starts_with("bt.trials: this view cannot be read: ");
                            }),
              1);
}

}  // namespace
}  // namespace daybook::legacy
