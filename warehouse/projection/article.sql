-- One row per article, in its latest text; first_seen_at is when a feed first led to it, and never changes.
CREATE TABLE IF NOT EXISTS article (
    article_id VARCHAR, topic VARCHAR, url VARCHAR, outlet VARCHAR, feed_id VARCHAR, title VARCHAR, title_origin VARCHAR,
    published_at TIMESTAMP, published_origin VARCHAR, published_precision VARCHAR, author VARCHAR, language VARCHAR,
    body_sha256 VARCHAR, words INTEGER, page_sha256 VARCHAR, first_seen_at TIMESTAMP, extracted_at TIMESTAMP,
    revised_at TIMESTAMP, revisions INTEGER, verdict VARCHAR, copy_of VARCHAR, cluster_id VARCHAR, text_event VARCHAR, judged_event VARCHAR,
    gate VARCHAR, mentions INTEGER, read_event VARCHAR, read_method VARCHAR, position BIGINT, changed_position BIGINT,
    section VARCHAR, flags VARCHAR[],
    is_to_judge BOOLEAN, is_to_read BOOLEAN  -- what the work lists ask: a million ids compared as text take half a second
);
MERGE INTO article USING (
    WITH touched AS (
        SELECT stream, min(position) AS first, max(position) AS last, arg_min(occurred_at, position) AS extracted_at,
            arg_max(occurred_at, position) FILTER (type = 'article.revised') AS revised_at, count(*) FILTER (type = 'article.revised') AS revisions
        FROM log.fresh WHERE type IN ('article.extracted', 'article.revised') GROUP BY stream
    )
    SELECT touched.*, fresh.topic, fresh.event_id::VARCHAR AS text_event,
        unnest(from_json(fresh.data, '{"url":"VARCHAR","outlet":"VARCHAR","feed_id":"VARCHAR","title":"VARCHAR","title_origin":"VARCHAR",
            "published_at":"VARCHAR","published_origin":"VARCHAR","published_precision":"VARCHAR","author":"VARCHAR","language":"VARCHAR",
            "body_sha256":"VARCHAR","words":"INTEGER","page_sha256":"VARCHAR","first_seen_at":"VARCHAR","section":"VARCHAR","flags":["VARCHAR"]}'))
    FROM touched JOIN log.fresh ON fresh.position = touched.last
) AS now ON article.article_id = now.stream AND article.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET topic = now.topic, url = now.url, outlet = now.outlet, feed_id = now.feed_id, language = now.language, title = now.title, title_origin = now.title_origin, published_at = now.published_at::TIMESTAMP,
    published_origin = now.published_origin, published_precision = now.published_precision, author = now.author,
    body_sha256 = now.body_sha256, words = now.words, page_sha256 = now.page_sha256, section = now.section, flags = coalesce(now.flags, []),
    revised_at = coalesce(now.revised_at, article.revised_at), revisions = article.revisions + now.revisions,
    text_event = now.text_event, changed_position = greatest(article.changed_position, now.last),
    is_to_judge = article.judged_event IS DISTINCT FROM now.text_event, is_to_read = article.read_event IS DISTINCT FROM now.text_event
WHEN NOT MATCHED THEN INSERT (article_id, topic, url, outlet, feed_id, title, title_origin, published_at, published_origin,
    published_precision, author, language, body_sha256, words, page_sha256, first_seen_at, extracted_at, revised_at, revisions, text_event, position, changed_position,
    section, flags, is_to_judge, is_to_read)
    VALUES (now.stream, now.topic, now.url, now.outlet, now.feed_id, now.title, now.title_origin, now.published_at::TIMESTAMP,
    now.published_origin, now.published_precision, now.author, now.language, now.body_sha256, now.words, now.page_sha256,
    now.first_seen_at::TIMESTAMP, now.extracted_at, now.revised_at, now.revisions, now.text_event, now.first, now.last, now.section, coalesce(now.flags, []), true, true);
MERGE INTO article USING (
    WITH verdict AS (
        SELECT fresh.stream, fresh.position, fresh.type, unnest(from_json(fresh.data, '{"text_event":"VARCHAR","cluster_id":"VARCHAR","verdict":"VARCHAR","of":"VARCHAR"}'))
        FROM log.fresh JOIN article ON article.article_id = fresh.stream AND fresh.position > article.position
            AND article.position >= coalesce(getvariable('touched_from'), 0)
        WHERE fresh.type IN ('duplicate.judged', 'cluster.merged', 'cluster.split')
    )
    SELECT stream AS article_id, max(position) AS last, arg_max(text_event, position) FILTER (type = 'duplicate.judged') AS judged_event, arg_max(cluster_id, position) AS cluster_id,
        arg_max(verdict, position) FILTER (verdict <> 'revision') AS verdict,
        arg_max(coalesce("of", ''), position) FILTER (verdict <> 'revision') AS copy_of
    FROM verdict GROUP BY stream
) AS now ON article.article_id = now.article_id AND article.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET changed_position = greatest(article.changed_position, now.last), judged_event = coalesce(now.judged_event, article.judged_event),
    is_to_judge = coalesce(now.judged_event, article.judged_event) IS DISTINCT FROM article.text_event, cluster_id = now.cluster_id,
    verdict = coalesce(now.verdict, article.verdict),
    copy_of = CASE WHEN now.verdict IS NULL THEN article.copy_of ELSE nullif(now.copy_of, '') END;
MERGE INTO article USING (
    WITH touched AS (SELECT stream, max(position) AS last FROM log.fresh WHERE type = 'article.read' GROUP BY stream)
    SELECT touched.stream AS article_id, touched.last, unnest(from_json(fresh.data, '{"text_event":"VARCHAR","method":"VARCHAR","gate":"VARCHAR","mentions":"INTEGER"}'))
    FROM touched JOIN log.fresh ON fresh.position = touched.last
) AS now ON article.article_id = now.article_id AND now.last > article.position AND article.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET read_event = now.text_event, is_to_read = now.text_event IS DISTINCT FROM article.text_event, read_method = now."method", gate = now.gate, mentions = now.mentions,
    changed_position = greatest(article.changed_position, now.last);
