#include "query/filter_error.h"

#include <gtest/gtest.h>

namespace daybook::query {
namespace {

TEST(FilterError, ShowsThePlaceBelowTheFilter) {
    EXPECT_EQ(filter_error("a = b", 4, "found b").message(), "column 5: found b\n  a = b\n      ^");
}

TEST(FilterError, CountsCharactersAndNotBytes) {
    EXPECT_EQ(
        filter_error("tags.größe = é", std::string_view("tags.größe = ").size(), "x").message(),
        "column 14: x\n  tags.größe = é\n               ^");
}

TEST(FilterError, APlaceBehindTheEndIsTheEnd) {
    EXPECT_EQ(filter_error("a", 9, "found the end").message(),
              "column 2: found the end\n  a\n   ^");
}

TEST(FilterError, OfALongFilterItShowsWhatIsAroundThePlace) {
    const std::string filter = std::string(100, 'a') + "!" + std::string(100, 'b');
    EXPECT_EQ(filter_error(filter, 100, "x").message(),
              "column 101: x\n  …" + std::string(60, 'a') + "!" + std::string(59, 'b') + "…\n  " +
                  std::string(61, ' ') + "^");
}

TEST(FilterError, SendsNoControlCharactersToTheTerminal) {
    EXPECT_EQ(filter_excerpt("a\x1b[2J\n\tb"), "a [2J  b");
}

}  // namespace
}  // namespace daybook::query
