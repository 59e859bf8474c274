#include "os/stop_signals.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include <gtest/gtest.h>

namespace daybook::os {
namespace {

// In a child: signals stay blocked for ever.
int in_child(const std::function<bool()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body() ? 0 : 1);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(StopSignals, AreTakenOneByOneAndEndNothing) {
    EXPECT_EQ(in_child([] {
                  const StopSignals signals = StopSignals::block().value();
                  if (signals.take()) return false;
                  ::kill(::getpid(), SIGHUP);
                  if (signals.take() != StopSignal::kHangUp || signals.take()) return false;
                  ::kill(::getpid(), SIGTERM);
                  if (signals.take() != StopSignal::kStop) return false;
                  ::kill(::getpid(), SIGINT);
                  return signals.take() == StopSignal::kStop && !signals.take();
              }),
              0);
}

TEST(EndProcess, RunsNoDestructor) {
    EXPECT_EQ(in_child([] {
                  struct Loud {
                      ~Loud() { ::_exit(3); }
                  };
                  const Loud loud;
                  end_process(7);
                  return true;
              }),
              7);
}

}  // namespace
}  // namespace daybook::os
