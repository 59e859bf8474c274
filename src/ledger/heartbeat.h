// Records run.heartbeat from a thread, as long as a run is going on: for judges who cannot see its
// process.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "event/sink.h"
#include "log/per_process.h"

namespace daybook::ledger {

// All functions may be called from all threads, and in a forked child, which sends none: the run is
// its parent's.
class Heartbeat {
public:
    // The first one is recorded at once, the others every `every_ms` (at least 1).  What the sink
    // does not take is tried again with the next one.  `sink` must outlive it.
    // `on_warning`, which may be empty, is told if there is no thread to be had.
    Heartbeat(event::EventSink& sink, std::string run_id, std::int64_t every_ms,
              const std::function<void(std::string_view)>& on_warning = {});
    ~Heartbeat();
    Heartbeat(const Heartbeat&) = delete;
    Heartbeat& operator=(const Heartbeat&) = delete;

    // Returns when there will be no more.
    void stop();

private:
    struct State {
        std::mutex mutex{};
        std::condition_variable changed{};
        bool stopped = false;
        std::thread thread{};
    };

    void run(State& state);

    event::EventSink& sink_;
    const std::string run_id_;
    const std::int64_t every_ms_;
    const std::uint64_t fork_generation_;
    log::PerProcess<State> state_;
};

}  // namespace daybook::ledger
