-- One row per post of a live blog, in its latest wording; found_at is when it was first seen.
CREATE TABLE IF NOT EXISTS live_post (
    article_id VARCHAR, post_id VARCHAR, topic VARCHAR, ordinal INTEGER, url VARCHAR, headline VARCHAR, published_at TIMESTAMP,
    published_precision VARCHAR, body_sha256 VARCHAR, words INTEGER, page_event VARCHAR, found_at TIMESTAMP, versions INTEGER, position BIGINT
);
MERGE INTO live_post USING (
    WITH found AS (
        SELECT position, stream, topic, occurred_at, unnest(from_json(data, '{"post_id":"VARCHAR","ordinal":"INTEGER","url":"VARCHAR","headline":"VARCHAR",
            "published_at":"VARCHAR","published_precision":"VARCHAR","body_sha256":"VARCHAR","words":"INTEGER","page_event":"VARCHAR"}'))
        FROM log.fresh WHERE type = 'article.post_found'
    )
    SELECT *, min(position) OVER post AS first, arg_min(occurred_at, position) OVER post AS found_at, count(*) OVER post AS versions
    FROM found WINDOW post AS (PARTITION BY stream, post_id) QUALIFY row_number() OVER (PARTITION BY stream, post_id ORDER BY position DESC) = 1
) AS now ON live_post.article_id = now.stream AND live_post.post_id = now.post_id AND live_post.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET topic = now.topic, ordinal = now.ordinal, url = now.url, headline = now.headline, published_at = now.published_at::TIMESTAMP,
    published_precision = now.published_precision, body_sha256 = now.body_sha256, words = now.words, page_event = now.page_event,
    versions = live_post.versions + now.versions
WHEN NOT MATCHED THEN INSERT VALUES (now.stream, now.post_id, now.topic, now.ordinal, now.url, now.headline, now.published_at::TIMESTAMP,
    now.published_precision, now.body_sha256, now.words, now.page_event, now.found_at, now.versions, now.first);
