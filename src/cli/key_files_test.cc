#include "cli/key_files.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/test_support.h"

namespace daybook::cli {
namespace {

class KeyFilesTest : public ::testing::Test {
protected:
    mode_t mode(const std::string& path) { return os::file_info(path).value()->mode; }

    os::TempDir dir_;
    const std::string path_ = dir_ / "me.pem";
};

TEST_F(KeyFilesTest, ThePublicKeyLiesBesideThePrivateOne) {
    EXPECT_EQ(public_key_path("a/me.pem"), "a/me.pub.pem");
    EXPECT_EQ(public_key_path("a/me"), "a/me.pub.pem");
    EXPECT_EQ(public_key_path("me.pem.old"), "me.pem.old.pub.pem");
}

TEST_F(KeyFilesTest, APairIsMadeAndTheSecretIsItsOwnersAlone) {
    ASSERT_TRUE(make_key_files(path_));
    EXPECT_EQ(mode(path_), 0600U);
    EXPECT_EQ(mode(dir_ / "me.pub.pem"), 0644U);
    const PrivateKeyFile file = read_private_key(path_).value();
    EXPECT_FALSE(file.open_to_others);
    EXPECT_TRUE(signature_holds("x", file.key.sign("x"), *read_public_key(dir_ / "me.pub.pem")));
}

TEST_F(KeyFilesTest, NothingIsOverwritten) {
    ASSERT_TRUE(os::write_file_atomic(dir_ / "me.pub.pem", "mine"));
    EXPECT_EQ(make_key_files(path_).error().code(), ErrorCode::kAlreadyExists);
    EXPECT_FALSE(*os::exists(path_));
    ASSERT_TRUE(os::remove_file(dir_ / "me.pub.pem"));
    ASSERT_TRUE(os::write_file_atomic(path_, "mine"));
    EXPECT_EQ(make_key_files(path_).error().code(), ErrorCode::kAlreadyExists);
    EXPECT_EQ(os::read_file(path_, 100), "mine");
    EXPECT_FALSE(*os::exists(dir_ / "me.pub.pem"));
}

TEST_F(KeyFilesTest, ASecretThatOthersCanReadIsToldOf) {
    ASSERT_TRUE(make_key_files(path_));
    const os::UniqueFd fd = os::open_fd(path_, O_RDONLY).value();
    ASSERT_TRUE(os::set_mode(fd.get(), 0640, path_));
    EXPECT_TRUE(read_private_key(path_)->open_to_others);
}

TEST_F(KeyFilesTest, WhatIsNoKeyIsNamed) {
    EXPECT_EQ(read_private_key(path_).error().code(), ErrorCode::kNotFound);
    ASSERT_TRUE(os::write_file_atomic(path_, "x"));
    EXPECT_NE(read_private_key(path_).error().message().find(path_), std::string::npos);
    EXPECT_NE(read_public_key(path_).error().message().find(path_), std::string::npos);
}

}  // namespace
}  // namespace daybook::cli
