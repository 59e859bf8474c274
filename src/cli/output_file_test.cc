#include "cli/output_file.h"

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

class OutputFileTest : public ::testing::Test {
protected:
    // Writes `bytes` to the file and publishes it; the error's code if that is refused.
    std::optional<ErrorCode> write(const std::string& bytes, bool replace) {
        Result<OutputFile> file = OutputFile::create(path_, replace);
        if (!file) return file.error().code();
        const Status published = file->publish(bytes);
        return published ? std::nullopt : std::optional(published.error().code());
    }
    std::string content() const { return os::read_file(path_, 100).value_or("none"); }
    std::size_t entries() const { return os::list_dir(dir_.path())->size(); }

    testing::TempDir dir_;
    std::string path_ = dir_ / "rows.csv";
};

TEST_F(OutputFileTest, AppearsWholeWhenPublished) {
    {
        Result<OutputFile> file = OutputFile::create(path_, false);
        ASSERT_TRUE(file.has_value());
        EXPECT_FALSE(os::write_all(file->fd(), "a", path_).error.has_value());
        EXPECT_EQ(content(), "none");
        EXPECT_TRUE(file->publish().has_value());
    }
    EXPECT_EQ(content(), "a");
    EXPECT_EQ(entries(), 1U);
}

TEST_F(OutputFileTest, WhatIsNotPublishedLeavesNothing) {
    {
        EXPECT_TRUE(OutputFile::create(path_, false).has_value());
    }
    EXPECT_EQ(entries(), 0U);
}

TEST_F(OutputFileTest, AFileIsReplacedOnlyWhenAskedFor) {
    EXPECT_EQ(write("old", false), std::nullopt);
    EXPECT_EQ(write("new", false), ErrorCode::kAlreadyExists);
    EXPECT_EQ(content(), "old");
    EXPECT_EQ(write("new", true), std::nullopt);
    EXPECT_EQ(content(), "new");
    EXPECT_EQ(entries(), 1U);
}

TEST_F(OutputFileTest, AFileThatAppearsMeanwhileIsKept) {
    Result<OutputFile> file = OutputFile::create(path_, false);
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ(write("theirs", true), std::nullopt);
    const Status published = file->publish();
    ASSERT_FALSE(published.has_value());
    EXPECT_EQ(published.error().code(), ErrorCode::kAlreadyExists);
    EXPECT_EQ(content(), "theirs");
}

TEST_F(OutputFileTest, ADirectoryOrADeviceIsNeverReplaced) {
    for (const std::string& path : {dir_.path(), std::string("/dev/null")}) {
        const auto file = OutputFile::create(path, true);
        ASSERT_FALSE(file.has_value());
        EXPECT_EQ(file.error().code(), ErrorCode::kInvalidArgument);
    }
}

TEST_F(OutputFileTest, ALinkStaysALink) {
    EXPECT_EQ(write("old", false), std::nullopt);
    const std::string target = path_;
    path_ = dir_ / "link";
    std::filesystem::create_symlink(target, path_);
    EXPECT_EQ(write("new", true), std::nullopt);
    EXPECT_TRUE(std::filesystem::is_symlink(path_));
    EXPECT_EQ(os::read_file(target, 100).value_or("none"), "new");
}

}  // namespace
}  // namespace daybook::cli
