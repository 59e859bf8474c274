#include "cli/context.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

TEST(Context, ReportSaysTheErrorOnStandardErrorAndPassesTheCodeOn) {
    const Context context;
    ::testing::internal::CaptureStderr();
    const ExitCode code = context.report(Error(ErrorCode::kIo, "read x: no"), ExitCode::kUsage);
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "daybook: error: read x: no\n");
    EXPECT_EQ(code, ExitCode::kUsage);
}

TEST(Context, WhatWasStoppedIsNoMistakeInTheCommandLine) {
    const Context context;
    ::testing::internal::CaptureStderr();
    const ExitCode code = context.report(Error(ErrorCode::kCancelled, "stop"), ExitCode::kUsage);
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "daybook: error: stop\n");
    EXPECT_EQ(code, ExitCode::kInterrupted);
}

TEST(ReportError, IsRedWhereColoursAreWanted) {
    ::testing::internal::CaptureStderr();
    report_error({.terminal = true, .colour = true}, "no");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "daybook: \x1b[1;31merror:\x1b[0m no\n");
}

TEST(ReportNote, HasNoColour) {
    ::testing::internal::CaptureStderr();
    report_note("the index is older than the log");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(),
              "daybook: the index is older than the log\n");
}

}  // namespace
}  // namespace daybook::cli
