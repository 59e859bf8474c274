#include "index/table_store.h"

#include "support/index_memory.h"

namespace daybook::index {
namespace {

TEST(TableStoreTest, PlainTablesAreReadAndChangedInPlace) {
    testing::MemoryIndex index;
    PlainTables tables(index.connection());
    testing::expect_ok(tables.insert("index_damage",
                                     "SELECT 'a', 1, 2, 'x' UNION ALL SELECT 'b', "
                                     "3, 4, 'y' UNION ALL SELECT 'c', 5, 6, 'z'"));
    EXPECT_EQ(index.rows("SELECT part, _row FROM " + tables.rows_of("index_damage")),
              (std::vector<std::string>{"a | 0", "b | 1", "c | 2"}));
    testing::expect_ok(tables.erase("index_damage", "part = 'a'"));
    testing::expect_ok(tables.erase_rows("index_damage", "SELECT 2"));
    EXPECT_EQ(index.rows("SELECT part FROM index_damage"), std::vector<std::string>{"b"});
}

}  // namespace
}  // namespace daybook::index
