-- One row per feed: what it is, and how its polls went.
CREATE TABLE IF NOT EXISTS feed (
    feed_id VARCHAR, topic VARCHAR, url VARCHAR, name VARCHAR, language VARCHAR, country VARCHAR, kind VARCHAR,
    registered_at TIMESTAMP, polls INTEGER, failures INTEGER, last_polled_at TIMESTAMP, last_success_at TIMESTAMP,
    last_outcome VARCHAR, last_reason VARCHAR, last_detail VARCHAR, next_poll_at TIMESTAMP,
    etag VARCHAR, last_modified VARCHAR, sha256 VARCHAR, format VARCHAR, is_ill_formed BOOLEAN, position BIGINT
);
MERGE INTO feed USING (
    SELECT stream AS feed_id, topic, (data ->> '$.url') AS url, (data ->> '$.name') AS name, (data ->> '$.language') AS language,
        (data ->> '$.country') AS country, (data ->> '$.kind') AS kind, arg_min(occurred_at, position) OVER (PARTITION BY stream) AS registered_at,
        min(position) OVER (PARTITION BY stream) AS position
    FROM log.fresh WHERE type = 'feed.registered'
    QUALIFY row_number() OVER (PARTITION BY stream ORDER BY position DESC) = 1
) AS now ON feed.feed_id = now.feed_id
WHEN MATCHED THEN UPDATE SET topic = now.topic, url = now.url, name = now.name, language = now.language,
    country = now.country, kind = now.kind
WHEN NOT MATCHED THEN INSERT (feed_id, topic, url, name, language, country, kind, registered_at, polls, failures, position)
    VALUES (now.feed_id, now.topic, now.url, now.name, now.language, now.country, now.kind, now.registered_at, 0, 0, now.position);
MERGE INTO feed USING (
    WITH poll AS (
        SELECT fresh.stream AS feed_id, fresh.position, fresh.type = 'feed.polled' AS is_success, fresh.occurred_at,
            unnest(from_json(fresh.data, '{"outcome":"VARCHAR","reason":"VARCHAR","detail":"VARCHAR","next_poll_at":"VARCHAR","etag":"VARCHAR",
                "last_modified":"VARCHAR","sha256":"VARCHAR","format":"VARCHAR","is_ill_formed":"BOOLEAN"}'))
        FROM log.fresh JOIN feed ON feed.feed_id = fresh.stream AND fresh.position > feed.position  -- never polled before it was known
        WHERE fresh.type IN ('feed.polled', 'feed.poll_failed')
    ), success AS (SELECT feed_id, max(position) AS last_success FROM poll WHERE is_success GROUP BY feed_id)
    SELECT feed_id, count(*) AS polls, arg_max(occurred_at, position) AS last_polled_at,
        count(*) FILTER (NOT is_success AND position > coalesce(last_success, -1)) AS failures_since,
        bool_or(is_success) AS has_success, arg_max(occurred_at, position) FILTER (is_success) AS last_success_at,
        arg_max(CASE WHEN is_success THEN outcome ELSE 'failed' END, position) AS last_outcome,
        arg_max(CASE WHEN is_success THEN '' ELSE reason END, position) AS last_reason,
        arg_max(CASE WHEN is_success THEN '' ELSE detail END, position) AS last_detail,
        arg_max(next_poll_at::TIMESTAMP, position) AS next_poll_at,
        arg_max(coalesce(etag, ''), position) FILTER (is_success) AS etag,
        arg_max(coalesce(last_modified, ''), position) FILTER (is_success) AS last_modified,
        arg_max(sha256, position) FILTER (is_success) AS sha256,
        arg_max("format", position) FILTER (is_success) AS format,
        arg_max(is_ill_formed, position) FILTER (is_success AND outcome = 'parsed') AS is_ill_formed
    FROM poll LEFT JOIN success USING (feed_id) GROUP BY feed_id
) AS now ON feed.feed_id = now.feed_id
WHEN MATCHED THEN UPDATE SET
    polls = feed.polls + now.polls,
    failures = CASE WHEN now.has_success THEN now.failures_since ELSE feed.failures + now.failures_since END,
    last_polled_at = now.last_polled_at, last_success_at = coalesce(now.last_success_at, feed.last_success_at),
    last_outcome = now.last_outcome, last_reason = nullif(now.last_reason, ''), last_detail = nullif(now.last_detail, ''),
    next_poll_at = now.next_poll_at,
    etag = CASE WHEN now.has_success THEN nullif(now.etag, '') ELSE feed.etag END,
    last_modified = CASE WHEN now.has_success THEN nullif(now.last_modified, '') ELSE feed.last_modified END,
    sha256 = coalesce(now.sha256, feed.sha256), format = coalesce(now.format, feed.format),
    is_ill_formed = coalesce(now.is_ill_formed, feed.is_ill_formed);
