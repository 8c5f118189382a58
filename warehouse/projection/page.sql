-- One row per article address that an entry asked for: where its reading stands (waiting, failed, given_up, fetched).
-- The first entry with an address asks for its page, and so does every later change of an entry; a second feed that
-- carries the same address does not.
CREATE TABLE IF NOT EXISTS page (
    article_id VARCHAR, topic VARCHAR, url VARCHAR, feed_id VARCHAR, entry_title VARCHAR, entry_published_at TIMESTAMP,
    language VARCHAR, first_seen_at TIMESTAMP, asked_by VARCHAR, asked_at TIMESTAMP, outcome VARCHAR, attempt INTEGER,
    reason VARCHAR, detail VARCHAR, status INTEGER, retry_at TIMESTAMP, fetched_at TIMESTAMP, final_url VARCHAR,
    content_type VARCHAR, charset VARCHAR, bytes BIGINT, sha256 VARCHAR, record_file VARCHAR, record_offset BIGINT,
    record_length BIGINT, page_event VARCHAR, extracted_event VARCHAR,
    no_text_reason VARCHAR, no_text_detail VARCHAR
);
MERGE INTO page USING (
    WITH asking AS (
        SELECT (data ->> '$.article_id') AS article_id, topic, position, occurred_at, (data ->> '$.feed_id') AS feed_id,
            (data ->> '$.language') AS language, type = 'entry.revised' AS is_change,
            {url: (data ->> '$.url'), title: (data ->> '$.title'), published_at: (data ->> '$.published_at')::TIMESTAMP,
             asked_by: event_id::VARCHAR, asked_at: occurred_at} AS ask
        FROM log.fresh WHERE type IN ('entry.seen', 'entry.revised') AND (data ->> '$.gate') <> 'off_topic'
    )
    SELECT article_id, any_value(topic) AS topic, arg_min(feed_id, position) AS feed_id, arg_min(language, position) AS language,
        min(occurred_at) AS first_seen_at, bool_or(is_change) AS is_change,
        arg_max(ask, CASE WHEN is_change THEN position ELSE -1 - position END) AS ask  -- the last change, or else the first sight
    FROM asking GROUP BY article_id
) AS now ON page.article_id = now.article_id
WHEN MATCHED AND now.is_change THEN UPDATE SET url = now.ask.url, entry_title = now.ask.title,
    entry_published_at = now.ask.published_at, asked_by = now.ask.asked_by, asked_at = now.ask.asked_at, outcome = 'waiting',
    attempt = 0, reason = NULL, detail = NULL, status = NULL, retry_at = NULL
WHEN NOT MATCHED THEN INSERT (article_id, topic, url, feed_id, entry_title, entry_published_at, language, first_seen_at,
    asked_by, asked_at, outcome, attempt)
    VALUES (now.article_id, now.topic, now.ask.url, now.feed_id, now.ask.title, now.ask.published_at, now.language,
    now.first_seen_at, now.ask.asked_by, now.ask.asked_at, 'waiting', 0);
MERGE INTO page USING (
    SELECT stream AS article_id, (data ->> '$.asked_by') AS asked_by, (data ->> '$.attempt')::INTEGER AS attempt,
        (data ->> '$.reason') AS reason, (data ->> '$.detail') AS detail, (data ->> '$.status')::INTEGER AS status,
        (data ->> '$.retry_at')::TIMESTAMP AS retry_at
    FROM log.fresh WHERE type = 'page.fetch_failed'
    QUALIFY row_number() OVER (PARTITION BY stream, (data ->> '$.asked_by') ORDER BY position DESC) = 1
) AS now ON page.article_id = now.article_id AND page.asked_by = now.asked_by
WHEN MATCHED THEN UPDATE SET outcome = CASE WHEN now.retry_at IS NULL THEN 'given_up' ELSE 'failed' END,
    attempt = now.attempt, reason = now.reason, detail = now.detail, status = now.status, retry_at = now.retry_at;
MERGE INTO page USING (
    SELECT stream AS article_id, (data ->> '$.asked_by') AS asked_by, (data ->> '$.attempt')::INTEGER AS attempt,
        (data ->> '$.status')::INTEGER AS status, occurred_at AS fetched_at, (data ->> '$.final_url') AS final_url,
        (data ->> '$.content_type') AS content_type, (data ->> '$.charset') AS charset, (data ->> '$.bytes')::BIGINT AS bytes,
        (data ->> '$.sha256') AS sha256, (data ->> '$.record.file') AS record_file,
        (data ->> '$.record.offset')::BIGINT AS record_offset, (data ->> '$.record.length')::BIGINT AS record_length,
        event_id::VARCHAR AS page_event
    FROM log.fresh WHERE type = 'page.fetched'
    QUALIFY row_number() OVER (PARTITION BY stream ORDER BY position DESC) = 1
) AS now ON page.article_id = now.article_id
WHEN MATCHED THEN UPDATE SET  -- a reading that an older state of the entry asked for leaves the newer request open
    outcome = CASE WHEN page.asked_by = now.asked_by THEN 'fetched' ELSE page.outcome END,
    attempt = CASE WHEN page.asked_by = now.asked_by THEN now.attempt ELSE page.attempt END,
    reason = CASE WHEN page.asked_by = now.asked_by THEN NULL ELSE page.reason END,
    detail = CASE WHEN page.asked_by = now.asked_by THEN NULL ELSE page.detail END,
    status = CASE WHEN page.asked_by = now.asked_by THEN now.status ELSE page.status END,
    retry_at = CASE WHEN page.asked_by = now.asked_by THEN NULL ELSE page.retry_at END,
    fetched_at = now.fetched_at, final_url = now.final_url, content_type = now.content_type, charset = now.charset,
    bytes = now.bytes, sha256 = now.sha256, record_file = now.record_file, record_offset = now.record_offset,
    record_length = now.record_length, page_event = now.page_event;
MERGE INTO page USING (
    SELECT stream AS article_id, (data ->> '$.page_event') AS extracted_event, (data ->> '$.reason') AS reason,
        (data ->> '$.detail') AS detail
    FROM log.fresh WHERE type IN ('article.extracted', 'article.revised', 'article.unchanged', 'article.extraction_failed')
    QUALIFY row_number() OVER (PARTITION BY stream ORDER BY position DESC) = 1
) AS now ON page.article_id = now.article_id
WHEN MATCHED THEN UPDATE SET extracted_event = now.extracted_event, no_text_reason = now.reason, no_text_detail = now.detail;
