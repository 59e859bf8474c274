#include "index/views.h"

namespace daybook::index {
namespace {

// @runs_d and the like stand for the tables; @source and @source_name for who answers for a run
// whose row of @runs_status is called s.
constexpr std::string_view kViews = R"SQL(
-- Every number of every trial, one a row.
CREATE OR REPLACE VIEW trial_values AS
SELECT run_id, trial_id, 'param' AS kind, unnest(map_keys(param_values)) AS name,
       unnest(map_values(param_values)) AS value
FROM @trial_results
UNION ALL
SELECT run_id, trial_id, 'metric', unnest(map_keys(metric_values)),
       unnest(map_values(metric_values))
FROM @trial_results;

-- latest_runs without tags and order: the tags of all runs take longer than everything else, and
-- who wants the newest few first picks them here.  Any event of a run makes its row in runs_status,
-- so that a run without run.created is there too.
CREATE OR REPLACE VIEW _latest_runs AS
SELECT s.run_id, d.run_type, d.name, d.experiment, d.parent_run_id, s.status, d.created_at_ms,
       s.started_at_ms, s.completed_at_ms, s.ended_at_ms,
       s.ended_at_ms - s._attempt_started_ms AS duration_ms, s.attempt, s.trials, s.artifacts,
       d.config, d.data_fingerprint, d.seed, s.summary_json, s.error_json, s.artifact_paths,
       s.owner,
       -- Another tool's text may be no JSON for DuckDB; that may not cost the other runs their row.
       CASE WHEN NOT coalesce(json_valid(s._environment), false) THEN d.environment
            WHEN NOT coalesce(json_valid(d.environment), false) THEN s._environment
            ELSE json_merge_patch(d.environment, s._environment) END AS environment,
       s.last_event_ms, @source AS source
FROM @runs_status s
LEFT JOIN @runs_d d USING (run_id)
WHERE NOT s.deleted;

-- All runs but the deleted ones, newest first.
CREATE OR REPLACE VIEW latest_runs AS
SELECT r.run_id, r.run_type, r.name, r.experiment, r.parent_run_id, r.status, r.created_at_ms,
       r.started_at_ms, r.completed_at_ms, r.ended_at_ms, r.duration_ms, r.attempt, r.trials,
       r.artifacts, coalesce(t.tags, MAP {}::MAP(VARCHAR, VARCHAR)) AS tags, r.config,
       r.data_fingerprint, r.seed, r.summary_json, r.error_json, r.artifact_paths, r.owner,
       r.environment, r.last_event_ms, r.source
FROM _latest_runs r
LEFT JOIN (SELECT run_id, map(list(key ORDER BY key), list(value ORDER BY key)) AS tags
           FROM @run_tags WHERE value IS NOT NULL GROUP BY run_id) t USING (run_id)
ORDER BY coalesce(r.created_at_ms, r.started_at_ms, r.last_event_ms) DESC, r.run_id DESC;

-- Who answers for each run, deleted ones too; `source_name` is that of the attached source.
CREATE OR REPLACE VIEW run_sources AS
SELECT s.run_id, @source AS source, @source_name AS source_name
FROM @runs_status s;

CREATE OR REPLACE VIEW run_phase_summary AS
SELECT run_id, count(*) AS phase_count, sum(duration_ms)::BIGINT AS total_duration_ms,
       list(phase_name ORDER BY phase_order, iteration, phase_name) AS phase_names,
       list(duration_ms ORDER BY phase_order, iteration, phase_name) AS phase_durations_ms
FROM @phase_timings
GROUP BY run_id;

-- Every run below its parent.  `path` goes from the root to the run; a run that is its own ancestor
-- ends the walk; one whose parent is unknown is a root.
CREATE OR REPLACE VIEW run_tree AS
WITH RECURSIVE tree(run_id, parent_run_id, depth, root, path) AS (
    SELECT s.run_id, d.parent_run_id, 0, s.run_id, [s.run_id]
    FROM @runs_status s LEFT JOIN @runs_d d USING (run_id)
    WHERE d.parent_run_id IS NULL
       OR NOT EXISTS (FROM @runs_status p WHERE p.run_id = d.parent_run_id)
    UNION ALL
    SELECT d.run_id, d.parent_run_id, t.depth + 1, t.root, list_append(t.path, d.run_id)
    FROM tree t JOIN @runs_d d ON d.parent_run_id = t.run_id
    WHERE NOT list_contains(t.path, d.run_id)
),
-- What no root reaches goes round in a circle: each such run stands alone.
cut AS (
    SELECT d.run_id, d.parent_run_id, 0 AS depth, d.run_id AS root, [d.run_id] AS path
    FROM @runs_d d WHERE d.run_id NOT IN (SELECT run_id FROM tree)
)
SELECT run_id, parent_run_id, depth, root, path FROM tree
UNION ALL
SELECT run_id, parent_run_id, depth, root, path FROM cut;

-- The n best trials of a run by a metric: complete, feasible or not known to be otherwise, finite.
CREATE OR REPLACE MACRO best_trials(run, metric, n, direction := 'max') AS TABLE
SELECT trial_id, metric_values[metric] AS value, params, metrics, recorded_at_ms
FROM @trial_results
WHERE run_id = run AND state = 'complete' AND feasible IS NOT FALSE
  AND isfinite(metric_values[metric])
ORDER BY CASE WHEN direction = 'min' THEN metric_values[metric]
              ELSE -metric_values[metric] END, trial_id
LIMIT n;

-- What differs between two runs, deleted ones too: configuration, fingerprint, and their summaries.
-- Without WITH: DuckDB 1.4.0 cannot read one in a macro that a later 1.4 has stored.
CREATE OR REPLACE MACRO compare_runs(a, b) AS TABLE
SELECT kind, name, max(value) FILTER (run_id = a) AS a, max(value) FILTER (run_id = b) AS b
FROM (
    SELECT s.run_id, 'run' AS kind, unnest(['run_type', 'status', 'data_fingerprint']) AS name,
           unnest([d.run_type, s.status, d.data_fingerprint]) AS value
    FROM @runs_status s LEFT JOIN @runs_d d USING (run_id) WHERE s.run_id IN (a, b)
    UNION ALL
    SELECT r.run_id, r.kind, j.fullkey, coalesce(j.atom, j.value)::VARCHAR
    FROM (SELECT run_id, 'config' AS kind, config AS document FROM @runs_d
          UNION ALL SELECT run_id, 'summary', summary_json FROM @runs_status) r,
         json_tree(CASE WHEN json_valid(r.document) THEN r.document END) j
    WHERE r.run_id IN (a, b) AND j.parent IS NOT NULL
      AND (j.atom IS NOT NULL OR j.type = 'NULL' OR j.value::VARCHAR IN ('[]', '{}'))
) fields
GROUP BY kind, name
HAVING max(value) FILTER (run_id = a) IS DISTINCT FROM max(value) FILTER (run_id = b)
ORDER BY kind, name;
)SQL";

}  // namespace

std::string create_views_sql(std::string_view prefix, bool has_sources) {
    std::string sql(kViews);
    const auto put = [&sql](std::string_view mark, std::string_view text) {
        for (std::size_t at = 0; (at = sql.find(mark, at)) != std::string::npos;) {
            sql.replace(at, mark.size(), text);
            at += text.size();
        }
    };
    // The longer one first: the other is its beginning.
    put("@source_name", has_sources ? "s._source" : "NULL::VARCHAR");
    put("@source", has_sources ? "CASE WHEN s._source IS NULL THEN 'event_log' ELSE 'legacy' END"
                               : "'event_log'");
    put("@", prefix);
    return sql;
}

}  // namespace daybook::index
