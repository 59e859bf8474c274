#include "archive/row_group.h"

#include <string>

#include <gtest/gtest.h>

#include "archive/test_archive.h"

namespace daybook::archive {
namespace {

RowGroup encode(std::string bytes, std::uint64_t offset = 0) {
    const std::size_t size = bytes.size();
    RowGroupEncoder encoder;
    return encoder.encode({.part = test_part(1),
                           .bytes = std::move(bytes),
                           .stretches = {{.offset = ByteOffset(offset), .begin = 0, .end = size}}});
}

const ColumnChunk& column(const RowGroup& group, Field field) {
    return group.columns[static_cast<std::size_t>(field)];
}

TEST(RowGroup, EveryColumnHasAValueOrANullForEachRow) {
    const RowGroup group = encode(hard_part(true));
    EXPECT_EQ(group.rows, 15U);
    for (const ColumnChunk& chunk : group.columns) EXPECT_EQ(chunk.values, group.rows);
    // Four lines of Daybook's own and a foreign one are events.
    EXPECT_EQ(column(group, Field::kEventType).nulls, 10U);
    EXPECT_EQ(column(group, Field::kRunId).nulls, 10U);
    // Two with a NUL, and one that is no UTF-8.
    EXPECT_EQ(column(group, Field::kLine).nulls, 3U);
    EXPECT_EQ(column(group, Field::kDamagedBytes).nulls, 12U);
    EXPECT_EQ(column(group, Field::kPart).nulls, 0U);
}

TEST(RowGroup, BoundsAreThoseOfTheRows) {
    const RowGroup group = encode(own_line("b", 1) + own_line("a", 2) + own_line("c", 3), 7);
    EXPECT_EQ(column(group, Field::kRunId).least, "a");
    EXPECT_EQ(column(group, Field::kRunId).greatest, "c");
    EXPECT_EQ(column(group, Field::kPart).least, "day=2026-01-23/part-000001");
    EXPECT_EQ(column(group, Field::kOffset).least, std::string("\7\0\0\0\0\0\0\0", 8));
    EXPECT_EQ(column(group, Field::kLine).least, std::nullopt);
}

TEST(RowGroup, ALongTextIsNoBound) {
    const RowGroup group = encode(own_line(std::string(200, 'r'), 1));
    EXPECT_EQ(column(group, Field::kRunId).least, std::nullopt);
    EXPECT_EQ(column(group, Field::kRunId).greatest, std::nullopt);
}

TEST(RowGroup, LinesThatEndAreMarkedAndOthersAreNot) {
    EXPECT_EQ(encode("torn").first_line, std::nullopt);
    EXPECT_EQ(encode("torn").rows, 1U);
    const RowGroup group = encode("a\nb\ntorn", 100);
    EXPECT_EQ(group.first_line->offset, ByteOffset(100));
    EXPECT_EQ(group.last_line->offset, ByteOffset(102));
    EXPECT_EQ(group.rows, 3U);
}

TEST(RowGroup, EmptyLinesFillPagesToo) {
    const auto line_of = [](std::size_t lines) {
        return column(encode(std::string(lines, '\n')), Field::kLine);
    };
    constexpr std::size_t kPage = 65'536;
    const ColumnChunk one = line_of(kPage);
    const ColumnChunk four = line_of(4 * kPage);
    EXPECT_EQ(four.values, 4 * kPage);
    EXPECT_EQ(four.nulls, 0U);
    // The same page, four times.
    EXPECT_EQ(four.bytes, one.bytes + one.bytes + one.bytes + one.bytes);
}

TEST(RowGroup, StretchesKeepTheirOffsets) {
    RowGroupEncoder encoder;
    const RowGroup group =
        encoder.encode({.part = test_part(1),
                        .bytes = "a\nb\n",
                        .stretches = {{.offset = ByteOffset(5), .begin = 0, .end = 2},
                                      {.offset = ByteOffset(50), .begin = 2, .end = 4}}});
    EXPECT_EQ(group.first_line->offset, ByteOffset(5));
    EXPECT_EQ(group.last_line->offset, ByteOffset(50));
}

TEST(RowGroup, AnEventWhoseNamesHoldANulIsInNoColumn) {
    json::Envelope envelope{.event_type = "t", .event_id = "e", .timestamp = {}, .run_id = "r"};
    EXPECT_TRUE(fits_columns(envelope));
    envelope.run_id = std::string_view("r\0", 2);
    EXPECT_FALSE(fits_columns(envelope));
}

}  // namespace
}  // namespace daybook::archive
