// SQL that means harm, or would do it by mistake, asked of a real ledger's index: it is refused or
// stopped, the error says what is allowed, and nothing outside has changed.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "query/fresh.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::query {
namespace {

constexpr std::string_view kAllowed = "SQL may read the tables";

std::string repeated(std::string_view text, std::size_t count) {
    std::string result;
    for (std::size_t i = 0; i < count; ++i) result += text;
    return result;
}

class HostileTest : public ::testing::Test {
protected:
    HostileTest() {
        ledger_.created("r1", 1'000);
        ledger_.created("r2", 2'000);
        std::ofstream(ledger_.root() + "/secret.csv") << "name,value\nsecret,1\n";
        before_ = entries();
    }
    ~HostileTest() override {
        EXPECT_EQ(entries(), before_) << "something was written";
        EXPECT_EQ(rows_of("SELECT count(*) FROM runs_d"), 2) << "the session goes on, unchanged";
    }

    Session& session() {
        if (!fresh_) {
            fresh_ = std::make_unique<FreshSession>(testing::value_of(open_fresh(
                ledger_.root(),
                {.session = {.memory_bytes_max = 256 << 20, .threads = 2, .time_ms_max = 1'000}})));
        }
        return fresh_->session;
    }
    std::int64_t rows_of(const std::string& sql) {
        duck::Rows rows = testing::value_of(session().query(sql));
        return testing::value_of(rows.next()) ? rows.get_int64(0) : -1;
    }
    // The error of asking in all ways that there are; rows are fetched to the end.
    Error refusal(const std::string& sql) {
        const auto rows = session().query(sql);
        EXPECT_FALSE(rows.has_value()) << sql.substr(0, 200);
        auto streamed = session().stream("SELECT 1; " + sql);
        Result<bool> more = streamed.has_value();
        while (streamed && more && *more) more = streamed->next();
        EXPECT_FALSE(streamed.has_value() && more.has_value()) << sql.substr(0, 200);
        return rows ? Error(ErrorCode::kInternal, "it was let through") : rows.error();
    }
    void expect_refused(const std::vector<std::string>& statements) {
        for (const std::string& sql : statements) {
            SCOPED_TRACE(sql);
            const Error error = refusal(sql);
            EXPECT_EQ(error.code(), ErrorCode::kPermissionDenied) << error.message();
            EXPECT_NE(error.message().find(kAllowed), std::string::npos) << error.message();
        }
    }
    std::string path(const std::string& name) const {
        return "'" + ledger_.root() + "/" + name + "'";
    }

    std::vector<std::string> entries() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(ledger_.root())) {
            if (entry.path().filename() != "index") names.push_back(entry.path().filename());
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    testing::LedgerLines ledger_;
    std::vector<std::string> before_;
    std::unique_ptr<FreshSession> fresh_;
};

TEST_F(HostileTest, NoFileIsRead) {
    const std::string secret = path("secret.csv");
    expect_refused({"SELECT * FROM read_csv(" + secret + ")", "FROM read_text(" + secret + ")",
                    "FROM read_blob(" + secret + ")", "FROM read_json(" + secret + ")",
                    "FROM read_parquet(" + secret + ")", "FROM parquet_metadata(" + secret + ")",
                    "FROM sniff_csv(" + secret + ")", "FROM glob(" + path("*") + ")",
                    "FROM read_csv('/etc/passwd')", "FROM read_csv('http://localhost:1/a.csv')",
                    "FROM " + secret});
    EXPECT_EQ(refusal("SELECT getenv('HOME')").code(), ErrorCode::kInvalidArgument);
}

TEST_F(HostileTest, NoFileIsWritten) {
    expect_refused(
        {"COPY runs_d TO " + path("stolen.csv"),
         "COPY (SELECT 1) TO " + path("stolen.parquet") + " (FORMAT parquet)",
         "EXPORT DATABASE " + path("exported"), "IMPORT DATABASE " + path("exported"),
         "ATTACH " + path("new.duckdb"), "ATTACH ':memory:' AS m",
         "EXPLAIN ANALYZE COPY runs_d TO " + path("stolen.csv"),
         "EXPLAIN (ANALYZE, FORMAT json) COPY runs_d TO " + path("stolen.csv"),
         "CALL enable_logging('QueryLog', storage = 'file', storage_path = " + path("log") + ")",
         "FROM enable_logging(storage = 'stdout')", "FROM query('FROM enable' || '_logging()')"});
}

TEST_F(HostileTest, NothingIsConfiguredOrLoaded) {
    expect_refused({"SET memory_limit = '100GB'",
                    "SET enable_external_access = true",
                    "SET lock_configuration = false",
                    "RESET memory_limit",
                    "SET VARIABLE a = 1",
                    "PRAGMA threads = 1",
                    "PRAGMA enable_profiling",
                    "EXPLAIN ANALYZE PRAGMA enable_profiling",
                    "EXPLAIN ANALYZE SET VARIABLE a = 1",
                    "PRAGMA memory_limit = '1TB'",
                    "INSTALL httpfs",
                    "LOAD httpfs",
                    "LOAD " + path("x.duckdb_extension"),
                    "UPDATE EXTENSIONS",
                    "CREATE SECRET s (TYPE s3)",
                    "USE memory",
                    "DETACH runs",
                    "CHECKPOINT",
                    "VACUUM",
                    "BEGIN TRANSACTION"});
}

TEST_F(HostileTest, TheSnapshotStaysAsItIs) {
    expect_refused({"CREATE TABLE t (i INTEGER)", "CREATE TEMP TABLE t AS SELECT 1",
                    "CREATE OR REPLACE TEMP MACRO best_trials(a, b, c) AS TABLE SELECT 1",
                    "INSERT INTO runs_d (run_id) VALUES ('x')", "UPDATE runs_d SET run_id = 'x'",
                    "DELETE FROM runs_d", "TRUNCATE runs_d", "DROP TABLE runs_d",
                    "DROP VIEW latest_runs", "ALTER TABLE runs_d ADD COLUMN x INTEGER",
                    "WITH x AS (SELECT 'x' AS run_id) INSERT INTO runs_d (run_id) FROM x",
                    "EXPLAIN ANALYZE DELETE FROM runs_d"});
}

TEST_F(HostileTest, NoAddressIsFollowed) {
    // In whatever way DuckDB and who checks might read them differently.
    expect_refused({"FROM arrow_scan(1, 2, 3)", "FROM arrow_scan_dumb(1, 2, 3)",
                    "SELECT 1 --\r FROM arrow_scan(1, 2, 3)", "FROM U&\"arrow\\005Fscan\"(1, 2, 3)",
                    "SELECT E'a'\n'b\\'' FROM arrow_scan(1, 2, 3) WHERE 'x' = 'x'",
                    "SELECT $1abc$x$ FROM arrow_scan(1, 2, 3)",
                    "SELECT 1 AS a\u200c$x$ FROM arrow_scan(1, 2, 3)"});
}

TEST_F(HostileTest, WhatTakesForEverIsStopped) {
    for (const char* sql :
         {"WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT max(i) FROM t",
          "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range <> b.range",
          "SELECT sum(hash(a.range + b.range)) FROM range(1000000) a, range(1000000) b"}) {
        SCOPED_TRACE(sql);
        const auto rows = session().query(sql);
        ASSERT_FALSE(rows.has_value());
        EXPECT_EQ(rows.error().code(), ErrorCode::kCancelled) << rows.error().message();
        EXPECT_NE(rows.error().message().find("longer than 1000 ms"), std::string::npos)
            << rows.error().message();
    }
}

TEST_F(HostileTest, WhatTakesTooMuchMemoryIsStopped) {
    for (const char* sql :
         {"SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(100000)",
          "SELECT list(range) FROM range(1000000000)",
          "SELECT sum(length(a)) FROM (SELECT repeat('x', 100000) || range AS a "
          "FROM range(1000000) ORDER BY hash(a))"}) {
        SCOPED_TRACE(sql);
        const auto rows = session().query(sql);
        ASSERT_FALSE(rows.has_value());
        // Whichever of the limits is met first.
        EXPECT_TRUE(rows.error().code() == ErrorCode::kLimit ||
                    rows.error().code() == ErrorCode::kCancelled)
            << rows.error().message();
    }
    for (const char* sql : {"SELECT repeat('x', 100000000000)", "SELECT range(100000000000)"}) {
        SCOPED_TRACE(sql);
        EXPECT_FALSE(session().query(sql).has_value());
    }
}

TEST_F(HostileTest, WhatIsNestedTooDeepIsAnError) {
    for (const std::size_t depth : {5'000U, 100'000U}) {
        SCOPED_TRACE(depth);
        const std::string nots = "SELECT " + repeated("NOT ", depth) + "true";
        const std::string lists = "SELECT " + repeated("[", depth) + repeated("]", depth);
        const std::string sums = "SELECT 1" + repeated(" + 1", depth);
        const std::string tables =
            repeated("SELECT * FROM (", depth) + "FROM runs_d" + repeated(")", depth);
        for (const std::string& sql : {nots, lists, sums, tables}) {
            const auto rows = session().query(sql);
            ASSERT_FALSE(rows.has_value());
            EXPECT_EQ(rows.error().code(), ErrorCode::kInvalidArgument) << rows.error().message();
        }
    }
    // Parentheses alone mean nothing to the planner, but the parser has an end too.
    EXPECT_TRUE(session().query("SELECT " + repeated("(", 5'000) + "1" + repeated(")", 5'000)));
    EXPECT_FALSE(
        session().query("SELECT " + repeated("(", 100'000) + "1" + repeated(")", 100'000)));
}

TEST_F(HostileTest, SeveralStatementsAreOneQuestionOnlyWhereTheyAreStreamed) {
    EXPECT_FALSE(session().query("SELECT 1; SELECT 2").has_value());
    duck::Rows rows = testing::value_of(session().stream("SELECT 1; SELECT 2"));
    ASSERT_TRUE(testing::value_of(rows.next()));
    EXPECT_EQ(rows.get_int64(0), 2);
}

}  // namespace
}  // namespace daybook::query
