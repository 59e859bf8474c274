// A state that a forked child makes anew.
//
// What threads of the parent were doing with the parent's state, a child cannot know: its mutex may
// be locked by a thread that does not exist here, and a thread object in it stands for none.  So
// the first thread of a child that asks for the state makes a new one, and the parent's is left as
// it is, for ever.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "log/fork_guard.h"

namespace daybook::log {

// Needs watch_forks() to have been called.  get() may be called from all threads.
template <typename State>
class PerProcess {
public:
    explicit PerProcess(std::unique_ptr<State> state)
        : state_(state.release()), generation_(fork_generation()) {}
    // In a child that never asked, the state is the parent's: nothing of it is ours to end.
    ~PerProcess() {
        if (generation_.load() == fork_generation()) delete state_;
    }
    PerProcess(const PerProcess&) = delete;
    PerProcess& operator=(const PerProcess&) = delete;

    // `make` makes a child's state: a std::unique_ptr<State>().
    template <typename Make>
    State& get(const Make& make) const {
        const std::uint64_t current = fork_generation();
        std::uint64_t seen = generation_.load(std::memory_order_acquire);
        while (seen != current) {
            if (seen == beginning(current)) {
                std::this_thread::yield();
            } else if (generation_.compare_exchange_strong(seen, beginning(current))) {
                state_ = make().release();
                generation_.store(current, std::memory_order_release);
            }
            seen = generation_.load(std::memory_order_acquire);
        }
        return *state_;
    }

private:
    // In place of a generation while one thread of a child makes the new state.  It names the
    // generation that it belongs to: a child forked in that moment has no such thread, and must not
    // wait for it.
    static constexpr std::uint64_t beginning(std::uint64_t generation) {
        return generation | (std::uint64_t{1} << 63);
    }

    mutable State* state_;
    mutable std::atomic<std::uint64_t> generation_;
};

}  // namespace daybook::log
