#include "query/query_library.h"

#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "query/fresh.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::query {
namespace {

class QueryLibraryTest : public ::testing::Test {
protected:
    void write(const std::string& path, const std::string& text) {
        ASSERT_TRUE(os::make_dirs(os::parent_path(dir_ / path)));
        std::ofstream(dir_ / path) << text;
    }
    testing::TempDir dir_;
};

TEST_F(QueryLibraryTest, TheFirstDirectoryWins) {
    write("mine/a.sql", "-- title: mine\nSELECT 1");
    write("theirs/a.sql", "-- title: theirs\nSELECT 1");
    write("theirs/b.sql", "-- title: also theirs\nSELECT 1");
    write("theirs/b.sql.orig", "no query");
    const std::vector<std::string> directories = {dir_ / "mine", dir_ / "missing", dir_ / "theirs"};
    std::string titles;
    for (const NamedQuery& query : testing::value_of(list_queries(directories))) {
        titles += query.name + "=" + query.title + " ";
    }
    EXPECT_EQ(titles, "a=mine b=also theirs ");
    EXPECT_EQ(testing::value_of(find_query(directories, "a")).title, "mine");
}

TEST_F(QueryLibraryTest, AnUnknownNameTellsTheNearest) {
    write("best-trials.sql", "SELECT 1");
    const auto query = find_query({dir_.path()}, "best-trails");
    ASSERT_FALSE(query.has_value());
    EXPECT_EQ(query.error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(query.error().message(),
              "there is no query named best-trails; did you mean best-trials? (`daybook query "
              "--list` has all)");
}

TEST_F(QueryLibraryTest, ABrokenFileSpoilsOnlyItsOwnQuery) {
    write("bad.sql", "SELECT $x");
    write("good.sql", "SELECT 1");
    EXPECT_TRUE(find_query({dir_.path()}, "good").has_value());
    const auto all = list_queries({dir_.path()});
    ASSERT_FALSE(all.has_value());
    EXPECT_TRUE(all.error().message().starts_with(dir_ / "bad.sql:1: found $x"));
}

TEST_F(QueryLibraryTest, ShippedQueriesAreFoundFromTheProgram) {
    write("share/daybook/queries/a.sql", "SELECT 1");
    const std::string expected = os::canonical_path(dir_ / "share/daybook/queries");
    for (const char* program : {"bin", "build/dev"}) {
        ASSERT_TRUE(os::make_dirs(dir_ / program));
        EXPECT_EQ(shipped_queries(dir_ / program), expected);
    }
}

class ShippedQueries : public ::testing::Test {
protected:
    ShippedQueries() {
        ledger_.created("r1", 1'000, R"(,"data_fingerprint":"f")");
        ledger_.append(
            {R"({"event_type":"run.created","timestamp_ms":2000,"run_id":"r2","run_type":"grid","config":{"a":1},"data_fingerprint":"f"})",
             R"({"event_type":"run.created","timestamp_ms":3000,"run_id":"r3","run_type":"grid","config":{"a":1},"data_fingerprint":"f"})",
             R"({"event_type":"run.started","timestamp_ms":2000,"run_id":"r2","owner":{"host":"h","pid":7}})",
             R"({"event_type":"run.failed","timestamp_ms":9000,"run_id":"r3","error":{"message":"no data","kind":"input","phase_name":"load"}})",
             R"({"event_type":"phase.started","timestamp_ms":2000,"run_id":"r2","phase_name":"load","phase_order":0})",
             R"({"event_type":"phase.completed","timestamp_ms":2500,"run_id":"r2","phase_name":"load","phase_order":0,"duration_ms":500,"output_summary":{}})",
             R"({"event_type":"metric.recorded","timestamp_ms":2100,"run_id":"r2","metrics":{"loss":2},"step":0})",
             R"({"event_type":"metric.recorded","timestamp_ms":2200,"run_id":"r2","metrics":{"loss":1},"step":1})",
             R"({"event_type":"artifact.created","timestamp_ms":2300,"run_id":"r2","artifact_type":"trades","artifact_path":"p","size_bytes":10})",
             R"({"event_type":"trial.recorded","timestamp_ms":2310,"run_id":"r2","trial_id":"a","params":{"x":1,"y":1},"metrics":{"sharpe":1}})",
             R"({"event_type":"trial.recorded","timestamp_ms":2320,"run_id":"r2","trial_id":"b","params":{"x":2,"y":2},"metrics":{"sharpe":2}})",
             R"({"event_type":"trial.recorded","timestamp_ms":2330,"run_id":"r2","trial_id":"c","params":{"x":3,"y":1},"metrics":{"sharpe":3},"feasible":false})",
             R"({"event_type":"run.started","timestamp_ms":)",
             R"({"event_type":"run.created","timestamp_ms":4000,"run_id":"r4","run_type":"grid","config":{"a":1},"data_fingerprint":"f"})",
             R"({"event_type":"run.deleted","timestamp_ms":4100,"run_id":"r4","author":"ada"})"});
    }
    // The rows of the query with these values, by the parameters' names; others are NULL.
    std::string answer(const NamedQuery& query, const std::map<std::string, std::string>& values) {
        if (!fresh_) {
            fresh_ = std::make_unique<FreshSession>(testing::value_of(open_fresh(ledger_.root())));
        }
        std::vector<duck::Parameter> parameters;
        for (const QueryParameter& parameter : query.parameters) {
            const auto value = values.find(parameter.name);
            if (value == values.end()) {
                parameters.emplace_back(nullptr);
            } else if (parameter.type == ParameterType::kText ||
                       parameter.type == ParameterType::kRun) {
                parameters.emplace_back(value->second);
            } else {
                parameters.emplace_back(std::stoll(value->second));
            }
        }
        auto rows = fresh_->session.query(query.sql, parameters);
        if (!rows) return rows.error().message();
        std::string text;
        while (testing::value_of(rows->next())) {
            for (std::size_t i = 0; i < rows->column_count(); ++i) text += rows->text(i) + " ";
            text += "| ";
        }
        return text;
    }

    testing::LedgerLines ledger_;
    std::unique_ptr<FreshSession> fresh_;
};

TEST_F(ShippedQueries, EachAnswersOfARealLedger) {
    struct Case {
        std::map<std::string, std::string> values;
        std::string answer;
    };
    const std::map<std::string, Case> cases = {
        {"artifacts-by-size", {{{"n", "5"}}, "10 trades NULL r2 p | "}},
        {"best-trials",
         {{{"run", "r2"}, {"metric", "sharpe"}, {"n", "5"}, {"direction", "max"}},
          "b 2.0 {\"x\":2,\"y\":2} | a 1.0 {\"x\":1,\"y\":1} | "}},
        {"compare-runs",
         {{{"a", "r1"}, {"b", "r2"}},
          "config $.a NULL 1 | run run_type policy grid | run status pending running | "}},
        {"damage", {{}, "day=2026-01-01/part-000001 1850 65 no_object | "}},
        {"deleted-runs", {{{"n", "5"}}, "r4 grid NULL pending 4000 4100 0 | "}},
        {"duplicates", {{}, "grid f 2 [r3, r2] 0 | "}},
        {"failures", {{{"n", "5"}}, "r3 grid NULL 9000 load input no data | "}},
        {"metric-curve", {{{"run", "r2"}, {"metric", "loss"}}, "0 2.0 2100 | 1 1.0 2200 | "}},
        {"parameter-importance",
         {{{"run", "r2"}, {"metric", "sharpe"}}, "x 1.0 3 3 1.0 3.0 | y 0.0 3 2 1.0 2.0 | "}},
        {"phase-statistics", {{}, "load 1 0 500.0 500.0 500 | "}},
        {"running", {{}, "r2 grid NULL 2000 2500 3 h 7 | "}},
        {"runs-per-day", {{{"since", "0"}}, "1970-01-01 3 0 1 2 3 NULL | "}},
        {"slowest-phases", {{{"n", "5"}}, "r2 load 0 completed 2000 500 | "}},
        {"stale-runs", {{{"before", "3000"}}, "r2 grid NULL 2000 2500 h 7 | "}},
    };
    const auto queries = testing::value_of(list_queries({DAYBOOK_SHIPPED_QUERIES}));
    EXPECT_EQ(queries.size(), cases.size());
    for (const NamedQuery& query : queries) {
        SCOPED_TRACE(query.name);
        ASSERT_TRUE(cases.contains(query.name)) << "say here what it answers";
        const Case& expected = cases.at(query.name);
        EXPECT_EQ(answer(query, expected.values), expected.answer);
        EXPECT_NE(query.title, query.name) << "it has no title";
        for (const QueryParameter& parameter : query.parameters) {
            EXPECT_FALSE(parameter.description.empty()) << parameter.name;
        }
    }
}

TEST_F(ShippedQueries, OptionalParametersNarrowTheAnswer) {
    const std::vector<std::string> shipped = {DAYBOOK_SHIPPED_QUERIES};
    const auto narrowed = [&](const char* name, const std::map<std::string, std::string>& values) {
        return answer(testing::value_of(find_query(shipped, name)), values);
    };
    EXPECT_EQ(narrowed("artifacts-by-size", {{"run", "r1"}, {"n", "5"}}), "");
    EXPECT_EQ(narrowed("slowest-phases", {{"run", "r1"}, {"n", "5"}}), "");
    EXPECT_EQ(narrowed("failures", {{"since", "9001"}, {"n", "5"}}), "");
    EXPECT_EQ(narrowed("phase-statistics", {{"type", "policy"}}), "");
    EXPECT_EQ(narrowed("metric-curve", {{"run", "r2"}, {"metric", "loss"}, {"trial", "a"}}), "");
    EXPECT_EQ(narrowed("stale-runs", {{"before", "2500"}}), "");
    EXPECT_TRUE(narrowed("best-trials",
                         {{"run", "r2"}, {"metric", "sharpe"}, {"n", "1"}, {"direction", "min"}})
                    .starts_with("a "));
}

}  // namespace
}  // namespace daybook::query
