-- One row per text of an article: the first and every edit after publication, in their order.
CREATE TABLE IF NOT EXISTS article_version (
    article_id VARCHAR, body_sha256 VARCHAR, title VARCHAR, published_at TIMESTAMP, seen_at TIMESTAMP, change DOUBLE,
    previous_sha256 VARCHAR, page_sha256 VARCHAR, page_event VARCHAR, method VARCHAR, recorded_at TIMESTAMP, position BIGINT,
    words_added INTEGER, words_removed INTEGER
);
INSERT INTO article_version
SELECT stream, body_sha256, title, published_at::TIMESTAMP, occurred_at, change, previous_sha256, page_sha256, page_event, "method", recorded_at, position,
    words_added, words_removed
FROM (SELECT position, stream, occurred_at, recorded_at, unnest(from_json(data, '{"body_sha256":"VARCHAR","title":"VARCHAR","published_at":"VARCHAR",
        "change":"DOUBLE","previous_sha256":"VARCHAR","page_sha256":"VARCHAR","page_event":"VARCHAR","method":"VARCHAR","words_added":"INTEGER","words_removed":"INTEGER"}'))
      FROM log.fresh WHERE type IN ('article.extracted', 'article.revised'));
