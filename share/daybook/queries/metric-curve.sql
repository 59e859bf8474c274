-- title: A metric as it was recorded, point by point
-- parameter run run required: whose metric
-- parameter metric text required: its name
-- parameter trial text: of this trial of the run, in place of the run itself
SELECT step, value, timestamp_ms
FROM metric_points
WHERE run_id = $run AND name = $metric AND trial_id = coalesce($trial::VARCHAR, '')
ORDER BY step NULLS LAST, timestamp_ms;
