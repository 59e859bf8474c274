#include "capture/diff_store.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::capture {
namespace {

TEST(DiffStore, ADiffIsKeptUnderItsHashAndOnce) {
    const testing::TempDir temp;
    const std::string sha256 = sha256_hex("a diff\n");
    const StoredDiff stored = store_diff(temp.path(), "a diff\n").value();
    EXPECT_EQ(stored, (StoredDiff{.sha256 = sha256, .path = "artifacts/code/" + sha256 + ".diff"}));
    const os::FileInfo first = os::file_info(temp / stored.path).value().value();
    EXPECT_EQ(store_diff(temp.path(), "a diff\n").value(), stored);
    EXPECT_EQ(os::file_info(temp / stored.path).value()->identity, first.identity);
    EXPECT_EQ(os::read_file(temp / stored.path, 100).value(), "a diff\n");
    EXPECT_EQ(os::list_dir(temp / "artifacts/code").value().size(), 1U);
}

TEST(DiffStore, WhatWasCutIsWrittenAgain) {
    const testing::TempDir temp;
    const StoredDiff stored = store_diff(temp.path(), "a diff\n").value();
    ASSERT_TRUE(os::write_file_atomic(temp / stored.path, "a").has_value());
    ASSERT_TRUE(store_diff(temp.path(), "a diff\n").has_value());
    EXPECT_EQ(os::read_file(temp / stored.path, 100).value(), "a diff\n");
}

TEST(DiffStore, APlaceThatCannotBeWrittenIsAnErrorThatNamesIt) {
    const testing::TempDir temp;
    ASSERT_TRUE(os::write_file_atomic(temp / "artifacts", "in the way").has_value());
    const Result<StoredDiff> stored = store_diff(temp.path(), "a diff\n");
    ASSERT_FALSE(stored.has_value());
    EXPECT_NE(stored.error().message().find(temp / "artifacts"), std::string::npos);
}

}  // namespace
}  // namespace daybook::capture
