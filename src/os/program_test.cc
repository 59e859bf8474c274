#include "os/program.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/process_look.h"

namespace daybook::os {
namespace {

struct Seen {
    ProgramEnd end;
    std::string out;
    std::string err;
};

// Where output may go that is looked at through ProgramHost.
UniqueFd nowhere() { return open_fd("/dev/null", O_WRONLY).value(); }

Seen run(const std::string& script, ProgramSpec spec = {}) {
    Seen seen;
    const UniqueFd null = nowhere();
    spec.argv = {"/bin/sh", "-c", script};
    if (spec.out_fd < 0) spec.out_fd = null.get();
    spec.err_fd = null.get();
    const auto output = [&](OutputStream stream, std::string_view bytes) {
        (stream == OutputStream::kOut ? seen.out : seen.err) += bytes;
    };
    seen.end = run_program(spec, {.output = output}).value();
    return seen;
}

// Ends a process whose number a script has printed after a word of its own.
void kill_printed(const std::string& out) {
    const std::string digits = out.substr(out.find_first_of("0123456789"));
    ::kill(static_cast<pid_t>(std::stol(digits)), SIGKILL);
}

std::int64_t elapsed_ms(const std::function<void()>& work) {
    const auto begun = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 begun)
        .count();
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
    EXPECT_EQ(
        run("echo $DAYBOOK_TEST_OURS $DAYBOOK_TEST_NEW",
            {.argv = {}, .environment = {{"DAYBOOK_TEST_OURS", "new"}, {"DAYBOOK_TEST_NEW", "1"}}})
            .out,
        "new 1\n");
    EXPECT_EQ(run("echo $DAYBOOK_TEST_OURS").out, "old\n");
}

TEST(Program, WhatCannotBeStartedIsNamed) {
    const auto refused = run_program({.argv = {"/nowhere/program"}}, {});
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
    Seen seen;
    EXPECT_LT(elapsed_ms([&] { seen = run("(echo early; exec sleep 600) & echo $!"); }), 60'000);
    EXPECT_NE(seen.out.find("early"), std::string::npos);
    EXPECT_TRUE(seen.end.left_open);
    kill_printed(seen.out);
    EXPECT_FALSE(run("echo done").end.left_open);
}

TEST(Program, AChildThatNeverPausesIsLeftAfterASecond) {
    Seen seen;
    EXPECT_LT(elapsed_ms([&] { seen = run("(while :; do echo; sleep 0.02; done) & echo $!"); }),
              60'000);
    EXPECT_TRUE(seen.end.left_open);
    kill_printed(seen.out);
}

TEST(Program, WhatItWritesGoesToTheGivenPlaces) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const UniqueFd read(ends[0]);
    UniqueFd write(ends[1]);
    run("printf 'x\\0y'", {.argv = {}, .out_fd = write.get()});
    write.reset();
    std::string bytes(16, '\0');
    bytes.resize(static_cast<std::size_t>(::read(read.get(), bytes.data(), bytes.size())));
    EXPECT_EQ(bytes, std::string("x\0y", 3));
}

TEST(Program, WithoutAReaderItFindsItsOutputClosed) {
    ::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ::close(ends[0]);
    const UniqueFd write(ends[1]);
    const ProgramEnd end = run("while :; do echo y; done", {.argv = {}, .out_fd = write.get()}).end;
    EXPECT_EQ(end.signal, SIGPIPE);
    EXPECT_FALSE(end.output_error);
}

TEST(Program, OutputThatAFullDiskRefusesStopsNothing) {
    const UniqueFd full = open_fd("/dev/full", O_WRONLY).value();
    const Seen seen = run("echo one; echo two; exit 3", {.argv = {}, .out_fd = full.get()});
    EXPECT_EQ(seen.out, "one\ntwo\n");
    EXPECT_EQ(seen.end.exit_code, 3);
    ASSERT_TRUE(seen.end.output_error);
    EXPECT_EQ(seen.end.output_error->code(), ErrorCode::kNoSpace);
}

TEST(Program, WhenItsTimeIsUpItIsAskedToStop) {
    const Seen seen = run("trap 'echo stopping; exit 7' TERM; while :; do sleep 0.01; done",
                          {.argv = {}, .timeout_ms = 200});
    EXPECT_EQ(seen.out, "stopping\n");
    EXPECT_EQ(seen.end.exit_code, 7);
    EXPECT_TRUE(seen.end.timed_out);
    EXPECT_EQ(seen.end.stopped_by, 0);
    EXPECT_FALSE(run("exit 0", {.argv = {}, .timeout_ms = 60'000}).end.timed_out);
}

TEST(Program, WhatIgnoresThatIsKilledAndItsChildrenToo) {
    const Seen seen = run("trap '' TERM; sleep 600 & echo $!; wait; while :; do sleep 1; done",
                          {.argv = {}, .timeout_ms = 200, .kill_after_ms = 200});
    EXPECT_EQ(seen.end.signal, SIGKILL);
    EXPECT_TRUE(seen.end.timed_out);
    const auto child = static_cast<pid_t>(std::stol(seen.out));
    for (int i = 0; i < 500 && !look_at_process(child).ended && look_at_process(child).exists;
         ++i) {
        ::usleep(10'000);
    }
    const ProcessLook look = look_at_process(child);
    EXPECT_TRUE(look.ended || !look.exists);
}

bool is_gone(const std::string& printed_pid) {
    const ProcessLook look = look_at_process(std::stol(printed_pid));
    return look.ended || !look.exists;
}

TEST(Program, ATimeoutReachesOrphansToo) {
    const Seen seen =
        run("(sh -c 'echo $$; exec sleep 600' &); exec sleep 600", {.argv = {}, .timeout_ms = 300});
    EXPECT_EQ(seen.end.left_alive, 0u);
    EXPECT_TRUE(is_gone(seen.out)) << seen.out;
}

TEST(Program, OrphansThatEndLeaveNoZombies) {
    const Seen seen = run("(sh -c 'echo $$' &); sleep 0.5", {.argv = {}, .timeout_ms = 60'000});
    EXPECT_FALSE(seen.end.timed_out);
    EXPECT_FALSE(look_at_process(std::stol(seen.out)).exists) << seen.out;
}

TEST(Program, ATimeoutReachesWhatIsStartedWhenItIsUp) {
    const Seen seen = run("trap 'sleep 600 & echo $!; exit 3' TERM; while :; do sleep 0.01; done",
                          {.argv = {}, .timeout_ms = 200, .kill_after_ms = 200});
    EXPECT_EQ(seen.end.exit_code, 3);
    EXPECT_TRUE(is_gone(seen.out)) << seen.out;
}

TEST(Program, ItsEndIsToldBeforeItsReaderHasAllOfItsOutput) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const UniqueFd read(ends[0]);
    const UniqueFd write(ends[1]);
    const UniqueFd null = nowhere();
    std::size_t seen = 0;
    std::thread reader;
    const ProgramHost host{
        .output = [&](OutputStream, std::string_view bytes) { seen += bytes.size(); },
        .ended =
            [&](const ProgramEnd& end) {
                EXPECT_EQ(end.exit_code, 5);
                EXPECT_EQ(seen, 300'000u);
                reader = std::thread([&] {
                    std::string all(300'000, ' ');
                    std::size_t got = 0;
                    while (got < all.size()) {
                        got += static_cast<std::size_t>(
                            ::read(read.get(), all.data() + got, all.size() - got));
                    }
                });
            }};
    const auto end = run_program({.argv = {"/bin/sh", "-c", "head -c 300000 /dev/zero; exit 5"},
                                  .out_fd = write.get(),
                                  .err_fd = null.get()},
                                 host);
    reader.join();
    EXPECT_FALSE(end.value().output_error);
}

TEST(Program, ASignalThatIsIgnoredKillsInTimeIfThatWasAskedFor) {
    const ProgramEnd end = run("trap '' TERM; kill -TERM $PPID; while :; do sleep 0.01; done",
                               {.argv = {}, .kill_after_ms = 100})
                               .end;
    EXPECT_EQ(end.signal, SIGKILL);
    EXPECT_EQ(end.stopped_by, SIGTERM);
    EXPECT_FALSE(end.timed_out);
}

TEST(Program, WhoRunsItIsToldItsNumberWhileItRuns) {
    const UniqueFd null = nowhere();
    ProcessLook look;
    const ProgramHost host{.started = [&](std::int64_t pid) { look = look_at_process(pid); }};
    const ProgramEnd end =
        run_program({.argv = {"true"}, .out_fd = null.get(), .err_fd = null.get()}, host).value();
    EXPECT_EQ(end.exit_code, 0);
    EXPECT_TRUE(look.exists);
    EXPECT_EQ(look.parent, ::getpid());
}

TEST(Program, SignalsHaveTheirNames) {
    EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
    EXPECT_EQ(signal_name(0), "signal 0");
}

TEST(Program, SignalsThatWereIgnoredStayIgnored) {
    ::signal(SIGHUP, SIG_IGN);
    EXPECT_EQ(run("kill -HUP $$; echo alive").out, "alive\n");
    ::signal(SIGHUP, SIG_DFL);
    EXPECT_EQ(run("kill -HUP $$; echo alive").end.signal, SIGHUP);
}

TEST(Program, WhatItUsedIsMeasured) {
    const ResourceUse use = run("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done").end.use;
    EXPECT_GT(use.user_ms, 0);
    EXPECT_GT(use.peak_bytes, 100'000);
}

}  // namespace
}  // namespace daybook::os
