#include "duck/reading.h"

#include <gtest/gtest.h>

namespace daybook::duck {
namespace {

TEST(Reading, StatementsThatReadAreLetIn) {
    for (const char* sql : {"SELECT 1",
                            "  -- why\n select 1;",
                            "WITH a AS (SELECT 1) FROM a",
                            "FROM runs_d",
                            "(SELECT 1) UNION ALL (SELECT 2)",
                            "VALUES (1)",
                            "SHOW TABLES",
                            "DESCRIBE runs_d",
                            "SUMMARIZE runs_d",
                            "PIVOT a ON b USING sum(c)",
                            "EXPLAIN SELECT 1",
                            "EXPLAIN ANALYZE SELECT \"update\", 'set' FROM t",
                            "SELECT 1; SELECT 2;",
                            "SELECT 'CREATE; DROP', \"drop\" FROM t -- ; DROP",
                            "",
                            "PRAGMA table_info('runs_d')",
                            "SELECT query FROM t",
                            "SELECT query -- (why)\nFROM t",
                            "SELECT my_query(1)",
                            "SELEC 1",
                            "SELECT 'enable_logging'",
                            "EXPLAIN (ANALYZE, FORMAT json) SELECT 1",
                            "SELECT 1; EXPLAIN FROM a; SELECT 2"}) {
        SCOPED_TRACE(sql);
        EXPECT_TRUE(check_reading(sql).has_value());
    }
}

TEST(Reading, OthersAreNotWhereverTheyStand) {
    for (const char* sql : {"CREATE TABLE t (i INTEGER)",
                            "SELECT 1; drop table t",
                            "/* a */ ATTACH 'x'",
                            "CALL f()",
                            "EXPLAIN ANALYZE INSERT INTO t VALUES (1)",
                            "EXPLAIN (ANALYZE) WITH x AS (SELECT 1) DELETE FROM t",
                            "; ; SET a = 1",
                            "(INSERT INTO t VALUES (1))",
                            "SELECT * FROM enable_logging()",
                            "FROM \"Enable_Logging\" /* */ (storage = 'file')",
                            "SELECT * FROM system.main.query ('SELECT ' || 1)",
                            "FROM query\u00a0('x')",
                            "SELECT 'enable_logging()'",
                            "SELECT 1 --\r FROM arrow_scan(1, 2, 3)",
                            "FROM U&\"arrow\\005Fscan\"(1, 2, 3)",
                            "SELECT u&'\\0041'",
                            "SELECT E'a'\n'b\\'' FROM arrow_scan(1, 2, 3) WHERE 'x' = 'x'",
                            "SELECT $1abc$x$ FROM arrow_scan(1, 2, 3)",
                            "SELECT $n\u00a0AS\u00a0a$ FROM arrow_scan(1, 2, 3)",
                            "SELECT a\u200c$x$ FROM arrow_scan(1, 2, 3)",
                            "FROM query/* /* */ */('x')",
                            "FROM query--\r('x')",
                            "EXPLAIN ANALYZE PRAGMA enable_profiling",
                            "EXPLAIN ANALYZE SET VARIABLE a = 1",
                            "EXPLAIN (ANALYZE) CALL f()",
                            "EXPLAIN COPY t TO 'x'",
                            "SELECT 1; EXPLAIN ANALYZE VERBOSE CHECKPOINT"}) {
        SCOPED_TRACE(sql);
        const Status status = check_reading(sql);
        ASSERT_FALSE(status.has_value());
        EXPECT_EQ(status.error().code(), ErrorCode::kPermissionDenied);
    }
}

TEST(Reading, TheRefusalNamesWhatItFoundAndWhatIsAllowed) {
    EXPECT_EQ(check_reading("drop table t").error().message(),
              "run sql: drop is not allowed: SQL may read the tables, by SELECT, WITH, FROM, "
              "VALUES, SHOW, DESCRIBE, SUMMARIZE, PIVOT, UNPIVOT and EXPLAIN; it reaches no file, "
              "network, extension or setting");
    EXPECT_TRUE(
        check_reading("FROM query('x')")
            .error()
            .message()
            .starts_with("run sql: the function query is not allowed, not even inside of text or a "
                         "comment: SQL may read"));
}

TEST(Reading, OnlyRefusedAccessIsExplained) {
    const Error syntax(ErrorCode::kInvalidArgument, "Parser Error");
    EXPECT_EQ(explain_refusal(syntax), syntax);
    const Error refused(ErrorCode::kPermissionDenied, "Permission Error: a.csv");
    EXPECT_TRUE(explain_refusal(refused).message().starts_with(
        "Permission Error: a.csv\nSQL may read the tables"));
}

}  // namespace
}  // namespace daybook::duck
