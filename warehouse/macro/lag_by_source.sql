-- One row per outlet: how often it was first with a text (per := 'cluster') or a proposal (per := 'proposal'), and how long after the first report it followed.
-- Example: FROM lag_by_source(per := 'proposal', days := 30)
-- Moments are when a feed first showed the article, so a lag is exact to one poll, and outlets seen in one poll are first
-- together. Counted are texts and proposals first seen within the days before until (default: the newest article).
CREATE OR REPLACE MACRO lag_by_source(per := 'cluster', days := 30, until := NULL) AS TABLE
WITH span AS (
    SELECT past - to_days(days::INTEGER) AS first, past
    FROM (SELECT coalesce(until::TIMESTAMP, (SELECT max(first_seen_at) FROM article)) AS past)
), near AS (
    SELECT article_id, cluster_id, outlet, first_seen_at FROM article
    WHERE per = 'cluster' AND first_seen_at >= (SELECT first FROM span) AND first_seen_at <= (SELECT past FROM span)
), fresh AS (
    SELECT proposal_id FROM mention WHERE per = 'proposal' AND outcome IN ('new', 'variant', 'known')
    GROUP BY proposal_id HAVING min(detected_at) >= (SELECT first FROM span)
), report AS (
    SELECT near.cluster_id AS item, near.outlet, min(near.first_seen_at) AS seen_at
    FROM near SEMI JOIN near AS founder ON founder.article_id = near.cluster_id GROUP BY ALL
    UNION ALL
    SELECT mention.proposal_id, article.outlet, min(mention.detected_at)
    FROM mention SEMI JOIN fresh ON fresh.proposal_id = mention.proposal_id JOIN article ON article.position = mention.article_position
    WHERE mention.outcome IN ('new', 'variant', 'known') AND mention.detected_at <= (SELECT past FROM span)
    GROUP BY ALL
), began AS (
    SELECT item, min(seen_at) AS first_at FROM report GROUP BY item HAVING count(*) > 1  -- a window over all of them takes four times as long
), told AS (
    SELECT report.outlet, date_diff('second', began.first_at, report.seen_at) / 3600 AS hours FROM report JOIN began USING (item)
)
SELECT outlet, count(*) AS reports, count(*) FILTER (hours = 0) AS first, count(*) FILTER (hours > 0) AS followed,
    round(median(hours) FILTER (hours > 0), 2) AS median_hours, round(quantile_cont(hours, 0.9) FILTER (hours > 0), 2) AS hours_of_nine_in_ten,
    round(max(hours) FILTER (hours > 0), 2) AS most_hours
FROM told GROUP BY outlet ORDER BY followed DESC, outlet;
