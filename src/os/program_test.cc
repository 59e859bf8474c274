#include "os/program.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::os {
namespace {

struct Seen {
    ProgramEnd end;
    std::string out;
    std::string err;
};

Seen run(const std::string& script, std::map<std::string, std::string> environment = {}) {
    Seen seen;
    const auto sink = [&](OutputStream stream, std::string_view bytes) {
        (stream == OutputStream::kOut ? seen.out : seen.err) += bytes;
    };
    seen.end = run_program(
                   {.argv = {"/bin/sh", "-c", script}, .environment = std::move(environment)}, sink)
                   .value();
    return seen;
}

TEST(Program, WhatItWritesComesThroughByteByByte) {
    const Seen seen = run("printf 'a\\0b'; printf oops >&2");
    EXPECT_EQ(seen.out, std::string("a\0b", 3));
    EXPECT_EQ(seen.err, "oops");
    EXPECT_EQ(seen.end.exit_code, 0);
    EXPECT_EQ(run("head -c 3000000 /dev/zero").out.size(), 3'000'000u);
}

TEST(Program, ItsExitCodeAndItsSignalAreKnown) {
    EXPECT_EQ(run("exit 3").end.exit_code, 3);
    const ProgramEnd killed = run("kill -9 $$").end;
    EXPECT_EQ(killed.signal, SIGKILL);
    EXPECT_EQ(killed.exit_code, 128 + SIGKILL);
    EXPECT_EQ(killed.stopped_by, 0);
}

TEST(Program, TheEnvironmentIsOursAndWhatIsSetBeside) {
    ::setenv("DAYBOOK_TEST_OURS", "old", 1);
    EXPECT_EQ(run("echo $DAYBOOK_TEST_OURS $DAYBOOK_TEST_NEW",
                  {{"DAYBOOK_TEST_OURS", "new"}, {"DAYBOOK_TEST_NEW", "1"}})
                  .out,
              "new 1\n");
    EXPECT_EQ(run("echo $DAYBOOK_TEST_OURS").out, "old\n");
}

TEST(Program, WhatCannotBeStartedIsNamed) {
    const auto refused = run_program({.argv = {"/nowhere/program"}}, [](auto, auto) {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(refused.error().message(), "start /nowhere/program: No such file or directory");
}

TEST(Program, ASignalSentToUsIsSentOn) {
    const Seen seen =
        run("trap 'echo stopping; exit 7' TERM; kill -TERM $PPID; while :; do sleep 0.01; done");
    EXPECT_EQ(seen.out, "stopping\n");
    EXPECT_EQ(seen.end.exit_code, 7);
    EXPECT_EQ(seen.end.stopped_by, SIGTERM);
}

TEST(Program, SignalsThatAskForNothingAreNoStop) {
    const Seen seen =
        run("trap 'echo usr; exit 0' USR1; kill -USR1 $PPID; while :; do sleep 0.01; "
            "done");
    EXPECT_EQ(seen.out, "usr\n");
    EXPECT_EQ(seen.end.stopped_by, 0);
}

TEST(Program, AChildThatOutlivesItIsNotWaitedForOnceItPauses) {
    const Seen seen = run("(echo early; exec sleep 600) & echo $!");
    EXPECT_NE(seen.out.find("early"), std::string::npos);
    const std::string digits = seen.out.substr(seen.out.find_first_of("0123456789"));
    ::kill(static_cast<pid_t>(std::stol(digits)), SIGKILL);
}

TEST(Program, WhatItUsedIsMeasured) {
    const ResourceUse use = run("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done").end.use;
    EXPECT_GT(use.user_ms, 0);
    EXPECT_GT(use.peak_bytes, 100'000);
}

}  // namespace
}  // namespace daybook::os
