#include "cli/progress.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

TEST(ProgressLine, WithATotalHasABarAndAShare) {
    EXPECT_EQ(progress_line("index", 500'000, 1'000'000, 1, ""),
              "index  ━━━━━━━━━━──────────   50%  500,000 of 1,000,000");
    EXPECT_EQ(progress_line("demo", 3, 2, 1, "late"),
              "demo  ━━━━━━━━━━━━━━━━━━━━  100%  3 of 2  late");
}

TEST(ProgressLine, WithoutOneHasARateOnceItCanBeKnown) {
    EXPECT_EQ(progress_line("emit", 10, 0, 1'000, ""), "emit  10");
    EXPECT_EQ(progress_line("emit", 600'000, 0, 2'000'000'000, ""), "emit  600,000  300,000/s");
}

TEST(Progress, IsNotShownWithoutATerminal) {
    const ManualClock clock(TimestampMs(0));
    EXPECT_FALSE(Progress({.terminal = false}, clock, "x").shown());
    EXPECT_TRUE(Progress({.terminal = true}, clock, "x").shown());
}

}  // namespace
}  // namespace daybook::cli
