-- One row per cluster: articles that carry one text, word for word or nearly. An outlet that repeats it is no second source.
-- The first article is the first that was seen here, which need not be where the text was written; is_from_corpus says that
-- the text repeats a document of the seed corpus, which is older than any article. Independent texts are members that were
-- judged no copies: one, or more where clusters were merged, or none where the corpus has the text.
-- Some seconds for all clusters of a million articles, since every article is grouped; one cluster by its id takes 0.05 s.
CREATE OR REPLACE VIEW main.cluster AS
SELECT cluster_id, any_value(topic) AS topic, arg_min(article_id, (first_seen_at, article.position)) AS first_article_id,
    arg_min(outlet, (first_seen_at, article.position)) AS first_outlet, arg_min(title, (first_seen_at, article.position)) AS first_title,
    min(first_seen_at) AS first_seen_at, max(first_seen_at) AS last_seen_at, min(published_at) AS first_published_at,
    count(*) AS articles, count(DISTINCT outlet) AS outlets, list_sort(list(DISTINCT outlet)) AS outlet_names,
    list_sort(list(DISTINCT language)) AS languages, count(*) FILTER (verdict = 'exact') AS exact_copies,
    count(*) FILTER (verdict = 'near') AS near_copies,
    count(*) FILTER (verdict NOT IN ('exact', 'near') OR article_id = cluster_id) AS independent_texts,
    coalesce(arg_min(agency, (first_seen_at, article.position)), CASE WHEN cluster_id NOT LIKE 'article-%' THEN 'seed corpus' ELSE arg_min(outlet, (first_seen_at, article.position)) END) AS origin,
    CASE WHEN count(agency) > 0 THEN 'dateline' WHEN cluster_id NOT LIKE 'article-%' THEN 'corpus' ELSE 'first seen' END AS origin_by,
    sum(revisions)::BIGINT AS edits, sum(mentions)::BIGINT AS mentions,
    cluster_id NOT LIKE 'article-%' AS is_from_corpus
FROM article LEFT JOIN (
    SELECT article_id, arg_max(agency, position) AS agency FROM duplicate WHERE agency IS NOT NULL GROUP BY article_id) AS credit USING (article_id)
WHERE cluster_id IS NOT NULL GROUP BY cluster_id;
