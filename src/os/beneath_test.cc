#include "os/beneath.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::os {
namespace {

class BeneathTest : public ::testing::Test {
protected:
    BeneathTest() {
        std::filesystem::create_directories(root_ + "/a/b");
        std::ofstream(root_ + "/a/b/f") << "inside";
        std::ofstream(temp_ / "secret") << "outside";
    }
    ErrorCode refusal(const std::string& place) const {
        const Result<UniqueFd> fd = open_beneath(root_, place);
        return fd ? ErrorCode::kInternal : fd.error().code();
    }

    testing::TempDir temp_;
    std::string root_ = temp_ / "root";
};

TEST_F(BeneathTest, WhatLiesBelowIsOpened) {
    const UniqueFd fd = testing::value_of(open_beneath(root_, "a/b/f"));
    std::string bytes(6, '\0');
    testing::value_of(read_at(fd.get(), ByteOffset(0), bytes, "f"));
    EXPECT_EQ(bytes, "inside");
    EXPECT_EQ(refusal("a/b/none"), ErrorCode::kNotFound);
    EXPECT_EQ(refusal("none/f"), ErrorCode::kNotFound);
}

TEST_F(BeneathTest, NoLinkIsFollowedAtAnyLevel) {
    std::filesystem::create_symlink(temp_ / "secret", root_ + "/a/link");
    std::filesystem::create_directory_symlink(temp_.path(), root_ + "/out");
    std::filesystem::create_directory_symlink("b", root_ + "/a/near");
    for (const char* place :
         {"a/link", "out/secret", "a/near/f", "a/../a/b/f", "/etc/hostname", "a//f", "a/b/f/x"}) {
        EXPECT_EQ(refusal(place), ErrorCode::kInvalidArgument) << place;
    }
    // The directory that was given is the user's own choice.
    std::filesystem::create_directory_symlink(root_, temp_ / "chosen");
    testing::value_of(open_beneath(temp_ / "chosen", "a/b/f"));
}

TEST_F(BeneathTest, APipeIsNotWaitedFor) {
    ASSERT_EQ(::mkfifo((root_ + "/pipe").c_str(), 0600), 0);
    EXPECT_EQ(refusal("pipe"), ErrorCode::kInvalidArgument);
    EXPECT_EQ(refusal("a"), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace daybook::os
