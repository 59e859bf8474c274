#include "json/escape.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace daybook::json {
namespace {

std::string unescaped(std::string_view raw) {
    std::string out;
    unescape(raw, out);
    return out;
}

TEST(Escape, EveryByteThatMustBeEscapedReadsBackAsItself) {
    for (unsigned byte = 0; byte < 0x22; ++byte) {
        const auto escaped_byte = static_cast<unsigned char>(byte < 0x20    ? byte
                                                             : byte == 0x20 ? '"'
                                                                            : '\\');
        char buffer[kEscapeCharsMax];
        const std::string escape(buffer, write_escape(escaped_byte, buffer));

        EXPECT_EQ(escape_size(escape), escape.size());
        EXPECT_EQ(unescaped(escape), std::string(1, static_cast<char>(escaped_byte)));
        EXPECT_EQ(nlohmann::json::parse("\"" + escape + "\""),
                  std::string(1, static_cast<char>(escaped_byte)));
    }
}

TEST(Escape, ShortFormsAreUsedWhereJsonHasThem) {
    char buffer[kEscapeCharsMax];
    EXPECT_EQ(std::string(buffer, write_escape('\n', buffer)), "\\n");
    EXPECT_EQ(std::string(buffer, write_escape(0x1f, buffer)), "\\u001f");
}

TEST(Escape, OnlyTheNineEscapesOfJsonAreWhole) {
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::string text = {'\\', static_cast<char>(byte)};
        const bool known =
            byte != 0 && std::string("\"\\/bfnrt").find(text[1]) != std::string::npos;
        EXPECT_EQ(escape_size(text), known ? 2 : 0) << byte;
    }
    EXPECT_EQ(escape_size("\\"), 0);
}

TEST(Escape, EveryUnitOutsideTheSurrogatesIsACharacter) {
    for (unsigned unit = 0; unit < 0x10000; ++unit) {
        char text[7];
        std::snprintf(text, sizeof text, "\\u%04x", unit);
        const bool surrogate = unit >= 0xd800 && unit <= 0xdfff;
        ASSERT_EQ(escape_size(text), surrogate ? 0 : 6) << text;
        if (surrogate) continue;
        ASSERT_EQ(unescaped(text),
                  nlohmann::json::parse("\"" + std::string(text) + "\"").get<std::string>());
    }
}

TEST(Escape, HexDigitsMayBeOfEitherCaseAndMustBeFour) {
    EXPECT_EQ(unescaped("\\u00E9\\u00e9"), "\xc3\xa9\xc3\xa9");
    for (const char* const text :
         {"\\u", "\\u1", "\\u12", "\\u123", "\\u123g", "\\u 123", "\\U1234"}) {
        EXPECT_EQ(escape_size(text), 0) << text;
    }
}

TEST(Escape, SurrogatesCountInPairsOnly) {
    EXPECT_EQ(escape_size("\\ud83d\\ude00"), 12);
    EXPECT_EQ(unescaped("a\\ud83d\\ude00b"),
              "a\xf0\x9f\x98\x80"
              "b");
    for (const char* const text :
         {"\\ud83d", "\\ud83dx", "\\ud83d\\n", "\\ud83d\\ud83d", "\\ude00\\ud83d"}) {
        EXPECT_EQ(escape_size(text), 0) << text;
    }
}

TEST(Escape, WhatIsNotEscapedIsCopied) {
    EXPECT_EQ(unescaped(""), "");
    EXPECT_EQ(unescaped("plain \xc3\xa9"), "plain \xc3\xa9");
    EXPECT_EQ(unescaped("\\\"a\\/b\\\\"), "\"a/b\\");
}

}  // namespace
}  // namespace daybook::json
