#include "legacy/plan_checks.h"

#include "legacy/test_plan.h"

namespace daybook::legacy {
namespace {

class PlanChecksTest : public PlannerTest {};

TEST_F(PlanChecksTest, TwoRulesWhoseEventsWouldHaveTheSameIdsAreRefused) {
    const std::string fields =
        "[rule.fields]\ntrial_id = 'c'\nparams = { value = {} }\nmetrics = { value = {} }\n";
    const std::string rows = std::string(kTable) + "INSERT INTO t VALUES ('r', 1, 1, 2, 'x', true)";
    const auto same = plan(rows, rule(fields) + rule(fields));
    ASSERT_FALSE(same);
    EXPECT_TRUE(same.error().message().starts_with(
        "lines 1 and 10 of the mapping: both make trial.recorded of the same rows of t"))
        << same.error().message();
    const auto with = [&](const char* first, const char* second) {
        return plan("SELECT 1", rule(first + fields) + rule(second + fields));
    };
    EXPECT_TRUE(with("", "key = ['run', { value = 'second' }]\n"));
    EXPECT_TRUE(with("where = 'a = 1'\n", "where = 'a = 2'\n"));
    EXPECT_FALSE(with("where = 'a = 1'\n", "where = 'b = 2'\n"));
    EXPECT_FALSE(with("where = 'a = 1'\nkey = ['run']\n", "where = 'b = 2'\nkey = ['run']\n"));
    EXPECT_TRUE(with("where = 'a = 1'\nkey = ['run']\n", "where = 'b = 3'\nkey = ['run']\n"));
}

TEST_F(PlanChecksTest, ColumnsThatNoEventHasAreSaid) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT, a DOUBLE, forgotten VARCHAR); "
        "INSERT INTO t VALUES ('r', 1700000000000, 1, 'x')");
    payloads("metric.recorded",
             "[[rule]]\nfrom = 't'\nevent = 'metric.recorded'\nrun_id = 'run'\ntime = 'ts'\n"
             "[rule.fields]\nmetrics = { columns = ['a'] }\n");
    EXPECT_EQ(report_.notes,
              std::vector<std::string>{"t: in no event, or not of every row: forgotten"});
}

TEST_F(PlanChecksTest, RowsThatNoConditionTakesAreCounted) {
    run("CREATE TABLE t (run VARCHAR, ts BIGINT, kind VARCHAR); INSERT INTO t VALUES "
        "('a', 1700000000000, 'x'), ('b', 1700000000000, 'y'), ('c', 1700000000000, NULL)");
    EXPECT_EQ(events("[[rule]]\nfrom = 't'\nrun_id = 'run'\ntime = 'ts'\nevent = 'run.started'\n"
                     "where = \"kind = 'x'\"\n")
                  .size(),
              1U);
    EXPECT_EQ(report_.notes, (std::vector<std::string>{
                                 "t: in no event, or not of every row: kind",
                                 "t: 2 rows become no event: no rule's 'where' takes them"}));
}

// What a choice passes by is told with its values: the most frequent first, and not all of many.
TEST_F(PlanChecksTest, ValuesOfAChoiceThatMakeNoEventAreCounted) {
    const std::string rule =
        "[[rule]]\nfrom = 't'\nrun_id = 'run'\ntime = 'ts'\nevent = { of = 'c', none = ['runs'], "
        "is = { \"run.completed\" = ['done'], \"run.failed\" = ['bad'] } }\n[rule.fields]\n"
        "summary = { value = {} }\nartifact_paths = { value = {} }\n"
        "error = { value = { message = 'm' } }\ncolumns = { rest = ['a', 'c'] }\n";
    const auto notes = [&](const std::string& sql) { return must(plan(sql, rule)).notes; };
    const std::string insert = "INSERT INTO t (run, ts, c) VALUES ";
    EXPECT_EQ(notes(std::string(kTable) + insert + "('a', 1, 'done'), ('b', 1, ' BAD ')"),
              std::vector<std::string>{"t: in no event, or not of every row: b, flag"});
    EXPECT_EQ(notes(insert + "('c', 1, 'runs'), ('d', 1, NULL), ('e', 1, 'odd'), ('f', 1, 'ODD')"),
              (std::vector<std::string>{
                  "t: in no event, or not of every row: b, flag",
                  "t: 4 rows become none of run.completed, run.failed (line 1 of the mapping): "
                  "'runs' (1), no value (1); the mapping does not know 'odd' (2); of them in no "
                  "event: run, ts, a, c"}));
    const std::vector<std::string> many = notes(
        "INSERT INTO t (run, ts, c) SELECT 'm' || i, 1, "
        "'v' || i FROM range(20) r(i)");
    EXPECT_NE(many[1].find("24 rows"), std::string::npos) << many[1];
    EXPECT_NE(many[1].find("'v14' (1), …;"), std::string::npos) << many[1];
}

TEST_F(PlanChecksTest, WhatIsIgnoredAndNotThereIsSaid) {
    const auto absent = [&](const std::string& sql, const std::string& ignored) {
        return must(plan(sql, "ignore = [" + ignored + "]\n" +
                                  rule("[rule.fields]\ntrial_id = 'c'\nparams = { value = {} "
                                       "}\nmetrics = { value = {} }\n")))
            .absent;
    };
    EXPECT_EQ(absent(std::string(kTable) + "CREATE TABLE notes (text VARCHAR)",
                     "'Notes', 'main.t.a', 't.B'"),
              std::vector<std::string>{});
    EXPECT_EQ(absent("SELECT 1", "'nots', 't.a', 'lab.equity'"),
              std::vector<std::string>{"ignored, and not in the file: nots (did you mean "
                                       "'notes'?), lab.equity"});
}

}  // namespace
}  // namespace daybook::legacy
