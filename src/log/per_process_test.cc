#include "log/per_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::log {
namespace {

struct Counter {
    std::mutex mutex;
    int value = 0;
};

// What `body` returns in a forked child.
template <typename Body>
int in_child(Body&& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class PerProcessTest : public ::testing::Test {
protected:
    PerProcessTest() { watch_forks(); }
    Counter& counter() {
        return state_.get([] { return std::make_unique<Counter>(); });
    }

    PerProcess<Counter> state_{std::make_unique<Counter>()};
};

TEST_F(PerProcessTest, TheProcessKeepsItsState) {
    counter().value = 7;
    EXPECT_EQ(counter().value, 7);
}

TEST_F(PerProcessTest, AChildBeginsAnewAlsoWhileTheParentHoldsTheMutex) {
    counter().value = 7;
    const std::lock_guard held(counter().mutex);
    EXPECT_EQ(in_child([&] {
                  const std::lock_guard ours(counter().mutex);
                  return counter().value++;
              }),
              0);
    EXPECT_EQ(counter().value, 7);
}

TEST_F(PerProcessTest, TheThreadsOfAChildShareOneState) {
    counter().value = 7;
    EXPECT_EQ(in_child([&] {
                  std::vector<std::thread> threads;
                  for (int i = 0; i < 8; ++i) {
                      threads.emplace_back([&] {
                          const std::lock_guard lock(counter().mutex);
                          ++counter().value;
                      });
                  }
                  for (std::thread& thread : threads) thread.join();
                  return counter().value;
              }),
              8);
}

}  // namespace
}  // namespace daybook::log
