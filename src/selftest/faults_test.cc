#include "selftest/faults.h"

#include <cerrno>

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::selftest {
namespace {

TEST(Faults, OneThatNeverComesLetsAllBeAcknowledged) {
    const os::TempDir dir;
    const FaultOutcome outcome =
        try_fault(dir / "ledger", {.call = "write", .nth = 10'000, .error_number = EIO}).value();
    EXPECT_FALSE(outcome.fired);
    EXPECT_EQ(outcome.acknowledged, 4);
    EXPECT_EQ(outcome.problem, "");
}

TEST(Faults, OneThatComesKeepsSomethingFromBeingAcknowledged) {
    const os::TempDir dir;
    // The first call makes the ledger's directory.
    const FaultOutcome outcome =
        try_fault(dir / "ledger", {.call = "mkdir", .nth = 1, .error_number = ENOSPC}).value();
    EXPECT_TRUE(outcome.fired);
    EXPECT_EQ(outcome.acknowledged, 0);
    EXPECT_EQ(outcome.problem, "");
}

TEST(Faults, AllOfThemKeepThePromises) {
    const os::TempDir dir;
    const Checks checks = run_faults({.dir = dir.path(), .budget_ns = 60'000'000'000}).value();
    ASSERT_EQ(checks.size(), 1u);
    EXPECT_EQ(checks[0].verdict, Verdict::kGood);
    EXPECT_GT(checks[0].value.value(), 20);
    EXPECT_EQ(checks[0].result.find("not all"), std::string::npos) << checks[0].result;
}

TEST(Faults, WithoutTimeNothingIsShown) {
    const os::TempDir dir;
    EXPECT_EQ(run_faults({.dir = dir.path(), .budget_ns = 0}).value()[0].verdict, Verdict::kBad);
}

}  // namespace
}  // namespace daybook::selftest
