#include "duck/connection.h"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "duck/sql.h"
#include "duck/test_support.h"

namespace daybook::duck {
namespace {

using ConnectionTest = DuckTest;

TEST_F(ConnectionTest, ParametersOfEveryKindArriveUnchanged) {
    Rows rows = must(connection_.query(
        "SELECT $1, $2, $3, $4, $5, $6, $7::BLOB",
        {nullptr, true, -5, std::uint64_t{1} << 63, 0.1, "a'b", Blob{std::string_view("\0x", 2)}}));
    ASSERT_TRUE(must(rows.next()));
    EXPECT_TRUE(rows.is_null(0));
    EXPECT_TRUE(rows.get_bool(1));
    EXPECT_EQ(rows.get_int64(2), -5);
    EXPECT_EQ(rows.get_uint64(3), std::uint64_t{1} << 63);
    EXPECT_EQ(rows.get_double(4), 0.1);
    EXPECT_EQ(rows.get_string(5), "a'b");
    EXPECT_EQ(rows.get_blob(6), std::string_view("\0x", 2));
    EXPECT_FALSE(must(rows.next()));
}

TEST_F(ConnectionTest, AWrongNumberOfParametersIsRefused) {
    const auto rows = connection_.query("SELECT $1", {1, 2});
    ASSERT_FALSE(rows.has_value());
    EXPECT_EQ(rows.error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(ConnectionTest, APreparedStatementRunsAgainWithOtherValues) {
    Statement statement = must(connection_.prepare("SELECT ? + 1"));
    for (const int value : {1, 41}) {
        Rows rows = must(statement.run({value}));
        ASSERT_TRUE(must(rows.next()));
        EXPECT_EQ(rows.text(0), std::to_string(value + 1));
    }
}

TEST_F(ConnectionTest, ASyntaxErrorKeepsDuckDbsLineAndCaret) {
    const Status status = connection_.execute("SELECT 1;\nSELECT FORM FROM WHERE");
    ASSERT_FALSE(status.has_value());
    const SqlError error = parse_sql_error(status.error().message());
    EXPECT_EQ(error.line, 2U);
    EXPECT_EQ(error.excerpt.substr(error.caret_column, 5), "WHERE") << status.error().message();
}

TEST_F(ConnectionTest, StreamedRowsAreTheSameAsKeptOnes) {
    const std::string sql = "SELECT i FROM range(10000) t(i) ORDER BY i";
    Rows kept = must(connection_.query(sql));
    std::vector<std::int64_t> expected;
    while (must(kept.next())) expected.push_back(kept.get_int64(0));
    ASSERT_EQ(expected.size(), 10000U);

    Rows streamed = must(connection_.stream(sql));
    std::vector<std::int64_t> got;
    while (must(streamed.next_chunk())) {
        const auto values = streamed.column(0).bigints(streamed.chunk_size());
        got.insert(got.end(), values.begin(), values.end());
    }
    EXPECT_EQ(got, expected);
}

TEST_F(ConnectionTest, AnErrorInTheMiddleOfAStreamIsReported) {
    Rows rows =
        must(connection_.stream("SELECT CASE WHEN i < 5000000 THEN i ELSE error('broken at ' || i) "
                                "END FROM range(10000000) t(i)"));
    Result<bool> more = true;
    while (more.has_value() && *more) more = rows.next();
    ASSERT_FALSE(more.has_value());
    EXPECT_NE(more.error().message().find("broken at"), std::string::npos);
}

TEST_F(ConnectionTest, AScriptGivesTheRowsOfItsLastStatement) {
    Rows rows = must(connection_.run_script("CREATE TABLE t AS SELECT 7 AS i; SELECT i FROM t;"));
    ASSERT_TRUE(must(rows.next()));
    EXPECT_EQ(rows.get_int64(0), 7);
}

TEST_F(ConnectionTest, AScriptWithoutAStatementOrWithAWrongOneIsRefused) {
    for (const char* sql : {"", "  ", "-- nothing", "SELECT 1; SELECT FROM WHERE"}) {
        SCOPED_TRACE(sql);
        const auto rows = connection_.run_script(sql);
        ASSERT_FALSE(rows.has_value());
        EXPECT_EQ(rows.error().code(), ErrorCode::kInvalidArgument);
    }
}

TEST_F(ConnectionTest, RowsChangedCountsInsertedRows) {
    must(connection_.execute("CREATE TABLE t (i BIGINT)"));
    EXPECT_EQ(must(connection_.query("INSERT INTO t VALUES (1), (2)")).rows_changed(), 2U);
}

TEST_F(ConnectionTest, InterruptEndsAStatementWithCancelled) {
    Status status;
    std::atomic<bool> done{false};
    std::thread runner([&] {
        status = connection_.execute("SELECT count(*) FROM range(10000000000) a, range(1000) b");
        done = true;
    });
    // An interrupt that comes before the statement has begun is lost; so it is repeated.
    while (!done) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        connection_.interrupt();
    }
    runner.join();
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), ErrorCode::kCancelled);
}

TEST_F(ConnectionTest, AHardenedDatabaseReachesNoFileAndKeepsItsSettings) {
    must(connection_.execute("CREATE TABLE t (i BIGINT)"));
    must(connection_.harden());
    for (const char* sql :
         {"SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')",
          "COPY t TO '/tmp/daybook-harden-test'", "ATTACH '/tmp/daybook-harden-test.duckdb'",
          "SET enable_external_access = true", "SET threads = 1", "SET lock_configuration = false",
          "INSTALL httpfs", "LOAD httpfs", "EXPORT DATABASE '/tmp/daybook-harden-test'",
          "SELECT * FROM '/etc/passwd'", "SELECT * FROM glob('/etc/*')"}) {
        SCOPED_TRACE(sql);
        EXPECT_FALSE(connection_.execute(sql).has_value());
    }
    EXPECT_EQ(text("SELECT count(*) FROM t"), "0");
}

TEST_F(ConnectionTest, AHardenedConnectionRunsOnlyStatementsThatRead) {
    must(connection_.execute("CREATE TABLE t (i BIGINT)"));
    must(connection_.harden());
    for (const char* sql :
         {"INSERT INTO t VALUES (1)", "WITH x AS (SELECT 1) INSERT INTO t FROM x",
          "EXPLAIN ANALYZE INSERT INTO t VALUES (1)", "PRAGMA enable_profiling",
          "CALL enable_logging(storage = 'stdout')", "FROM enable_logging(storage = 'stdout')",
          "CREATE TEMP TABLE u (i INTEGER)", "SET VARIABLE a = 1", "BEGIN", "CHECKPOINT"}) {
        SCOPED_TRACE(sql);
        const auto rows = connection_.query(sql);
        const auto streamed = connection_.run_script(std::string("SELECT 1; ") + sql);
        for (const auto* result : {&rows, &streamed}) {
            ASSERT_FALSE(result->has_value());
            EXPECT_EQ(result->error().code(), ErrorCode::kPermissionDenied);
            EXPECT_NE(result->error().message().find("SQL may read the tables"), std::string::npos)
                << result->error().message();
        }
    }
    EXPECT_EQ(text("SELECT count(*) FROM t"), "0");
    for (const char* sql :
         {"PIVOT (SELECT 1 AS a, 'x' AS k) ON k USING sum(a)", "SHOW TABLES", "DESCRIBE t",
          "SUMMARIZE t", "EXPLAIN SELECT 1", "PRAGMA table_info('t')", "VALUES (1)",
          "SELECT * FROM (PIVOT (SELECT 1 AS a, 'x' AS k) ON k USING sum(a))"}) {
        SCOPED_TRACE(sql);
        const auto rows = connection_.run_script(sql);
        EXPECT_TRUE(rows.has_value()) << rows.error().message();
    }
}

}  // namespace
}  // namespace daybook::duck
