#include "ledger/outer_run.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::ledger {
namespace {

TEST(OuterRun, IsWhatTheVariableNames) {
    EXPECT_EQ(outer_run("policy-1").value(), "policy-1");
    EXPECT_EQ(outer_run("").value(), std::nullopt);
}

TEST(OuterRun, WhatIsNoIdIsRefusedByTheVariablesName) {
    EXPECT_EQ(
        outer_run(std::string(300, 'x')).error().message(),
        "DAYBOOK_RUN_ID: found 300 bytes that are no id of a run, expected a name of 1 to 256 "
        "bytes without control characters");
    EXPECT_FALSE(outer_run("a\nb"));
    EXPECT_FALSE(outer_run("a\xff"));
}

}  // namespace
}  // namespace daybook::ledger
