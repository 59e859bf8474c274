#include "base/check.h"

#include <gtest/gtest.h>

namespace daybook {
namespace {

TEST(Check, AConditionThatHoldsIsEvaluatedOnce) {
    int evaluated = 0;
    DAYBOOK_CHECK(++evaluated == 1);
    EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, AConditionThatFailsStopsTheProcessAndNamesItself) {
    EXPECT_DEATH(
        DAYBOOK_CHECK(1 + 1 == 3),
        "daybook: internal error: check failed: 1 \\+ 1 == 3 \\(.*check_test.cc:[0-9]+\\)");
}

}  // namespace
}  // namespace daybook
