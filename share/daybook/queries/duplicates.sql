-- title: Runs that did the same
-- text: Of one type, with the same configuration on the same data; the newest run first.
SELECT run_type, data_fingerprint, count(*) AS runs,
       list(run_id ORDER BY created_at_ms DESC, run_id) AS run_ids,
       count(DISTINCT summary_json::VARCHAR) AS different_summaries
FROM latest_runs
WHERE config IS NOT NULL AND data_fingerprint <> ''
GROUP BY run_type, config::VARCHAR, data_fingerprint
HAVING count(*) > 1
ORDER BY runs DESC, run_ids[1];
