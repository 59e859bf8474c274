#include <string>
#include <vector>

#include "base/result.h"
#include "capi/boundary.h"
#include "capi/values.h"
#include "daybook/daybook.h"

namespace daybook::capi {
namespace {

Status record_trial(Run& run, daybook_str trial_id, const daybook_object& params_given,
                    const daybook_object& metrics_given, const daybook_trial_options* given) {
    daybook_trial_options wanted = daybook_trial_options_init();
    RETURN_IF_ERROR(read_known(given, "daybook_trial_options", wanted));
    Object params;
    RETURN_IF_ERROR(params.read(params_given, "params"));
    Object metrics;
    RETURN_IF_ERROR(metrics.read(metrics_given, "metrics"));
    Object nonfinite;
    RETURN_IF_ERROR(nonfinite.read(wanted.nonfinite, "nonfinite"));
    ASSIGN_OR_RETURN(const std::optional<Durability> durability, durability_of(wanted.durability));
    const std::vector<std::string_view> violations =
        views_of(wanted.violations, wanted.violations_count);
    TrialOptions options{.state = optional_view_of(wanted.state),
                         .violations = violations,
                         .error_message = optional_view_of(wanted.error_message),
                         .nonfinite = nonfinite.fields(),
                         .durability = durability.value_or(Durability::kProcess)};
    if (wanted.feasible >= 0) options.feasible = wanted.feasible != 0;
    if (wanted.has_duration_ms != 0) options.duration_ms = wanted.duration_ms;
    if (wanted.has_started_at_ms != 0) options.started_at_ms = wanted.started_at_ms;
    return run.record_trial(view_of(trial_id), params.fields(), metrics.fields(), options);
}

Status record_metrics(Run& run, const daybook_object& metrics_given,
                      const daybook_metric_options* given) {
    daybook_metric_options wanted = daybook_metric_options_init();
    RETURN_IF_ERROR(read_known(given, "daybook_metric_options", wanted));
    Object metrics;
    RETURN_IF_ERROR(metrics.read(metrics_given, "metrics"));
    Object nonfinite;
    RETURN_IF_ERROR(nonfinite.read(wanted.nonfinite, "nonfinite"));
    ASSIGN_OR_RETURN(const std::optional<Durability> durability, durability_of(wanted.durability));
    MetricOptions options{.trial_id = optional_view_of(wanted.trial_id),
                          .nonfinite = nonfinite.fields(),
                          .durability = durability.value_or(Durability::kProcess)};
    if (wanted.has_step != 0) options.step = wanted.step;
    return run.record_metrics(metrics.fields(), options);
}

Status add_artifact(Run& run, const char* path, daybook_str type,
                    const daybook_artifact_options* given) {
    RETURN_IF_ERROR(require(path, "path"));
    daybook_artifact_options wanted = daybook_artifact_options_init();
    RETURN_IF_ERROR(read_known(given, "daybook_artifact_options", wanted));
    ArtifactOptions options{.format = optional_view_of(wanted.format),
                            .trial_id = optional_view_of(wanted.trial_id),
                            .copy = wanted.copy != 0};
    if (wanted.has_rows != 0) options.rows = wanted.rows;
    return run.add_artifact(path, view_of(type), options);
}

// A Run and a Phase fail alike.
template <typename Failing>
Status record_failure(Failing& failing, daybook_str message, const daybook_failure_options* given) {
    daybook_failure_options wanted = daybook_failure_options_init();
    RETURN_IF_ERROR(read_known(given, "daybook_failure_options", wanted));
    Object summary;
    RETURN_IF_ERROR(summary.read(wanted.summary, "summary"));
    Object paths;
    RETURN_IF_ERROR(paths.read(wanted.artifact_paths, "artifact_paths"));
    return failing.fail(view_of(message), {.kind = optional_view_of(wanted.kind),
                                           .trace = optional_view_of(wanted.trace),
                                           .phase_name = optional_view_of(wanted.phase_name),
                                           .summary = summary.fields(),
                                           .artifact_paths = paths.fields()});
}

Status complete(Run& run, const daybook_object& summary_given, const daybook_object& paths_given) {
    Object summary;
    RETURN_IF_ERROR(summary.read(summary_given, "summary"));
    Object paths;
    RETURN_IF_ERROR(paths.read(paths_given, "artifact_paths"));
    return run.complete(summary.fields(), paths.fields());
}

// Runs `body`, a Status() that records to `run`.  What the run itself refuses is counted instead of
// reported where the ledger's failure policy says so; here the same is done for values that could
// not be read.
template <typename Body>
daybook_code recording(Run& run, daybook_error** error, const Body& body) {
    if (run.failure_policy() == FailurePolicy::kReturn) {
        return guarded(error, body);
    }
    return guarded(error, [&]() -> Status {
        const Status status = body();
        if (!status) run.count_failure(status.error());
        return {};
    });
}

// The same for `body`, a Status(Run&), with the run, if there is one.
template <typename Body>
daybook_code with_run(daybook_run* run, daybook_error** error, Body&& body) {
    if (run == nullptr) return guarded(error, [&] { return require(run, "daybook_run"); });
    return recording(run->run, error, [&] { return body(run->run); });
}

// The same for `body`, a Status(Phase&), with a phase that was begun.
template <typename Body>
daybook_code with_phase(daybook_phase* phase, daybook_error** error, Body&& body) {
    if (phase == nullptr) return guarded(error, [&] { return require(phase, "daybook_phase"); });
    return recording(*phase->run, error, [&] { return body(phase->phase); });
}

}  // namespace
}  // namespace daybook::capi

// The functions themselves stand outside of the namespace: only there they have been declared as
// visible.
using daybook::Phase;
using daybook::Result;
using daybook::Run;
using daybook::Status;
using daybook::capi::add_artifact;
using daybook::capi::complete;
using daybook::capi::guarded;
using daybook::capi::guarded_new;
using daybook::capi::Object;
using daybook::capi::optional_view_of;
using daybook::capi::record_failure;
using daybook::capi::record_metrics;
using daybook::capi::record_trial;
using daybook::capi::require;
using daybook::capi::view_of;
using daybook::capi::with_phase;
using daybook::capi::with_run;

extern "C" {

void daybook_run_free(daybook_run* run) { delete run; }

const char* daybook_run_id(const daybook_run* run) {
    return run == nullptr ? "" : run->run.id().c_str();
}

daybook_code daybook_run_artifact_directory(daybook_run* run, const char** directory,
                                            daybook_error** error) {
    return guarded(error, [&]() -> Status {
        RETURN_IF_ERROR(require(run, "daybook_run"));
        RETURN_IF_ERROR(require(directory, "place for it"));
        const std::lock_guard lock(run->mutex);
        if (run->artifact_directory.empty()) {
            ASSIGN_OR_RETURN(run->artifact_directory, run->run.artifact_directory());
        }
        *directory = run->artifact_directory.c_str();
        return {};
    });
}

void daybook_run_count_failure(daybook_run* run, daybook_str message) {
    if (run == nullptr) return;
    guarded(nullptr, [&]() -> Status {
        run->run.count_failure(view_of(message));
        return {};
    });
}

daybook_code daybook_run_record_environment(daybook_run* run, daybook_object packages,
                                            int64_t limit_ms, daybook_error** error) {
    return with_run(run, error, [&](Run& to) -> Status {
        Object read;
        RETURN_IF_ERROR(read.read(packages, "packages"));
        return to.record_environment(read.fields(), limit_ms);
    });
}

void daybook_run_give_up_environment(daybook_run* run) {
    if (run != nullptr) run->run.give_up_environment();
}

daybook_code daybook_run_record_trial(daybook_run* run, daybook_str trial_id, daybook_object params,
                                      daybook_object metrics, const daybook_trial_options* options,
                                      daybook_error** error) {
    return with_run(run, error,
                    [&](Run& to) { return record_trial(to, trial_id, params, metrics, options); });
}

daybook_code daybook_run_record_metrics(daybook_run* run, daybook_object metrics,
                                        const daybook_metric_options* options,
                                        daybook_error** error) {
    return with_run(run, error, [&](Run& to) { return record_metrics(to, metrics, options); });
}

daybook_code daybook_run_add_artifact(daybook_run* run, const char* path, daybook_str type,
                                      const daybook_artifact_options* options,
                                      daybook_error** error) {
    return with_run(run, error, [&](Run& to) { return add_artifact(to, path, type, options); });
}

daybook_code daybook_run_tag(daybook_run* run, daybook_object tags, daybook_error** error) {
    return with_run(run, error, [&](Run& to) -> Status {
        Object read;
        RETURN_IF_ERROR(read.read(tags, "tags"));
        return to.tag(read.fields());
    });
}

daybook_code daybook_run_note(daybook_run* run, daybook_str text, daybook_str author,
                              daybook_error** error) {
    return with_run(run, error,
                    [&](Run& to) { return to.note(view_of(text), optional_view_of(author)); });
}

daybook_code daybook_run_complete(daybook_run* run, daybook_object summary,
                                  daybook_object artifact_paths, daybook_error** error) {
    return with_run(run, error, [&](Run& to) { return complete(to, summary, artifact_paths); });
}

daybook_code daybook_run_fail(daybook_run* run, daybook_str message,
                              const daybook_failure_options* options, daybook_error** error) {
    return with_run(run, error, [&](Run& to) { return record_failure(to, message, options); });
}

daybook_code daybook_run_cancel(daybook_run* run, daybook_str reason, daybook_error** error) {
    return with_run(run, error, [&](Run& to) { return to.cancel(optional_view_of(reason)); });
}

int daybook_run_has_ended(const daybook_run* run) {
    return run != nullptr && run->run.has_ended() ? 1 : 0;
}

daybook_code daybook_run_begin_phase(daybook_run* run, daybook_str name, const int64_t* order,
                                     daybook_phase** phase, daybook_error** error) {
    return guarded_new(phase, error, [&]() -> Result<daybook_phase> {
        RETURN_IF_ERROR(require(run, "daybook_run"));
        ASSIGN_OR_RETURN(
            Phase begun,
            run->run.phase(view_of(name),
                           order != nullptr ? std::optional<std::int64_t>(*order) : std::nullopt));
        return daybook_phase{.phase = std::move(begun), .run = &run->run};
    });
}

daybook_code daybook_phase_complete(daybook_phase* phase, daybook_object output_summary,
                                    daybook_error** error) {
    return with_phase(phase, error, [&](Phase& ending) -> Status {
        Object read;
        RETURN_IF_ERROR(read.read(output_summary, "output_summary"));
        return ending.complete(read.fields());
    });
}

daybook_code daybook_phase_fail(daybook_phase* phase, daybook_str message,
                                const daybook_failure_options* options, daybook_error** error) {
    return with_phase(phase, error,
                      [&](Phase& ending) { return record_failure(ending, message, options); });
}

void daybook_phase_free(daybook_phase* phase) { delete phase; }

}  // extern "C"
