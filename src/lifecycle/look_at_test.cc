#include "lifecycle/look_at.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

namespace fs = std::filesystem;

TEST(LookAt, ALinkIsWhatLiesThereAndNotWhatItLeadsTo) {
    const testing::TempDir dir;
    fs::create_directory(dir / "real");
    fs::create_directory_symlink(dir / "real", dir / "link");
    fs::create_symlink("/nowhere", dir / "dangling");
    std::ofstream(dir / "file") << "abc";
    EXPECT_TRUE(testing::value_of(is_real_directory(dir / "real")));
    EXPECT_FALSE(testing::value_of(is_real_directory(dir / "link")));
    EXPECT_FALSE(testing::value_of(is_real_directory(dir / "file")));
    EXPECT_FALSE(testing::value_of(is_real_directory(dir / "absent")));
    EXPECT_EQ(testing::value_of(look_at(dir / "file"))->size, ByteOffset(3));
    EXPECT_TRUE(testing::value_of(look_at(dir / "dangling")));
    EXPECT_FALSE(testing::value_of(look_at(dir / "absent")));
}

}  // namespace
}  // namespace daybook::lifecycle
