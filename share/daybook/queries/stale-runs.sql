-- title: Running runs that have not been heard of
-- text: They may hang, or have died where nobody could see it.
-- parameter before time = 1h: without an event since then
SELECT run_id, run_type, name, started_at_ms, last_event_ms,
       CASE WHEN json_valid(owner) THEN json_extract_string(owner, '/host') END AS host,
       CASE WHEN json_valid(owner) THEN json_extract_string(owner, '/pid') END AS pid
FROM latest_runs
WHERE status = 'running' AND last_event_ms < $before
ORDER BY last_event_ms, run_id;
