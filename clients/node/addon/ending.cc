#include "ending.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "arguments.h"
#include "functions.h"
#include "handles.h"
#include "quiet_thread.h"
#include "run.h"
#include "signals.h"

namespace daybook::node {
namespace {

using How = PlannedEnd::How;

void tell(const char* message) { std::fprintf(stderr, "daybook: %s\n", message); }

daybook_failure_options options_of(const PlannedEnd& end) {
    daybook_failure_options options = daybook_failure_options_init();
    options.kind = borrowed(end.kind);
    options.trace = borrowed(end.trace);
    return options;
}

void end_phase(Phase& phase, const PlannedEnd& end) {
    Caught caught;
    daybook_code code = DAYBOOK_OK;
    if (end.how == How::kCompleted) {
        code =
            daybook_phase_complete(phase.handle, json_object(phase.planned_summary), caught.out());
    } else {
        const daybook_failure_options options = options_of(end);
        code = daybook_phase_fail(phase.handle, borrowed(end.message), &options, caught.out());
    }
    if (code != DAYBOOK_OK) tell(caught.message());
}

std::uint64_t failures_of(const Ledger& ledger) {
    daybook_ledger_stats stats = daybook_ledger_stats_init();
    (void)daybook_ledger_get_stats(ledger.handle, &stats, nullptr, nullptr);
    return stats.failures;
}

// The interface has no call for it but the one that frees, which returns no error.
void complete_implicitly(Run& run) {
    const std::uint64_t failures = failures_of(*run.ledger);
    daybook_run_free(std::exchange(run.handle, nullptr));
    if (!run.ledger->strict || failures_of(*run.ledger) == failures) return;
    daybook_ledger_stats stats = daybook_ledger_stats_init();
    Caught last;
    (void)daybook_ledger_get_stats(run.ledger->handle, &stats, last.out(), nullptr);
    tell(last.message());
}

void end_run(Run& run, const PlannedEnd& end) {
    if (end.how == How::kCompleted) return complete_implicitly(run);
    Caught caught;
    daybook_code code = DAYBOOK_OK;
    if (end.how == How::kFailed) {
        daybook_failure_options options = options_of(end);
        options.phase_name = borrowed(end.phase_name);
        code = daybook_run_fail(run.handle, borrowed(end.message), &options, caught.out());
    } else {
        code = daybook_run_cancel(run.handle, borrowed(end.message), caught.out());
    }
    if (code != DAYBOOK_OK) tell(caught.message());
}

// Of a thread that was terminated nobody could say how its runs end.
const PlannedEnd& plan_of(const Instance& instance, const Run& run) {
    static const auto* const terminated =
        new PlannedEnd{.how = How::kCancelled, .message = "the thread was terminated"};
    if (run.planned) return *run.planned;
    return instance.planned ? *instance.planned : *terminated;
}

// Those that atexit() has to finish: of threads that are still there when the process ends.
struct Unfinished {
    std::mutex mutex;
    std::vector<Instance*> instances;
};

Unfinished& unfinished() {
    static auto* const all = new Unfinished();
    return *all;
}

void finish_all() {
    std::vector<Instance*> instances;
    {
        const std::lock_guard lock(unfinished().mutex);
        instances.swap(unfinished().instances);
    }
    for (Instance* const instance : instances) finish(*instance);
}

// (run | undefined, how: number, message: string, failure) => void: of one run, or of all others.
void plan_end(const Napi::CallbackInfo& info) {
    PlannedEnd end{.how = static_cast<How>(index_of(info[1])), .message = text_of(info[2])};
    const auto failure = info[3].As<Napi::Object>();
    end.kind = text_member(failure, "kind");
    end.trace = text_member(failure, "trace");
    end.phase_name = text_member(failure, "phaseName");
    if (info[0].IsUndefined()) {
        instance_of(info).planned = std::move(end);
    } else if (Run* const run = run_of(info)) {
        run->planned = std::move(end);
    }
}

// (phase, outputSummary: json) => void: for the case that it completes with its run.
void plan_phase(const Napi::CallbackInfo& info) {
    Phase* const phase = instance_of(info).phases.peek(index_of(info[0]));
    if (phase != nullptr) phase->planned_summary = optional_text(info[1]);
}

void finish_here(Instance& instance) {
    std::vector<std::shared_ptr<Run>> ending;
    for (const std::shared_ptr<Run>& run : instance.runs.all()) {
        // A thread that a signal has woken may be ending it already.
        if (run && !run->ended.exchange(true)) ending.push_back(run);
    }
    for (const std::shared_ptr<Phase>& phase : instance.phases.all()) {
        if (!phase) continue;
        const bool ends_here = std::ranges::find(ending, phase->run) != ending.end();
        if (ends_here || phase->run->attached) end_phase(*phase, plan_of(instance, *phase->run));
    }
    instance.phases.clear();
    for (const std::shared_ptr<Run>& run : ending) {
        unwatch_run(run.get());
        end_run(*run, plan_of(instance, *run));
    }
    instance.gatherings.finish();
    ending.clear();
    instance.runs.clear();
    instance.ledgers.clear();
}

}  // namespace

// In a thread of its own: at the exit, what the library keeps for this one has been destroyed, and
// node has taken the host's handlers of signals away.
void finish(Instance& instance) {
    std::thread thread = quiet_thread([&] { finish_here(instance); });
    if (thread.joinable()) {
        thread.join();
    } else {
        tell("end the open runs: no thread to be had");
    }
}

void finish_at_exit(Instance& instance) {
    static const bool registered = std::atexit(finish_all) == 0;
    (void)registered;
    const std::lock_guard lock(unfinished().mutex);
    unfinished().instances.push_back(&instance);
}

void forget(Instance& instance) {
    const std::lock_guard lock(unfinished().mutex);
    std::erase(unfinished().instances, &instance);
}

void add_ending_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("planEnd", Napi::Function::New<plan_end>(env));
    exports.Set("planPhase", Napi::Function::New<plan_phase>(env));
}

}  // namespace daybook::node
