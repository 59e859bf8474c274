#include "cli/outer_run.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

class OuterRunTest : public ::testing::Test {
protected:
    OuterRunTest() { ::setenv("DAYBOOK_RUN_ID", "outer", 1); }
    ~OuterRunTest() override {
        ::unsetenv("DAYBOOK_RUN_ID");
        ::unsetenv("DAYBOOK_LEDGER");
    }
    testing::TempDir temp_;
};

TEST_F(OuterRunTest, IsOneOfTheSameLedgerOnly) {
    EXPECT_EQ(outer_run(temp_ / "a"), "outer");
    ASSERT_TRUE(os::make_dirs(temp_ / "a"));
    ::setenv("DAYBOOK_LEDGER", (temp_ / "a/../a").c_str(), 1);
    EXPECT_EQ(outer_run(temp_ / "a"), "outer");
    EXPECT_EQ(outer_run(temp_ / "b"), std::nullopt);
    ::unsetenv("DAYBOOK_RUN_ID");
    EXPECT_EQ(outer_run(temp_ / "a"), std::nullopt);
}

TEST_F(OuterRunTest, WhatIsNoIdIsToldAndIsNone) {
    ::setenv("DAYBOOK_RUN_ID", "a\nb", 1);
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(outer_run(temp_ / "a"), std::nullopt);
    EXPECT_NE(::testing::internal::GetCapturedStderr().find("DAYBOOK_RUN_ID: found 3 bytes"),
              std::string::npos);
}

}  // namespace
}  // namespace daybook::cli
