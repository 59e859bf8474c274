#include "ledger/heartbeat.h"

#include <chrono>
#include <memory>
#include <system_error>
#include <utility>

#include "event/events.h"
#include "log/fork_guard.h"
#include "os/process.h"

namespace daybook::ledger {

Heartbeat::Heartbeat(event::EventSink& sink, std::string run_id, std::int64_t every_ms,
                     const std::function<void(std::string_view)>& on_warning)
    : sink_(sink),
      run_id_(std::move(run_id)),
      every_ms_(every_ms),
      fork_generation_(log::fork_generation()),
      state_(std::make_unique<State>()) {
    State& state = state_.get([] { return std::make_unique<State>(); });
    try {
        state.thread = std::thread([this, &state] { run(state); });
    } catch (const std::system_error&) {
        if (on_warning) on_warning("send heartbeats of " + run_id_ + ": no thread to be had");
    }
}

Heartbeat::~Heartbeat() { stop(); }

void Heartbeat::stop() {
    // A child has no such thread.
    if (fork_generation_ != log::fork_generation()) return;
    State& state = state_.get([] { return std::make_unique<State>(); });
    std::thread ending;
    {
        const std::lock_guard lock(state.mutex);
        state.stopped = true;
        ending.swap(state.thread);
    }
    state.changed.notify_all();
    if (ending.joinable()) ending.join();
}

void Heartbeat::run(State& state) {
    // Signals are for the host's own threads.
    os::block_signals();
    std::unique_lock lock(state.mutex);
    while (!state.stopped) {
        lock.unlock();
        (void)sink_.emit(run_id_, event::RunHeartbeat{}, {});
        lock.lock();
        state.changed.wait_for(lock, std::chrono::milliseconds(every_ms_),
                               [&state] { return state.stopped; });
    }
}

}  // namespace daybook::ledger
