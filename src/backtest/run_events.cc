#include "backtest/run_events.h"

#include <utility>
#include <vector>

#include "base/text.h"

namespace daybook::backtest {

Status RunEvents::emit(const event::Payload& payload) {
    auto receipt = context_.sink.emit(definition_.run_id, payload);
    if (!receipt) {
        return fail(receipt.error().with_context(
            fmt::format("run {}: emit {}", definition_.run_id, event::type_of(payload))));
    }
    return {};
}

Status RunEvents::create(const RunOptions& options) {
    if (definition_.resumed) return {};
    std::vector<Field> tags;
    for (const auto& [key, value] : options.tags) tags.push_back({key, Value(value)});
    event::RunCreated created{.run_type = definition_.run_type,
                              .config = Fields(Json{definition_.config_json}),
                              .data_fingerprint = definition_.data_fingerprint};
    if (options.name) created.name = *options.name;
    if (options.experiment) created.experiment = *options.experiment;
    if (definition_.parent_run_id) created.parent_run_id = *definition_.parent_run_id;
    if (!tags.empty()) created.tags = Fields(tags);
    created.environment = context_.environment;
    return emit(created);
}

Status RunEvents::start() {
    Status started =
        emit(event::RunStarted{.attempt = definition_.attempt, .owner = context_.owner});
    if (!started) return fail(fail_run(std::move(started).error()));
    return {};
}

Status RunEvents::phase(std::string_view name, const std::function<Result<std::string>()>& body) {
    const std::int64_t order = next_order_++;
    const std::int64_t begin_ns = context_.clock.monotonic_ns();
    const auto elapsed_ms = [&] { return (context_.clock.monotonic_ns() - begin_ns) / 1'000'000; };
    if (context_.is_cancelled()) return fail(cancel_run(name));
    if (Status started = emit(event::PhaseStarted{.phase_name = name, .phase_order = order});
        !started) {
        return fail(fail_phase(name, order, 0, started.error()));
    }
    if (context_.progress) context_.progress({.phase = name});
    Result<std::string> summary = body();
    // What is done by now may be a part only.
    if (context_.is_cancelled()) return fail(cancel_run(name));
    if (!summary) return fail(fail_phase(name, order, elapsed_ms(), summary.error()));
    Status completed = emit(event::PhaseCompleted{.phase_name = name,
                                                  .duration_ms = elapsed_ms(),
                                                  .output_summary = Fields(Json{*summary}),
                                                  .phase_order = order});
    if (!completed) return fail(fail_phase(name, order, elapsed_ms(), completed.error()));
    return {};
}

Error RunEvents::fail_phase(std::string_view phase_name, std::int64_t order,
                            std::int64_t duration_ms, const Error& error) {
    const event::Failure failure{
        .message = error.message(), .kind = to_string(error.code()), .phase_name = phase_name};
    const auto phase_failed = [&](const event::Failure& told) -> event::Payload {
        return event::PhaseFailed{.phase_name = phase_name,
                                  .error = told,
                                  .duration_ms = duration_ms,
                                  .phase_order = order};
    };
    record_failure(phase_failed, failure);
    record_run_failed(failure);
    return error.with_context(fmt::format("run {}: phase {}", definition_.run_id, phase_name));
}

// Outside of a phase.
Error RunEvents::fail_run(Error error) {
    record_run_failed({.message = error.message(), .kind = to_string(error.code())});
    return error;
}

void RunEvents::record_run_failed(const event::Failure& failure) {
    const auto run_failed = [&](const event::Failure& told) -> event::Payload {
        return event::RunFailed{.error = told, .attempt = definition_.attempt};
    };
    record_failure(run_failed, failure);
}

// Records as much as the sink still takes; the first error is the one that matters.
void RunEvents::record_failure(const std::function<event::Payload(const event::Failure&)>& payload,
                               const event::Failure& failure) {
    if (emit(payload(failure))) return;
    // A message may hold what JSON cannot, such as a path that is not UTF-8.
    constexpr std::size_t kMessageBytesMax = 4096;
    const std::string plain = printable(failure.message, kMessageBytesMax);
    event::Failure told = failure;
    told.message = plain;
    (void)emit(payload(told));
}

Error RunEvents::cancel_run(std::string_view phase_name) {
    Error error(ErrorCode::kCancelled,
                fmt::format("run {}: stopped in phase {}", definition_.run_id, phase_name));
    (void)emit(event::RunCancelled{.reason = error.message(), .attempt = definition_.attempt});
    return error;
}

Status RunEvents::artifact(const artifact::Stored& stored) {
    return emit(event::ArtifactCreated{.artifact_type = stored.type,
                                       .artifact_path = stored.path,
                                       .size_bytes = static_cast<std::int64_t>(stored.size_bytes),
                                       .sha256 = stored.sha256,
                                       .rows = static_cast<std::int64_t>(stored.rows),
                                       .format = stored.format});
}

Status RunEvents::record(const event::TrialRecorded& trial) {
    if (definition_.recorded_trials.contains(std::string(trial.trial_id))) return {};
    return emit(trial);
}

Status RunEvents::trial(std::string_view trial_id, const std::string& params_json,
                        const std::string& metrics_json, std::int64_t duration_ms) {
    return record({.trial_id = trial_id,
                   .params = Fields(Json{params_json}),
                   .metrics = Fields(Json{metrics_json}),
                   .state = event::TrialState::kComplete,
                   .duration_ms = duration_ms});
}

Status RunEvents::trial(std::string_view trial_id, const std::string& params_json,
                        const std::string& metrics_json, const Verdict& verdict) {
    return record({.trial_id = trial_id,
                   .params = Fields(Json{params_json}),
                   .metrics = Fields(Json{metrics_json}),
                   .state = event::TrialState::kComplete,
                   .feasible = verdict.feasible(),
                   .violations = verdict.violations});
}

Status RunEvents::baseline(std::int64_t alerts_total, std::int64_t alerts_ok,
                           std::string_view artifact_path) {
    return emit(event::BaselineCompleted{
        .alerts_total = alerts_total, .alerts_ok = alerts_ok, .artifact_path = artifact_path});
}

Status RunEvents::complete(const std::string& summary_json,
                           const std::string& artifact_paths_json) {
    Status completed = emit(event::RunCompleted{.summary = Fields(Json{summary_json}),
                                                .artifact_paths = Fields(Json{artifact_paths_json}),
                                                .attempt = definition_.attempt});
    if (!completed) return fail(fail_run(std::move(completed).error()));
    return {};
}

}  // namespace daybook::backtest
