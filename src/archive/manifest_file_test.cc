#include "archive/manifest_file.h"

#include <gtest/gtest.h>

#include "archive/test_archive.h"

namespace daybook::archive {
namespace {

class ManifestFileTest : public ArchiveTest {};

TEST_F(ManifestFileTest, ADayWithoutOneHasNone) {
    EXPECT_EQ(testing::value_of(read_manifest(layout_, kTestDay)), std::nullopt);
}

TEST_F(ManifestFileTest, WhatIsWrittenReplacesWhatWasThere) {
    testing::expect_ok(os::make_dirs(layout_.day_dir(kTestDay)));
    const Manifest first{.day = kTestDay};
    testing::expect_ok(write_manifest(layout_, first));
    EXPECT_EQ(testing::value_of(read_manifest(layout_, kTestDay)), first);
    Manifest second = first;
    second.other = R"({"key":1})";
    testing::expect_ok(write_manifest(layout_, second));
    EXPECT_EQ(testing::value_of(read_manifest(layout_, kTestDay)), second);
}

// It would be the day's last one.
TEST_F(ManifestFileTest, OneThatCouldNotBeReadIsNotWritten) {
    testing::expect_ok(os::make_dirs(layout_.day_dir(kTestDay)));
    const Manifest first{.day = kTestDay};
    testing::expect_ok(write_manifest(layout_, first));
    Manifest larger = first;
    larger.other = R"({"key":1})";
    const std::size_t bytes_max = encode_manifest(larger).size() - 1;
    EXPECT_EQ(check_manifest_size(layout_, larger, bytes_max).error().code(), ErrorCode::kLimit);
    EXPECT_EQ(write_manifest(layout_, larger, bytes_max).error().code(), ErrorCode::kLimit);
    EXPECT_EQ(testing::value_of(read_manifest(layout_, kTestDay)), first);
    testing::expect_ok(write_manifest(layout_, larger, bytes_max + 1));
}

TEST_F(ManifestFileTest, OneOfAnotherDayIsRefused) {
    const std::string path = layout_.manifest_path(kTestDay);
    testing::expect_ok(os::make_dirs(layout_.day_dir(kTestDay)));
    testing::expect_ok(os::write_file_atomic(path, encode_manifest({.day = kTestDay + 1})));
    const auto manifest = read_manifest(layout_, kTestDay);
    ASSERT_FALSE(manifest);
    EXPECT_EQ(manifest.error().message(), "read " + path +
                                              ": field `day` of the manifest: found "
                                              "\"2026-01-24\", expected the day of its directory");
}

}  // namespace
}  // namespace daybook::archive
