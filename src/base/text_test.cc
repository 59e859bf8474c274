#include "base/text.h"

#include <array>

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

}  // namespace
}  // namespace daybook
