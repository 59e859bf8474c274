// Records run.environment: from a thread, so that who starts a run need not wait for git, or at
// once in the calling thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "capture/code_state.h"
#include "daybook/value.h"
#include "event/sink.h"
#include "log/per_process.h"

namespace daybook::ledger {

// Gathers what is asked for and records it with `packages`, in the calling thread.
Status record_environment(event::EventSink& sink, const std::string& ledger_dir,
                          std::string_view run_id, capture::CodeQuestion question,
                          const Fields& packages = {});

// The thread starts with the first request and ends with the recorder.  Runs that wait for the same
// directory are answered together.  All functions may be called from all threads, and in a forked
// child, which has nothing to do with what its parent asked for.
class EnvironmentRecorder {
public:
    // `on_warning` is told of what could not be recorded; it may be empty.
    EnvironmentRecorder(event::EventSink& sink, const std::string& ledger_dir,
                        std::function<void(std::string_view)> on_warning);
    // Waits until everything is recorded: no longer than the questions allow.
    ~EnvironmentRecorder();
    EnvironmentRecorder(const EnvironmentRecorder&) = delete;
    EnvironmentRecorder& operator=(const EnvironmentRecorder&) = delete;

    void request(std::string run_id, capture::CodeQuestion question);

private:
    struct Request {
        std::string run_id;
        capture::CodeQuestion question;
    };
    struct State {
        ~State();

        std::mutex mutex{};
        std::condition_variable changed{};
        std::deque<Request> requests{};
        bool closing = false;
        std::thread thread{};
    };

    // False: there is no thread to be had.
    bool start(State& state);
    void run(State& state);
    void record(std::deque<Request> requests);
    void record_together(const capture::CodeQuestion& question,
                         const std::vector<std::string>& run_ids);
    void tell(const Error& error) const;

    event::EventSink& sink_;
    const std::string ledger_dir_;
    const std::function<void(std::string_view)> on_warning_;
    log::PerProcess<State> state_;
};

}  // namespace daybook::ledger
