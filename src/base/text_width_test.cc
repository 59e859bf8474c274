#include "base/text_width.h"

#include <gtest/gtest.h>

namespace daybook {
namespace {

TEST(TextWidth, CountsColumnsAndNotBytes) {
    EXPECT_EQ(text_width(""), 0U);
    EXPECT_EQ(text_width("abc"), 3U);
    EXPECT_EQ(text_width("Zürich"), 6U);
    EXPECT_EQ(text_width("日本"), 4U);
    EXPECT_EQ(text_width("✓ ok"), 4U);
    EXPECT_EQ(text_width("🚀"), 2U);
    EXPECT_EQ(text_width("e\u0301"), 1U);  // e and a combining acute accent
    EXPECT_EQ(text_width("█▌─"), 3U);
}

TEST(TextWidth, BytesThatAreNotUtf8TakeOneColumnEach) {
    EXPECT_EQ(text_width("\xff\xfe"), 2U);
    EXPECT_EQ(text_width("\xe6\x97"), 2U);          // cut in the middle
    EXPECT_EQ(text_width("\xc0\x80"), 2U);          // too long a form of NUL
    EXPECT_EQ(text_width("\xed\xa0\x80"), 3U);      // a surrogate
    EXPECT_EQ(text_width("\xf4\x90\x80\x80"), 4U);  // beyond Unicode
}

TEST(CutToWidth, NeverExceedsTheWidthAndNeverSplitsACharacter) {
    const std::string text = "aé日🚀b\u0301c";
    for (std::size_t columns = 0; columns <= 10; ++columns) {
        SCOPED_TRACE(columns);
        const std::string cut = cut_to_width(text, columns);
        EXPECT_LE(text_width(cut), columns);
        EXPECT_EQ(one_line(cut), cut) << "broken UTF-8 would be escaped";
    }
    EXPECT_EQ(cut_to_width(text, 8), text);
    EXPECT_EQ(cut_to_width("abcdef", 4), "abc…");
    EXPECT_EQ(cut_to_width("日本語", 4), "日…");
}

TEST(OneLine, EscapesWhatATerminalWouldObey) {
    EXPECT_EQ(one_line("a\nb\tc"), "a\\nb\\tc");
    EXPECT_EQ(one_line("\x1b[31mred"), "\\x1b[31mred");
    EXPECT_EQ(one_line("\u009b31m"), "\\xc2\\x9b31m");  // the one-character form of ESC [
    EXPECT_EQ(one_line("\xff"), "\\xff");
    EXPECT_EQ(one_line("ü 日"), "ü 日");
}

}  // namespace
}  // namespace daybook
