#include "legacy/plan_sql.h"

#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

const CatalogTable kTable{.schema = "main", .name = "t", .columns = {"a", "B"}, .types = {}};
const Catalog kCatalog{.tables = {kTable}};

ValueTerm sql(std::string text, std::vector<std::string> needs) {
    return {.kind = ValueTerm::Kind::kSql, .text = std::move(text), .needs = std::move(needs)};
}

TEST(PlanSql, NeedsAreColumnsAndTables) {
    EXPECT_TRUE(meets({"A", "b", "main.t"}, kCatalog, kTable));
    EXPECT_FALSE(meets({"c"}, kCatalog, kTable));
    EXPECT_FALSE(meets({"main.gone"}, kCatalog, kTable));
}

TEST(PlanSql, TheFirstTermThatTheTableHasAndThatIsNotNullCounts) {
    EXPECT_EQ(text_sql({{{.text = "gone"}, {.text = "a"}}}, kCatalog, kTable),
              "CAST(t.\"a\" AS VARCHAR)");
    EXPECT_EQ(text_sql({{{.text = "a"}, sql("b + 1", {"b"}), sql("c", {"c"})}}, kCatalog, kTable),
              "coalesce(CAST(t.\"a\" AS VARCHAR), CAST((b + 1) AS VARCHAR))");
    EXPECT_EQ(text_sql({{{.text = "gone"}}}, kCatalog, kTable), std::nullopt);
}

TEST(PlanSql, AnExpressionMayBeForRowsThatHaveSomethingElse) {
    ValueTerm term = sql("'done'", {});
    term.given = {"gone", "a", "b"};
    EXPECT_EQ(term_sql(term, kCatalog, kTable),
              "(CASE WHEN (t.\"a\" IS NOT NULL OR t.\"b\" IS NOT NULL) THEN ('done') END)");
    term.given = {"gone"};
    EXPECT_EQ(term_sql(term, kCatalog, kTable), std::nullopt);
}

TEST(PlanSql, WhatIsJoinedIsTheFirstOfEachPart) {
    const ValueTerm term{.kind = ValueTerm::Kind::kJoined,
                         .text = "{table}",
                         .parts = {{"gone", "a"}, {"gone"}, {"a", "b"}}};
    const duck::Database database = must(duck::Database::open_in_memory());
    duck::Connection connection = must(database.connect());
    must(
        connection.execute("CREATE TABLE t (a INTEGER, B VARCHAR); INSERT INTO t VALUES (1, 'x'), "
                           "(NULL, 'y'), (NULL, NULL)"));
    duck::Rows rows = must(connection.query(
        fmt::format("SELECT {} AS joined FROM t", term_sql(term, kCatalog, kTable).value())));
    std::vector<std::string> found;
    while (must(rows.next())) found.push_back(rows.text(0));
    EXPECT_EQ(found, (std::vector<std::string>{"t/1/1", "t/y", "NULL"}));
}

// The result of DuckDB for each type: the same moment.
TEST(PlanSql, EveryTypeOfTimeIsMillisecondsInUtc) {
    const duck::Database database = must(duck::Database::open_in_memory());
    duck::Connection connection = must(database.connect());
    must(connection.execute("SET TimeZone = 'UTC'"));
    for (const char* value :
         {"1767323045678", "1767323045678::HUGEINT", "1767323045678.9::DOUBLE", "'1767323045678'",
          "TIMESTAMP '2026-01-02 03:04:05.678'", "'2026-01-02T03:04:05.678Z'",
          "TIMESTAMPTZ '2026-01-02 05:04:05.678+02'", "'2026-01-02 03:04:05.678'",
          "TIMESTAMP_NS '2026-01-02 03:04:05.678123456'",
          "TIMESTAMP_MS '2026-01-02 03:04:05.678'"}) {
        duck::Rows typed = must(connection.query(fmt::format("SELECT {}", value)));
        duck::Rows rows = must(connection.query(
            fmt::format("SELECT {}", time_sql(fmt::format("({})", value), typed.column_type(0)))));
        ASSERT_TRUE(must(rows.next()));
        EXPECT_EQ(rows.text(0), "1767323045678") << value;
    }
    for (const char* value : {"'infinity'::TIMESTAMP", "'-infinity'::DATE", "'soon'", "'infinity'",
                              "1e300", "'nan'::DOUBLE"}) {
        duck::Rows typed = must(connection.query(fmt::format("SELECT {}", value)));
        duck::Rows rows = must(connection.query(
            fmt::format("SELECT {}", time_sql(fmt::format("({})", value), typed.column_type(0)))));
        ASSERT_TRUE(must(rows.next()));
        EXPECT_TRUE(rows.is_null(0)) << value;
    }
}

TEST(PlanSql, WhatIsNoTimeHasNoSql) {
    for (const duck::TypeKind kind :
         {duck::TypeKind::kBoolean, duck::TypeKind::kList, duck::TypeKind::kBlob}) {
        duck::TypeInfo type;
        type.kind = kind;
        EXPECT_EQ(time_sql("x", type), "");
    }
}

}  // namespace
}  // namespace daybook::legacy
