-- One row per pair of outlets: how many texts of the one the other carried, word for word or nearly, and how much later.
-- Example: FROM syndication(days := 30) WHERE source <> outlet
-- The source is whose text was seen here first and is the nearest to the copy; both may have it from a third that no feed shows.
-- 'seed corpus' are documents older than any article. hours is the median, exact to one poll; it is NULL for the corpus.
CREATE OR REPLACE MACRO syndication(days := 30, until := NULL) AS TABLE
WITH span AS (
    SELECT past - to_days(days::INTEGER) AS first, past
    FROM (SELECT coalesce(until::TIMESTAMP, (SELECT max(first_seen_at) FROM article)) AS past)
), copy AS (
    SELECT outlet, copy_of, verdict, first_seen_at FROM article
    WHERE copy_of IS NOT NULL AND first_seen_at >= (SELECT first FROM span) AND first_seen_at <= (SELECT past FROM span)
)
SELECT coalesce(source.outlet, 'seed corpus') AS source, copy.outlet, count(*) AS copies, count(*) FILTER (copy.verdict = 'exact') AS exact,
    count(*) FILTER (copy.verdict = 'near') AS near,
    round(median(date_diff('second', source.first_seen_at, copy.first_seen_at)) / 3600, 2) AS hours,
    min(copy.first_seen_at) AS first_copied_at, max(copy.first_seen_at) AS last_copied_at
FROM copy LEFT JOIN article AS source ON source.article_id = copy.copy_of
GROUP BY ALL ORDER BY copies DESC, source, copy.outlet;
