#include "legacy/catalog.h"

#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

class CatalogTest : public LegacyTest {
protected:
    Catalog read(const std::string& sql) {
        run(sql);
        const duck::Database database = must(duck::Database::open(file_, {.read_only = true}));
        duck::Connection connection = must(database.connect());
        return must(read_catalog(connection));
    }
};

TEST_F(CatalogTest, TablesAndViewsAreFoundWhateverTheirCase) {
    const Catalog catalog = read(
        "CREATE SCHEMA Bt; CREATE TABLE Bt.Runs (\"Run Id\" VARCHAR, x DECIMAL(5,2)); "
        "CREATE VIEW v AS SELECT 1 AS one; INSERT INTO Bt.Runs VALUES ('a', 1), ('b', 2)");
    ASSERT_EQ(catalog.tables.size(), 2U);
    const CatalogTable* const table = catalog.find("bt.RUNS");
    ASSERT_NE(table, nullptr);
    EXPECT_EQ(table->rows, 2U);
    EXPECT_EQ(table->types[1], "DECIMAL(5,2)");
    EXPECT_TRUE(table->has_column("run id"));
    EXPECT_EQ(table->quoted_name(), "\"Bt\".\"Runs\"");
    EXPECT_EQ(catalog.find("v"), catalog.find("main.v"));
    EXPECT_EQ(catalog.find("runs"), nullptr);
    EXPECT_EQ(describe(catalog), "Bt.Runs (Run Id VARCHAR, x DECIMAL(5,2)), v (one INTEGER)");
}

TEST_F(CatalogTest, ADescriptionIsNoLongerThanAMessage) {
    std::string sql;
    for (int i = 0; i < 10; ++i) sql += fmt::format("CREATE TABLE t{} (a INTEGER);", i);
    EXPECT_TRUE(describe(read(sql)).ends_with(", and 2 more tables"));
    EXPECT_EQ(describe(Catalog{}), "no tables");
}

}  // namespace
}  // namespace daybook::legacy
