#include "archive/read_back.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "archive/test_archive.h"

namespace daybook::archive {
namespace {

class ReadBackTest : public ArchiveTest {
protected:
    ReadBackTest() {
        manifest_ =
            archive({put_part(test_part(1), hard_part(true)),
                     put_part(test_part(2), own_line("r1", 1)), put_part(test_part(3), "")});
        path_ = layout_.file_path(kTestDay, "events-000001.parquet");
    }
    Status check(const Manifest& manifest) {
        return read_back(path_, manifest.files[0], manifest.parts);
    }

    Manifest manifest_;
    std::string path_;
};

TEST_F(ReadBackTest, WhatWasWrittenIsThere) {
    testing::expect_ok(check(manifest_));
    std::uint64_t seen = 0;
    testing::expect_ok(
        read_back(path_, manifest_.files[0], manifest_.parts, [&](std::uint64_t bytes) {
            seen += bytes;
            return true;
        }));
    EXPECT_EQ(seen, hard_part(true).size() + own_line("r1", 1).size());
}

TEST_F(ReadBackTest, APartWithAnotherHashIsNamed) {
    manifest_.parts[1].sha256 = std::string(64, '0');
    const Status checked = check(manifest_);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code(), ErrorCode::kCorrupt);
    EXPECT_NE(checked.error().message().find("part-000002"), std::string::npos);
}

TEST_F(ReadBackTest, EveryFlippedByteOfTheFileIsFound) {
    const std::string whole = testing::value_of(os::read_file(path_, 1 << 20));
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        testing::expect_ok(os::write_file_atomic(path_, damaged));
        EXPECT_FALSE(check(manifest_)) << i;
    }
}

TEST_F(ReadBackTest, WhoWatchesCanStopIt) {
    const Status stopped =
        read_back(path_, manifest_.files[0], manifest_.parts, [](std::uint64_t) { return false; });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace daybook::archive
