#include "legacy/age.h"

#include <gtest/gtest.h>

namespace daybook::legacy {
namespace {

TEST(AgeText, HasTheUnitThatPeopleWouldUse) {
    EXPECT_EQ(age_text(-5), "0 s");
    EXPECT_EQ(age_text(119'999), "119 s");
    EXPECT_EQ(age_text(120'000), "2 min");
    EXPECT_EQ(age_text(119 * 60'000), "119 min");
    EXPECT_EQ(age_text(120 * 60'000), "2 h");
    EXPECT_EQ(age_text(48 * 3'600'000), "2 days");
}

}  // namespace
}  // namespace daybook::legacy
