#include "index/index_state.h"

#include "support/index_memory.h"

namespace daybook::index {
namespace {

TEST(IndexStateTest, ANewIndexSaysWhoMadeItAndThatNothingWasRead) {
    testing::MemoryIndex index;
    const IndexMeta meta = testing::value_of(read_index_meta(index.connection()));
    EXPECT_EQ(meta.format, kIndexFormat);
    EXPECT_FALSE(meta.is_published);
    EXPECT_EQ(meta.digest, std::string(32, '0'));
    EXPECT_EQ(meta_obstacle(meta, ""), "");
    EXPECT_TRUE(testing::value_of(read_index_parts(index.connection())).empty());
}

TEST(IndexStateTest, RowsOfAnotherMakerCannotBeContinued) {
    testing::MemoryIndex index;
    const IndexMeta meta = testing::value_of(read_index_meta(index.connection()));
    EXPECT_NE(meta_obstacle(meta, "other").find("upcasters"), std::string::npos);
    IndexMeta older = meta;
    older.builder_version = "older";
    EXPECT_NE(meta_obstacle(older, "").find("older"), std::string::npos);
    testing::expect_ok(index.connection().execute(
        "DROP TABLE index_meta; CREATE TABLE index_meta AS SELECT 1 AS format"));
    const IndexMeta first = testing::value_of(read_index_meta(index.connection()));
    EXPECT_NE(meta_obstacle(first, "").find("format 1"), std::string::npos);
}

TEST(IndexStateTest, ATableThatIsMissingIsNamed) {
    testing::MemoryIndex index;
    EXPECT_EQ(testing::value_of(missing_table(index.connection())), "");
    testing::expect_ok(index.connection().execute("DROP TABLE run_notes"));
    EXPECT_EQ(testing::value_of(missing_table(index.connection())), "run_notes");
}

TEST(IndexStateTest, AnEmptyIndexMetaIsDamage) {
    testing::MemoryIndex index;
    testing::expect_ok(index.connection().execute("DELETE FROM index_meta"));
    EXPECT_EQ(read_index_meta(index.connection()).error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace daybook::index
