#include "archive/retained_days.h"

#include <gtest/gtest.h>

namespace daybook::archive {
namespace {

TEST(RetainedDays, AreReadBack) {
    const std::vector<Day> days = {Day(0), Day(20476), Day(20477)};
    EXPECT_EQ(encode_retained_days(days), R"({"days":["1970-01-01","2026-01-23","2026-01-24"]})");
    EXPECT_EQ(retained_days({.other = encode_retained_days(days)}), days);
    EXPECT_EQ(retained_days({.other = encode_retained_days({})}), std::vector<Day>());
}

TEST(RetainedDays, WhatDoesNotSaySoSaysNothing) {
    for (const char* other :
         {"", "{}", "[]", R"({"days":"2026-01-23"})", R"({"days":["2026-01-23","soon"]})",
          R"({"days":[20476]})", R"({"days":)"}) {
        EXPECT_EQ(retained_days({.other = other}), std::nullopt) << other;
    }
}

}  // namespace
}  // namespace daybook::archive
