#include "os/interrupt.h"

#include <signal.h>

namespace daybook::os {
namespace {

// A global, because a signal handler can reach nothing else.
std::atomic<bool> interrupt_seen{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

void on_signal(int) { interrupt_seen.store(true, std::memory_order_relaxed); }

void on_signal_for_nothing(int) {}

}  // namespace

void catch_interrupts() {
    struct sigaction action{};
    action.sa_handler = on_signal;
    ::sigemptyset(&action.sa_mask);
    // The second signal finds the default again.  No SA_RESTART: a read that waits is to wake up.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction before{};
        // A signal that the starter had ignored (nohup, a job in the background) stays ignored.
        if (::sigaction(signal_number, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) {
            continue;
        }
        ::sigaction(signal_number, &action, nullptr);
    }
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, nullptr);
    ::sigaction(SIGXFSZ, &ignore, nullptr);
}

HeldSignals::HeldSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        const bool asks_to_stop = kSignals[i] != SIGUSR1 && kSignals[i] != SIGUSR2;
        struct sigaction action{};
        // Not SIG_IGN: that would look as if the starter had wanted it.
        action.sa_handler = asks_to_stop ? on_signal : on_signal_for_nothing;
        ::sigemptyset(&action.sa_mask);
        const bool is_known = ::sigaction(kSignals[i], nullptr, &before_[i]) == 0;
        if (is_known && before_[i].sa_handler != SIG_IGN)
            ::sigaction(kSignals[i], &action, nullptr);
    }
}

HeldSignals::~HeldSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        ::sigaction(kSignals[i], &before_[i], nullptr);
    }
}

bool interrupted() { return interrupt_seen.load(std::memory_order_relaxed); }

const std::atomic<bool>& interrupt_flag() { return interrupt_seen; }

}  // namespace daybook::os
