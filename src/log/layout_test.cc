#include "log/layout.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::log {
namespace {

constexpr PartId kPart{.day = Day(20476), .number = PartNumber(7)};

TEST(Layout, NamesEveryFile) {
    const Layout layout("root");
    EXPECT_EQ(layout.events_dir(), "root/events");
    EXPECT_EQ(layout.day_dir(kPart.day), "root/events/day=2026-01-23");
    EXPECT_EQ(layout.part_path(kPart), "root/events/day=2026-01-23/part-000007.jsonl");
    EXPECT_EQ(layout.seal_path(kPart), "root/events/day=2026-01-23/part-000007.seal.json");
    EXPECT_EQ(layout.bad_path(kPart), "root/events/day=2026-01-23/part-000007.bad");
    EXPECT_EQ(layout.seal_lock_path(), "root/events/_seal.lock");
    EXPECT_EQ(layout.head_path(), "root/events/_head.json");
    EXPECT_EQ(layout.torn_path(kPart, ByteOffset(4711)),
              "root/torn/2026-01-23.part-000007.4711.bytes");
    EXPECT_EQ(layout.torn_path(kPart, ByteOffset(4711), 2),
              "root/torn/2026-01-23.part-000007.4711.2.bytes");
}

TEST(PartId, ReadsBackFromItsName) {
    for (const std::uint32_t number : {1U, 999'999U, 1'000'000U, 4'294'967'295U}) {
        const PartId part{.day = Day(20476), .number = PartNumber(number)};
        EXPECT_EQ(parse_part_id(to_string(part)), part);
    }
    EXPECT_EQ(to_string(kPart), "day=2026-01-23/part-000007");
}

TEST(PartId, HasOneSpelling) {
    for (const char* name :
         {"", "day=2026-01-23", "day=2026-01-23/", "day=2026-01-23/part-7",
          "day=2026-01-23/part-0000007", "day=2026-01-23/part-000000", "day=2026-01-23/part-00007a",
          "day=2026-01-23/part-000007 ", "day=2026-01-23/part-000007.jsonl",
          "2026-01-23/part-000007", "day=2026-13-23/part-000007", "day=2026-01-23/part--00007",
          "day=2026-01-23/part-+00007", "day=2026-01-23/part-4294967296",
          "day=2026-01-23//part-000007"}) {
        EXPECT_EQ(parse_part_id(name), std::nullopt) << name;
    }
}

TEST(PartId, ComesInOrderOfDayThenNumber) {
    EXPECT_LT((PartId{Day(1), PartNumber(9)}), (PartId{Day(2), PartNumber(1)}));
    EXPECT_LT((PartId{Day(1), PartNumber(9)}), (PartId{Day(1), PartNumber(10)}));
}

TEST(TornFile, SaysWhereItsBytesCameFrom) {
    for (const char* name :
         {"2026-01-23.part-000007.4711.bytes", "2026-01-23.part-000007.4711.2.bytes"}) {
        const std::optional<TornFileName> torn = parse_torn_file(name);
        ASSERT_TRUE(torn) << name;
        EXPECT_EQ(torn->part, kPart);
        EXPECT_EQ(torn->offset, ByteOffset(4711));
    }
    for (const char* name :
         {"", "2026-01-23", "2026-01-23.part-000007.bytes", "2026-01-23.part-000007.4711.txt",
          "2026-01-23.part-000007.x.bytes", "2026-01-23.part-000007.4711.bytes.tmp-12",
          "2026-01-23.part-7.4711.bytes", "part-000007.4711.bytes"}) {
        EXPECT_FALSE(parse_torn_file(name)) << name;
    }
}

TEST(DayFile, IsAPartItsSealOrItsMark) {
    EXPECT_EQ(parse_day_file("part-000007.jsonl")->kind, DayFile::kPart);
    EXPECT_EQ(parse_day_file("part-000007.seal.json")->kind, DayFile::kSeal);
    EXPECT_EQ(parse_day_file("part-000007.bad")->kind, DayFile::kBad);
    EXPECT_EQ(parse_day_file("part-000007.bad")->number, PartNumber(7));
}

TEST(DayFile, NothingElseIsOurs) {
    for (const char* name : {"", "part-000007", "part-000007.jsonl.tmp-12", "part-000007.JSONL",
                             "part-7.jsonl", "part-000000.jsonl", "a-000007.jsonl", "events.jsonl",
                             "part-000007.seal", ".part-000007.jsonl"}) {
        EXPECT_FALSE(parse_day_file(name)) << name;
    }
}

TEST(DayDir, IsNamedAfterADayThatExists) {
    EXPECT_EQ(parse_day_dir("day=2026-01-23"), Day(20476));
    for (const char* name :
         {"", "day=", "2026-01-23", "day=2026-1-23", "day=2026-02-30", "day=x"}) {
        EXPECT_EQ(parse_day_dir(name), std::nullopt) << name;
    }
}

}  // namespace
}  // namespace daybook::log
