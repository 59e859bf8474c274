#include "legacy/event_writer.h"

#include "base/hash.h"
#include "event/event_id.h"
#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

// The recipe of docs/formats/legacy-mapping.md, by hand.
TEST(LegacyEventId, IsTheHashOfTheRowsNameAsAUuid) {
    const std::string id =
        legacy_event_id("old", "optimizer.trials_f", "trial.recorded", "[\"r\",\"t\"]", "null");
    const std::string hex =
        sha256_hex("[\"old\",\"optimizer.trials_f\",\"trial.recorded\",[\"r\",\"t\"],null]");
    EXPECT_EQ(id.substr(0, 8), hex.substr(0, 8));
    EXPECT_EQ(id.substr(9, 4), hex.substr(8, 4));
    EXPECT_EQ(id[14], '8');
    EXPECT_EQ(id.substr(15, 3), hex.substr(13, 3));
    EXPECT_EQ(id.substr(24), hex.substr(20, 12));
    EXPECT_TRUE(event::is_event_id(id));
}

TEST(LegacyEventId, OfAnEndAtTheLastRowHasItsTime) {
    const std::string id = legacy_event_id("old", "optimizer.runs_d", "run.completed", "[\"r\"]",
                                           "null", TimestampMs(1'700'000'000'000));
    EXPECT_EQ(id.substr(0, 8), sha256_hex("[\"old\",\"optimizer.runs_d\",\"run.completed\",[\"r\"],"
                                          "null,1700000000000]")
                                   .substr(0, 8));
}

TEST(LegacyEventId, DependsOnEveryPart) {
    const std::string id = legacy_event_id("a", "b", "c", "[]", "null");
    EXPECT_NE(id, legacy_event_id("x", "b", "c", "[]", "null"));
    EXPECT_NE(id, legacy_event_id("a", "x", "c", "[]", "null"));
    EXPECT_NE(id, legacy_event_id("a", "b", "x", "[]", "null"));
    EXPECT_NE(id, legacy_event_id("a", "b", "c", "[null]", "null"));
    EXPECT_NE(id, legacy_event_id("a", "b", "c", "[]", "\"x\""));
    EXPECT_NE(legacy_event_id("a\",\"b", "c", "d", "[]", "null"),
              legacy_event_id("a", "b\",\"c", "d", "[]", "null"));
}

using EventWriterTest = LegacyTest;

TEST_F(EventWriterTest, AnObjectIsPutTogetherAndNullsAreLeftOut) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT, id VARCHAR, j VARCHAR, k DOUBLE, u DOUBLE); "
        "INSERT INTO t VALUES ('r', 1700000000000, 'a', '{\"x\": 1}', 2, NULL), "
        "('r', 1700000000001, 'b', 'null', NULL, NULL), ('r', 1700000000002, 'c', '7', 3, NULL)");
    const std::string mapping =
        "[[rule]]\nfrom = 't'\nevent = 'trial.recorded'\nrun_id = 'run'\ntime = 'ts'\n"
        "[rule.fields]\ntrial_id = 'id'\nparams = { value = {} }\n"
        "metrics = [{ json = 'j', columns = ['k', 'u'] }, { value = { none = 1 } }]\n";
    std::vector<std::string> metrics;
    for (const std::string& payload : payloads("trial.recorded", mapping)) {
        metrics.push_back(payload.substr(payload.find("\"metrics\"")));
    }
    EXPECT_EQ(metrics, (std::vector<std::string>{"\"metrics\":{\"x\":1,\"k\":2.0}",
                                                 "\"metrics\":{\"none\":1}",
                                                 "\"metrics\":{\"value\":7,\"k\":3.0}"}));
    EXPECT_EQ(report_.notes,
              std::vector<std::string>{"t, trial.recorded: metrics: kept as {\"value\": …} in 1 "
                                       "row, such as '7'"});
}

TEST_F(EventWriterTest, ACurveHasNumbersAlone) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT, a DOUBLE, b VARCHAR, c DOUBLE); "
        "INSERT INTO t VALUES ('r', 1700000000000, 1, 'text', 'nan')");
    const std::string mapping =
        "[[rule]]\nfrom = 't'\nevent = 'metric.recorded'\nrun_id = 'run'\n"
        "time = 'ts'\n[rule.fields]\nmetrics = { rest = 'all' }\n";
    EXPECT_EQ(
        payloads("metric.recorded", mapping),
        std::vector<std::string>{"\"timestamp_ms\":1700000000000,\"run_id\":\"r\",\"metrics\":"
                                 "{\"a\":1.0},\"nonfinite\":{\"/metrics/c\":\"NaN\"}"});
    EXPECT_TRUE(events(mapping)[0].ends_with(",\"unfit\":{\"metrics.b\":\"\\\"text\\\"\"}}}"))
        << events(mapping)[0];
    EXPECT_EQ(report_.notes,
              std::vector<std::string>{"t, metric.recorded: metrics.b: left out in 1 row, such as "
                                       "'\"text\"'"});
}

TEST_F(EventWriterTest, TextIsNoCurve) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT, m VARCHAR); "
        "INSERT INTO t VALUES ('r', 1700000000000, 'text'), ('r', 1700000000001, '7')");
    const std::string mapping =
        "[[rule]]\nfrom = 't'\nevent = 'metric.recorded'\nrun_id = 'run'\n"
        "time = 'ts'\n[rule.fields]\nmetrics = ['m', { value = {} }]\n";
    EXPECT_EQ(payloads("metric.recorded", mapping),
              (std::vector<std::string>{
                  "\"timestamp_ms\":1700000000000,\"run_id\":\"r\",\"metrics\":{}",
                  "\"timestamp_ms\":1700000000001,\"run_id\":\"r\",\"metrics\":{\"value\":7}"}));
    EXPECT_EQ(report_.notes,
              (std::vector<std::string>{
                  "t, metric.recorded: metrics: kept as {\"value\": …} in 1 row, such as '7'",
                  "t, metric.recorded: metrics: left out in 1 row, such as 'text'"}));
}

// Only where JSON is meant is the word no value.
TEST_F(EventWriterTest, TheTextNullIsATextWhereOneIsMeant) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT, id VARCHAR, s VARCHAR, j JSON, p VARCHAR); "
        "INSERT INTO t VALUES ('r', 1700000000000, 'null', 'null', 'null', 'null')");
    EXPECT_EQ(payloads("trial.recorded",
                       "[[rule]]\nfrom = 't'\nevent = 'trial.recorded'\nrun_id = 'run'\n"
                       "time = 'ts'\n[rule.fields]\ntrial_id = 'id'\ns = 's'\nj = 'j'\n"
                       "params = ['p', { value = {} }]\nmetrics = { value = {} }\n"),
              std::vector<std::string>{
                  "\"timestamp_ms\":1700000000000,\"run_id\":\"r\",\"trial_id\":\"null\",\"s\":"
                  "\"null\",\"params\":{},\"metrics\":{}"});
}

// DuckDB reads no file in which an object has a name twice.
TEST_F(EventWriterTest, OfMembersOfOneNameTheLastCounts) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT, id VARCHAR, j VARCHAR, sharpe DOUBLE); "
        "INSERT INTO t VALUES ('r', 1700000000000, 'a', '{\"sharpe\": NaN, \"x\": NaN}', 1.5), "
        "('r', 1700000000001, 'b', '{\"sharpe\": 2}', 'nan'), "
        "('r', 1700000000002, 'c', '{\"sharpe\": 3}', NULL), "
        "('r', 1700000000003, 'd', '{\"x\": {\"y\": NaN}, \"\\u0078\": 1}', NULL)");
    const std::string mapping =
        "[[rule]]\nfrom = 't'\nevent = 'trial.recorded'\nrun_id = 'run'\ntime = 'ts'\n"
        "[rule.fields]\ntrial_id = 'id'\nparams = { value = {} }\n"
        "metrics = { json = 'j', rest = 'numbers' }\n";
    std::vector<std::string> metrics;
    for (const std::string& payload : payloads("trial.recorded", mapping)) {
        metrics.push_back(payload.substr(payload.find("\"metrics\"")));
    }
    EXPECT_EQ(metrics, (std::vector<std::string>{
                           "\"metrics\":{\"x\":null,\"sharpe\":1.5},\"nonfinite\":"
                           "{\"/metrics/x\":\"NaN\"}",
                           "\"metrics\":{\"sharpe\":null},\"nonfinite\":{\"/metrics/sharpe\":"
                           "\"NaN\"}",
                           "\"metrics\":{\"sharpe\":3}", "\"metrics\":{\"\\u0078\":1}"}));
}

TEST_F(EventWriterTest, WhatIsNoValueOfAFieldIsKeptBesideTheOrigin) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT, id VARCHAR, v VARCHAR); "
        "INSERT INTO t VALUES ('r', 1700000000000, 'a', '[{\"rule\":\"dd\"}]')");
    const std::string mapping =
        "[[rule]]\nfrom = 't'\nevent = 'trial.recorded'\nrun_id = 'run'\ntime = 'ts'\n"
        "[rule.fields]\ntrial_id = 'id'\nparams = { value = {} }\nmetrics = { value = {} }\n"
        "violations = 'v'\n";
    const std::vector<std::string> all = events(mapping);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].find("\"violations\":["), std::string::npos) << all[0];
    EXPECT_NE(all[0].find("\"unfit\":{\"violations\":\"[{\\\"rule\\\":\\\"dd\\\"}]\"}}"),
              std::string::npos)
        << all[0];
    EXPECT_EQ(report_.notes,
              std::vector<std::string>{"t, trial.recorded: violations: left out in 1 row, such as "
                                       "'[{\"rule\":\"dd\"}]'"});
}

TEST_F(EventWriterTest, TimesOfAFinerUnitAreToldWithTheCure) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT); INSERT INTO t VALUES ('a', 1769126400000000), "
        "('b', 1769126400000000000), ('c', 9000000000000000000)");
    EXPECT_EQ(events("[[rule]]\nfrom = 't'\nevent = 'run.started'\nrun_id = 'run'\ntime = 'ts'\n"),
              std::vector<std::string>());
    std::vector<std::string> reasons;
    for (const InvalidRow& row : report_.refused.listed()) reasons.push_back(row.reason);
    EXPECT_EQ(reasons,
              (std::vector<std::string>{
                  "time: found 1769126400000000 ms, which has no day: are they microseconds?  Then "
                  "say so in a mapping: time = { sql = \"… // 1000\" }",
                  "time: found 1769126400000000000 ms, which has no day: are they nanoseconds?  "
                  "Then say so in a mapping: time = { sql = \"… // 1000000\" }",
                  "time: found 9000000000000000000 ms, which has no day"}));
}

}  // namespace
}  // namespace daybook::legacy
