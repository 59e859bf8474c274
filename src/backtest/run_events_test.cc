#include "backtest/run_events.h"

#include <string>

#include <gtest/gtest.h>

#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

class RunEventsTest : public testing::RunTest {
protected:
    RunEvents events(bool resumed = false) {
        return RunEvents(context_, {.run_id = "r1",
                                    .run_type = "policy",
                                    .config_json = "{}",
                                    .data_fingerprint = "00",
                                    .attempt = resumed ? 2 : 1,
                                    .resumed = resumed});
    }
    RunContext context_ = context();
};

TEST_F(RunEventsTest, ARunIsCreatedAndStartedAResumedOneOnlyStarted) {
    RunEvents run = events();
    ASSERT_TRUE(run.create({}).has_value());
    ASSERT_TRUE(run.start().has_value());
    EXPECT_EQ(sink_.story(), "run.created policy\nrun.started\n");
    sink_.events.clear();
    RunEvents resumed = events(true);
    ASSERT_TRUE(resumed.create({}).has_value());
    ASSERT_TRUE(resumed.start().has_value());
    EXPECT_EQ(sink_.story(), "run.started\n");
    EXPECT_EQ(sink_.events[0].number, 2);
}

TEST_F(RunEventsTest, PhasesAreNumberedInTheirOrder) {
    RunEvents run = events();
    for (const char* name : {"a", "b"}) {
        ASSERT_TRUE(run.phase(name, [] { return Result<std::string>(R"({"n":1})"); }).has_value());
    }
    EXPECT_EQ(sink_.one("phase.started", "b").number, 1);
    EXPECT_EQ(sink_.one("phase.completed", "b").number, 1);
    EXPECT_EQ(sink_.one("phase.completed", "a").text, R"({"n":1})");
}

TEST_F(RunEventsTest, AFailedPhaseFailsTheRunWithTheSameError) {
    RunEvents run = events();
    const Status failed = run.phase("slice", []() -> Result<std::string> {
        return fail(ErrorCode::kNoSpace, "write x: no space left");
    });
    EXPECT_EQ(failed.error().message(), "run r1: phase slice: write x: no space left");
    EXPECT_EQ(failed.error().code(), ErrorCode::kNoSpace);
    EXPECT_EQ(sink_.story(), "phase.started slice\nphase.failed slice\nrun.failed slice\n");
    EXPECT_EQ(sink_.one("run.failed").text, "write x: no space left");
}

TEST_F(RunEventsTest, AMessageThatJsonCannotHoldIsToldInPlainText) {
    RunEvents run = events();
    const Status failed = run.phase("slice", []() -> Result<std::string> {
        return fail(ErrorCode::kIo, "write \xff: no device");
    });
    EXPECT_EQ(failed.error().message(), "run r1: phase slice: write \xff: no device");
    EXPECT_EQ(sink_.one("phase.failed").text, "write \\xff: no device");
    EXPECT_EQ(sink_.one("run.failed").text, "write \\xff: no device");
    EXPECT_EQ(sink_.one("run.failed").name, "slice");
}

TEST_F(RunEventsTest, AnEventThatIsRefusedIsNamed) {
    sink_.refused_type = "trial.recorded";
    EXPECT_EQ(events().trial("t", "{}", "{}", 0).error().message(),
              "run r1: emit trial.recorded: append: no space left");
}

}  // namespace
}  // namespace daybook::backtest
