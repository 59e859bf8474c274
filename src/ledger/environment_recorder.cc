#include "ledger/environment_recorder.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "capture/code_event.h"
#include "log/fork_guard.h"
#include "os/process.h"

namespace daybook::ledger {

Status record_environment(event::EventSink& sink, const std::string& ledger_dir,
                          std::string_view run_id, capture::CodeQuestion question,
                          const Fields& packages) {
    question.ledger_dir = ledger_dir;
    const capture::CodeEvent event(capture::gather_code_state(question), ledger_dir);
    ASSIGN_OR_RETURN(const event::Receipt receipt, sink.emit(run_id, event.payload(packages)));
    (void)receipt;
    return {};
}

EnvironmentRecorder::EnvironmentRecorder(event::EventSink& sink, const std::string& ledger_dir,
                                         std::function<void(std::string_view)> on_warning)
    : sink_(sink),
      // The host may go elsewhere before the thread writes.
      ledger_dir_(os::absolute_path(ledger_dir)),
      on_warning_(std::move(on_warning)),
      state_([] {
          log::watch_forks();
          return std::make_unique<State>();
      }()) {}

EnvironmentRecorder::~EnvironmentRecorder() = default;

EnvironmentRecorder::State::~State() {
    {
        const std::lock_guard lock(mutex);
        closing = true;
    }
    changed.notify_all();
    if (thread.joinable()) thread.join();
}

void EnvironmentRecorder::request(std::string run_id, capture::CodeQuestion question) {
    question.ledger_dir = ledger_dir_;
    State& state = state_.get([] { return std::make_unique<State>(); });
    bool has_thread = true;
    {
        const std::lock_guard lock(state.mutex);
        state.requests.push_back({std::move(run_id), std::move(question)});
        if (!state.thread.joinable()) has_thread = start(state);
    }
    state.changed.notify_all();
    // Told while no mutex is held: whoever is told may start a run.
    if (has_thread) return;
    tell(Error(ErrorCode::kLimit,
               "gather the state of the code: no thread to be had; the next run tries again"));
}

bool EnvironmentRecorder::start(State& state) {
    try {
        state.thread = std::thread([this, &state] { run(state); });
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

void EnvironmentRecorder::run(State& state) {
    os::block_signals();
    std::unique_lock lock(state.mutex);
    while (true) {
        state.changed.wait(lock, [&] { return state.closing || !state.requests.empty(); });
        if (state.requests.empty()) return;
        std::deque<Request> requests = std::exchange(state.requests, {});
        lock.unlock();
        record(std::move(requests));
        lock.lock();
    }
}

// One gathering answers all that came before it and ask the same.
void EnvironmentRecorder::record(std::deque<Request> requests) {
    while (!requests.empty()) {
        capture::CodeQuestion question = requests.front().question;
        std::vector<std::string> run_ids;
        std::deque<Request> others;
        for (Request& request : requests) {
            const bool same = request.question.directory == question.directory &&
                              request.question.environment == question.environment &&
                              request.question.diff == question.diff;
            if (same) {
                // Who came late has its whole time, and who came early the better answer.
                question.deadline_ns = std::max(question.deadline_ns, request.question.deadline_ns);
                run_ids.push_back(std::move(request.run_id));
            } else {
                others.push_back(std::move(request));
            }
        }
        record_together(question, run_ids);
        requests = std::move(others);
    }
}

void EnvironmentRecorder::record_together(const capture::CodeQuestion& question,
                                          const std::vector<std::string>& run_ids) {
    const capture::CodeEvent event(capture::gather_code_state(question), ledger_dir_);
    for (const std::string& run_id : run_ids) {
        const Result<event::Receipt> receipt = sink_.emit(run_id, event.payload());
        if (!receipt) tell(receipt.error().with_context("record the state of the code"));
    }
}

void EnvironmentRecorder::tell(const Error& error) const {
    if (on_warning_) on_warning_(error.message());
}

}  // namespace daybook::ledger
