#include "legacy/json_compare.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace daybook::legacy {
namespace {

constexpr double kTolerance = 1e-6;

std::vector<JsonDifference> differences(std::string_view left, std::string_view right) {
    return json_differences(left, right, kTolerance);
}

TEST(JsonCompareTest, NumbersAreCloseByTheirSizes) {
    EXPECT_TRUE(are_close(1e9, 1e9 + 999, kTolerance));
    EXPECT_FALSE(are_close(1e9, 1e9 + 1001, kTolerance));
    EXPECT_FALSE(are_close(1e-9, 1.1e-9, kTolerance)) << "small ones are no noise";
    EXPECT_TRUE(are_close(-0.0, 0.0, 0));
    EXPECT_FALSE(are_close(0, 1e-300, kTolerance));
    const double infinity = std::numeric_limits<double>::infinity();
    EXPECT_TRUE(are_close(infinity, infinity, 0));
    EXPECT_FALSE(are_close(infinity, -infinity, 1));
    EXPECT_FALSE(are_close(infinity, 1, 1));
    EXPECT_TRUE(are_close(std::nan(""), std::nan(""), 0));
    EXPECT_FALSE(are_close(std::nan(""), 1, 1));
}

TEST(JsonCompareTest, OrderSpacesAndNullsCountForNothing) {
    for (const auto& [left, right] : std::vector<std::pair<const char*, const char*>>{
             {R"({"a":1,"b":[1,{"c":2}]})", R"({ "b": [1, {"c": 2.0000000001}], "a": 1.0 })"},
             {R"({"a":1,"b":null})", R"({"a":1})"},
             {"[]", "[ ]"},
             {R"("\u0061")", R"("a")"},
             {"not json", "not json"}}) {
        EXPECT_EQ(differences(left, right), std::vector<JsonDifference>()) << left << right;
    }
}

TEST(JsonCompareTest, WhatDiffersIsNamedByItsPointer) {
    EXPECT_EQ(differences(R"({"a":1,"b":[1,2],"c/~":"x","d":0})", R"({"a":1,"b":[2,1],"e":true})"),
              (std::vector<JsonDifference>{{"/b", "[1,2]", "[2,1]"},
                                           {"/c~1~0", R"("x")", ""},
                                           {"/d", "0", ""},
                                           {"/e", "", "true"}}));
}

TEST(JsonCompareTest, OtherValuesDifferAsAWhole) {
    using List = std::vector<JsonDifference>;
    EXPECT_EQ(differences("[1,2]", "[1]"), (List{{"", "[1,2]", "[1]"}}));
    EXPECT_EQ(differences(R"("1")", "1"), (List{{"", R"("1")", "1"}}));
    EXPECT_EQ(differences("{", "{}"), (List{{"", "{", "{}"}}));
}

TEST(JsonCompareTest, IntegersMustBeTheSame) {
    EXPECT_EQ(differences("9007199254740993", "9007199254740992").size(), 1U);
    EXPECT_EQ(differences("9007199254740993", "9007199254740993").size(), 0U);
}

}  // namespace
}  // namespace daybook::legacy
