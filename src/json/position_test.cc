#include "json/position.h"

#include <gtest/gtest.h>

namespace daybook::json {
namespace {

TEST(Position, TheFirstByteIsLineOneColumnOne) {
    EXPECT_EQ(position_of("abc", 0), (Position{1, 1}));
    EXPECT_EQ(position_of("", 0), (Position{1, 1}));
}

TEST(Position, LinesAreCountedByNewlines) {
    EXPECT_EQ(position_of("a\nbc\n\nd", 3), (Position{2, 2}));
    EXPECT_EQ(position_of("a\nbc\n\nd", 6), (Position{4, 1}));
}

TEST(Position, ColumnsCountCharactersNotBytes) {
    EXPECT_EQ(position_of("\xc3\xa9\xe2\x82\xacx", 5), (Position{1, 3}));
}

TEST(Position, AnOffsetBeyondTheEndIsTheEnd) { EXPECT_EQ(position_of("ab", 99), (Position{1, 3})); }

}  // namespace
}  // namespace daybook::json
