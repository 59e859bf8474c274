#include "index/answer_views.h"

#include <map>

#include "support/extra_ledger.h"

namespace daybook::index {
namespace {

class AnswerViewsTest : public ::testing::Test {
protected:
    AnswerViewsTest() {
        testing::expect_ok(connection_.execute("CREATE SCHEMA log; USE log"));
        testing::expect_ok(create_index(connection_, Generation(0), ""));
        testing::expect_ok(connection_.execute("USE memory.main"));
    }
    std::vector<std::string> columns(const std::string& table) {
        duck::Rows rows = testing::value_of(connection_.query(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = 'memory' AND "
            "schema_name = 'main' AND table_name = '" +
            table + "' ORDER BY column_index"));
        std::vector<std::string> names;
        while (testing::value_of(rows.next())) names.push_back(rows.text(0));
        return names;
    }
    static std::string log_rows(std::string_view table) { return fmt::format("log.{}", table); }

    duck::Database database_ = testing::value_of(duck::Database::open_in_memory());
    duck::Connection connection_ = testing::value_of(database_.connect());
};

TEST_F(AnswerViewsTest, EveryTableButTheMetaRowHasItsName) {
    testing::expect_ok(create_answer_views(connection_, log_rows, {}));
    for (const std::string_view table : table_names()) {
        EXPECT_FALSE(columns(std::string(table)).empty()) << table;
    }
    EXPECT_TRUE(columns("index_meta").empty());
    EXPECT_EQ(columns("latest_runs").back(), "source");
}

TEST_F(AnswerViewsTest, SourcesAddOneColumnToOneTable) {
    testing::expect_ok(create_answer_views(connection_, log_rows, {}));
    std::map<std::string, std::vector<std::string>> alone;
    for (const std::string_view table : table_names()) {
        alone[std::string(table)] = columns(std::string(table));
    }
    for (const std::string_view table : table_names()) {
        testing::expect_ok(connection_.execute(fmt::format("DROP VIEW {}", table)));
    }
    testing::ExtraLedger old("old");
    old.lines().created("r", 1);
    const std::vector<ExtraIndex> indexes{old.index()};
    const AttachedExtras attached = testing::value_of(attach_extras(connection_, indexes));
    testing::expect_ok(create_answer_views(connection_, log_rows, attached));
    alone["runs_status"].push_back("_source");
    for (const auto& [table, expected] : alone) EXPECT_EQ(columns(table), expected) << table;
}

}  // namespace
}  // namespace daybook::index
