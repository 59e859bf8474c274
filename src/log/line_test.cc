#include "log/line.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/limits.h"
#include "log/test_support.h"

namespace daybook::log {
namespace {

std::string without_newline(std::string line) {
    EXPECT_EQ(line.back(), '\n');
    line.pop_back();
    return line;
}

Line judge(std::string_view text) { return judge_line(text, ByteOffset(0)); }

// A line with a checksum that holds, whatever its body.
std::string signed_line(const std::string& covered) {
    std::string digits(16, '0');
    write_hex64(xxh3_64(covered), digits.data());
    return covered + ",\"checksum\":\"" + digits + "\"}";
}

TEST(Line, TheTrailerIsNumberSyncedAndChecksumOfAllBefore) {
    std::string buffer = "earlier\n";
    buffer += R"({"a":1)";
    append_trailer(buffer, 8, Seq(12), Seq(0));
    std::string covered = R"({"a":1,"seq":12)";
    EXPECT_EQ(buffer, "earlier\n" + signed_line(covered) + "\n");

    buffer = R"({"a":1)";
    append_trailer(buffer, 0, Seq(12), Seq(11));
    covered = R"({"a":1,"seq":12,"synced":11)";
    EXPECT_EQ(buffer, signed_line(covered) + "\n");
}

TEST(Line, WhatWasWrittenIsReadBack) {
    for (const std::uint64_t seq : {std::uint64_t{1}, std::uint64_t{9}, std::uint64_t{10},
                                    std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
        for (const std::uint64_t synced : {std::uint64_t{0}, std::uint64_t{1}, seq}) {
            const std::string text = without_newline(whole_line("e1", seq, synced));
            const Line line = judge_line(text, ByteOffset(70));
            EXPECT_EQ(line.kind, LineKind::kOurs);
            EXPECT_EQ(line.seq, Seq(seq));
            EXPECT_EQ(line.synced, Seq(synced));
            EXPECT_EQ(line.body, draft_text("e1"));
            EXPECT_EQ(line.damage, Damage::kNone);
            EXPECT_EQ(line.end(), ByteOffset(70 + text.size() + 1));
        }
    }
}

TEST(Line, NoTrailerIsLongerThanItsBound) {
    std::string line = "{";
    append_trailer(line, 0, Seq(~std::uint64_t{0}), Seq(~std::uint64_t{0}));
    EXPECT_EQ(line.size() - 1, kTrailerBytesMax);
}

TEST(Line, EveryChangedByteIsDamage) {
    std::string text = without_newline(whole_line("e1", 12, 11));
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char whole = text[at];
        for (int byte = 0; byte < 256; ++byte) {
            if (static_cast<char>(byte) == whole || byte == '\n') continue;
            text[at] = static_cast<char>(byte);
            const Line line = judge(text);
            ASSERT_EQ(line.kind, LineKind::kDamaged) << at << " " << byte;
            ASSERT_NE(line.damage, Damage::kNone);
            // Nothing of it can be mistaken for an event.
            ASSERT_EQ(line.body, "");
            ASSERT_EQ(line.seq, Seq(0));
            ASSERT_EQ(line.synced, Seq(0));
        }
        text[at] = whole;
    }
}

TEST(Line, EveryCutIsDamage) {
    const std::string text = without_newline(whole_line("e1", 12, 11));
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
        ASSERT_EQ(judge(std::string_view(text).substr(0, cut)).kind, LineKind::kDamaged) << cut;
        ASSERT_EQ(judge(std::string_view(text).substr(cut + 1)).kind, LineKind::kDamaged) << cut;
    }
}

TEST(Line, AFragmentGluedToALineIsDamage) {
    const std::string text = without_newline(whole_line("e1", 12));
    for (std::size_t cut = 1; cut <= text.size(); ++cut) {
        const Line line = judge(text.substr(0, cut) + text);
        ASSERT_EQ(line.damage, Damage::kBadChecksum) << cut;
    }
}

TEST(Line, ATrailerHasOneSpelling) {
    for (const std::string covered :
         {R"({"a":1,"seq":0)", R"({"a":1,"seq":01)", R"({"a":1,"seq":-1)", R"({"a":1,"seq":1.0)",
          R"({"a":1,"seq": 1)", R"({"a":1, "seq":1)", R"({"a":1,"seq":"1")", R"({"a":1)",
          R"({"a":1,"seq":18446744073709551616)", R"({"a":1,"seq":100000000000000000000)",
          R"({"a":1,"seq":5,"synced":0)", R"({"a":1,"synced":5)", R"({"seq":5)", "7", "x"}) {
        EXPECT_EQ(judge(signed_line(covered)).damage, Damage::kBadTrailer) << covered;
    }
    EXPECT_EQ(judge(signed_line(R"({"a":1,"seq":18446744073709551615)")).kind, LineKind::kOurs);
}

TEST(Line, TheChecksumIsLowerCase) {
    std::string text = without_newline(whole_line("e1", 1));
    const std::size_t letter = text.find_first_of("abcdef", text.size() - 18);
    ASSERT_NE(letter, std::string::npos);
    text[letter] = static_cast<char>(text[letter] - 'a' + 'A');
    EXPECT_EQ(judge(text).damage, Damage::kBadTrailer);
}

TEST(Line, AnotherToolsLineIsForeign) {
    for (const std::string text :
         {R"({})", R"({"event_type":"run.started"})", R"( {"a": [1, {"b": 2}]} )", "{\"a\":1}\r",
          "\t{\"a\":\t1}", R"({"a":"} { \" \\"})", R"({"a":"é"})", R"({"sequence":1})",
          R"({"a":{"seq":1,"checksum":"x"}})", R"([{"seq":1}])", R"({"a":[{"seq":1}]})",
          R"({"a":"seq"})", R"({"a":"\"seq\":1"})", R"({"synced":1})"}) {
        const bool object = text.find('{') < text.find('[') || text.find('[') == std::string::npos;
        EXPECT_EQ(judge(text).kind, object ? LineKind::kForeign : LineKind::kDamaged) << text;
    }
}

TEST(Line, AForeignBodyLacksTheClosingBraceAsOursDoes) {
    const std::string text = draft_text("e1") + "}";
    EXPECT_EQ(judge(text).body, draft_text("e1"));
    EXPECT_EQ(judge(text + "\r").body, draft_text("e1"));
    EXPECT_EQ(judge(text).checksum, xxh3_64(text));
}

TEST(Line, OneOfTheReservedNamesAndNoTrailerIsDamage) {
    for (const char* text :
         {R"({"seq":1})", R"({"a":1,"seq":1})", R"({"seq" : 1,"a":2})", R"({"checksum":"x"})",
          R"({"a":{"b":1},"checksum":"0123456789abcdef","c":1})",
          R"({"a":1,"checksum":"0123456789abcdef" })", R"({"a":1,"seq":1)"}) {
        EXPECT_EQ(judge(text).damage, Damage::kBadTrailer) << text;
    }
}

TEST(Line, WhatIsNoWholeObjectIsDamage) {
    for (const char* text :
         {"1", "null", "[]", "\"a\"", "{", "}", "{}}", "{} {}", "{}x", "{\"a\":1", "{\"a", "{\"a\\",
          "{\"a\\\"}", " ", "\r", "x{}", "{]", "{\"a\":1]"}) {
        EXPECT_EQ(judge(text).damage, Damage::kNoObject) << text;
    }
    EXPECT_EQ(judge("").damage, Damage::kEmpty);
}

TEST(Line, AControlByteIsDamageAnywhereButForTabAndCarriageReturn) {
    for (int byte = 0; byte < 0x20; ++byte) {
        if (byte == '\n') continue;
        const std::string foreign =
            R"({"a":"b)" + std::string(1, static_cast<char>(byte)) + R"("})";
        const bool blank = byte == '\t' || byte == '\r';
        EXPECT_EQ(judge(foreign).damage, blank ? Damage::kNone : Damage::kControlByte) << byte;
    }
    EXPECT_EQ(judge(std::string(100, '\0')).damage, Damage::kControlByte);
}

TEST(Line, NulsInALineOfOursAreNamedAsSuch) {
    std::string text = without_newline(whole_line("e1", 1));
    text[5] = '\0';
    EXPECT_EQ(judge(text).damage, Damage::kControlByte);
}

TEST(Line, TheLongestLineIsReadAndALongerOneIsDamage) {
    const std::size_t trailer = whole_line("e1", 1).size() - draft_text("e1").size();
    std::string longest = whole_line("e1", 1, 0, kLineBytesMax - trailer - 7);
    ASSERT_EQ(longest.size(), kLineBytesMax);
    EXPECT_EQ(judge(without_newline(longest)).kind, LineKind::kOurs);

    const std::string longer = without_newline(whole_line("e1", 1, 0, kLineBytesMax - trailer - 6));
    const Line line = judge(longer);
    EXPECT_EQ(line.damage, Damage::kTooLong);
    EXPECT_EQ(line.length, longer.size());
    EXPECT_EQ(line.end(), ByteOffset(longer.size() + 1));
}

TEST(Line, EveryDamageHasANameOfItsOwn) {
    std::set<std::string> names;
    for (int damage = 0; damage <= static_cast<int>(Damage::kTooLong); ++damage) {
        names.insert(to_string(static_cast<Damage>(damage)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Damage::kTooLong) + 1);
}

}  // namespace
}  // namespace daybook::log
