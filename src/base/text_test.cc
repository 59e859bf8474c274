#include "base/text.h"

#include <array>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace daybook {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"table", "json", "markdown"};

TEST(NearestName, ForgivesWhatFingersDo) {
    EXPECT_EQ(nearest_name("tabl", kNames), "table");         // left out
    EXPECT_EQ(nearest_name("tablee", kNames), "table");       // too many
    EXPECT_EQ(nearest_name("tabke", kNames), "table");        // beside it
    EXPECT_EQ(nearest_name("tabel", kNames), "table");        // swapped
    EXPECT_EQ(nearest_name("jsno", kNames), "json");          // swapped, in a short word
    EXPECT_EQ(nearest_name("makrdwon", kNames), "markdown");  // swapped twice
}

TEST(NearestName, IsEmptyWhereNothingIsNear) {
    EXPECT_EQ(nearest_name("xml", kNames), "");
    EXPECT_EQ(nearest_name("", kNames), "");
    EXPECT_EQ(nearest_name("table", {}), "");
}

TEST(NearestName, OfEquallyNearOnesTheFirstWins) {
    constexpr std::array<std::string_view, 2> kTwins = {"trial", "trail"};
    EXPECT_EQ(nearest_name("triail", kTwins), "trial");
}

TEST(Printable, EscapesControlCharactersAndCuts) {
    EXPECT_EQ(printable("a\nb"), "a\\x0ab");
    EXPECT_EQ(printable("abcdef", 3), "abc…");
    EXPECT_EQ(printable("abc", 3), "abc");
}

TEST(Printable, EscapesEveryByteThatIsNoCharacter) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text = {'a', static_cast<char>(byte), 'b'};
        const bool shown = byte >= 0x20 && byte < 0x7f;
        EXPECT_EQ(printable(text), shown ? text : fmt::format("a\\x{:02x}b", byte));
    }
}

TEST(Printable, KeepsUtf8AndEscapesWhatOnlyLooksLikeIt) {
    for (const std::string text : {"ä", "€", "😀", "\u00a0", "\u0800", "\ud7ff", "\U0010ffff"}) {
        EXPECT_EQ(printable(text), text);
        EXPECT_EQ(printable(text.substr(0, text.size() - 1)).find(text[0]), std::string::npos);
    }
    EXPECT_EQ(printable("\xc0\x80"), "\\xc0\\x80");                    // overlong
    EXPECT_EQ(printable("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf");           // overlong
    EXPECT_EQ(printable("\xf0\x8f\xbf\xbf"), "\\xf0\\x8f\\xbf\\xbf");  // overlong
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
    EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");                    // a terminal's CSI
}

TEST(LowerCase, IsThatOfAscii) { EXPECT_EQ(lower_case("AnD_Ä1"), "and_Ä1"); }

TEST(Printable, NeverCutsACharacterInTwo) {
    EXPECT_EQ(printable("a€b", 3), "a…");
    EXPECT_EQ(printable("a€b", 4), "a€…");
    EXPECT_EQ(printable("a€b", 5), "a€b");
    EXPECT_EQ(printable("€", 0), "…");
}

}  // namespace
}  // namespace daybook
