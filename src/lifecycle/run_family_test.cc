#include "lifecycle/run_family.h"

#include <gtest/gtest.h>

namespace daybook::lifecycle {
namespace {

using Line = std::vector<std::string_view>;

TEST(RunFamily, WhatIsAboveARunIsToldByItsParentAndByItsName) {
    RunFamily family;
    family.add("search", "");
    family.add("fold", "search");
    EXPECT_EQ(family.line_of("search"), Line{"search"});
    EXPECT_EQ(family.line_of("fold"), (Line{"fold", "search"}));
    EXPECT_EQ(family.line_of("fold.1.a"), (Line{"fold.1.a", "fold.1", "fold", "search"}));
    EXPECT_EQ(family.top_of("fold.1.a"), "search");
    EXPECT_EQ(family.top_of("other.1"), "other.1") << "nobody knows a run other";
}

TEST(RunFamily, RunsInACircleEndIt) {
    RunFamily family;
    family.add("a", "b");
    family.add("b", "a");
    family.add("below", "a");
    EXPECT_EQ(family.line_of("a"), (Line{"a", "b"}));
    EXPECT_EQ(family.top_of("a"), "a");
    EXPECT_EQ(family.top_of("b"), "b");
    EXPECT_EQ(family.top_of("below"), "b");
}

}  // namespace
}  // namespace daybook::lifecycle
