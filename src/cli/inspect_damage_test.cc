#include "cli/inspect_damage.h"

#include <gtest/gtest.h>

#include "log/test_support.h"

namespace daybook::cli {
namespace {

std::string record() {
    std::string line = log::whole_line("a", 1);
    line.pop_back();
    return line;
}

TEST(ExamineDamage, FindsTheRecordAndWhatStandsBeforeIt) {
    const std::string text = "half" + record();
    const DamageReport report = examine_damage(log::judge_line(text, ByteOffset(100)));
    ASSERT_EQ(report.records.size(), 1u);
    EXPECT_EQ(report.records[0].offset, ByteOffset(104));
    EXPECT_EQ(report.problem, ByteOffset(100));
    EXPECT_EQ(report.control_byte, std::nullopt);
}

TEST(ExamineDamage, FindsWhatStandsBehindARecord) {
    const std::string text = record() + record() + "half";
    const DamageReport report = examine_damage(log::judge_line(text, ByteOffset(0)));
    EXPECT_EQ(report.records.size(), 2u);
    EXPECT_EQ(report.problem, ByteOffset(2 * record().size()));
}

TEST(ExamineDamage, FindsTheFirstControlByte) {
    const std::string text = "ab\tc" + std::string(3, '\0') + "\x01";
    const DamageReport report = examine_damage(log::judge_line(text, ByteOffset(10)));
    EXPECT_EQ(report.control_byte, ByteOffset(14));
    EXPECT_EQ(report.problem, ByteOffset(14));
    EXPECT_TRUE(report.records.empty());
}

TEST(ExamineDamage, OfAWrongChecksumNobodyKnowsWhere) {
    std::string text = record();
    text[20] = '!';
    EXPECT_EQ(examine_damage(log::judge_line(text, ByteOffset(0))).problem, std::nullopt);
}

TEST(HexAround, ShowsSixteenBytesAndTheirCharacters) {
    EXPECT_EQ(hex_around(std::string_view("ab\0c", 4), ByteOffset(256), ByteOffset(258)),
              "0x0100  61 62 00 63  |ab.c|");
    const std::string text(100, 'x');
    EXPECT_EQ(hex_around(text, ByteOffset(0), ByteOffset(50)).substr(0, 12), "0x002a  78 7");
    EXPECT_EQ(hex_around(text, ByteOffset(0), ByteOffset(50)).size(), 8u + 16 * 3 - 1 + 20);
}

}  // namespace
}  // namespace daybook::cli
