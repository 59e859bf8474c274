// Ctrl-C and its like: the wish that this process should stop, which long work looks at.
#pragma once

#include <csignal>

#include <array>
#include <atomic>

namespace daybook::os {

// From now on the first SIGINT, SIGTERM or SIGHUP only sets the flag below; a second one ends the
// process at once.  SIGPIPE and SIGXFSZ are ignored: a write to a closed pipe, or beyond the
// file size limit, fails with an error instead.
// Programs started from here (os/child.h, spawn_detached()) begin with the signals as usual.
void catch_interrupts();

// While it lives no number of signals ends the process: SIGINT, SIGTERM, SIGHUP and SIGQUIT set the
// flag below, SIGUSR1 and SIGUSR2 do nothing.  For work that must come to its end, and looks at the
// flag to come there sooner.  What this process ignores stays ignored.
class HeldSignals {
public:
    HeldSignals();
    ~HeldSignals();
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;

private:
    static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    std::array<struct sigaction, kSignals.size()> before_{};
};

// Whether such a signal has arrived.
bool interrupted();

// The same, for those who must not know where the wish comes from.  Lives for ever.
const std::atomic<bool>& interrupt_flag();

}  // namespace daybook::os
