#include "duck/rows.h"

#include "duck/test_support.h"

namespace daybook::duck {
namespace {

using RowsTest = DuckTest;

TEST_F(RowsTest, NamesAndTypesAreThereWithoutRows) {
    Rows rows = must(connection_.query("SELECT 1 AS a, 'x' AS b WHERE false"));
    EXPECT_EQ(rows.column_count(), 2U);
    EXPECT_EQ(rows.column_name(0), "a");
    EXPECT_EQ(rows.column_type(1).kind, TypeKind::kVarchar);
    EXPECT_FALSE(must(rows.next()));
}

TEST_F(RowsTest, RowsContinueAcrossChunks) {
    Rows rows = must(connection_.query("SELECT i FROM range(5000) t(i) ORDER BY i"));
    std::int64_t expected = 0;
    while (must(rows.next())) ASSERT_EQ(rows.get_int64(0), expected++);
    EXPECT_EQ(expected, 5000);
}

TEST_F(RowsTest, RowsStayReadableAfterAMove) {
    Rows first = must(connection_.query("SELECT 'abcdefghijklmnopqrstuvwxyz'"));
    ASSERT_TRUE(must(first.next()));
    const Rows second = std::move(first);
    EXPECT_EQ(second.get_string(0), "abcdefghijklmnopqrstuvwxyz");
}

}  // namespace
}  // namespace daybook::duck
