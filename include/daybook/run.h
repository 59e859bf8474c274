// A run and its phases, as a program records them.
//
//     auto run = ledger->start_run({.type = "policy", .config = {{"stop", 0.05}}});
//     {
//         auto phase = run->phase("load");
//         …
//     }                                                // phase.completed, with its duration
//     run->record_trial("stop_5", {{"stop", 0.05}}, {{"sharpe", 1.2}});
//     run->complete({{"trials", 1}});
//
// A phase or a run that an exception leaves is recorded as failed.  Every call writes at once: what
// it has acknowledged survives the death of the process.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daybook/durability.h"
#include "daybook/failure_policy.h"
#include "daybook/result.h"
#include "daybook/value.h"

namespace daybook {

// What is recorded of the state that a run starts from.  DAYBOOK_CAPTURE in the environment may say
// less: "no-diff" leaves out what differs from the commit, "off" everything.
enum class Capture {
    // Host, user, directory, command line, versions and the allow-listed variables in run.created;
    // commit, branch and diff from a thread of the library as run.environment.  Closing the ledger
    // waits for it, ten seconds after the start at most.
    kAll,
    // The same, but the caller sees to run.environment: Run::record_environment().
    kAtHand,
    kNone,
};

// What a run is when it starts.
struct RunSpec {
    // What kind of run, such as "policy" or "grid_search"; any name.
    std::string_view type;
    // Everything that determines its result.
    Fields config{};
    // Identifies the input data; empty if there is none.
    std::string_view data_fingerprint{};
    // Chosen by Daybook if unset: "<type>-<date>-<time>-<random>".
    std::optional<std::string_view> run_id{};
    std::optional<std::string_view> name{};
    std::optional<std::string_view> experiment{};
    // Unset: DAYBOOK_RUN_ID of the environment, if that is set.
    std::optional<std::string_view> parent_run_id{};
    Fields tags{};
    std::optional<std::int64_t> seed{};
    Capture capture = Capture::kAll;
    // The command line; empty: as the system knows it.  Secrets in it are masked.
    std::span<const std::string_view> argv{};
    // Versions of language and tools: {{"python", "3.11.7"}}.
    Fields versions{};
    // Lets a thread record run.heartbeat so often, in milliseconds, until the run ends or is
    // destroyed: for judges on other machines.  0: never.
    std::int64_t heartbeat_ms = 0;
};

// What a trial has beside parameters and metrics.
struct TrialOptions {
    // "complete" (also if unset), "pruned" or "failed".
    std::optional<std::string_view> state{};
    std::optional<bool> feasible{};
    std::span<const std::string_view> violations{};
    std::optional<std::int64_t> started_at_ms{};
    std::optional<std::int64_t> duration_ms{};
    // Why it failed.
    std::optional<std::string_view> error_message{};
    // Numbers that JSON cannot hold, by JSON pointer: {{"/metrics/sharpe", "NaN"}}.
    Fields nonfinite{};
    Durability durability = Durability::kProcess;
};

// What a point of a curve has beside its value.
struct MetricOptions {
    std::optional<std::int64_t> step{};
    std::optional<std::string_view> trial_id{};
    // Numbers that JSON cannot hold, by JSON pointer: {{"/metrics/loss", "NaN"}}.
    Fields nonfinite{};
    Durability durability = Durability::kProcess;
};

// What is known of a failure beside its message.
struct FailureOptions {
    // Such as the exception's class.
    std::optional<std::string_view> kind{};
    // Where it happened, for people.
    std::optional<std::string_view> trace{};
    // The phase that failed, what came of the run all the same, and its files; of runs only.
    std::optional<std::string_view> phase_name{};
    Fields summary{};
    Fields artifact_paths{};
};

// What a file is that a run has made.
struct ArtifactOptions {
    // Rows of a table, if it is one.
    std::optional<std::int64_t> rows{};
    // "parquet", "json", …; from the file's extension if unset.
    std::optional<std::string_view> format{};
    std::optional<std::string_view> trial_id{};
    // Keep a copy of the file in the ledger, the same content once: what is recorded is the copy
    // (artifacts/objects/…), so that the file may change or go.
    bool copy = false;
};

// A phase that is going on.  Ends when it is destroyed: completed, or failed if an exception is on
// its way.  May be moved; all other functions may be called from all threads.  Must not outlive its
// Run.
class Phase {
public:
    Phase(Phase&& other) noexcept;
    Phase& operator=(Phase&& other) noexcept;
    ~Phase();

    // Ends the phase now: once, and not in a forked child, or kInvalidArgument.  `output_summary`
    // tells what came of it.
    Status complete(const Fields& output_summary = {});
    // Ends the phase as failed.
    Status fail(std::string_view message, const FailureOptions& options = {});

private:
    friend class Run;
    struct State;
    explicit Phase(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// A run that is going on.  All functions may be called from all threads; destroying and moving may
// not run beside them.  In a forked child a run may be recorded to, but does not end there.
class Run {
public:
    Run(Run&& other) noexcept;
    Run& operator=(Run&& other) noexcept;
    // A run still open is ended: failed if an exception is on its way, else completed with
    // `implicit_end`: true.  A run that was attached to is left as it is.
    ~Run();

    const std::string& id() const;
    // Whether an end of it has been recorded here, or is kept for another try.
    bool has_ended() const;

    // Begins a phase.  A name's first use takes the next order from 0, each re-use is the next
    // iteration of it.  In a run that was attached to, `order` must be given.
    Result<Phase> phase(std::string_view name, std::optional<std::int64_t> order = std::nullopt);

    // Records one trial: a point of a search, and what it measured.  NaN and infinities are refused
    // with their field's name: JSON has no form for them.
    Status record_trial(std::string_view trial_id, const Fields& params, const Fields& metrics,
                        const TrialOptions& options = {});

    // Records one point of one or more curves.  Without a step the points of a name are numbered 0,
    // 1, 2…, after the greatest step that was given; in a run that was attached to they stay
    // without, each a point of its own.
    Status record_metrics(const Fields& metrics, const MetricOptions& options = {});

    // Records a file that the run has made; it must exist.  Its size and SHA-256 are taken now.  A
    // path inside the ledger is recorded relative to it, another one as an absolute path.
    Status add_artifact(const std::string& path, std::string_view type,
                        const ArtifactOptions& options = {});

    // Sets tags; a null value removes one.
    Status tag(const Fields& tags);
    Status note(std::string_view text, std::optional<std::string_view> author = std::nullopt);

    // Gathers the state of the code in the working directory (commit, branch, what differs from it)
    // and records it with `packages`, {{"numpy", "2.1.0"}}, as run.environment, once a run. Blocks,
    // `limit_ms` at most (0: 10,000).  What could not be gathered is named in the event's
    // `incomplete`, not an error.  kInvalidArgument: it is recorded already, or by the library's
    // thread (Capture::kAll).  A run that was attached to knows only of what it has recorded
    // itself.
    Status record_environment(const Fields& packages = {}, std::int64_t limit_ms = 0);
    // Lets a record_environment() of another thread come to its end at once: git is killed, and the
    // event names what has not been gathered.
    void give_up_environment();

    // Where the run's artifacts belong: an absolute path below the ledger's directory, made if need
    // be.
    Result<std::string> artifact_directory() const;

    // Under FailurePolicy::kKeep: counts, and warns of, something that could not even be handed
    // over, as a dropped event of the run.
    void count_failure(std::string_view message);
    void count_failure(const Error& error);
    FailurePolicy failure_policy() const;

    // The ends.  Each may be called once, and not on a run that was attached to or in a forked
    // child: kInvalidArgument.  Events that were dropped are counted in the end's `events_dropped`.
    Status complete(const Fields& summary = {}, const Fields& artifact_paths = {});
    Status fail(std::string_view message, const FailureOptions& options = {});
    Status cancel(std::optional<std::string_view> reason = std::nullopt);

private:
    friend class Ledger;
    friend class Phase;
    struct State;
    Status add_artifact_copy(const std::string& path, std::string_view type,
                             const ArtifactOptions& options);
    explicit Run(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace daybook
