-- title: Runs a day
-- text: By UTC day of their creation, with what became of them.
-- parameter since time = 30d: from then on
SELECT strftime(make_timestamp(coalesce(created_at_ms, started_at_ms, last_event_ms) * 1000),
                '%Y-%m-%d') AS day,
       count(*) AS runs,
       count(*) FILTER (status = 'completed') AS completed,
       count(*) FILTER (status = 'failed') AS failed,
       count(*) FILTER (status NOT IN ('completed', 'failed')) AS others,
       sum(trials)::BIGINT AS trials,
       avg(duration_ms) AS mean_duration_ms
FROM latest_runs
WHERE coalesce(created_at_ms, started_at_ms, last_event_ms) >= $since
GROUP BY day
ORDER BY day DESC;
