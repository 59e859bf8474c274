#include "legacy/event_stream.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "legacy/event_writer.h"
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

TEST_F(EventStreamTest, ARunThatGoesOnHasAnotherEndAndAllElseAsItWas) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d (run_id VARCHAR, run_type VARCHAR, "
        "created_at TIMESTAMP, status VARCHAR, completed_at TIMESTAMP); "
        "CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id VARCHAR, created_at_ms BIGINT);"
        "INSERT INTO optimizer.runs_d VALUES ('own', 'x', '2026-01-02', 'completed', '2026-01-03'),"
        "('done', 'x', '2026-01-02', 'completed', NULL), ('bad', 'x', '2026-01-02', 'failed', NULL)"
        ", ('off', 'x', '2026-01-02', 'cancelled', NULL)");
    const Lines before = events();
    run("INSERT INTO optimizer.trials_f SELECT run_id, 't', 1800000000000 FROM optimizer.runs_d");
    Lines added;
    for (const std::string& event : events()) {
        if (std::find(before.begin(), before.end(), event) == before.end()) added.push_back(event);
    }
    ASSERT_EQ(added.size(), 4U + 3U) << "four trials, and the ends that the file has no time of";
    for (const std::string& event : added) {
        if (event.starts_with("{\"event_type\":\"trial")) continue;
        EXPECT_NE(event.find("\"timestamp_ms\":1800000000000,"), std::string::npos) << event;
        EXPECT_TRUE(event.ends_with(",\"of_run\":\"last\"}}")) << event;
        const std::string id = event.substr(event.find("\"event_id\":\"") + 12, 36);
        for (const std::string& old : before) EXPECT_EQ(old.find(id), std::string::npos) << old;
    }
}

TEST_F(EventStreamTest, ProgressReachesTheRowsOfAllRules) {
    run(std::string(kRuns) +
        "INSERT INTO optimizer.runs_d SELECT 'n' || i, 'x', '2026-01-01', "
        "'{}', '' FROM range(99) t(i)");
    EventStream stream = open();
    std::uint64_t last = 0;
    EXPECT_EQ(stream.rows_estimate(), 300U) << "created, started, over";
    EXPECT_EQ(stream.rows_done(), 0U);
    while (!must(stream.next(70)).empty()) {
        EXPECT_GT(stream.rows_done(), last);
        last = stream.rows_done();
    }
    EXPECT_EQ(last, 300U);
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
    for (const InvalidRow& row : report_.refused.listed()) {
        if (row.event == "run.created")
            reasons.push_back(row.origin.key.substr(0, 8) + row.reason.substr(0, 22));
    }
    std::sort(reasons.begin(), reasons.end());
    EXPECT_EQ(reasons, (Lines{"[\"a\\u001run_id: found 'a\\x1b' ",
                              "[\"nnnnnnrun_id: found 'nnnnnnn", "[\"r2\"]it has no time",
                              "[\"r3\"]time: found 'infinity'", "[null]run_id: it is null"}));
    EXPECT_EQ(report_.refused.count(), 5U) << "each once, and not for each rule";
}

TEST_F(EventStreamTest, AKeyThatNamesSeveralRowsLosesNoneOfThem) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
        "VARCHAR, created_at_ms BIGINT, x DOUBLE); INSERT INTO optimizer.trials_f VALUES "
        "('r', 't', 1700000000000, 1), ('r', 't', 1700000000001, 2), ('r', 't', 1700000000001, 2), "
        "('r', 'u', 1700000000000, 3)");
    const Lines all = events();
    EXPECT_EQ(all.size(), 3U);
    EXPECT_EQ(report_.rules.back().alike, 1U);
    EXPECT_EQ(Lines(report_.notes.begin(), report_.notes.begin() + 2),
              (Lines{"optimizer.trials_f, trial.recorded: 1 row is alike others in all that the "
                     "rule reads: each is one event with them",
                     "optimizer.trials_f, trial.recorded: 1 row has a key that an earlier row has: "
                     "told apart by all that the rule reads"}));
    EXPECT_EQ(report_.left_out,
              (std::vector<LeftOut>{
                  {"optimizer.trials_f",
                   "1 row is alike others in all columns: each is one event with them"}}));
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
        (Lines{"optimizer.trials_f, trial.recorded: duration_ms: left out in 1 row, such as 'long'",
               "optimizer.trials_f, trial.recorded: all times lie before March 1973: are they "
               "seconds?  Then say so in a mapping: time = { sql = \"… * 1000\" }",
               "optimizer.trials_f: trial.recorded without state, feasible, violations, "
               "started_at_ms: the table has no column for them",
               "no such table in the file: optimizer.runs_d, baseline.runs_d, bt.runs_d, bt.runs, "
               "backtest_runs, optimizer.pipeline_phases_f, bt.pipeline_phases_f, bt.trials_f, "
               "bt.trials, backtest_policy_results, bt.policy_results_f, bt.policy_results, "
               "backtest_call_results, bt.call_results_f, bt.call_results, "
               "backtest_call_path_metrics, bt.path_metrics_f, bt.path_metrics, "
               "baseline.alert_results_f, bt.alert_results_f, optimizer.artifacts_f, "
               "optimizer.artifacts, bt.artifacts_f, bt.artifacts, backtest_artifacts"}));
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

TEST_F(EventStreamTest, AFileThatIsDamagedIsNamedAsItsOwnerKnowsIt) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d AS SELECT 'r' || hash(range) AS "
        "run_id, hash(range)::VARCHAR AS created_at FROM range(100000)");
    const auto bytes = static_cast<std::streamoff>(std::filesystem::file_size(file_));
    std::fstream out(file_, std::ios::in | std::ios::out | std::ios::binary);
    for (std::streamoff at = 300'000; at < bytes; at += 262'144) {
        out.seekp(at);
        out << std::string(4096, 'x');
    }
    out.close();
    const auto stream = EventStream::open(file_, must(load_mapping("")),
                                          {.source = "old", .file = "/data/old.duckdb"});
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code(), ErrorCode::kCorrupt);
    EXPECT_TRUE(stream.error().message().starts_with("/data/old.duckdb: it is damaged (IO Error: "))
        << stream.error().message();
}

TEST_F(EventStreamTest, SqlOfAMappingReadsNothingButTheFile) {
    run("CREATE TABLE runs (id VARCHAR, ts BIGINT); INSERT INTO runs VALUES ('r', 1700000000000)");
    const std::string mapping =
        "[[rule]]\nfrom = 'runs'\nevent = 'run.started'\nrun_id = 'id'\ntime = 'ts'\n"
        "where = \"(SELECT count(*) FROM read_text('/etc/hostname')) > 0\"\n";
    const auto stream =
        EventStream::open(file_, must(parse_mapping(mapping, "m")), {.source = "old"});
    ASSERT_FALSE(stream);
    EXPECT_NE(stream.error().message().find("mapping m, line 1: where: "), std::string::npos)
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
    EXPECT_NE(failed.find("\"summary\":{\"s\":1}"), std::string::npos) << failed;
    EXPECT_NE(failed.find("\"columns\":{\"status\":\"failed\",\"updated_at_ms\":1700000000009}"),
              std::string::npos)
        << failed;
    const std::string trial = payloads("trial.recorded").at(0);
    EXPECT_NE(trial.find("\"columns\":{\"state\":\"RUNNING\",\"completed_at_ms\":1700000000005,"
                         "\"config_json\":\"{\\\"c\\\": 1}\"}"),
              std::string::npos)
        << trial;
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

TEST_F(EventStreamTest, NoRunIsOverOrGoesOnWithoutAWord) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d (run_id VARCHAR, created_at_ms "
        "BIGINT, status VARCHAR, state VARCHAR, finished_at TIMESTAMP, error_message VARCHAR, "
        "summary_json VARCHAR); INSERT INTO optimizer.runs_d VALUES "
        "('spaced', 1700000000000, ' Completed', NULL, NULL, NULL, NULL), "
        "('stated', 1700000000000, NULL, 'FAILED', '2023-11-15', NULL, NULL), "
        "('either', 1700000000000, 'stage 3', 'failed', '2023-11-15', NULL, NULL), "
        "('over', 1700000000000, NULL, '  ', '2023-11-15', '', NULL), "
        "('broken', 1700000000000, '', NULL, '2023-11-15', 'disk full', NULL), "
        "('runs', 1700000000000, 'running', NULL, NULL, NULL, '{\"kept\": false}'), "
        "('odd', 1700000000000, 'odd', NULL, NULL, NULL, NULL), "
        "('nothing', 1700000000000, NULL, NULL, NULL, NULL, NULL)");
    EXPECT_EQ(ends_of(events(), "run."),
              (Lines{"run.completed over", "run.completed spaced", "run.failed broken",
                     "run.failed either", "run.failed stated"}));
    EXPECT_TRUE(
        note_with(report_.notes, "does not know")
            .starts_with("optimizer.runs_d: 1 row becomes what else the row says, by a word"))
        << note_with(report_.notes, "does not know");
    const std::string note = note_with(report_.notes, "become none");
    EXPECT_TRUE(
        note.starts_with("optimizer.runs_d: 3 rows become none of run.completed, "
                         "run.failed, run.cancelled (line "))
        << note;
    EXPECT_TRUE(
        note.ends_with(" of the mapping): 'running' (1), no value (1); the mapping does "
                       "not know 'odd' (1); of them in no event: status, state, "
                       "finished_at, error_message, summary_json"))
        << note;
}

TEST_F(EventStreamTest, ARunThatSaysWhenItEndedIsNotTakenForOneThatSaysNothing) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d (run_id VARCHAR, created_at_ms "
        "BIGINT, finished_at TIMESTAMP); INSERT INTO optimizer.runs_d VALUES "
        "('a', 1700000000000, '2023-11-15'), ('b', 1700000000000, NULL)");
    EXPECT_EQ(payloads("run.completed"),
              (Lines{"\"timestamp_ms\":1700006400000,\"run_id\":\"a\",\"summary\":{},"
                     "\"artifact_paths\":{}"}));
}

TEST_F(EventStreamTest, APhaseIsOverIfItsRowSaysSo) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.pipeline_phases_f (run_id VARCHAR, "
        "phase_name VARCHAR, phase_order INTEGER, started_at_ms BIGINT, completed_at_ms BIGINT, "
        "duration_ms BIGINT); INSERT INTO optimizer.pipeline_phases_f VALUES "
        "('done', 'p', 0, 1700000000000, 1700000000500, NULL), "
        "('timed', 'p', 0, 1700000000000, NULL, 700), "
        "('open', 'p', 0, 1700000000000, NULL, NULL)");
    EXPECT_EQ(ends_of(events(), "phase."),
              (Lines{"phase.completed done", "phase.completed timed"}));
    EXPECT_EQ(payloads("phase.completed")[1],
              "\"timestamp_ms\":1700000000700,\"run_id\":\"timed\",\"phase_name\":\"p\","
              "\"phase_order\":0,\"duration_ms\":700,\"output_summary\":{}");
    EXPECT_NE(note_with(report_.notes, "becomes none").find("no value (1)"), std::string::npos);
}

std::string id_of(const std::string& event) {
    const std::size_t begin = event.find("\"event_id\":\"") + 12;
    return event.substr(begin, 36);
}

// Columns that a table gets later, and that old rows have no value of, change no id.
TEST_F(EventStreamTest, ColumnsThatAreAddedChangeNoId) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.pipeline_phases_f (run_id VARCHAR, phase "
        "VARCHAR, started_at_ms BIGINT); INSERT INTO optimizer.pipeline_phases_f VALUES "
        "('r', 'p', 1700000000000); "
        "CREATE TABLE points (run VARCHAR, ts BIGINT, x DOUBLE); "
        "INSERT INTO points VALUES ('r', 1700000000000, 1), ('r', 1700000000000, 2)");
    const std::string keyless =
        "[[rule]]\nfrom = 'points'\nevent = 'metric.recorded'\nrun_id = 'run'\ntime = 'ts'\n"
        "key = ['point']\n[rule.fields]\nmetrics = { rest = 'numbers' }\n";
    const auto ids = [&] {
        Lines found;
        for (const std::string& event : events()) found.push_back(id_of(event));
        for (const std::string& event : events(keyless)) found.push_back(id_of(event));
        std::sort(found.begin(), found.end());
        return found;
    };
    const Lines before = ids();
    EXPECT_EQ(before.size(), 3U);
    EXPECT_NE(events()[0].find("\"key\":[\"r\",\"p\",null,null]"), std::string::npos)
        << events()[0];
    run("ALTER TABLE optimizer.pipeline_phases_f ADD COLUMN iteration INTEGER; "
        "ALTER TABLE optimizer.pipeline_phases_f ADD COLUMN phase_order INTEGER; "
        "ALTER TABLE optimizer.pipeline_phases_f ADD COLUMN phase_name VARCHAR; "
        "ALTER TABLE points ADD COLUMN y DOUBLE; ALTER TABLE points ADD COLUMN a INTEGER");
    EXPECT_EQ(ids(), before);
}

// The recipe of docs/formats/legacy-mapping.md, by hand.
TEST_F(EventStreamTest, ARowWithoutAKeyIsTheHashOfWhatIsReadOfIt) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT, B DOUBLE, a VARCHAR, n INTEGER, other INTEGER); "
        "INSERT INTO t VALUES ('r', 1700000000000, 0.5, 'x\"', NULL, 7)");
    const std::string event =
        events(
            "[[rule]]\nfrom = 't'\nevent = 'metric.recorded'\nrun_id = 'run'\ntime = 'ts'\n"
            "[rule.fields]\nmetrics = { columns = ['b', 'n'] }\na = 'a'\n"
            "twice = { sql = 'b * 2' }\n")
            .at(0);
    const std::string copy =
        sha256_hex("[1700000000000,\"r\",{\"(b * 2)\":1.0,\"a\":\"x\\\"\",\"b\":0.5}]")
            .substr(0, 32);
    EXPECT_NE(event.find("\"key\":[],\"copy\":\"" + copy + "\""), std::string::npos) << event;
    EXPECT_EQ(id_of(event),
              legacy_event_id("old", "t", "metric.recorded", "[]", "\"" + copy + "\""));
}

TEST_F(EventStreamTest, RowsOfOddTypesAreToldApartToo) {
    run("CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TABLE t (run UUID, ts DATE, m "
        "MAP(VARCHAR, DOUBLE), price DECIMAL(10,3), big HUGEINT, blob BLOB, e mood, iv INTERVAL, l "
        "INTEGER[], s STRUCT(a DOUBLE, b VARCHAR), tz TIMETZ, j JSON, u UNION(n INTEGER, v "
        "VARCHAR), b BIT); "
        "INSERT INTO t SELECT '5f1c9a2e-0000-4000-8000-000000000001', '2026-01-02', MAP {'x': "
        "'inf'::DOUBLE}, 1.5, 7, '\\x00\\xFFa', 'bad', INTERVAL 1 DAY, [1, NULL], {'a': "
        "'nan'::DOUBLE, 'b': 'q'}, '10:00:00+02', '{\"k\": null}', i, '101' "
        "FROM (VALUES (1), (2), (2)) v(i)");
    const Lines all = events(
        "[[rule]]\nfrom = 't'\nevent = 'metric.recorded'\nrun_id = 'run'\ntime = 'ts'\n"
        "[rule.fields]\nmetrics = { columns = ['price'] }\ncolumns = { rest = 'all' }\n");
    ASSERT_EQ(all.size(), 2U);
    EXPECT_NE(id_of(all[0]), id_of(all[1]));
    EXPECT_EQ(report_.rules[0].alike, 1U);
}

// A time that is not the row's own is none of its content: other rows of the run change it.
TEST_F(EventStreamTest, TheTimeOfTheRunTellsNoRowApart) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT, x DOUBLE); "
        "INSERT INTO t VALUES ('r', NULL, 1), ('r', 1700000000005, 2)");
    const std::string mapping =
        "[[rule]]\nfrom = 't'\nevent = 'metric.recorded'\nrun_id = 'run'\n"
        "time = ['ts', { of_run = 'first' }]\n[rule.fields]\nmetrics = { rest = 'numbers' }\n";
    const auto id = [&] {
        for (const std::string& event : events(mapping)) {
            if (event.find("\"x\":1.0") != std::string::npos) return id_of(event);
        }
        return std::string();
    };
    const std::string before = id();
    EXPECT_EQ(before.size(), 36U);
    run("INSERT INTO t VALUES ('r', 1700000000000, 3)");
    EXPECT_EQ(id(), before);
}

TEST_F(EventStreamTest, ATypeThatNobodyKnowsIsToldOnce) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT); "
        "INSERT INTO t SELECT 'r' || i, 1700000000000 FROM range(5) r(i)");
    const std::string rule = "[[rule]]\nfrom = 't'\nrun_id = 'run'\ntime = 'ts'\n";
    EXPECT_EQ(events(rule + "event = 'my.type'\n" + rule + "event = 'run.started'\n" + rule +
                     "event = 'my.type'\n")
                  .size(),
              5U);
    EXPECT_EQ(report_.notes,
              Lines{"no event is made of type my.type (line 1 of the mapping): it is not known; "
                    "'daybook schema list' names those that are, 'daybook schema register' adds "
                    "one"});
}

// DuckDB sorts all rows before it gives the first one.
TEST_F(EventStreamTest, WhatDuckDbIsAboutCanBeStopped) {
    run("CREATE TABLE t AS SELECT 'r' AS run_id, range AS at_ms FROM range(10)");
    std::atomic<bool> keep_on = true;
    EventStream stream = must(EventStream::open(
        file_,
        must(parse_mapping("[[rule]]\nfrom = 't'\nevent = 'run.started'\nrun_id = 'run_id'\n"
                           "time = { sql = 'at_ms + (SELECT sum(a.range * b.range) FROM "
                           "range(1000000) a, range(1000000) b)' }\n",
                           "test")),
        {.source = "old", .keep_on = [&keep_on] { return keep_on.load(); }}));
    keep_on = false;
    const auto stopped = stream.next(10);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled) << stopped.error().message();
    EXPECT_EQ(stopped.error().message().find("INTERRUPT"), std::string::npos);
}

// A query that is stopped fails, and what fails is told of the table: that would be another answer.
TEST_F(EventStreamTest, APlanThatIsStoppedIsNoPlan) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d (run_id VARCHAR, created_at_ms "
        "BIGINT); INSERT INTO optimizer.runs_d SELECT 'r' || range, 1700000000000 FROM "
        "range(300000)");
    const auto stopped = EventStream::open(file_, must(load_mapping("seed")),
                                           {.source = "old", .keep_on = [] { return false; }});
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled) << stopped.error().message();
}

}  // namespace
}  // namespace daybook::legacy
