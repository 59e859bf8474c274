#include "os/process_tree.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include <gtest/gtest.h>

#include "os/process_look.h"

namespace daybook::os {
namespace {

// A process that has a child; both sleep until they are killed.  `child` gets the child's pid.
pid_t start_family(pid_t& child) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        const pid_t born = ::fork();
        if (born != 0) (void)!::write(ends[1], &born, sizeof born);
        while (true) ::pause();
    }
    EXPECT_EQ(::read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
    ::close(ends[0]);
    ::close(ends[1]);
    return parent;
}

TEST(ProcessTree, ASignalReachesTheChildrenToo) {
    pid_t child = 0;
    const pid_t parent = start_family(child);
    const ProcessTree tree = ProcessTree::of(parent);
    EXPECT_EQ(tree.size(), 2u);
    EXPECT_EQ(tree.alive(), 2u);
    tree.send(SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(parent, &status, 0), parent);
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
    for (int i = 0; i < 500 && tree.alive() > 0; ++i) ::usleep(10'000);
    EXPECT_EQ(tree.alive(), 0u);
}

TEST(ProcessTree, ChildrenThatOutliveTheirParentAreRemembered) {
    pid_t child = 0;
    const pid_t parent = start_family(child);
    const ProcessTree tree = ProcessTree::of(parent);
    ::kill(parent, SIGKILL);
    ASSERT_EQ(::waitpid(parent, nullptr, 0), parent);
    EXPECT_EQ(tree.alive(), 1u);
    EXPECT_EQ(ProcessTree::of(parent).size(), 0u);
    tree.send(SIGKILL);
    for (int i = 0; i < 500 && tree.alive() > 0; ++i) ::usleep(10'000);
    EXPECT_EQ(tree.alive(), 0u);
}

TEST(ProcessTree, AdoptedOrphansAreBelowThisThread) {
    const AdoptOrphans adopt;
    pid_t orphan = 0;
    const pid_t parent = start_family(orphan);
    ::kill(parent, SIGKILL);
    ASSERT_EQ(::waitpid(parent, nullptr, 0), parent);
    const ProcessTree tree = ProcessTree::below_this_thread();
    EXPECT_EQ(tree.size(), 1u);
    // Another thread's children are its own.
    std::thread([] { EXPECT_EQ(ProcessTree::below_this_thread().size(), 0u); }).join();
    tree.send(SIGKILL);
    EXPECT_EQ(::waitpid(orphan, nullptr, 0), orphan);
    EXPECT_EQ(tree.alive(), 0u);
}

TEST(ProcessTree, OfNobodyIsEmpty) {
    EXPECT_EQ(ProcessTree::of(0x7ffffff0).size(), 0u);
    ProcessTree().send(SIGKILL);
}

}  // namespace
}  // namespace daybook::os
