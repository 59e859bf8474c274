#include "query/filter.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "duck/database.h"
#include "duck/sql.h"
#include "query/fresh.h"
#include "query/runs.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::query {
namespace {

std::string sql_of(std::string_view filter, FilterScope scope = FilterScope::kRuns) {
    const auto sql = filter_sql(filter, {.scope = scope, .now = TimestampMs(1'000'000'000)});
    return sql ? *sql : sql.error().message().substr(0, sql.error().message().find('\n'));
}

TEST(FilterSql, IsOneExpression) {
    EXPECT_EQ(sql_of("status = 'failed' or trials > 1.5 and name in ('a','it''s')"),
              "((status = 'failed') OR ((trials > 1.5e0) AND (name IN ('a', 'it''s'))))");
    EXPECT_EQ(sql_of("not (name like 'a%' or name !~ '^b')"),
              "(NOT ((name LIKE 'a%') OR (NOT regexp_matches(name, '^b'))))");
    EXPECT_EQ(sql_of("5 <= trials"), "(trials >= 5)");
    EXPECT_EQ(sql_of("seed is not null"), "(seed IS NOT NULL)");
    EXPECT_EQ(sql_of("feasible and not state = 'failed'", FilterScope::kTrials),
              "(feasible AND (NOT (state = 'failed')))");
    EXPECT_EQ(sql_of("started < ended"), "(started_at_ms < ended_at_ms)");
}

TEST(FilterSql, TimesAndDurationsAreMilliseconds) {
    EXPECT_EQ(sql_of("started > '1970-01-02'"), "(started_at_ms > 86400000)");
    EXPECT_EQ(sql_of("started > '1970-01-01T00:00:01.5Z'"), "(started_at_ms > 1500)");
    EXPECT_EQ(sql_of("ended between now - 7d and now"),
              "(ended_at_ms BETWEEN 395200000 AND 1000000000)");
    EXPECT_EQ(sql_of("duration > 1m30s"), "(duration_ms > 90000)");
    EXPECT_EQ(sql_of("duration_ms > 90"), "(duration_ms > 90)");
    EXPECT_EQ(sql_of("started > now - 999999999999999w"), "(started_at_ms > -1000000000000000)");
}

TEST(FilterSql, ValuesOfTheWrongKindAreRefusedWithTheirPlace) {
    for (const auto& [filter, message] :
         {std::pair(
              "status = 5",
              "column 10: found 5, expected a string, such as 'text', to compare status with"),
          {"trials > 'five'", "column 10: found 'five', expected a number to compare trials with"},
          {"started > 'yesterday'",
           "column 11: found 'yesterday', expected a time, such as '2026-01-23', "
           "'2026-01-23T09:15' or now - 7d, to compare started with"},
          {"duration > 5",
           "column 12: found 5, expected a duration with its unit, such as 90s or "
           "5m, to compare duration with"},
          {"tags.a > 5m",
           "column 10: found 5m, expected a string, a number, true or false to "
           "compare tags.a with"},
          {"tags.a in (1, 'x')", "column 15: found 'x', expected a number to compare tags.a with"},
          {"tags.a < true", "column 8: found <, expected = or != before true"},
          {"trials like 'x'", "column 8: found like, which compares texts; trials is none"},
          {"name like 5", "column 11: found 5, expected a pattern in quotes to compare name with"},
          {"trials",
           "column 7: found no comparison, expected one behind trials, such as =, > or "
           "in"},
          {"name = trials", "column 8: found trials, which is of another kind than name"},
          {"status = failed",
           "column 10: found failed, which is no field; a string goes into quotes: 'failed'"},
          {"1 = 1", "column 1: found a value, expected a field"},
          {"nme = 'x'", "column 1: found nme, expected a field; did you mean name?"}}) {
        SCOPED_TRACE(filter);
        EXPECT_EQ(sql_of(filter), message);
    }
}

// What is in single or double quotes in a filter.
std::string quoted(const std::string& text, char quote) {
    std::string out(1, quote);
    for (const char c : text) out += c == quote ? std::string(2, quote) : std::string(1, c);
    return out + quote;
}

// Text without NUL: letters, signs that mean something in SQL, JSON and patterns, other scripts.
rc::Gen<std::string> texts() {
    return rc::gen::map(
        rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
            "a",  "B",  "1",    " ", "'",  "\"", "\\", "--", "/*",     "*/",     ";",  "$1",
            "$$", "?",  "%",    "_", ".",  "/",  "~",  "[",  "]",      "{",      "}",  ":",
            "\n", "\t", "\x01", "é", "中", "😀", "')", "or", "\u00a0", "\u2028", "E'", "0"})),
        [](const std::vector<std::string>& pieces) {
            std::string text;
            for (const std::string& piece : pieces) text += piece;
            return text;
        });
}

class FilterProperty : public ::testing::Test {
protected:
    // Whether the filter is true of the only row of `from`.
    std::optional<bool> is_true(const std::string& filter, const std::string& from,
                                std::initializer_list<duck::Parameter> values) {
        const std::string sql =
            testing::value_of(filter_sql(filter, {.scope = FilterScope::kRuns}));
        duck::Rows rows = testing::value_of(
            connection_.query("SELECT " + sql + " FROM (" + from + ") latest_runs", values));
        EXPECT_TRUE(testing::value_of(rows.next()));
        if (rows.is_null(0)) return std::nullopt;
        return rows.get_bool(0);
    }

    duck::Database database_ = testing::value_of(duck::Database::open_in_memory({.threads = 1}));
    duck::Connection connection_ = testing::value_of(database_.connect());
};

TEST_F(FilterProperty, EveryStringIsItself) {
    EXPECT_TRUE(rc::check([this] {
        const std::string text = *texts();
        const std::string other = text + "x";
        const std::string from = "SELECT $1 AS name";
        const std::string literal = quoted(text, '\'');
        RC_ASSERT(is_true("name = " + literal, from, {text}) == true);
        RC_ASSERT(is_true("name = " + literal, from, {other}) == false);
        RC_ASSERT(is_true("name in (" + literal + ", '')", from, {text}) == true);
        RC_ASSERT(is_true("name != " + literal + " or name is null", from, {text}) == false);
    }));
}

TEST_F(FilterProperty, EveryNameIsItself) {
    EXPECT_TRUE(rc::check([this] {
        const std::string name = *texts();
        const std::string field = quoted(name, '"');
        const std::string from =
            "SELECT map([$1], ['v']) AS tags, json_object($1, json_object($1, 7)) AS config";
        RC_ASSERT(is_true("tags." + field + " = 'v'", from, {name}) == true);
        RC_ASSERT(is_true("tags." + field + " = 'v'", from, {name + "x"}) == std::nullopt);
        RC_ASSERT(is_true("config." + field + "." + field + " = 7", from, {name}) == true);
        RC_ASSERT(is_true("config." + field + "." + field + " = 8", from, {name}) == false);
    }));
}

TEST_F(FilterProperty, EveryNumberIsItself) {
    EXPECT_TRUE(rc::check([this](double number, std::int64_t integer) {
        RC_PRE(std::isfinite(number));
        RC_ASSERT(is_true(fmt::format("tags.x = {}", number),
                          "SELECT map(['x'], [$1::VARCHAR]) AS tags", {number}) == true);
        RC_ASSERT(is_true(fmt::format("seed = {}", integer), "SELECT $1 AS seed", {integer}) ==
                  true);
    }));
}

TEST_F(FilterProperty, WhateverIsTypedIsRefusedOrIsOneExpression) {
    EXPECT_TRUE(rc::check([this] {
        const auto words = *rc::gen::container<std::vector<std::string>>(
            rc::gen::elementOf(std::vector<std::string>{
                "status",  "name", "tags.a", "trials", "config.x", "=",  ">",    "~",
                "in",      "(",    ")",      ",",      "'x'",      "'",  "5",    "5m",
                "now",     "-",    "not",    "and",    "or",       "is", "null", "like",
                "between", "true", ".",      "\"q\"",  ";",        "--", "drop"}));
        std::string filter;
        for (const std::string& word : words) filter += word + " ";
        const auto sql = filter_sql(filter, {.scope = FilterScope::kRuns});
        RC_CLASSIFY(sql.has_value());
        if (!sql) return;
        const auto rows = connection_.query(
            "SELECT " + *sql +
            " FROM (SELECT 'a' AS status, 'b' AS name, MAP {'a': '1'} AS tags, 1 AS trials, "
            "'{}'::JSON AS config) latest_runs");
        RC_ASSERT(rows.has_value());
    }));
}

class FilterOnRuns : public ::testing::Test {
protected:
    FilterOnRuns() {
        ledger_.created("a", 1'000,
                        R"(,"name":"first","tags":{"desk":"x","fold":"3","live":true},"seed":7)");
        ledger_.created("b", 2'000, R"(,"tags":{"desk":"y"})");
        ledger_.append(
            {R"({"event_type":"run.created","timestamp_ms":3000,"run_id":"c","run_type":"grid","config":{"stop":0.05,"exit":{"kind":"ladder"},"a b":true,"n":null},"data_fingerprint":"f"})",
             R"({"event_type":"run.started","timestamp_ms":3100,"run_id":"c"})",
             R"({"event_type":"metric.recorded","timestamp_ms":3200,"run_id":"c","metrics":{"loss":2,"sharpe":9},"step":1})",
             R"({"event_type":"metric.recorded","timestamp_ms":3300,"run_id":"c","metrics":{"loss":1},"step":2})",
             R"({"event_type":"metric.recorded","timestamp_ms":3400,"run_id":"c","trial_id":"t","metrics":{"loss":0},"step":3})",
             R"({"event_type":"run.completed","timestamp_ms":303100,"run_id":"c","summary":{"sharpe":1.75},"artifact_paths":{}})",
             R"({"event_type":"run.failed","timestamp_ms":5000,"run_id":"b","error":{"message":"no data for SPX"}})"});
        fresh_ = std::make_unique<FreshSession>(testing::value_of(open_fresh(ledger_.root())));
    }
    // The ids of the runs that pass, the newest first, one letter each.
    std::string passing(const std::string& filter) {
        duck::Rows rows = testing::value_of(
            list_runs(fresh_->session, {.where = filter, .now = TimestampMs(400'000)}));
        std::string ids;
        while (testing::value_of(rows.next())) ids += rows.text(0);
        return ids;
    }

    testing::LedgerLines ledger_;
    std::unique_ptr<FreshSession> fresh_;
};

TEST_F(FilterOnRuns, EveryGroupOfFieldsIsFound) {
    for (const auto& [filter, expected] : {std::pair("status = 'failed'", "b"),
                                           {"tags.desk in ('x', 'y')", "ba"},
                                           {"tags.fold > 2", "a"},
                                           {"tags.live", "a"},
                                           {"tags.desk is null", "c"},
                                           {"seed = 7", "a"},
                                           {"config.stop < 0.1", "c"},
                                           {"params.stop = 0.05", "c"},
                                           {"config.exit.kind = 'ladder'", "c"},
                                           {"config.\"a b\" = true", "c"},
                                           {"config.n is null", "cba"},
                                           {"error ~ 'SPX$'", "b"},
                                           {"error.message ilike '%spx'", "b"},
                                           {"duration >= 5m and duration < 6m", "c"},
                                           {"created > now - 398s", "c"},
                                           {"created <= '1970-01-01T00:00:02'", "ba"},
                                           {"type = 'grid' or name = 'first'", "ca"},
                                           {"not (type = 'grid')", "ba"}}) {
        SCOPED_TRACE(filter);
        EXPECT_EQ(passing(filter), expected);
    }
}

TEST_F(FilterOnRuns, AMetricIsTheSummarysElseTheLastPoint) {
    EXPECT_EQ(passing("metrics.sharpe = 1.75"), "c") << "the summary says it, not the point";
    EXPECT_EQ(passing("metrics.loss = 1"), "c") << "the last point of the run itself";
    EXPECT_EQ(passing("summary.sharpe > 1"), "c");
    EXPECT_EQ(passing("metrics.loss > metrics.sharpe"), "");
    EXPECT_EQ(passing("metrics.unheard_of > 0"), "");
}

TEST(FilterOnTrials, ParamsAndMetricsAreTheTrialsOwn) {
    testing::LedgerLines ledger;
    ledger.append(
        {R"({"event_type":"trial.recorded","timestamp_ms":1,"run_id":"r","trial_id":"a","params":{"kind":"ladder","exit":{"stop":2},"a.b":1},"metrics":{"sharpe":1.5}})",
         R"({"event_type":"trial.recorded","timestamp_ms":2,"run_id":"r","trial_id":"b","params":{"kind":"combo","live":true},"metrics":{"sharpe":2.5},"feasible":false})",
         R"({"event_type":"trial.recorded","timestamp_ms":3,"run_id":"r","trial_id":"c","params":{"kind":"stop"},"metrics":{"sharpe":"x"},"nonfinite":{"/metrics/sharpe":"NaN"}})"});
    FreshSession fresh = testing::value_of(open_fresh(ledger.root()));
    const auto passing = [&](const std::string& filter) {
        duck::Rows rows = testing::value_of(run_trials(fresh.session, "r", {.where = filter}));
        std::string ids;
        while (testing::value_of(rows.next())) ids += rows.text(0);
        return ids;
    };
    for (const auto& [filter, expected] : {std::pair("metrics.sharpe > 2", "b"),
                                           {"metrics.sharpe > 1", "ab"},
                                           {"metrics.sharpe is null", "c"},
                                           {"params.kind in ('ladder', 'combo')", "ab"},
                                           {"params.exit.stop = 2", "a"},
                                           {"params.a.b = 1", "a"},
                                           {"params.live", "b"},
                                           {"not feasible", "b"},
                                           {"recorded >= '1970-01-01T00:00:00.002'", "bc"}}) {
        SCOPED_TRACE(filter);
        EXPECT_EQ(passing(filter), expected);
    }
    const auto unknown = run_trials(fresh.session, "r", {.where = "metrics.sharp > 1"});
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().message(),
              "column 1: found metrics.sharp, which no trial has; did you mean metrics.sharpe?\n"
              "  metrics.sharp > 1\n  ^");
}

}  // namespace
}  // namespace daybook::query
