-- title: How long phases take
-- text: Over all runs, by name: how often, and how the durations are spread.
-- parameter type text: only of runs of this type
SELECT p.phase_name, count(*) AS phases, count(*) FILTER (p.status = 'failed') AS failed,
       quantile_cont(p.duration_ms, 0.5) AS median_duration_ms,
       quantile_cont(p.duration_ms, 0.9) AS p90_duration_ms,
       max(p.duration_ms) AS max_duration_ms
FROM phase_timings p LEFT JOIN runs_d d USING (run_id)
WHERE $type::VARCHAR IS NULL OR d.run_type = $type::VARCHAR
GROUP BY p.phase_name
ORDER BY sum(p.duration_ms) DESC NULLS LAST, p.phase_name;
