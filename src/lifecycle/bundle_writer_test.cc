#include "lifecycle/bundle_writer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "os/test_support.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

class BundleWriterTest : public ::testing::Test {
protected:
    std::size_t files() { return testing::value_of(os::list_dir(temp_.path())).size(); }

    testing::TempDir temp_;
    std::string path_ = temp_ / "b";
};

TEST_F(BundleWriterTest, WithoutItsEndNothingIsLeft) {
    {
        const auto writer = testing::value_of(BundleWriter::open(path_, false));
        testing::expect_ok(writer->write_manifest({}));
        EXPECT_EQ(files(), 1U);
    }
    EXPECT_EQ(files(), 0U);
}

TEST_F(BundleWriterTest, WhatSomebodyHasPutThereMeanwhileStays) {
    const auto writer = testing::value_of(BundleWriter::open(path_, false));
    std::ofstream(path_) << "theirs";
    const Status finished = writer->finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().code(), ErrorCode::kAlreadyExists);
    EXPECT_EQ(testing::value_of(os::read_file(path_, 100)), "theirs");
    const auto replacing = testing::value_of(BundleWriter::open(path_, true));
    testing::expect_ok(replacing->finish());
    EXPECT_EQ(testing::value_of(os::read_file(path_, 1000)).size(), replacing->bytes());
}

// `--force -o /dev/null` must leave the device.
TEST_F(BundleWriterTest, APipeADeviceOrADirectoryIsNeverReplaced) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    for (const std::string& path : {path_, temp_.path(), std::string("/dev/null")}) {
        const auto refused = BundleWriter::open(path, true);
        ASSERT_FALSE(refused) << path;
        EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
    }
    EXPECT_EQ(files(), 1U);
}

TEST_F(BundleWriterTest, ALinkStaysALink) {
    std::ofstream(temp_ / "target") << "old";
    std::filesystem::create_symlink("target", path_);
    const auto writer = testing::value_of(BundleWriter::open(path_, true));
    testing::expect_ok(writer->finish());
    EXPECT_TRUE(std::filesystem::is_symlink(path_));
    EXPECT_EQ(testing::value_of(os::read_file(temp_ / "target", 1000)).size(), writer->bytes());
}

TEST_F(BundleWriterTest, AFileSystemWithoutLinksWillDo) {
    os::Faults faults;
    faults.fail(os::Call::kLink, 1, EPERM, /*for_good=*/true);
    const auto writer = testing::value_of(BundleWriter::open(path_, false));
    testing::expect_ok(writer->finish());
    EXPECT_EQ(files(), 1U);
    EXPECT_EQ(testing::value_of(os::read_file(path_, 1000)).size(), writer->bytes());
}

TEST_F(BundleWriterTest, AFileThatIsNotWhatWasListedIsAnError) {
    std::ofstream(temp_ / "f") << "abc";
    const os::UniqueFd fd = testing::value_of(os::open_fd(temp_ / "f", O_RDONLY));
    const auto writer = testing::value_of(BundleWriter::open(path_, false));
    testing::expect_ok(writer->write_file({"artifacts/f", 3, sha256_hex("abc")}, fd.get(), "f"));
    EXPECT_FALSE(writer->write_file({"artifacts/f", 4, sha256_hex("abc")}, fd.get(), "f"));
    EXPECT_FALSE(writer->write_file({"artifacts/f", 3, sha256_hex("abd")}, fd.get(), "f"));
}

}  // namespace
}  // namespace daybook::lifecycle
