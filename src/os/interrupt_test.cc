#include "os/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include <gtest/gtest.h>

#include "os/stream.h"

namespace daybook::os {
namespace {

// Runs `body` in a child process and returns how it ended: its exit code, or 128 + the signal.
template <typename Body>
int outcome_in_child(Body body) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(body());
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(Interrupt, TheFirstSignalOnlySetsTheFlag) {
    for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
        SCOPED_TRACE(signal_number);
        EXPECT_EQ(outcome_in_child([&] {
                      catch_interrupts();
                      if (interrupted()) return 1;
                      ::raise(signal_number);
                      return interrupted() && interrupt_flag().load() ? 0 : 2;
                  }),
                  0);
    }
}

TEST(Interrupt, TheSecondSignalEndsTheProcess) {
    EXPECT_EQ(outcome_in_child([] {
                  catch_interrupts();
                  ::raise(SIGINT);
                  ::raise(SIGINT);
                  return 0;
              }),
              128 + SIGINT);
}

TEST(Interrupt, WhileSignalsAreHeldNoNumberOfThemEndsTheProcess) {
    EXPECT_EQ(outcome_in_child([] {
                  catch_interrupts();
                  const HeldSignals held;
                  ::raise(SIGUSR1);
                  ::raise(SIGUSR2);
                  if (interrupted()) return 1;
                  for (const int number : {SIGHUP, SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGQUIT}) {
                      ::raise(number);
                  }
                  return interrupted() ? 0 : 2;
              }),
              0);
    EXPECT_EQ(outcome_in_child([] {
                  {
                      const HeldSignals held;
                  }
                  ::raise(SIGUSR1);
                  return 0;
              }),
              128 + SIGUSR1);
}

TEST(Interrupt, ASignalThatWasIgnoredStaysIgnored) {
    EXPECT_EQ(outcome_in_child([] {
                  ::signal(SIGHUP, SIG_IGN);
                  catch_interrupts();
                  ::raise(SIGHUP);
                  return interrupted() ? 1 : 0;
              }),
              0);
}

TEST(Interrupt, WritingToAClosedPipeIsAnErrorAndNotTheEnd) {
    EXPECT_EQ(outcome_in_child([] {
                  catch_interrupts();
                  std::array<int, 2> fds{};
                  if (::pipe(fds.data()) != 0) return 1;
                  ::close(fds[0]);
                  return ::write(fds[1], "x", 1) == -1 && errno == EPIPE ? 0 : 2;
              }),
              0);
}

TEST(Interrupt, WritingBeyondTheFileSizeLimitIsAnErrorAndNotTheEnd) {
    const std::string path = ::testing::TempDir() + "daybook_interrupt_limit";
    EXPECT_EQ(outcome_in_child([&] {
                  catch_interrupts();
                  const struct rlimit limit = {.rlim_cur = 0, .rlim_max = 0};
                  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
                  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
                  return ::write(fd, "x", 1) == -1 && errno == EFBIG ? 0 : 2;
              }),
              0);
}

TEST(Interrupt, AReadThatWaitsIsCancelled) {
    EXPECT_EQ(outcome_in_child([] {
                  catch_interrupts();
                  std::array<int, 2> fds{};
                  if (::pipe(fds.data()) != 0) return 1;
                  // The alarm turns into the interrupt, so that the read is waiting by then.
                  struct sigaction action{};
                  action.sa_handler = [](int) { ::raise(SIGINT); };
                  ::sigaction(SIGALRM, &action, nullptr);
                  ::alarm(1);
                  std::array<char, 8> buffer{};
                  const auto got = read_some(fds[0], buffer, "pipe");
                  return !got && got.error().code() == ErrorCode::kCancelled ? 0 : 2;
              }),
              0);
}

}  // namespace
}  // namespace daybook::os
