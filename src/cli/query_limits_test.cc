#include "cli/query_limits.h"

#include <gtest/gtest.h>

#include "cli/index_session.h"
#include "support/ledger_lines.h"

namespace daybook::cli {
namespace {

TEST(ParseDuration, NeedsAUnit) {
    EXPECT_EQ(parse_duration("30s"), 30'000);
    EXPECT_EQ(parse_duration("1h30m"), 5'400'000);
    EXPECT_EQ(parse_duration("500ms"), 500);
    for (const char* text : {"", "30", "s", "-1s", "0s", "1s 1s", "99999999999999w", "now"}) {
        EXPECT_FALSE(parse_duration(text).has_value()) << text;
    }
}

TEST(ParseSize, NeedsAUnit) {
    EXPECT_EQ(parse_size("2GB"), 2'000'000'000U);
    EXPECT_EQ(parse_size("512MiB"), 536'870'912U);
    EXPECT_EQ(parse_size("1000000000B"), 1'000'000'000U);
    for (const char* text : {"", "2", "GB", "2gb", "0GB", "-1GB", "1.5GB", "99999999999TB"}) {
        EXPECT_FALSE(parse_size(text).has_value()) << text;
    }
}

class QueryLimitsTest : public ::testing::Test {
protected:
    QueryLimitsTest() { ledger_.created("r", 1); }
    query::Session open(const query::FreshOptions& options) {
        Result<query::Session> session = open_index(ledger_.root(), options);
        EXPECT_TRUE(session.has_value());
        return std::move(*session);
    }
    static std::string setting(query::Session& session, const std::string& name) {
        auto rows = session.query("SELECT current_setting('" + name + "')");
        return rows && rows->next().value_or(false) ? rows->text(0) : "none";
    }

    testing::LedgerLines ledger_;
};

TEST_F(QueryLimitsTest, MemoryAndThreadsAreThoseOfTheSession) {
    query::Session session = open({.session = {.memory_bytes_max = 100 << 20, .threads = 1}});
    EXPECT_EQ(setting(session, "memory_limit"), "100.0 MiB");
    EXPECT_EQ(setting(session, "threads"), "1");
    auto rows = session.query("SELECT run_id FROM latest_runs");
    ASSERT_TRUE(rows && rows->next().value_or(false)) << "the index is up to date";
}

TEST_F(QueryLimitsTest, WhatTakesTooLongIsStoppedAndToldSo) {
    query::Session session = open({});
    const TimeLimit limit(session, 100);
    const auto rows = session.query(
        "SELECT count(*) FROM range(1000000000) a, range(1000000000) b "
        "WHERE a.range <> b.range");
    ASSERT_FALSE(rows.has_value());
    const Error error = limit.explain(rows.error());
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
    EXPECT_EQ(error.message(), "stopped, it took longer than 100 ms; --timeout sets another limit");
}

TEST_F(QueryLimitsTest, OtherErrorsStayWhatTheyAre) {
    query::Session session = open({});
    const TimeLimit limit(session, 100'000);
    const auto rows = session.query("SELEC");
    ASSERT_FALSE(rows.has_value());
    EXPECT_EQ(limit.explain(rows.error()), rows.error());
}

}  // namespace
}  // namespace daybook::cli
