#include "os/publish.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "os/test_support.h"
#include "support/outcome.h"

namespace daybook::os {
namespace {

class PublishTest : public ::testing::Test {
protected:
    void put(const std::string& path, const std::string& bytes) { std::ofstream(path) << bytes; }
    // Publishes "new"; the error's code if that is refused.
    std::optional<ErrorCode> publish_new(NameTaken if_taken) {
        put(from_, "new");
        const Status published = publish(from_, to_, if_taken);
        return published ? std::nullopt : std::optional(published.error().code());
    }
    std::string content(const std::string& path) { return read_file(path, 100).value_or("none"); }

    TempDir temp_;
    std::string from_ = temp_ / "f.tmp";
    std::string to_ = temp_ / "f";
};

// What exFAT says of links.
class WithoutLinks : public PublishTest {
protected:
    WithoutLinks() { faults_.fail(Call::kLink, 1, EPERM, /*for_good=*/true); }
    Faults faults_;
};

TEST_F(PublishTest, TheFileGetsItsName) {
    EXPECT_EQ(publish_new(NameTaken::kRefuse), std::nullopt);
    EXPECT_EQ(content(to_), "new");
    EXPECT_FALSE(std::filesystem::exists(from_));
}

TEST_F(PublishTest, WhatHasTheNameIsReplacedOnlyIfAskedFor) {
    put(to_, "old");
    EXPECT_EQ(publish_new(NameTaken::kRefuse), ErrorCode::kAlreadyExists);
    EXPECT_EQ(content(to_), "old");
    EXPECT_EQ(content(from_), "new") << "the caller's to remove";
    EXPECT_EQ(publish_new(NameTaken::kReplace), std::nullopt);
    EXPECT_EQ(content(to_), "new");
}

TEST_F(WithoutLinks, TheFileGetsItsNameAllTheSame) {
    EXPECT_EQ(publish_new(NameTaken::kRefuse), std::nullopt);
    EXPECT_EQ(content(to_), "new");
    EXPECT_FALSE(std::filesystem::exists(from_));
}

TEST_F(WithoutLinks, WhatHasTheNameStays) {
    put(to_, "old");
    EXPECT_EQ(publish_new(NameTaken::kRefuse), ErrorCode::kAlreadyExists);
    EXPECT_EQ(content(to_), "old");
    std::filesystem::remove(to_);
    std::filesystem::create_symlink("nowhere", to_);
    EXPECT_EQ(publish_new(NameTaken::kRefuse), ErrorCode::kAlreadyExists);
    EXPECT_TRUE(std::filesystem::is_symlink(to_));
}

}  // namespace
}  // namespace daybook::os
