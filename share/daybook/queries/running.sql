-- title: What is running now
-- text: The longest first, with who runs it and when it was last heard of.
SELECT run_id, run_type, name, started_at_ms, last_event_ms, trials,
       CASE WHEN json_valid(owner) THEN json_extract_string(owner, '/host') END AS host,
       CASE WHEN json_valid(owner) THEN json_extract_string(owner, '/pid') END AS pid
FROM latest_runs
WHERE status = 'running'
ORDER BY started_at_ms, run_id;
