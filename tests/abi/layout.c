/* The layout of daybook.h's structures, as version 1 of the interface has it (64 bits).  An
 * assertion that fails is a program that breaks: grow structures at their end only. */
#include <assert.h>
#include <stddef.h>

#include "daybook/daybook.h"

#define AT(type, member, offset) \
    static_assert(offsetof(type, member) == (offset), #type "." #member " has moved")

static_assert(sizeof(daybook_str) == 16, "daybook_str");
static_assert(sizeof(daybook_field) == 40, "daybook_field");
AT(daybook_field, type, 16);
AT(daybook_field, value, 24);
static_assert(sizeof(daybook_object) == 32, "daybook_object");
AT(daybook_object, count, 8);
AT(daybook_object, json, 16);

AT(daybook_ledger_options, create, 8);
AT(daybook_ledger_options, background, 12);
AT(daybook_ledger_options, on_warning, 16);
AT(daybook_ledger_options, context, 24);
AT(daybook_ledger_options, failure_policy, 32);
AT(daybook_ledger_options, kept_events_max, 40);
AT(daybook_ledger_options, kept_bytes_max, 48);

AT(daybook_ledger_stats, recorded, 8);
AT(daybook_ledger_stats, failures, 16);
AT(daybook_ledger_stats, kept, 24);
AT(daybook_ledger_stats, retried, 32);
AT(daybook_ledger_stats, dropped, 40);

AT(daybook_run_spec, type, 8);
AT(daybook_run_spec, config, 24);
AT(daybook_run_spec, data_fingerprint, 56);
AT(daybook_run_spec, run_id, 72);
AT(daybook_run_spec, name, 88);
AT(daybook_run_spec, experiment, 104);
AT(daybook_run_spec, parent_run_id, 120);
AT(daybook_run_spec, tags, 136);
AT(daybook_run_spec, has_seed, 168);
AT(daybook_run_spec, seed, 176);
AT(daybook_run_spec, capture, 184);
AT(daybook_run_spec, argv, 192);
AT(daybook_run_spec, argc, 200);
AT(daybook_run_spec, versions, 208);
AT(daybook_run_spec, heartbeat_ms, 240);

AT(daybook_trial_options, state, 8);
AT(daybook_trial_options, feasible, 24);
AT(daybook_trial_options, violations, 32);
AT(daybook_trial_options, violations_count, 40);
AT(daybook_trial_options, has_duration_ms, 48);
AT(daybook_trial_options, duration_ms, 56);
AT(daybook_trial_options, error_message, 64);
AT(daybook_trial_options, nonfinite, 80);
AT(daybook_trial_options, durability, 112);
AT(daybook_trial_options, has_started_at_ms, 116);
AT(daybook_trial_options, started_at_ms, 120);

AT(daybook_metric_options, has_step, 8);
AT(daybook_metric_options, step, 16);
AT(daybook_metric_options, trial_id, 24);
AT(daybook_metric_options, nonfinite, 40);
AT(daybook_metric_options, durability, 72);

AT(daybook_artifact_options, has_rows, 8);
AT(daybook_artifact_options, rows, 16);
AT(daybook_artifact_options, format, 24);
AT(daybook_artifact_options, trial_id, 40);
AT(daybook_artifact_options, copy, 56);

AT(daybook_failure_options, kind, 8);
AT(daybook_failure_options, trace, 24);
AT(daybook_failure_options, phase_name, 40);
AT(daybook_failure_options, summary, 56);
AT(daybook_failure_options, artifact_paths, 88);

static_assert(DAYBOOK_INTERNAL == 12 && DAYBOOK_NO_SPACE == 6, "codes never change");
static_assert(DAYBOOK_TYPE_JSON == 6 && DAYBOOK_DURABILITY_POWER == 3, "numbers never change");
