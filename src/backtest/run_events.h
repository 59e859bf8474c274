// The events of one backtest run, in the order in which a run emits them:
//
//     run.created  run.started  ( phase.started … phase.completed )*  run.completed
//                               phase.started  phase.failed  run.failed
//
// A resumed run has its run.created already.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "artifact/run_store.h"
#include "backtest/options.h"
#include "backtest/trial.h"
#include "base/result.h"

namespace daybook::backtest {

// What run.created says.
struct RunDefinition {
    std::string run_id;
    std::string run_type;
    std::string config_json;
    std::string data_fingerprint;
    std::int64_t attempt = 1;
    bool resumed = false;  // run.created is in the ledger
    // The run that this one is a part of.
    std::optional<std::string> parent_run_id{};
    // Trials that the ledger has of earlier attempts.
    std::set<std::string> recorded_trials{};
    std::int64_t first_phase = 0;  // phase_order of the first phase
};

class RunEvents {
public:
    RunEvents(const RunContext& context, RunDefinition definition)
        : context_(context),
          definition_(std::move(definition)),
          next_order_(definition_.first_phase) {}

    // run.created, unless the run is resumed.  If it cannot be written, there is no run.
    Status create(const RunOptions& options);

    // From here on what goes wrong is recorded as run.failed, as far as the sink takes it, and
    // returned.

    // run.started.
    Status start();

    // Carries out the next phase; orders count from the first's.  `body` returns its
    // output_summary, a JSON object.  If it fails, or its events cannot be written, phase.failed
    // comes before run.failed.
    Status phase(std::string_view name, const std::function<Result<std::string>()>& body);

    // artifact.created; for the body of a phase, which passes the error on.
    Status artifact(const artifact::Stored& stored);

    // trial.recorded, complete; for the body of a phase.  Nothing if an earlier attempt has
    // recorded it.
    Status trial(std::string_view trial_id, const std::string& params_json,
                 const std::string& metrics_json, std::int64_t duration_ms);
    // The same for a policy of a search, which was judged.
    Status trial(std::string_view trial_id, const std::string& params_json,
                 const std::string& metrics_json, const Verdict& verdict);
    // baseline.completed; for the body of a phase.
    Status baseline(std::int64_t alerts_total, std::int64_t alerts_ok,
                    std::string_view artifact_path);

    // run.completed.
    Status complete(const std::string& summary_json, const std::string& artifact_paths_json);

    const RunDefinition& definition() const { return definition_; }

private:
    Status emit(const event::Payload& payload);
    Status record(const event::TrialRecorded& trial);
    Error fail_phase(std::string_view phase_name, std::int64_t order, std::int64_t duration_ms,
                     const Error& error);
    Error fail_run(Error error);
    void record_run_failed(const event::Failure& failure);
    void record_failure(const std::function<event::Payload(const event::Failure&)>& payload,
                        const event::Failure& failure);
    Error cancel_run(std::string_view phase_name);

    const RunContext& context_;
    RunDefinition definition_;
    std::int64_t next_order_;
};

}  // namespace daybook::backtest
