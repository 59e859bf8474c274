#include "os/kill_point.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace daybook::os {
namespace {

// How a child ends that sets `variable` to `value` and passes `point` three times.
int status_of_child(const char* variable, const char* value, KillPoint point) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::setenv(variable, value, 1);
        kill_point(point);
        kill_point(point);
        kill_point(point);
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, WUNTRACED);
    if (WIFSTOPPED(status)) {
        ::kill(child, SIGCONT);
        int ended = 0;
        ::waitpid(child, &ended, 0);
        EXPECT_TRUE(WIFEXITED(ended)) << "it is stopped once only";
    }
    return status;
}

TEST(KillPointTest, NamesAreUnique) {
    std::set<std::string_view> names;
    for (const KillPoint point : all_kill_points()) {
        EXPECT_TRUE(names.insert(to_string(point)).second) << to_string(point);
    }
}

TEST(KillPointTest, TheArmedPointEndsTheProcessAtThePassageThatIsMeant) {
    if (!kHasKillPoints) GTEST_SKIP() << "this build has no kill points";
    const KillPoint point = KillPoint::kLaneWritten;
    EXPECT_TRUE(WIFSIGNALED(status_of_child("DAYBOOK_KILL_AT", "lane.written", point)));
    EXPECT_TRUE(WIFSIGNALED(status_of_child("DAYBOOK_KILL_AT", "lane.written:3", point)));
    EXPECT_TRUE(WIFEXITED(status_of_child("DAYBOOK_KILL_AT", "lane.written:4", point)));
    EXPECT_TRUE(WIFEXITED(status_of_child("DAYBOOK_KILL_AT", "lane.locked", point)));
}

TEST(KillPointTest, TheArmedPointStopsTheProcessOnce) {
    if (!kHasKillPoints) GTEST_SKIP() << "this build has no kill points";
    EXPECT_TRUE(
        WIFSTOPPED(status_of_child("DAYBOOK_STOP_AT", "lane.locked", KillPoint::kLaneLocked)));
}

}  // namespace
}  // namespace daybook::os
