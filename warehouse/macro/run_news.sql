-- One row per thing that one run brought and that others may want to act upon, in the order of the log: proposals that a text opened, feeds found silent.
-- Example: FROM run_news((SELECT arg_max(run_id, started_at) FROM run))
-- Columns: type, event_id, subject (the proposal or feed), label (its name), why (the article, or since when a feed is silent).
CREATE OR REPLACE MACRO run_news(id) AS TABLE
SELECT event.type, event.event_id, event.stream AS subject, coalesce(proposal.label, feed.name, event.stream) AS label,
    coalesce(data ->> '$.article_id', data ->> '$.last_new_at', '') AS why
FROM log.event AS event
LEFT JOIN proposal ON proposal.proposal_id = event.stream
LEFT JOIN feed ON feed.feed_id = event.stream
WHERE event.run_id = id AND event.position >= (SELECT coalesce(min(run.position), 0) FROM run WHERE run.run_id = id)
    AND (event.type = 'feed.fell_silent' OR (event.type IN ('proposal.opened', 'proposal.varied') AND event.caused_by IS NOT NULL))
ORDER BY event.position;
