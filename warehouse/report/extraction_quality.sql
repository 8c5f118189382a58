-- One row per outlet and day (UTC) on which pages of it were turned into text: how many were walls, stubs, cut off or empty.
-- A page counts on the day on which it was read, and once for each reading that brought other bytes.
CREATE OR REPLACE VIEW report.extraction_quality AS
WITH reading AS (
    SELECT type, stream AS article_id, occurred_at::DATE AS day, unnest(from_json(data, '{"outlet":"VARCHAR","reason":"VARCHAR","words":"INTEGER","flags":["VARCHAR"]}'))
    FROM log.event WHERE type IN ('article.extracted', 'article.revised', 'article.unchanged', 'article.quarantined', 'article.extraction_failed')
), counted AS (
    SELECT coalesce(reading.outlet, article.outlet, regexp_extract(page.url, '^[a-z]+://(?:www\.)?([^/:?#]+)', 1)) AS outlet, reading.*
    FROM reading LEFT JOIN article ON article.article_id = reading.article_id LEFT JOIN page ON page.article_id = reading.article_id
    WHERE reading.reason IS DISTINCT FROM 'alias'  -- the text is there, under another address
)
SELECT outlet, day, count(*) AS pages, count(*) FILTER (type IN ('article.extracted', 'article.revised', 'article.unchanged')) AS texts,
    count(*) FILTER (type = 'article.quarantined') AS quarantined,
    round(count(*) FILTER (type = 'article.quarantined' AND reason IN ('consent', 'challenge', 'paywall', 'notice', 'boilerplate')) / count(*), 3) AS wall_rate,
    round(count(*) FILTER (list_contains(flags, 'truncated') OR (type = 'article.quarantined' AND reason IN ('stub', 'too_short', 'shorter_than_known'))) / count(*), 3) AS truncation_rate,
    round(count(*) FILTER (type = 'article.extraction_failed') / count(*), 3) AS empty_rate,
    mode(reason) FILTER (reason IS NOT NULL) AS usual_reason,
    median(words) FILTER (type IN ('article.extracted', 'article.revised'))::INTEGER AS median_words
FROM counted GROUP BY outlet, day ORDER BY day DESC, wall_rate DESC, outlet;
