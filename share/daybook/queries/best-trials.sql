-- title: The best trials of a run by a metric
-- text: Those that are complete, not known to be infeasible, and have a finite value; ties by id.
-- parameter run run required: whose trials
-- parameter metric text required: what they are ordered by
-- parameter n integer = 10: how many at most
-- parameter direction text = max: max or min, what is best
SELECT trial_id, metric_values[$metric] AS value, params
FROM trial_results
WHERE run_id = $run AND state = 'complete' AND feasible IS NOT FALSE
  AND isfinite(metric_values[$metric])
ORDER BY CASE $direction WHEN 'min' THEN metric_values[$metric]
              WHEN 'max' THEN -metric_values[$metric]
              ELSE error('direction: expected max or min') END, trial_id
LIMIT $n;
