#include "query/session.h"

#include "index/builder.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::query {
namespace {

class SessionTest : public ::testing::Test {
protected:
    Session open(const SessionOptions& options = {}) {
        testing::value_of(index::build(ledger_.root()));
        return testing::value_of(Session::open(ledger_.root(), options));
    }

    testing::LedgerLines ledger_;
};

TEST_F(SessionTest, WithoutAnIndexThereIsNothingToOpen) {
    const auto session = Session::open(ledger_.root());
    ASSERT_FALSE(session.has_value());
    EXPECT_EQ(session.error().code(), ErrorCode::kNotFound);
    EXPECT_NE(session.error().message().find("daybook index"), std::string::npos);
}

TEST_F(SessionTest, TheNewestSnapshotAnswersAndStays) {
    ledger_.created("a", 1);
    Session first = open();
    ledger_.created("b", 2);
    Session second = open();
    for (auto& [session, expected] : {std::pair<Session&, std::int64_t>(first, 1), {second, 2}}) {
        duck::Rows rows = testing::value_of(session.query("SELECT count(*) FROM latest_runs"));
        ASSERT_TRUE(testing::value_of(rows.next()));
        EXPECT_EQ(rows.get_int64(0), expected);
    }
}

TEST_F(SessionTest, HostileSqlIsRefused) {
    Session session = open();
    for (const char* sql :
         {"COPY runs_d TO '/tmp/daybook-hostile'", "ATTACH '/tmp/daybook-hostile.duckdb'",
          "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')",
          "SET memory_limit = '100GB'", "SET enable_external_access = true", "DELETE FROM runs_d",
          "DROP VIEW latest_runs", "CREATE TABLE t (i INTEGER)", "INSTALL httpfs",
          "SELECT * FROM '/etc/passwd'", "PRAGMA threads = 1"}) {
        SCOPED_TRACE(sql);
        EXPECT_FALSE(session.query(sql).has_value());
    }
}

TEST_F(SessionTest, AnEndlessQueryIsStopped) {
    Session session = open({.time_ms_max = 200});
    const auto rows = session.query(
        "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT max(i) FROM t");
    ASSERT_FALSE(rows.has_value());
    EXPECT_EQ(rows.error().code(), ErrorCode::kCancelled);
    EXPECT_NE(rows.error().message().find("200 ms"), std::string::npos);
    EXPECT_TRUE(session.query("SELECT 1").has_value()) << "the session goes on";
}

TEST_F(SessionTest, AScriptStreamsItsLastStatement) {
    Session session = open();
    duck::Rows rows = testing::value_of(session.stream("SELECT 1; SELECT 2 AS two"));
    EXPECT_EQ(rows.column_name(0), "two");
}

}  // namespace
}  // namespace daybook::query
