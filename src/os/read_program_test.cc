#include "os/read_program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "os/file.h"

namespace daybook::os {
namespace {

using End = ProgramAnswer::End;

ProgramQuestion question(const std::string& script, std::int64_t limit_ms = 20'000) {
    return {.argv = {"sh", "-c", script},
            .environment = {"PATH=/usr/bin:/bin"},
            .bytes_max = 1 << 20,
            .deadline_ns = system_clock().monotonic_ns() + limit_ms * 1'000'000};
}

std::string out_of(const std::string& script) {
    const Result<ProgramAnswer> answer = read_program(question(script));
    return answer ? answer->out : answer.error().message();
}

TEST(ReadProgram, OutputErrorAndExitCodeComeBack) {
    const ProgramAnswer answer = read_program(question("echo out; echo err >&2; exit 7")).value();
    EXPECT_EQ(answer.end, End::kExited);
    EXPECT_EQ(answer.exit_code, 7);
    EXPECT_EQ(answer.out, "out\n");
    EXPECT_EQ(answer.err, "err\n");
}

TEST(ReadProgram, OutputIsGivenByteByByte) {
    EXPECT_EQ(out_of(""), "");
    EXPECT_EQ(out_of("printf '\\n12'"), "\n12");
    EXPECT_EQ(out_of("printf 'a\\0b'"), std::string("a\0b", 3));
    EXPECT_EQ(out_of("head -c 300000 /dev/zero").size(), 300'000U);
}

TEST(ReadProgram, WhatIsGivenUpIsKilled) {
    std::atomic<bool> given_up = false;
    ProgramQuestion asked = question("echo begun; sleep 60");
    asked.given_up = &given_up;
    const std::int64_t begun_ns = system_clock().monotonic_ns();
    std::thread another([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        given_up = true;
    });
    EXPECT_EQ(read_program(asked).value().end, End::kLate);
    another.join();
    EXPECT_LT(system_clock().monotonic_ns() - begun_ns, 10'000'000'000);
}

TEST(ReadProgram, AProgramThatIsNotThereIs127) {
    ProgramQuestion asked = question("");
    asked.argv = {"no-such-program-anywhere"};
    EXPECT_EQ(read_program(asked).value().exit_code, 127);
}

TEST(ReadProgram, ItHasItsEnvironmentItsDirectoryAndNoInput) {
    ProgramQuestion asked = question("echo \"$A\" \"$HOME\"; pwd; cat");
    asked.environment.push_back("A=b c");
    asked.directory = "/usr";
    EXPECT_EQ(read_program(asked).value().out, "b c \n/usr\n");
}

TEST(ReadProgram, ADirectoryThatIsNotThereIsAnError) {
    ProgramQuestion asked = question("pwd");
    asked.directory = "/no/such/directory";
    EXPECT_EQ(read_program(asked).error().code(), ErrorCode::kNotFound);
}

TEST(ReadProgram, TheDeadlineKillsTheProgramAndItsChildren) {
    const std::int64_t begun_ns = system_clock().monotonic_ns();
    const ProgramAnswer answer =
        read_program(question("echo first; sleep 60 & sleep 60", 200)).value();
    EXPECT_EQ(answer.end, End::kLate);
    EXPECT_EQ(answer.out, "first\n");
    EXPECT_LT(system_clock().monotonic_ns() - begun_ns, 20'000'000'000);
}

TEST(ReadProgram, MoreThanItMayWriteEndsIt) {
    ProgramQuestion asked = question("yes");
    asked.bytes_max = 1000;
    const ProgramAnswer answer = read_program(asked).value();
    EXPECT_EQ(answer.end, End::kTooLong);
    EXPECT_EQ(answer.out.size(), 1000U);
    // Exactly as much as it may is not too much; one byte more is.
    asked.argv = {"head", "-c", "1000", "/dev/zero"};
    EXPECT_EQ(read_program(asked).value().end, End::kExited);
    asked.argv = {"head", "-c", "1001", "/dev/zero"};
    EXPECT_EQ(read_program(asked).value().end, End::kTooLong);
}

TEST(ReadProgram, AProgramThatSomebodyKillsIsAnError) {
    EXPECT_EQ(read_program(question("kill -9 $PPID; sleep 60")).error().code(), ErrorCode::kIo);
}

TEST(ReadProgram, AHostThatIgnoresItsChildrenMakesNoDifference) {
    struct sigaction ignored{};
    struct sigaction before{};
    ignored.sa_handler = SIG_IGN;
    ASSERT_EQ(::sigaction(SIGCHLD, &ignored, &before), 0);
    const ProgramAnswer answer = read_program(question("echo here; false; exit 3")).value();
    ::sigaction(SIGCHLD, &before, nullptr);
    EXPECT_EQ(answer.out, "here\n");
    EXPECT_EQ(answer.exit_code, 3);
}

TEST(ReadProgram, AHostWhoseHandlerWaitsForAllChildrenMakesNoDifference) {
    struct sigaction reaper{};
    struct sigaction before{};
    reaper.sa_handler = [](int) {
        const int kept = errno;
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
        errno = kept;
    };
    ASSERT_EQ(::sigaction(SIGCHLD, &reaper, &before), 0);
    for (int i = 0; i < 20; ++i) {
        const ProgramAnswer answer = read_program(question("echo here; exit 3")).value();
        EXPECT_EQ(answer.out, "here\n");
        EXPECT_EQ(answer.exit_code, 3);
    }
    ::sigaction(SIGCHLD, &before, nullptr);
}

TEST(ReadProgram, TheHostsDescriptorsStayTheHosts) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);                            // Not O_CLOEXEC.
    EXPECT_EQ(out_of("ls /proc/self/fd | wc -l"), "4\n");  // 0, 1, 2, and that of ls
    ::close(ends[0]);
    ::close(ends[1]);
}

// Children forked at any moment inherit the pipes, and live longer than the program.
TEST(ReadProgram, AForkOfTheHostHoldsNothingUp) {
    std::vector<pid_t> children;
    std::atomic<bool> done{false};
    std::thread forker([&] {
        while (!done && children.size() < 200) {
            const pid_t child = ::fork();
            if (child == 0) {
                ::pause();
                ::_exit(0);
            }
            if (child > 0) children.push_back(child);
        }
    });
    int late = 0;
    for (int i = 0; i < 20; ++i) {
        const Result<ProgramAnswer> answer = read_program(question("echo here", 5'000));
        late += answer && answer->end == End::kExited && answer->out == "here\n" ? 0 : 1;
    }
    done = true;
    forker.join();
    for (const pid_t child : children) {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
    EXPECT_EQ(late, 0);
}

}  // namespace
}  // namespace daybook::os
