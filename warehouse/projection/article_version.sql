-- One row per text of an article: the first and every edit after publication, in their order.
CREATE TABLE IF NOT EXISTS article_version (
    article_id VARCHAR, body_sha256 VARCHAR, title VARCHAR, published_at TIMESTAMP, seen_at TIMESTAMP, change DOUBLE,
    previous_sha256 VARCHAR, page_sha256 VARCHAR, page_event VARCHAR, method VARCHAR
);
INSERT INTO article_version
SELECT stream, (data ->> '$.body_sha256'), (data ->> '$.title'), (data ->> '$.published_at')::TIMESTAMP, occurred_at,
    (data ->> '$.change')::DOUBLE, (data ->> '$.previous_sha256'), (data ->> '$.page_sha256'), (data ->> '$.page_event'), (data ->> '$.method')
FROM log.fresh WHERE type IN ('article.extracted', 'article.revised') ORDER BY position;
