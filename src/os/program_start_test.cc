#include "os/program_start.h"

#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace daybook::os {
namespace {

bool is_blocked(int signal) {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return ::sigismember(&mask, signal) == 1;
}

TEST(WatchedSignals, AreReadFromADescriptorAndRestored) {
    {
        const WatchedSignals signals = WatchedSignals::block().value();
        EXPECT_TRUE(is_blocked(SIGTERM));
        ::kill(::getpid(), SIGTERM);
        signalfd_siginfo info{};
        ASSERT_EQ(::read(signals.fd(), &info, sizeof info), static_cast<ssize_t>(sizeof info));
        EXPECT_EQ(info.ssi_signo, static_cast<unsigned>(SIGTERM));
    }
    EXPECT_FALSE(is_blocked(SIGTERM));
}

TEST(WatchedSignals, NoneIsTakenThatIsIgnored) {
    ::signal(SIGHUP, SIG_IGN);
    ::signal(SIGCHLD, SIG_IGN);
    const WatchedSignals signals = WatchedSignals::block().value();
    EXPECT_FALSE(is_blocked(SIGHUP));
    // Children that vanish could not be waited for.
    EXPECT_TRUE(is_blocked(SIGCHLD));
    struct sigaction action{};
    ::sigaction(SIGCHLD, nullptr, &action);
    EXPECT_EQ(action.sa_handler, SIG_DFL);
    ::signal(SIGHUP, SIG_DFL);
}

TEST(StartProgram, ItsSignalsAreNotBlocked) {
    const WatchedSignals signals = WatchedSignals::block().value();
    const StartedProgram started =
        start_program({.argv = {"sh", "-c", "kill -TERM $$; echo alive"}}, signals).value();
    int status = 0;
    ASSERT_EQ(::waitpid(started.pid, &status, 0), started.pid);
    EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

}  // namespace
}  // namespace daybook::os
