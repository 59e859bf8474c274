#include "archive/removed_ranges.h"

#include <gtest/gtest.h>

#include "archive/test_archive.h"

namespace daybook::archive {
namespace {

RemovedRange range(std::uint64_t offset, std::string event_id) {
    return {.offset = ByteOffset(offset),
            .length = 10,
            .lines = 2,
            .sha256 = std::string(64, 'a'),
            .event_id = std::move(event_id)};
}

TEST(RemovedRanges, OnlyThoseOfTheRetentionCountByPartAndOffset) {
    Manifest manifest{.day = kTestDay};
    manifest.parts = {{.part = test_part(1), .removed = {range(0, "a"), range(20, "b")}},
                      {.part = test_part(2), .removed = {range(5, "a")}}};
    const std::string hash(64, 'a');
    EXPECT_EQ(
        removed_by(manifest, "a"),
        (RemovedSum{.ranges_sha256 = sha256_hex(fmt::format("day=2026-01-23/part-000001 0 10 {}\n"
                                                            "day=2026-01-23/part-000002 5 10 {}\n",
                                                            hash, hash)),
                    .events = 4,
                    .bytes = 20}));
    EXPECT_EQ(removed_by(manifest, "b").events, 2U);
}

TEST(RemovedRanges, WhatIsLeftIsThatOfThePartsThatWereTouched) {
    Manifest manifest{.day = kTestDay};
    manifest.parts = {{.part = test_part(1), .left_bytes = 1, .left_sha256 = "x"},
                      {.part = test_part(2), .rewrites = 2, .left_bytes = 7, .left_sha256 = "ab"}};
    EXPECT_EQ(left_sha256(manifest), sha256_hex("day=2026-01-23/part-000002 7 ab\n"));
}

TEST(RemovedRanges, EarlierRangesKeepTheirRetention) {
    RewrittenFile rewritten;
    rewritten.parts = {{.part = test_part(1), .removed = {range(0, ""), range(20, "")}}};
    rewritten.removed = {{test_part(1), range(20, "")}};
    name_retention(rewritten, "new");
    EXPECT_EQ(rewritten.parts[0].removed[0].event_id, "");
    EXPECT_EQ(rewritten.parts[0].removed[1].event_id, "new");
    EXPECT_EQ(rewritten.removed[0].range.event_id, "new");
}

}  // namespace
}  // namespace daybook::archive
