#include "cli/bar.h"

#include <gtest/gtest.h>

#include "base/text_width.h"

namespace daybook::cli {
namespace {

TEST(ScaleBar, IsDrawnToScale) {
    EXPECT_EQ(scale_bar({.start = 0, .length = 100, .total = 100}, 8, true), "████████");
    EXPECT_EQ(scale_bar({.start = 50, .length = 25, .total = 100}, 8, true), "    ██");
    EXPECT_EQ(scale_bar({.start = 0, .length = 10, .total = 100}, 10, true), "█");
    EXPECT_EQ(scale_bar({.start = 0, .length = 15, .total = 100}, 10, true), "█▌");
    EXPECT_EQ(scale_bar({.start = 50, .length = 25, .total = 100}, 8, false), "    ##");
}

TEST(ScaleBar, WhatIsTooShortIsStillSeen) {
    EXPECT_EQ(scale_bar({.start = 0, .length = 0, .total = 1'000'000}, 8, true), "▏");
    EXPECT_EQ(scale_bar({.start = 0, .length = 0, .total = 1'000'000}, 8, false), "#");
    EXPECT_EQ(scale_bar({.start = 100, .length = 0, .total = 100}, 8, false), "       #");
}

TEST(ScaleBar, NeverLeavesItsLine) {
    for (std::int64_t start = -50; start <= 150; start += 7) {
        for (std::int64_t length = -10; length <= 200; length += 9) {
            for (const bool blocks : {true, false}) {
                const std::string bar =
                    scale_bar({.start = start, .length = length, .total = 100}, 12, blocks);
                ASSERT_LE(text_width(bar), 12U) << start << ' ' << length;
                ASSERT_FALSE(bar.empty());
            }
        }
    }
    EXPECT_EQ(scale_bar({.start = 5, .length = 5, .total = 0}, 4, false), "   #");
    EXPECT_EQ(scale_bar({.start = 0, .length = 1, .total = 1}, 0, false), "");
}

}  // namespace
}  // namespace daybook::cli
