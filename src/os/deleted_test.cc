#include "os/deleted.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::os {
namespace {

TEST(Deleted, AFileThatIsMovedIsNotDeleted) {
    const testing::TempDir dir;
    const UniqueFd fd = open_fd(dir / "a", O_WRONLY | O_CREAT).value();
    EXPECT_FALSE(is_deleted(fd.get()));
    ASSERT_TRUE(rename(dir / "a", dir / "b"));
    EXPECT_FALSE(is_deleted(fd.get()));
    ASSERT_TRUE(remove_file(dir / "b"));
    EXPECT_TRUE(is_deleted(fd.get()));
    EXPECT_FALSE(is_deleted(-1));
}

}  // namespace
}  // namespace daybook::os
