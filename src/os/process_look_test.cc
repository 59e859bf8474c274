#include "os/process_look.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

#include "os/process.h"

namespace daybook::os {
namespace {

std::string stat_of(const std::string& name, const std::string& state, int threads) {
    return "42 (" + name + ") " + state + " 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 " +
           std::to_string(threads) + " 0 9876 1 2 3\n";
}

TEST(ProcessLook, ReadsStatWhateverTheProgramIsCalled) {
    const ProcessLook running{.exists = true, .start_ticks = 9876, .parent = 1};
    const ProcessLook ended{.exists = true, .ended = true, .start_ticks = 9876, .parent = 1};
    EXPECT_EQ(look_from_stat(stat_of("sleep", "S", 1)), running);
    EXPECT_EQ(look_from_stat(stat_of("a) Z 1 (b", "R", 3)), running);
    EXPECT_EQ(look_from_stat(stat_of("sleep", "Z", 1)), ended);
    EXPECT_EQ(look_from_stat(stat_of("sleep", "X", 0)), ended);
    // Its main thread has ended and the others have not.
    EXPECT_EQ(look_from_stat(stat_of("worker", "Z", 4)), running);
    const ProcessLook unknown{.exists = true};
    for (const char* broken : {"", "42", "42 (sleep", "42 (sleep) S 1 2 3"}) {
        EXPECT_EQ(look_from_stat(broken), unknown) << broken;
    }
}

TEST(ProcessLook, SeesThisProcessAndNoneThatIsNotThere) {
    const ProcessIdentity self = this_process();
    EXPECT_EQ(look_at_process(self.pid),
              (ProcessLook{.exists = true, .start_ticks = self.pid_start, .parent = ::getppid()}));
    EXPECT_EQ(look_at_process(0), ProcessLook{});
    EXPECT_EQ(look_at_process(std::int64_t{1} << 40), ProcessLook{});
}

TEST(ProcessLook, KnowsThisProgramsNameAndNoneThatIsNotThere) {
    const std::string program = executable_path();
    const std::string file = program.substr(program.rfind('/') + 1);
    EXPECT_EQ(process_name(::getpid()), file.substr(0, 15));
    EXPECT_EQ(process_name(std::int64_t{1} << 40), "");
}

TEST(ProcessLook, AKilledChildHasEndedBeforeItIsWaitedFor) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    EXPECT_FALSE(look_at_process(child).ended);
    ::kill(child, SIGKILL);
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
    EXPECT_TRUE(look_at_process(child).ended);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_FALSE(look_at_process(child).exists);
}

}  // namespace
}  // namespace daybook::os
