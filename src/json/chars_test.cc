#include "json/chars.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::json {
namespace {

bool is_plain(unsigned byte) { return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\'; }

// The character of `code`, also of one that UTF-8 does not have.
std::string encoded(unsigned code) {
    const auto c = [](unsigned byte) { return static_cast<char>(byte); };
    if (code < 0x80) return {c(code)};
    if (code < 0x800) return {c(0xc0 | code >> 6), c(0x80 | (code & 0x3f))};
    if (code < 0x10000) {
        return {c(0xe0 | code >> 12), c(0x80 | (code >> 6 & 0x3f)), c(0x80 | (code & 0x3f))};
    }
    return {c(0xf0 | code >> 18), c(0x80 | (code >> 12 & 0x3f)), c(0x80 | (code >> 6 & 0x3f)),
            c(0x80 | (code & 0x3f))};
}

TEST(Chars, PlainPrefixFindsEveryByteAtEveryPlace) {
    for (std::size_t size = 1; size <= 40; ++size) {
        for (std::size_t place = 0; place < size; ++place) {
            for (unsigned byte = 0; byte < 256; ++byte) {
                std::string text(size, 'a');
                text[place] = static_cast<char>(byte);
                ASSERT_EQ(plain_prefix(text), is_plain(byte) ? size : place) << size << " " << byte;
            }
        }
    }
}

TEST(Chars, SpecialBytesMarksAWordThatHasOneAndNoOther) {
    for (int place = 0; place < 64; place += 8) {
        for (std::uint64_t byte = 0; byte < 256; ++byte) {
            const std::uint64_t word =
                (0x6161616161616161 & ~(std::uint64_t{0xff} << place)) | byte << place;
            ASSERT_EQ(special_bytes(word) == 0, is_plain(static_cast<unsigned>(byte))) << byte;
        }
    }
}

TEST(Chars, EveryCodePointButSurrogatesIsUtf8) {
    for (unsigned code = 0; code < 0x120000; ++code) {
        const std::string text = encoded(code);
        const bool valid = code < 0x110000 && (code < 0xd800 || code > 0xdfff);
        ASSERT_EQ(utf8_sequence(text), valid ? text.size() : 0) << code;
    }
}

TEST(Chars, OverlongFormsAreNotUtf8) {
    for (const char* const text :
         {"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
          "\xf0\x8f\xbf\xbf", "\xf8\x88\x80\x80\x80"}) {
        EXPECT_EQ(utf8_sequence(text), 0) << text;
    }
}

TEST(Chars, ASequenceCutShortIsNotUtf8) {
    for (const std::string& text : {encoded(0xe9), encoded(0x20ac), encoded(0x1f600)}) {
        for (std::size_t size = 1; size < text.size(); ++size) {
            EXPECT_EQ(utf8_sequence(text.substr(0, size)), 0);
            EXPECT_EQ(utf8_sequence(text.substr(0, size) + "a"), 0);
        }
    }
}

TEST(Chars, Utf8PrefixEndsBeforeTheFirstWrongByte) {
    const std::string good = "plain ascii text, then \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 and more";
    EXPECT_EQ(utf8_prefix(good), good.size());
    EXPECT_EQ(utf8_prefix(good + "\xff" + good), good.size());
    EXPECT_EQ(utf8_prefix("\x80"), 0);
    EXPECT_EQ(utf8_prefix(""), 0);
}

TEST(Chars, HasControlKnowsEveryControlCharacterAtEveryPlace) {
    for (std::size_t size = 1; size <= 20; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            for (unsigned byte = 0; byte < 256; ++byte) {
                std::string text(size, ' ');
                text[at] = static_cast<char>(byte);
                ASSERT_EQ(has_control(text), byte < 0x20 || byte == 0x7f)
                    << byte << " at " << at << " of " << size;
            }
        }
    }
    EXPECT_FALSE(has_control(""));
}

}  // namespace
}  // namespace daybook::json
