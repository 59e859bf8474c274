#include "json/path.h"

#include <gtest/gtest.h>

namespace daybook::json {
namespace {

TEST(Path, AnEmptyPathPointsAtTheWhole) { EXPECT_EQ(Path().pointer(), ""); }

TEST(Path, NamesAndIndexesAreJoinedBySlashes) {
    Path path;
    path.enter();
    path.set("metrics");
    path.enter();
    path.set(std::size_t{12});
    path.enter();
    path.set("x");

    EXPECT_EQ(path.pointer(), "/metrics/12/x");
    EXPECT_EQ(path.depth(), 3);
}

TEST(Path, SlashAndTildeAreEscaped) {
    Path path;
    path.enter();
    path.set("a/b~c");

    EXPECT_EQ(path.pointer(), "/a~1b~0c");
}

TEST(Path, AnEmptyNameIsANameAndNoNameIsTheObjectItself) {
    Path path;
    path.enter();
    path.set("o");
    path.enter();
    EXPECT_EQ(path.pointer(), "/o");
    path.set("");
    EXPECT_EQ(path.pointer(), "/o/");
}

TEST(Path, LeavingGoesBackToThePlaceOfTheObject) {
    Path path;
    path.enter();
    path.set("a");
    path.enter();
    path.set("b");
    path.leave();

    EXPECT_EQ(path.pointer(), "/a");
}

TEST(Path, NoObjectIsEnteredBeyondTheLimit) {
    Path path;
    for (std::size_t i = 0; i < kNestingMax; ++i) EXPECT_TRUE(path.enter());
    EXPECT_FALSE(path.enter());
    EXPECT_EQ(path.depth(), kNestingMax);
}

}  // namespace
}  // namespace daybook::json
