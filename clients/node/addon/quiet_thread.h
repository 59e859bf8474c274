#pragma once

#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

namespace daybook::node {

// A thread that no signal is delivered to: the host's handlers run elsewhere, and a file that has
// reached its limit is an error there, not the end of the process.  Not joinable: there is no
// thread to be had.
template <typename Body>
std::thread quiet_thread(Body body) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread;
    try {
        thread = std::thread(std::move(body));
    } catch (const std::system_error&) {
        // What is returned says so.
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

}  // namespace daybook::node
