#include "os/directory_watch.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::os {
namespace {

class DirectoryWatchTest : public ::testing::Test {
protected:
    // The names that were told of, each once.
    std::vector<std::string> names() {
        std::vector<std::string> found;
        const DirectoryChanges changes = watch_.take().value();
        for (const auto& entry : changes.entries) {
            EXPECT_EQ(entry.directory, dir_.path());
            found.push_back(entry.name);
        }
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
        return found;
    }
    using Names = std::vector<std::string>;

    TempDir dir_;
    DirectoryWatch watch_ = DirectoryWatch::open().value();
};

TEST_F(DirectoryWatchTest, TellsWhatWasMadeWrittenMovedAndRemoved) {
    ASSERT_TRUE(watch_.add(dir_.path()));
    EXPECT_EQ(names(), Names{});
    const UniqueFd fd = open_fd(dir_ / "a", O_WRONLY | O_CREAT).value();
    EXPECT_EQ(names(), Names{"a"});
    EXPECT_EQ(names(), Names{});
    EXPECT_FALSE(write_all(fd.get(), "x", "a").error);
    EXPECT_EQ(names(), Names{"a"});
    ASSERT_TRUE(rename(dir_ / "a", dir_ / "b"));
    EXPECT_EQ(names(), (Names{"a", "b"}));
    ASSERT_TRUE(remove_file(dir_ / "b"));
    EXPECT_EQ(names(), Names{"b"});
}

TEST_F(DirectoryWatchTest, ADirectoryIsWatchedOnce) {
    ASSERT_TRUE(watch_.add(dir_.path()));
    ASSERT_TRUE(watch_.add(dir_.path()));
    EXPECT_EQ(watch_.size(), 1u);
}

TEST_F(DirectoryWatchTest, TellsThatADirectoryHasGone) {
    for (const char* name : {"removed", "moved"}) {
        ASSERT_TRUE(make_dirs(dir_ / name));
        ASSERT_TRUE(watch_.add(dir_ / name));
    }
    ASSERT_TRUE(remove_tree(dir_ / "removed"));
    ASSERT_TRUE(rename(dir_ / "moved", dir_ / "elsewhere"));
    EXPECT_EQ(watch_.take().value().gone, (Names{dir_ / "removed", dir_ / "moved"}));
    EXPECT_EQ(watch_.size(), 0u);
    ASSERT_TRUE(write_file_atomic(dir_ / "elsewhere/file", ""));
    EXPECT_EQ(watch_.take().value().entries.size(), 0u);
}

TEST_F(DirectoryWatchTest, OnlyADirectoryThatIsThereCanBeWatched) {
    EXPECT_EQ(watch_.add(dir_ / "nothing").error().code(), ErrorCode::kNotFound);
    ASSERT_TRUE(write_file_atomic(dir_ / "file", ""));
    EXPECT_FALSE(watch_.add(dir_ / "file"));
}

}  // namespace
}  // namespace daybook::os
