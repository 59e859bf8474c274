#include "os/process.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/calendar.h"
#include "base/clock.h"
#include "os/interrupt.h"
#include "os/test_support.h"

namespace daybook::os {
namespace {

TEST(ProcessExists, IsTrueOfThisOneAndOfNoneThatCannotBe) {
    EXPECT_TRUE(process_exists(this_process().pid));
    EXPECT_TRUE(process_exists(1));
    for (const std::int64_t pid : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40}) {
        EXPECT_FALSE(process_exists(pid)) << pid;
    }
    // The kernel gives no number as great as this.
    EXPECT_FALSE(process_exists(INT_MAX));
}

TEST(Process, TheMachineWasBootedBeforeThisProcessStarted) {
    const TimestampMs booted = boot_time();
    const TimestampMs started = parse_iso8601(process_start_iso8601()).value();
    EXPECT_LT(booted, system_clock().now());
    // Clock ticks are coarse.
    EXPECT_LE(booted, started + 1000);
    EXPECT_LE(started, system_clock().now() + 1000);
}

TEST(Process, ItsSurroundingsHaveNames) {
    EXPECT_NE(host_name(), "");
    EXPECT_NE(user_name(), "");
    EXPECT_EQ(working_directory().front(), '/');
    EXPECT_EQ(absolute_path("a/b"), working_directory() + "/a/b");
    EXPECT_EQ(absolute_path("/a/../b"), "/a/../b");
    EXPECT_NE(executable_path().find("daybook_os_test"), std::string::npos);
    EXPECT_GT(peak_memory_bytes(), 1'000'000U);
    EXPECT_GE(processor_count(), 1U);
    EXPECT_GT(memory_bytes(), peak_memory_bytes());
}

TEST(Process, ItsCommandLineAndEnvironmentAreTheSystems) {
    const std::vector<std::string> words = command_line();
    ASSERT_FALSE(words.empty());
    EXPECT_NE(words[0].find("daybook_os_test"), std::string::npos);
    ASSERT_EQ(::setenv("DAYBOOK_TEST_VARIABLE", "a=b", 1), 0);
    const auto variables = environment_variables();
    ::unsetenv("DAYBOOK_TEST_VARIABLE");
    EXPECT_EQ(std::count(variables.begin(), variables.end(),
                         std::pair<std::string, std::string>("DAYBOOK_TEST_VARIABLE", "a=b")),
              1);
}

TEST(Process, ADirectoryThatWasRemovedHasNoNameAndNoPathLeadsOutOfItToTheRoot) {
    const std::string path = TempDir() / "gone";
    const pid_t child = ::fork();
    if (child == 0) {
        const bool there = make_dirs(path) && ::chdir(path.c_str()) == 0 && remove_tree(path);
        const bool unnamed = working_directory().empty() && absolute_path("a/b") == "a/b";
        ::_exit(there && unnamed ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST(Process, ADetachedProgramThatIsNotThereLeavesNoProcess) {
    const pid_t starter = ::fork();
    if (starter == 0) ::_exit(spawn_detached({"/no/such/program"}) ? 0 : 1);
    int status = 0;
    ASSERT_EQ(::waitpid(starter, &status, 0), starter);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(Process, ADetachedProgramIsNobodysChildAndIgnoresNoSignal) {
    const TempDir dir;
    const std::string output = dir / "status";
    const pid_t starter = ::fork();
    if (starter == 0) {
        catch_interrupts();
        const std::string script =
            "grep SigIgn /proc/self/status > " + output + ".tmp; mv " + output + ".tmp " + output;
        ::_exit(spawn_detached({"sh", "-c", script}) ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(starter, &status, 0), starter);
    ASSERT_EQ(status, 0);
    for (int i = 0; i < 500 && !exists(output).value(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    const std::string text = read_file(output, 1000).value();
    const std::uint64_t ignored = std::stoull(text.substr(text.find(':') + 1), nullptr, 16);
    EXPECT_EQ(ignored & (std::uint64_t{1} << (SIGPIPE - 1)), 0U);
    EXPECT_EQ(ignored & (std::uint64_t{1} << (SIGXFSZ - 1)), 0U);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // No child is left to this process.
}

int fork_events = 0;

TEST(Process, BlockedSignalsAreThoseOfOneThread) {
    sigset_t mine;
    sigset_t other;
    std::thread([&] {
        block_signals();
        ::pthread_sigmask(SIG_SETMASK, nullptr, &other);
    }).join();
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mine);
    EXPECT_TRUE(::sigismember(&other, SIGUSR1) == 1 && ::sigismember(&other, SIGTERM) == 1);
    EXPECT_FALSE(::sigismember(&mine, SIGUSR1) == 1);
}

TEST(Process, ForkHandlersRunOnBothSides) {
    at_fork({.prepare = [] { fork_events += 1; },
             .in_parent = [] { fork_events += 10; },
             .in_child = [] { fork_events += 100; }});
    fork_events = 0;
    const pid_t child = ::fork();
    if (child == 0) ::_exit(fork_events);
    EXPECT_EQ(fork_events, 11);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 101);
}

}  // namespace
}  // namespace daybook::os
