#include "os/child.h"

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <utility>

#include <gtest/gtest.h>

#include "os/file.h"

namespace daybook::os {
namespace {

std::string scratch(const std::string& name) {
    return ::testing::TempDir() + "daybook_child_" + name;
}

int run(const std::vector<std::string>& argv, const std::string& output) {
    Result<Child> child = Child::start(argv, output);
    if (!child) return -1;
    return child->wait().value_or(-1);
}

TEST(Child, ItsExitCodeComesBack) {
    EXPECT_EQ(run({"sh", "-c", "exit 0"}, scratch("exit")), 0);
    EXPECT_EQ(run({"sh", "-c", "exit 7"}, scratch("exit")), 7);
}

TEST(Child, ASignalThatKilledItIs128AndItsNumber) {
    EXPECT_EQ(run({"sh", "-c", "kill -9 $$"}, scratch("killed")), 128 + 9);
}

TEST(Child, BothItsStreamsGoToTheFile) {
    const std::string output = scratch("streams");
    ASSERT_EQ(run({"sh", "-c", "echo out; echo err >&2"}, output), 0);
    EXPECT_EQ(read_file(output, 100).value(), "out\nerr\n");
}

TEST(Child, ItsInputIsEmpty) {
    EXPECT_EQ(run({"sh", "-c", "test -z \"$(cat)\""}, scratch("input")), 0);
}

TEST(Child, PollSaysNothingWhileItRunsAndItsCodeEverAfter) {
    Result<Child> child = Child::start({"sleep", "60"}, scratch("poll"));
    ASSERT_TRUE(child);
    EXPECT_EQ(child->poll().value(), std::nullopt);
    child->interrupt();
    EXPECT_EQ(child->wait().value(), 128 + 2);
    EXPECT_EQ(child->poll().value(), 128 + 2);
}

TEST(Child, AProgramThatIsNotThereIsNotFound) {
    const Result<Child> child = Child::start({"/no/such/program"}, scratch("missing"));
    ASSERT_FALSE(child);
    EXPECT_EQ(child.error().code(), ErrorCode::kNotFound);
}

TEST(Child, OneThatTakesAnothersPlaceIsThatOne) {
    Result<Child> first = Child::start({"sh", "-c", "exit 1"}, scratch("first"));
    Result<Child> second = Child::start({"sh", "-c", "exit 2"}, scratch("second"));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->wait().value(), 1);
    *first = std::move(*second);
    EXPECT_EQ(first->wait().value(), 2);
}

TEST(Child, InterruptingOneThatHasEndedDoesNothing) {
    Result<Child> child = Child::start({"true"}, scratch("ended"));
    ASSERT_TRUE(child);
    EXPECT_EQ(child->wait().value(), 0);
    child->interrupt();
    const Child moved = std::move(*child);
    child->interrupt();  // Nor does it to one that is held elsewhere now.
}

TEST(Child, OneThatSomebodyElseWaitedForIsAnError) {
    Result<Child> child = Child::start({"true"}, scratch("stolen"));
    ASSERT_TRUE(child);
    ASSERT_GT(::waitpid(-1, nullptr, 0), 0);
    EXPECT_EQ(child->wait().error().code(), ErrorCode::kIo);
    EXPECT_EQ(child->poll().error().code(), ErrorCode::kIo);
}

TEST(Child, ASignalDoesNotEndTheWaiting) {
    struct sigaction before{};
    struct sigaction action{};
    action.sa_handler = [](int) {};  // Without SA_RESTART.
    ASSERT_EQ(::sigaction(SIGALRM, &action, &before), 0);
    const struct itimerval soon = {.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = 50'000}};
    ASSERT_EQ(::setitimer(ITIMER_REAL, &soon, nullptr), 0);
    EXPECT_EQ(run({"sh", "-c", "sleep 0.3; exit 3"}, scratch("signal")), 3);
    ASSERT_EQ(::sigaction(SIGALRM, &before, nullptr), 0);
}

TEST(Child, LeavingTheScopeLeavesNothingRunning) {
    const std::string output = scratch("scope");
    {
        Result<Child> child = Child::start({"sh", "-c", "sleep 60; echo survived"}, output);
        ASSERT_TRUE(child);
    }
    EXPECT_EQ(read_file(output, 100).value_or(""), "");
}

}  // namespace
}  // namespace daybook::os
