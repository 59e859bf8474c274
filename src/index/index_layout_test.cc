#include "index/index_layout.h"

#include <fstream>

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::index {
namespace {

TEST(IndexLayoutTest, GenerationsHaveSixDigitsOrMore) {
    const IndexLayout layout("/l");
    EXPECT_EQ(layout.generation_path(Generation(42)), "/l/index/gen-000042.duckdb");
    EXPECT_EQ(layout.generation_path(Generation(1234567)), "/l/index/gen-1234567.duckdb");
    EXPECT_EQ(parse_generation("gen-1234567.duckdb"), Generation(1234567));
}

TEST(IndexLayoutTest, OtherNamesAreNoGeneration) {
    for (const char* name : {"runs.duckdb", "gen-42.duckdb", "gen-00004x.duckdb", "gen-.duckdb",
                             "gen-000042.duckdb.wal", "xgen-000042.duckdb", ""}) {
        SCOPED_TRACE(name);
        EXPECT_EQ(parse_generation(name), std::nullopt);
    }
}

TEST(IndexLayoutTest, GenerationsAreListedInAscendingOrder) {
    const testing::TempDir dir;
    const IndexLayout layout(dir.path());
    EXPECT_TRUE(list_generations(layout)->empty());
    ASSERT_TRUE(os::make_dirs(layout.index_dir()));
    for (const std::uint64_t number : {10U, 9U, 1000000U}) {
        std::ofstream(layout.generation_path(Generation(number))) << "x";
    }
    std::ofstream(layout.snapshot_path()) << "x";
    EXPECT_EQ(*list_generations(layout),
              (std::vector{Generation(9), Generation(10), Generation(1000000)}));
}

}  // namespace
}  // namespace daybook::index
