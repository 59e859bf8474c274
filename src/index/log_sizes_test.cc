#include "index/log_sizes.h"

#include <fstream>

#include "os/file.h"
#include "support/index_memory.h"
#include "support/temp_dir.h"

namespace daybook::index {
namespace {

TEST(LogSizesTest, PartsAreNamedAsInTheIndex) {
    const testing::TempDir dir;
    EXPECT_TRUE(testing::value_of(log_sizes(dir.path())).empty());
    testing::expect_ok(os::make_dirs(dir / "events/day=2026-01-01"));
    std::ofstream(dir / "events/day=2026-01-01/part-000003.jsonl") << "12345";
    const auto sizes = testing::value_of(log_sizes(dir.path()));
    ASSERT_EQ(sizes.size(), 1U);
    EXPECT_EQ(sizes[0].name, "day=2026-01-01/part-000003");
    EXPECT_EQ(sizes[0].bytes, 5U);
}

}  // namespace
}  // namespace daybook::index
