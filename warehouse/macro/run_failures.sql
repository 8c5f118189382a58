-- One row per stage and reason for which something failed in one run, the most frequent first.
-- Example: FROM run_failures((SELECT arg_max(run_id, started_at) FROM run))
-- Columns: stage (feed.poll, page.fetch, article.extraction, alert.delivery), reason, number.
CREATE OR REPLACE MACRO run_failures(id) AS TABLE
SELECT replace(type, '_failed', '') AS stage, (data ->> '$.reason') AS reason, count(*) AS number
FROM log.event
WHERE run_id = id AND position >= (SELECT coalesce(min(run.position), 0) FROM run WHERE run.run_id = id)
    AND type IN ('feed.poll_failed', 'page.fetch_failed', 'article.extraction_failed', 'alert.delivery_failed')
GROUP BY ALL ORDER BY number DESC, stage, reason;
