-- title: Runs that were deleted, the newest first
-- text: Out of sight, and back with 'daybook undelete'; until retention removes them.
-- parameter n integer = 50: how many at most
SELECT run_id, run_type, name, status, created_at_ms, last_event_ms, trials
FROM runs_status LEFT JOIN runs_d USING (run_id)
WHERE deleted
ORDER BY last_event_ms DESC, run_id DESC
LIMIT $n;
