-- One row per cluster as it was known at a moment (UTC): without the copies that were found later. Reads macro.article_as_known_at.
-- Example: FROM cluster_as_known_at(TIMESTAMP '2025-06-10 14:00')
-- As slow as the relation, for the same reason: every article is grouped.
CREATE OR REPLACE MACRO cluster_as_known_at(ts) AS TABLE
WITH held AS (
    SELECT cluster_id, any_value(topic) AS topic,
        arg_min({article_id: article_id, outlet: outlet, title: title}, (first_seen_at, article.position)) AS first,
        min(first_seen_at) AS first_seen_at, max(first_seen_at) AS last_seen_at, min(published_at) AS first_published_at, count(*) AS articles,
        list_sort(list_distinct(list(outlet))) AS outlet_names, list_sort(list_distinct(list(language))) AS languages,  -- a third of what DISTINCT takes
        count(*) FILTER (verdict = 'exact') AS exact_copies, count(*) FILTER (verdict = 'near') AS near_copies,
        count(*) FILTER (verdict NOT IN ('exact', 'near') OR article_id = cluster_id) AS independent_texts,
        arg_min(agency, (first_seen_at, article.position)) AS first_agency, count(agency) AS credits, sum(revisions)::BIGINT AS edits, sum(mentions)::BIGINT AS mentions
    FROM article_as_known_at(ts) AS article LEFT JOIN (
        SELECT article_id, arg_max(agency, position) AS agency FROM duplicate WHERE agency IS NOT NULL AND recorded_at <= ts::TIMESTAMP GROUP BY article_id) AS credit USING (article_id)
    WHERE cluster_id IS NOT NULL GROUP BY cluster_id
)
SELECT cluster_id, topic, first.article_id AS first_article_id, first.outlet AS first_outlet, first.title AS first_title, first_seen_at, last_seen_at,
    first_published_at, articles, len(outlet_names) AS outlets, outlet_names, languages, exact_copies, near_copies, independent_texts,
    coalesce(first_agency, CASE WHEN cluster_id NOT LIKE 'article-%' THEN 'seed corpus' ELSE first.outlet END) AS origin,
    CASE WHEN credits > 0 THEN 'dateline' WHEN cluster_id NOT LIKE 'article-%' THEN 'corpus' ELSE 'first seen' END AS origin_by,
    edits, mentions, cluster_id NOT LIKE 'article-%' AS is_from_corpus
FROM held;
