#include "index/list_source.h"

#include "support/index_memory.h"

namespace daybook::index {
namespace {

TEST(ListSourceTest, EveryElementIsReadOnceByAnyNumberOfThreads) {
    duck::Database database = testing::value_of(duck::Database::open_in_memory({.threads = 4}));
    duck::Connection connection = testing::value_of(database.connect());
    auto list = std::make_shared<ListSource>(
        std::vector<duck::SourceColumn>{{"n", duck::ColumnType::kBigint}});
    testing::expect_ok(connection.register_source("list", list));
    for (const std::size_t count : {0U, 1U, 2048U, 2049U, 100'000U}) {
        SCOPED_TRACE(count);
        list->set(count, [](std::size_t i, std::size_t, duck::ColumnWriter& out, std::size_t row) {
            out.set_int64(row, static_cast<std::int64_t>(i));
        });
        duck::Rows rows = testing::value_of(
            connection.query("SELECT count(DISTINCT n), count(*), max(n) FROM list()"));
        ASSERT_TRUE(testing::value_of(rows.next()));
        EXPECT_EQ(rows.get_uint64(0), count);
        EXPECT_EQ(rows.get_uint64(1), count);
        EXPECT_EQ(count == 0 ? 0 : rows.get_uint64(2) + 1, count);
    }
}

}  // namespace
}  // namespace daybook::index
