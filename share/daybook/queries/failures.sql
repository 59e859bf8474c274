-- title: Failed runs and why
-- text: The newest first.
-- parameter since time: only those that ended since then
-- parameter n integer = 50: how many at most
SELECT run_id, run_type, name, ended_at_ms,
       CASE WHEN json_valid(error_json) THEN json_extract_string(error_json, '/phase_name') END
           AS phase,
       CASE WHEN json_valid(error_json) THEN json_extract_string(error_json, '/kind') END AS kind,
       CASE WHEN json_valid(error_json) THEN json_extract_string(error_json, '/message') END
           AS message
FROM latest_runs
WHERE status = 'failed' AND ($since::BIGINT IS NULL OR ended_at_ms >= $since::BIGINT)
ORDER BY ended_at_ms DESC, run_id
LIMIT $n;
