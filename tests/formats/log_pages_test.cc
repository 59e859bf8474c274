// The worked examples of event-line.md, part.md and seal.md are what the code reads and writes.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "formats/page.h"
#include "log/lane.h"
#include "log/line.h"
#include "log/scan.h"

namespace daybook::formats {
namespace {

class LogPagesTest : public testing::Test {
protected:
    const Page line_page_{"event-line.md"};
    const Page part_page_{"part.md"};
    const Page seal_page_{"seal.md"};
    // The part of all three pages.
    const std::string part_ = line_page_.block("jsonl");

    std::vector<log::Line> lines() const {
        std::vector<log::Line> lines;
        log::Scanner scanner(part_, ByteOffset(0));
        while (const auto line = scanner.next()) lines.push_back(*line);
        return lines;
    }
};

TEST_F(LogPagesTest, EveryLineVerifiesAndIsNumbered) {
    const std::vector<log::Line> lines = this->lines();
    ASSERT_EQ(lines.size(), 3U);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        EXPECT_EQ(lines[i].kind, log::LineKind::kOurs) << lines[i].text;
        EXPECT_EQ(lines[i].seq, log::Seq(i + 1));
    }
    EXPECT_EQ(lines[1].synced, log::Seq(1));
    EXPECT_TRUE(line_page_.contains(fmt::format("`size` {} bytes", part_.size())));
}

TEST_F(LogPagesTest, WritingTheBodiesAgainGivesTheSameBytes) {
    std::string written;
    for (const log::Line& line : lines()) {
        const std::size_t begin = written.size();
        written += line.body;
        log::append_trailer(written, begin, line.seq, line.synced);
    }
    EXPECT_EQ(written, part_);
}

TEST_F(LogPagesTest, TheHexdumpIsTheSecondLine) {
    EXPECT_EQ(bytes_of_hexdump(line_page_.block("hexdump")),
              std::string(lines().at(1).text) + "\n");
}

TEST_F(LogPagesTest, TheIntroductoryLineIsTheSecondOne) {
    EXPECT_EQ(line_page_.block("json"), std::string(lines().at(1).text) + "\n");
}

TEST_F(LogPagesTest, TheOffsetsInTheTextAreThoseOfTheSecondLine) {
    const std::string_view line = lines().at(1).text;
    const std::size_t seq = line.find(",\"seq\"");
    const std::size_t checksum = line.find(",\"checksum\"");
    EXPECT_TRUE(line_page_.contains(fmt::format("ends before offset 0x{:x}", seq)));
    EXPECT_TRUE(line_page_.contains(fmt::format("bytes 0x00 to 0x{:x}", checksum - 1)));
}

TEST_F(LogPagesTest, EveryReasonOfTheTableIsTheCodes) {
    const std::string good(lines().at(0).text);
    std::string flipped = good;
    flipped[3] ^= 1;
    std::string nul = good;
    nul[3] = '\0';
    std::string upper = good;
    upper.replace(upper.size() - 18, 16, "47704CEEF448C6F7");
    std::string unnumbered = "{\"a\":1";
    const std::string covered = unnumbered;
    char digits[17] = {};
    write_hex64(xxh3_64(covered), digits);
    unnumbered += fmt::format(",\"checksum\":\"{}\"}}", digits);
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", "empty"},
        {std::string(std::size_t{16} << 20, 'x'), "too_long"},
        {upper, "bad_trailer"},
        {nul, "control_byte"},
        {flipped, "bad_checksum"},
        {unnumbered, "bad_trailer"},
        {good, "none"},
        {"{\"a\":\x01}", "control_byte"},
        {"{\"seq\":1}", "bad_trailer"},
        {"{\"a\":1", "no_object"},
        {"{\"a\":{\"seq\":1}}", "none"},
    };
    for (const auto& [text, reason] : cases) {
        const log::Line line = log::judge_line(text, ByteOffset(0));
        EXPECT_EQ(to_string(line.damage), reason) << text.substr(0, 300);
        if (reason != "none") {
            EXPECT_TRUE(line_page_.contains("`" + reason + "`"));
        }
    }
}

TEST_F(LogPagesTest, ThePartsTableHasTheLinesPlaces) {
    const std::vector<log::Line> lines = this->lines();
    const std::vector<std::string> types = {"run.created", "run.started", "run.tagged"};
    for (std::size_t i = 0; i < types.size(); ++i) {
        char checksum[17] = {};
        write_hex64(lines.at(i).checksum, checksum);
        const std::vector<std::string> expected = {
            types[i], fmt::format("{}", lines[i].offset.value()),
            fmt::format("{}", lines[i].text.size() + 1), fmt::format("{}", lines[i].seq.value()),
            checksum};
        EXPECT_EQ(part_page_.row(types[i]), expected);
    }
}

TEST_F(LogPagesTest, TheCursorIsTheOneAfterTwoLines) {
    log::Cursor cursor;
    cursor.part = *log::parse_part_id("day=2026-01-23/part-000001");
    cursor.advance(lines().at(0));
    cursor.advance(lines().at(1));
    const std::string expected = fmt::format(
        "part        {}\n"
        "bytes       {}\n"
        "first line  {}    {:016x}\n"
        "last line   {}  {:016x}\n",
        to_string(cursor.part), cursor.offset.value(), cursor.first_line_offset.value(),
        cursor.first_line_checksum, cursor.last_line_offset.value(), cursor.last_line_checksum);
    EXPECT_EQ(part_page_.block("text"), expected);
}

TEST_F(LogPagesTest, TheTornTailIsRepairedAsThePageSays) {
    const std::size_t whole = lines().at(2).offset.value();
    const std::string torn = part_.substr(0, whole + 100);
    const log::Tail tail = log::judge_tail(torn, ByteOffset(torn.size()));
    EXPECT_EQ(tail.verdict, log::Tail::Verdict::kTorn);
    EXPECT_EQ(tail.whole, ByteOffset(whole));
    EXPECT_EQ(tail.next_seq, log::Seq(3));

    const log::PartId part = *log::parse_part_id("day=2026-01-23/part-000001");
    const std::string evidence = log::Layout("").torn_path(part, tail.whole);
    EXPECT_TRUE(part_page_.contains("`" + evidence.substr(evidence.find("torn/")) + "`"));
    EXPECT_TRUE(part_page_.contains(fmt::format("leaves {} bytes", torn.size())));
}

TEST_F(LogPagesTest, TheSealIsThatOfThePart) {
    const std::string text = seal_page_.block("json", 0);
    const auto seal = nlohmann::ordered_json::parse(text);
    const auto first = nlohmann::json::parse(lines().front().text);
    const auto last = nlohmann::json::parse(lines().back().text);
    const nlohmann::ordered_json expected = {
        {"format", 1},
        {"part", "day=2026-01-23/part-000001"},
        {"bytes", part_.size()},
        {"events", lines().size()},
        {"sha256", sha256_hex(part_)},
        {"first_event_id", first["event_id"]},
        {"last_event_id", last["event_id"]},
        {"timestamp_ms_min", first["timestamp_ms"]},
        {"timestamp_ms_max", last["timestamp_ms"]},
        {"bad", false},
        {"previous", nullptr},
    };
    EXPECT_EQ(text, expected.dump() + "\n");

    const auto head = nlohmann::json::parse(seal_page_.block("json", 1));
    EXPECT_EQ(head["sha256"], sha256_hex(text));
    EXPECT_EQ(head["part"], seal["part"]);
}

}  // namespace
}  // namespace daybook::formats
