// The C interface's handles as Python objects: daybook._core.Ledger, Run and Phase.
//
// A handle is freed when the last call on it has ended, so that closing may run beside a call.  The
// GIL is released around whatever may wait for a disk.
#pragma once

#include <nanobind/nanobind.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "daybook/daybook.h"
#include "values.h"

namespace daybook::python {

namespace nb = nanobind;

// The calls that are under way.  When the interpreter ends, a thread that waits for the GIL is
// ended in the middle, which C++ does not survive: so the end waits for them, and later ones keep
// the GIL.
class Call {
public:
    // With the GIL held at both ends of its life, so that no two threads count at once.
    Call() { count(+1); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() { count(-1); }

    // From now on no call gives up the GIL; waits, 5 s at most, for those that have.
    static void shut();
    // In a forked child: the threads of the parent, and what they had under way, are not there.
    static void forked() { under_way_ = 0; }
    static bool is_shut() { return is_shut_; }
    static bool shut_by_this_thread() { return ender_ == PyThread_get_thread_ident(); }

private:
    static void count(int more) {
        under_way_.store(under_way_.load(std::memory_order_relaxed) + more,
                         std::memory_order_relaxed);
    }

    static inline std::atomic<int> under_way_ = 0;
    static inline std::atomic<bool> is_shut_ = false;
    static inline std::atomic<unsigned long> ender_ = 0;
};

// Gives up the GIL for its own lifetime, as a call that is under way: a destructor may stand
// outside of the others.
class WithoutGil {
public:
    WithoutGil() : state_(Call::is_shut() ? nullptr : PyEval_SaveThread()) {}
    WithoutGil(const WithoutGil&) = delete;
    WithoutGil& operator=(const WithoutGil&) = delete;
    ~WithoutGil() {
        if (state_ != nullptr) PyEval_RestoreThread(state_);
    }

private:
    Call call_;  // Ends when the GIL is back.
    PyThreadState* state_;
};

// A code and its message.
class Outcome {
public:
    Outcome() = default;
    Outcome(const Outcome&) = delete;
    Outcome& operator=(const Outcome&) = delete;
    ~Outcome() { daybook_error_free(error_); }

    // For the call's last argument.
    daybook_error** out() { return &error_; }
    // Raises daybook.Error if `code` is none of success and `strict`; else the library counts and
    // tells what has failed.
    void settle(daybook_code code, bool strict) const;

private:
    daybook_error* error_ = nullptr;
};

// Makes `call`, a daybook_code(daybook_error**), without the GIL, and settles what comes of it.
template <typename Function>
void without_gil(bool strict, Function&& call) {
    Outcome outcome;
    daybook_code code = DAYBOOK_OK;
    {
        const WithoutGil released;
        code = call(outcome.out());
    }
    outcome.settle(code, strict);
}

// Tells on standard error.  From any thread, also while Python is shutting down: so not through
// sys.stderr.
void warn(std::string_view message);

// Raises what daybook._errors makes of a code.
void raise_error(daybook_code code, std::string_view message);

class Ledger {
public:
    // `directory` None: the default.
    Ledger(nb::handle directory, bool strict, bool create);
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;
    // Like closing it: may wait for a disk, and so gives up the GIL.
    ~Ledger() { close(); }

    std::string directory() const;
    bool strict() const { return strict_; }
    nb::object emit_json(nb::handle text, nb::handle durability);
    // An event given as a mapping; a NaN in trial.recorded and metric.recorded is kept.
    nb::object emit(nb::handle event, nb::handle durability);
    void flush();
    void sync();
    nb::dict stats() const;
    void close();
    std::shared_ptr<daybook_ledger> handle() const;

private:
    void count_failure(nb::handle event, std::string_view problem);

    std::shared_ptr<daybook_ledger> ledger_;
    bool strict_;
};

class Phase {
public:
    Phase(std::shared_ptr<daybook_run> run, daybook_phase* phase, bool strict);
    Phase(Phase&&) = default;
    Phase& operator=(Phase&&) = delete;
    ~Phase() { close(); }

    void complete(nb::handle summary);
    void fail(nb::handle message, nb::handle kind, nb::handle trace);
    // Frees it without a word if it has ended; else it is completed.  One that has failed, which
    // could not be recorded, is left open.
    void close();

private:
    bool ready(Reading& reading, bool read_well) const;

    std::shared_ptr<daybook_run> run_;  // Outlives the phase.
    std::shared_ptr<daybook_phase> phase_;
    bool strict_;
    bool fails_ = false;  // Its failure has not been recorded.
};

// What a run is when it starts; the names are those of daybook.start_run().
struct Spec {
    nb::handle type, config, data_fingerprint, run_id, name, experiment, parent_run_id, tags, seed,
        versions;
    int capture = DAYBOOK_CAPTURE_AT_HAND;
    std::int64_t heartbeat_ms = 0;
};

class Run {
public:
    Run(Run&&) = default;
    Run& operator=(Run&&) = delete;
    // Like closing it: may wait for a disk, and so gives up the GIL.
    ~Run() { close(); }

    // `refuse`: numbers that JSON cannot hold are refused.
    static Run start(const Ledger& ledger, const Spec& given, bool refuse);
    static Run attach(const Ledger& ledger, nb::handle run_id, bool refuse);

    std::string id() const;
    nb::object artifact_directory() const;
    void record_environment(nb::handle packages, std::int64_t limit_ms) const;
    void record_trial(nb::handle trial_id, nb::handle params, nb::handle metrics, nb::handle state,
                      nb::handle feasible, nb::handle violations, nb::handle duration_ms,
                      nb::handle started_at_ms, nb::handle error, nb::handle durability) const;
    void record_metrics(nb::handle metrics, nb::handle step, nb::handle trial_id,
                        nb::handle durability) const;
    void add_artifact(nb::handle path, nb::handle type, nb::handle rows, nb::handle format,
                      nb::handle trial_id, bool copy) const;
    void tag(nb::handle tags) const;
    void note(nb::handle text, nb::handle author) const;
    void complete(nb::handle summary, nb::handle artifact_paths) const;
    void fail(nb::handle message, nb::handle kind, nb::handle trace, nb::handle phase_name,
              nb::handle summary, nb::handle artifact_paths) const;
    void cancel(nb::handle reason) const;
    Phase begin_phase(nb::handle name, nb::handle order) const;
    void count_failure(nb::handle message) const;
    // Whether an end of it has been recorded, or is kept for another try, or it has been closed.
    bool has_ended() const { return run_ == nullptr || daybook_run_has_ended(run_.get()) != 0; }
    // Closes it without an end, which freeing it would record: never freed, until the process ends.
    void leave_open();
    void close();

private:
    Run(std::shared_ptr<daybook_ledger> ledger, daybook_run* run, bool strict, bool refuse);

    // Whether the interpreter ends, after which nothing is recorded; told once, or raised.
    bool is_late() const;
    // Lets an option that is wrong be left out, and tells, unless in strict mode.
    void forgive(Reading& reading) const;
    // NULL if the run has been closed, which is told, or raised in strict mode.
    std::shared_ptr<daybook_run> handle() const;
    // Makes `call`, a daybook_code(daybook_run*, daybook_error**).
    template <typename Call>
    void record(Call&& call) const;
    // What is to become of a number that JSON cannot hold.
    Reading reading(Nonfinite otherwise) const;
    // Raises what is wrong, or counts it; false: there is nothing to record.
    bool ready(Reading& reading, bool read_well) const;

    std::shared_ptr<daybook_run> run_;
    bool strict_;
    bool refuse_;
};

// Gives the type Run its method record_trial().
void bind_record_trial(nb::handle type);
// Raises daybook.InvalidArgument, or what has interrupted the reading.
void raise_problem(Reading& reading);
// Raises that, if there is any: Ctrl-C is the host's in all modes.
void let_through(Reading& reading);
// The default, and the problem in `reading`, for what names none.
daybook_durability read_durability(nb::handle name, Reading& reading);

}  // namespace daybook::python
