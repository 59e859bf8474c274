#include "os/glob.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::os {
namespace {

using Paths = std::vector<std::string>;

TEST(Glob, FindsFilesAndNoDirectories) {
    const testing::TempDir dir;
    const auto in = [&](const char* name) { return join_path(dir.path(), name); };
    for (const char* name : {"a.csv", "b.csv", "c.txt"}) {
        ASSERT_TRUE(write_file_atomic(in(name), "x"));
    }
    ASSERT_TRUE(make_dirs(in("d.csv")));
    EXPECT_EQ(matching_files(in("*.csv")).value(), (Paths{in("a.csv"), in("b.csv")}));
    EXPECT_EQ(matching_files(in("{c,a}.*")).value(), (Paths{in("c.txt"), in("a.csv")}));
    EXPECT_EQ(matching_files(in("c.txt")).value(), Paths{in("c.txt")});
    EXPECT_EQ(matching_files(in("*.parquet")).value(), Paths{});
    EXPECT_EQ(matching_files(in("d.*")).value(), Paths{});
}

}  // namespace
}  // namespace daybook::os
