-- One row per day (or hour, week, month) of the window, also where nothing was found: articles whose title names a term (see macro.names), and whether anybody was listening.
-- Example: FROM trend('truce', bucket := 'week', days := 180)
-- Columns: articles, and texts without copies (clusters); all_articles of the bucket; feeds known, and feeds alive, which
-- answered at least once; polls answered; per_feed, the rate; gap, which says why a rate is missing or to be read with care.
-- The rate is articles per feed alive. A share of all articles would be as proof against outages but stays flat when everybody
-- writes twice as much about everything, which is what people ask for; whoever wants the share divides by all_articles.
-- A bucket with fewer than half of the usual answers per known feed has no rate: silence of ours is no silence of theirs. Usual
-- is the median of the buckets with any answer, so a change in the number of feeds is no gap. After one comes what was missed.
-- An article counts when a feed first led to it: dates of publication are claims, and many feeds have none.
CREATE OR REPLACE MACRO trend(term, bucket := 'day', days := 30, until := NULL) AS TABLE
WITH span AS (
    SELECT date_trunc(bucket, past - to_days(days::INTEGER)) AS first, past
    FROM (SELECT coalesce(until::TIMESTAMP, (SELECT greatest((SELECT max(started_at) FROM run), (SELECT max(first_seen_at) FROM article)))) AS past)
), start AS (
    SELECT unnest(generate_series(first, past, ('1 ' || bucket)::INTERVAL)) AS start FROM span
), found AS (
    SELECT date_trunc(bucket, first_seen_at) AS start, count(*) AS all_articles, count(*) FILTER (names_it) AS articles,
        count(DISTINCT CASE WHEN names_it THEN coalesce(cluster_id, article_id) END) AS texts
    FROM (SELECT first_seen_at, cluster_id, article_id, names(title, term) AS names_it FROM article
          WHERE first_seen_at >= (SELECT first FROM span) AND first_seen_at <= (SELECT past FROM span) AND gate IS DISTINCT FROM 'off_topic')
    GROUP BY ALL
), heard AS (
    SELECT date_trunc(bucket, occurred_at) AS start, count(*) AS polls, count(DISTINCT stream) AS feeds_alive
    FROM log.event
    WHERE type = 'feed.polled' AND occurred_at >= (SELECT first FROM span) AND occurred_at <= (SELECT past FROM span)
    GROUP BY ALL
), known AS (
    SELECT start.start, count(*) AS feeds FROM start JOIN feed ON feed.registered_at < start.start + ('1 ' || bucket)::INTERVAL GROUP BY ALL
), counted AS (
    SELECT start.start, coalesce(found.articles, 0) AS articles, coalesce(found.texts, 0) AS texts, coalesce(found.all_articles, 0) AS all_articles,
        coalesce(known.feeds, 0) AS feeds_known, coalesce(heard.feeds_alive, 0) AS feeds_alive, coalesce(heard.polls, 0) AS polls,
        heard.polls / known.feeds AS listening
    FROM start LEFT JOIN found USING (start) LEFT JOIN heard USING (start) LEFT JOIN known USING (start)
), judged AS (
    SELECT *, CASE WHEN polls = 0 THEN 'no polls' WHEN feeds_known = 0 THEN 'no feeds known'
                   WHEN listening < 0.5 * median(listening) OVER () THEN 'few polls' END AS gap FROM counted
)
SELECT start AS bucket, articles, texts, all_articles, feeds_known, feeds_alive, polls,
    CASE WHEN gap IS NULL THEN round(articles / feeds_alive, 4) END AS per_feed,
    coalesce(gap, CASE WHEN lag(gap) OVER (ORDER BY start) IS NOT NULL THEN 'after a gap' END) AS gap
FROM judged ORDER BY start;
