-- One row per text that was kept back, with the reason: it is not judged, not read and not counted; its article keeps the text that it has.
CREATE TABLE IF NOT EXISTS quarantine (
    article_id VARCHAR, topic VARCHAR, url VARCHAR, outlet VARCHAR, feed_id VARCHAR, title VARCHAR, language VARCHAR, body_sha256 VARCHAR,
    words INTEGER, reason VARCHAR, detail VARCHAR, page_sha256 VARCHAR, page_event VARCHAR, method VARCHAR, quarantined_at TIMESTAMP,
    recorded_at TIMESTAMP, position BIGINT
);
INSERT INTO quarantine
SELECT stream, topic, url, outlet, feed_id, title, language, body_sha256, words, reason, detail, page_sha256, page_event, "method", occurred_at, recorded_at, position
FROM (SELECT position, stream, topic, occurred_at, recorded_at, unnest(from_json(data, '{"url":"VARCHAR","outlet":"VARCHAR","feed_id":"VARCHAR","title":"VARCHAR",
        "language":"VARCHAR","body_sha256":"VARCHAR","words":"INTEGER","reason":"VARCHAR","detail":"VARCHAR","page_sha256":"VARCHAR","page_event":"VARCHAR","method":"VARCHAR"}'))
      FROM log.fresh WHERE type = 'article.quarantined');
