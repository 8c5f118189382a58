-- One row per figure of one run: what it saw and what came of it; the figures of a run of which nothing is known are 0.
-- Example: FROM run_report((SELECT arg_max(run_id, started_at) FROM run))
-- Columns: figure, number. ``seen`` counts what the feeds' documents listed, known entries too; ``copies`` are articles that were
-- judged exact or near to a known text; ``proposals`` those that a text opened, and not those that came with the profile. Read from the log, from the run's first event on: a run has no other rows.
CREATE OR REPLACE MACRO run_report(id) AS TABLE
WITH mine AS (
    SELECT type, data, caused_by FROM log.event
    WHERE run_id = id AND position >= (SELECT coalesce(min(run.position), 0) FROM run WHERE run.run_id = id)
), figures AS (
    SELECT unnest([
        {place: 1, figure: 'feeds polled', number: count(*) FILTER (type = 'feed.polled')},
        {place: 2, figure: 'seen', number: coalesce(sum((data ->> '$.new')::BIGINT + (data ->> '$.known')::BIGINT
            + (data ->> '$.revised')::BIGINT + (data ->> '$.rejected')::BIGINT) FILTER (type = 'feed.polled'), 0)::BIGINT},
        {place: 3, figure: 'new', number: count(*) FILTER (type = 'entry.seen')},
        {place: 4, figure: 'pages', number: count(*) FILTER (type = 'page.fetched')},
        {place: 5, figure: 'articles', number: count(*) FILTER (type = 'article.extracted')},
        {place: 6, figure: 'copies', number: count(*) FILTER (type = 'duplicate.judged' AND (data ->> '$.verdict') IN ('exact', 'near'))},
        {place: 7, figure: 'revisions', number: count(*) FILTER (type = 'article.revised')},
        {place: 8, figure: 'mentions', number: count(*) FILTER (type = 'mention.detected')},
        {place: 9, figure: 'proposals', number: count(*) FILTER (type IN ('proposal.opened', 'proposal.varied') AND caused_by IS NOT NULL)},
        {place: 10, figure: 'alerts', number: count(*) FILTER (type = 'alert.raised')},
        {place: 11, figure: 'failures', number: count(*) FILTER (type IN
            ('feed.poll_failed', 'page.fetch_failed', 'article.extraction_failed', 'alert.delivery_failed'))}
    ], recursive := true) FROM mine
)
SELECT figure, number FROM figures ORDER BY place;
