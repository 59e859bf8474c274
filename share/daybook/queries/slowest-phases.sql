-- title: The phases that took longest
-- parameter run run: only those of this run
-- parameter n integer = 20: how many at most
SELECT run_id, phase_name, iteration, status, started_at_ms, duration_ms
FROM phase_timings
WHERE duration_ms IS NOT NULL AND ($run::VARCHAR IS NULL OR run_id = $run::VARCHAR)
ORDER BY duration_ms DESC, run_id, phase_order, iteration
LIMIT $n;
