-- One row per item of an outside list of articles (JSON: url, title, published, and article_id where the program made it): whether it was seen here, how that is known, what became of it, and why not.
-- Example: FROM recall('[{"url": "http://outlet.example/one", "title": "Truce talks go on", "published": "2025-06-10 08:00"}]')
-- fate: seen (its address, or another address of its page, or the same headline at that outlet within three days), seen_elsewhere (the same headline, in
-- any spelling and of five words or more, at another outlet within three days), not_seen, or unknown: no address, or it is not known
-- whether anybody listened then (no date, or a day without polls). Headlines are a weak sign: two articles may share one.
-- why, of not_seen: no feed of that outlet, feed failed that day, gap (entries were lost that day), or missed: the feed was read, and it was not there.
CREATE OR REPLACE MACRO recall(list) AS TABLE
WITH item AS (
    SELECT number, nullif(trim(one.url), '') AS url, one.article_id, trim(coalesce(one.title, '')) AS title, TRY_CAST(one.published AS TIMESTAMP) AS published_at,
        regexp_extract(lower(one.url), '^[a-z]+://(?:www\.)?([^/:?#]+)', 1) AS outlet, trim(regexp_replace(plain(coalesce(one.title, '')), '[^\p{L}\p{N}]+', ' ', 'g')) AS words
    FROM (SELECT unnest(from_json(list, '[{"url":"VARCHAR","title":"VARCHAR","published":"VARCHAR","article_id":"VARCHAR"}]')) AS one, generate_subscripts(from_json(list, '["JSON"]'), 1) AS number)
), known AS (
    SELECT entry_id, article_id, url, title, first_seen_at, coalesce(published_at, first_seen_at) AS at, regexp_extract(lower(url), '^[a-z]+://(?:www\.)?([^/:?#]+)', 1) AS outlet,
        trim(regexp_replace(plain(title), '[^\p{L}\p{N}]+', ' ', 'g')) AS words
    FROM entry WHERE url IS NOT NULL
), hit AS (
    SELECT item.number, 1 AS rank, 'address' AS found_by, known.entry_id, known.outlet, known.first_seen_at FROM item JOIN known ON known.url = item.url OR known.article_id = item.article_id
    UNION ALL
    SELECT item.number, 2, concat('other address: ', alias.why), entry.entry_id, NULL, coalesce(entry.first_seen_at, alias.found_at)
    FROM item JOIN alias ON alias.url = item.url OR alias.alias_id = item.article_id LEFT JOIN entry ON entry.article_id = alias.article_id
    UNION ALL
    SELECT item.number, CASE WHEN known.outlet = item.outlet THEN 3 ELSE 4 END, 'headline', known.entry_id, known.outlet, known.first_seen_at
    FROM item JOIN known ON known.words = item.words AND len(string_split(item.words, ' ')) >= CASE WHEN known.outlet = item.outlet THEN 1 ELSE 5 END AND item.words <> ''
        AND abs(date_diff('hour', coalesce(item.published_at, known.at), known.at)) <= 72
), best AS (
    FROM hit QUALIFY row_number() OVER (PARTITION BY number ORDER BY rank, first_seen_at, entry_id) = 1
), poll AS (  -- of the feeds that ever showed something of an outlet
    SELECT outlet, event.occurred_at::DATE AS day, count(*) FILTER (event.type = 'feed.polled') AS answered, count(*) FILTER (event.type = 'feed.gap_found') AS gaps
    FROM (SELECT DISTINCT known.outlet, entry.feed_id FROM known JOIN entry ON entry.entry_id = known.entry_id) AS shown JOIN log.event ON event.stream = shown.feed_id
    WHERE event.type IN ('feed.polled', 'feed.poll_failed', 'feed.gap_found') GROUP BY ALL
), outlet AS (SELECT DISTINCT outlet FROM poll), listened AS (SELECT "day" FROM report.coverage_daily WHERE feeds_alive > 0)
SELECT item.number, item.url, item.title, item.published_at, item.outlet,
    CASE WHEN best.rank < 4 THEN 'seen' WHEN best.rank = 4 THEN 'seen_elsewhere' WHEN item.url IS NULL THEN 'unknown'
        WHEN item.outlet NOT IN (SELECT outlet FROM outlet) AND item.published_at IS NOT NULL AND item.published_at::DATE IN (SELECT "day" FROM listened) THEN 'not_seen'
        WHEN item.published_at IS NULL OR item.published_at::DATE NOT IN (SELECT "day" FROM listened) THEN 'unknown' ELSE 'not_seen' END AS fate,
    CASE WHEN best.number IS NOT NULL THEN best.found_by WHEN item.url IS NULL THEN 'no address' WHEN item.published_at IS NULL THEN 'no date'
        WHEN item.published_at::DATE NOT IN (SELECT "day" FROM listened) THEN 'nobody listened that day'
        WHEN item.outlet NOT IN (SELECT outlet FROM outlet) THEN 'no feed of that outlet' WHEN coalesce(poll.answered, 0) = 0 THEN 'feed failed that day'
        WHEN poll.gaps > 0 THEN 'gap' ELSE 'missed' END AS why,
    outcome.outcome, outcome.why AS outcome_why, best.first_seen_at, outcome.article_id
FROM item LEFT JOIN best ON best.number = item.number LEFT JOIN report.entry_outcome AS outcome ON outcome.entry_id = best.entry_id
LEFT JOIN poll ON poll.outlet = item.outlet AND poll.day = item.published_at::DATE
ORDER BY item.number;
