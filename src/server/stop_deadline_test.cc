#include "server/stop_deadline.h"

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace daybook::server {
namespace {

// What a process ends with that needs `needed` for what may take 100 ms.
int exit_code_after(std::chrono::milliseconds needed) {
    const pid_t child = ::fork();
    if (child == 0) {
        {
            const StopDeadline deadline(std::chrono::milliseconds(100), 5);
            std::this_thread::sleep_for(needed);
        }
        ::_exit(0);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(StopDeadline, EndsAStopThatTakesTooLongAndNoOther) {
    EXPECT_EQ(exit_code_after(std::chrono::milliseconds(0)), 0);
    EXPECT_EQ(exit_code_after(std::chrono::seconds(60)), 5);
}

}  // namespace
}  // namespace daybook::server
