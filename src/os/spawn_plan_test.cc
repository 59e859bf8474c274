#include "os/spawn_plan.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/spawn_parts.h"
#include "support/temp_dir.h"

namespace daybook::os {
namespace {

// Runs a script by the plan; its wait status.
int run(const SpawnPlan& plan, const std::string& script) {
    const std::vector<std::string> argv = {"/bin/sh", "-c", script};
    pid_t pid = -1;
    EXPECT_EQ(::posix_spawn(&pid, argv[0].c_str(), plan.actions(), plan.attributes(),
                            pointers_to(argv).data(), environ),
              0);
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return status;
}

TEST(SpawnPlan, StreamsAndDirectoryAreTheProgramsAndNoOtherFile) {
    const testing::TempDir dir;
    const UniqueFd inherited(::dup(STDERR_FILENO));
    ASSERT_EQ(::fcntl(inherited.get(), F_GETFD) & FD_CLOEXEC, 0);
    SpawnPlan plan;
    plan.read_nothing();
    plan.write_both_to(dir / "out");
    plan.close_other_files();
    plan.run_in("/usr");
    EXPECT_EQ(run(plan, "cat; pwd; echo err >&2; ls /proc/self/fd | wc -l"), 0);
    EXPECT_EQ(read_file(dir / "out", 100).value(), "/usr\nerr\n4\n");  // 0, 1, 2, and that of ls
}

TEST(SpawnPlan, OutputGoesToTheGivenDescriptors) {
    Pipe out = make_pipe().value();
    Pipe err = make_pipe().value();
    SpawnPlan plan;
    plan.write_to(out.write.get(), err.write.get());
    EXPECT_EQ(run(plan, "printf o; printf e >&2"), 0);
    char byte = 0;
    EXPECT_EQ(::read(out.read.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'o');
    EXPECT_EQ(::read(err.read.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'e');
}

TEST(SpawnPlan, SignalsThatAreIgnoredOrBlockedHereAreNotThere) {
    sigset_t term;
    sigset_t before;
    ::sigemptyset(&term);
    ::sigaddset(&term, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &term, &before);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);
    sigset_t hangup;
    ::sigemptyset(&hangup);
    ::sigaddset(&hangup, SIGHUP);
    SpawnPlan plan;
    EXPECT_EQ(WTERMSIG(run(plan, "kill -PIPE $$")), SIGPIPE);
    plan.reset_signals(hangup);
    EXPECT_EQ(WTERMSIG(run(plan, "kill -PIPE $$")), SIGPIPE);
    EXPECT_EQ(WTERMSIG(run(plan, "kill -HUP $$")), SIGHUP);
    EXPECT_EQ(WTERMSIG(run(plan, "kill -TERM $$")), SIGTERM);
    ::signal(SIGPIPE, SIG_DFL);
    ::signal(SIGHUP, SIG_DFL);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(SpawnPlan, AGroupIsItsOwn) {
    SpawnPlan plan;
    plan.lead_a_group();
    EXPECT_EQ(run(plan, "read pid name state parent group rest < /proc/$$/stat; [ $group = $$ ]"),
              0);
}

}  // namespace
}  // namespace daybook::os
