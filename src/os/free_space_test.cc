#include "os/free_space.h"

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::os {
namespace {

TEST(FreeSpace, ShrinksByWhatIsWritten) {
    const TempDir dir;
    const std::uint64_t before = free_bytes(dir.path()).value();
    ASSERT_TRUE(write_file_atomic(dir / "file", std::string(std::size_t{8} << 20, 'x')));
    const std::uint64_t after = free_bytes(dir.path()).value();
    EXPECT_GT(before, 0u);
    // Others write there, too, but hardly make as much room meanwhile.
    EXPECT_LT(after, before);
}

TEST(FreeSpace, IsThatOfSomethingThatIsThere) {
    EXPECT_EQ(free_bytes("/nowhere/at/all").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace daybook::os
