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
        rearm_kill_points();
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

// What becomes of a child where the point is due: in builds without kill points, nothing.
bool ended_if_built(int status) { return kHasKillPoints ? WIFSIGNALED(status) : WIFEXITED(status); }

TEST(KillPointTest, TheArmedPointEndsTheProcessAtThePassageThatIsMeant) {
    const KillPoint point = KillPoint::kLaneWritten;
    EXPECT_TRUE(ended_if_built(status_of_child("DAYBOOK_KILL_AT", "lane.written", point)));
    EXPECT_TRUE(ended_if_built(status_of_child("DAYBOOK_KILL_AT", "lane.written:3", point)));
    EXPECT_TRUE(WIFEXITED(status_of_child("DAYBOOK_KILL_AT", "lane.written:4", point)));
    EXPECT_TRUE(WIFEXITED(status_of_child("DAYBOOK_KILL_AT", "lane.locked", point)));
}

TEST(KillPointTest, TheArmedPointStopsTheProcessOnce) {
    const int status = status_of_child("DAYBOOK_STOP_AT", "lane.locked", KillPoint::kLaneLocked);
    EXPECT_EQ(WIFSTOPPED(status), kHasKillPoints);
}

}  // namespace
}  // namespace daybook::os
