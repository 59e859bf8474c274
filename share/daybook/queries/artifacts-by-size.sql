-- title: The largest artifacts
-- parameter run run: only those of this run
-- parameter n integer = 20: how many at most
SELECT size_bytes, artifact_type, rows, run_id, artifact_path
FROM artifacts_catalog
WHERE $run::VARCHAR IS NULL OR run_id = $run::VARCHAR
ORDER BY size_bytes DESC NULLS LAST, run_id, artifact_path
LIMIT $n;
