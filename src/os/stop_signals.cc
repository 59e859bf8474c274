#include "os/stop_signals.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "os/error.h"

namespace daybook::os {

Result<StopSignals> StopSignals::block() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, signal_number);
    if (const int error = ::pthread_sigmask(SIG_BLOCK, &signals, nullptr); error != 0) {
        return fail(errno_error(error, "block", "signals"));
    }
    UniqueFd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd.valid()) return fail(errno_error(errno, "make", "a signal descriptor"));
    return StopSignals(std::move(fd));
}

std::optional<StopSignal> StopSignals::take() const {
    struct signalfd_siginfo info{};
    ssize_t got = ::read(fd_.get(), &info, sizeof info);
    while (got < 0 && errno == EINTR) got = ::read(fd_.get(), &info, sizeof info);
    if (got != sizeof info) return std::nullopt;
    return info.ssi_signo == SIGHUP ? StopSignal::kHangUp : StopSignal::kStop;
}

void end_process(int exit_code) { ::_exit(exit_code); }

}  // namespace daybook::os
