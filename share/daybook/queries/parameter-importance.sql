-- title: How a metric goes with each parameter
-- text: Pearson's correlation over the complete trials of a run, the strongest first; numbers only.
-- parameter run run required: whose trials
-- parameter metric text required: the metric
SELECT p.name AS parameter,
       round(corr(p.value, t.metric_values[$metric]), 6) AS correlation,
       count(*) AS trials, count(DISTINCT p.value) AS distinct_values,
       min(p.value) AS least, max(p.value) AS greatest
FROM trial_values p JOIN trial_results t USING (run_id, trial_id)
WHERE p.run_id = $run AND p.kind = 'param' AND t.state = 'complete'
  AND isfinite(p.value) AND isfinite(t.metric_values[$metric])
GROUP BY p.name
ORDER BY abs(correlation) DESC NULLS LAST, parameter;
