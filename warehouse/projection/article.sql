-- One row per article, in its latest text; first_seen_at is when a feed first led to it, and never changes.
CREATE TABLE IF NOT EXISTS article (
    article_id VARCHAR, topic VARCHAR, url VARCHAR, outlet VARCHAR, feed_id VARCHAR, title VARCHAR, title_origin VARCHAR,
    published_at TIMESTAMP, published_origin VARCHAR, published_precision VARCHAR, author VARCHAR, language VARCHAR,
    body_sha256 VARCHAR, words INTEGER, page_sha256 VARCHAR, first_seen_at TIMESTAMP, extracted_at TIMESTAMP,
    revised_at TIMESTAMP, revisions INTEGER, verdict VARCHAR, copy_of VARCHAR, cluster_id VARCHAR, text_event VARCHAR, judged_event VARCHAR,
    gate VARCHAR, mentions INTEGER, read_event VARCHAR, read_method VARCHAR
);
MERGE INTO article USING (
    SELECT stream AS article_id, topic, (data ->> '$.url') AS url, (data ->> '$.outlet') AS outlet, (data ->> '$.feed_id') AS feed_id,
        (data ->> '$.title') AS title, (data ->> '$.title_origin') AS title_origin,
        (data ->> '$.published_at')::TIMESTAMP AS published_at, (data ->> '$.published_origin') AS published_origin,
        (data ->> '$.published_precision') AS published_precision, (data ->> '$.author') AS author, (data ->> '$.language') AS language,
        (data ->> '$.body_sha256') AS body_sha256, (data ->> '$.words')::INTEGER AS words, (data ->> '$.page_sha256') AS page_sha256,
        (data ->> '$.first_seen_at')::TIMESTAMP AS first_seen_at, min(occurred_at) OVER (PARTITION BY stream) AS extracted_at,
        max(occurred_at) FILTER (type = 'article.revised') OVER (PARTITION BY stream) AS revised_at,
        count(*) FILTER (type = 'article.revised') OVER (PARTITION BY stream) AS revisions, event_id::VARCHAR AS text_event
    FROM log.fresh WHERE type IN ('article.extracted', 'article.revised')
    QUALIFY row_number() OVER (PARTITION BY stream ORDER BY position DESC) = 1
) AS now ON article.article_id = now.article_id
WHEN MATCHED THEN UPDATE SET title = now.title, title_origin = now.title_origin, published_at = now.published_at,
    published_origin = now.published_origin, published_precision = now.published_precision, author = now.author,
    body_sha256 = now.body_sha256, words = now.words, page_sha256 = now.page_sha256,
    revised_at = coalesce(now.revised_at, article.revised_at), revisions = article.revisions + now.revisions,
    text_event = now.text_event
WHEN NOT MATCHED THEN INSERT (article_id, topic, url, outlet, feed_id, title, title_origin, published_at, published_origin,
    published_precision, author, language, body_sha256, words, page_sha256, first_seen_at, extracted_at, revised_at, revisions, text_event)
    VALUES (now.article_id, now.topic, now.url, now.outlet, now.feed_id, now.title, now.title_origin, now.published_at,
    now.published_origin, now.published_precision, now.author, now.language, now.body_sha256, now.words, now.page_sha256,
    now.first_seen_at, now.extracted_at, now.revised_at, now.revisions, now.text_event);
MERGE INTO article USING (
    SELECT stream AS article_id, arg_max((data ->> '$.text_event'), position) AS judged_event,
        arg_max(data ->> '$.cluster_id', position) AS cluster_id,
        arg_max(data ->> '$.verdict', position) FILTER (data ->> '$.verdict' <> 'revision') AS verdict,
        arg_max(coalesce(data ->> '$.of', ''), position) FILTER (data ->> '$.verdict' <> 'revision') AS copy_of
    FROM log.fresh WHERE type = 'duplicate.judged' GROUP BY stream
) AS now ON article.article_id = now.article_id
WHEN MATCHED THEN UPDATE SET judged_event = now.judged_event, cluster_id = now.cluster_id,
    verdict = coalesce(now.verdict, article.verdict),
    copy_of = CASE WHEN now.verdict IS NULL THEN article.copy_of ELSE nullif(now.copy_of, '') END;
MERGE INTO article USING (
    SELECT stream AS article_id, (data ->> '$.text_event') AS read_event, (data ->> '$.method') AS read_method,
        (data ->> '$.gate') AS gate, (data ->> '$.mentions')::INTEGER AS mentions
    FROM log.fresh WHERE type = 'article.read'
    QUALIFY row_number() OVER (PARTITION BY stream ORDER BY position DESC) = 1
) AS now ON article.article_id = now.article_id
WHEN MATCHED THEN UPDATE SET read_event = now.read_event, read_method = now.read_method, gate = now.gate,
    mentions = now.mentions;
