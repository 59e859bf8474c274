#include "selftest/check.h"

#include <gtest/gtest.h>

namespace daybook::selftest {
namespace {

TEST(Deadline, PassesWithTheTimeOrTheWishToStop) {
    std::atomic<bool> stop{false};
    const StageContext endless{.budget_ns = INT64_MAX, .stop = &stop};
    const Deadline deadline(endless);
    EXPECT_FALSE(deadline.passed());
    stop = true;
    EXPECT_TRUE(deadline.passed());
    EXPECT_TRUE(deadline.stopped());

    const StageContext none{.budget_ns = 0};
    EXPECT_TRUE(Deadline(none).passed());
    EXPECT_FALSE(Deadline(none).stopped());
}

TEST(Deadline, ShowsHowFarItIs) {
    double shown = -1;
    const StageContext context{.budget_ns = INT64_MAX,
                               .progress = [&](double part) { shown = part; }};
    Deadline(context).show();
    EXPECT_GE(shown, 0);
    EXPECT_LT(shown, 0.01);
}

}  // namespace
}  // namespace daybook::selftest
