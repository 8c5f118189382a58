-- One row per article address that an entry asked for: where its reading stands (waiting, failed, given_up, fetched).
-- The first entry with an address asks for its page, and so does every later change of an entry; a second feed that
-- carries the same address does not.
CREATE TABLE IF NOT EXISTS page (
    article_id VARCHAR, topic VARCHAR, url VARCHAR, feed_id VARCHAR, entry_title VARCHAR, entry_published_at TIMESTAMP,
    language VARCHAR, first_seen_at TIMESTAMP, asked_by VARCHAR, asked_at TIMESTAMP, outcome VARCHAR, attempt INTEGER,
    reason VARCHAR, detail VARCHAR, status INTEGER, retry_at TIMESTAMP, fetched_at TIMESTAMP, final_url VARCHAR,
    content_type VARCHAR, charset VARCHAR, bytes BIGINT, sha256 VARCHAR, record_file VARCHAR, record_offset BIGINT,
    record_length BIGINT, page_event VARCHAR, extracted_event VARCHAR,
    no_text_reason VARCHAR, no_text_detail VARCHAR, position BIGINT, is_redacted BOOLEAN DEFAULT false, asked_position BIGINT,
    readings INTEGER DEFAULT 0, first_reading_at TIMESTAMP, next_reading_at TIMESTAMP, checked_at TIMESTAMP, etag VARCHAR, last_modified VARCHAR,
    gone_at TIMESTAMP, entry_published_precision VARCHAR, entry_published_doubts VARCHAR[], is_to_extract BOOLEAN, is_quarantined BOOLEAN DEFAULT false
);
MERGE INTO page USING (
    WITH asking AS (
        SELECT position, topic, occurred_at, event_id, type = 'entry.revised' AS is_change,
            unnest(from_json(data, '{"article_id":"VARCHAR","feed_id":"VARCHAR","language":"VARCHAR","url":"VARCHAR","title":"VARCHAR",
                "published_at":"VARCHAR","published_precision":"VARCHAR","published_doubts":["VARCHAR"],"gate":"VARCHAR"}'))
        FROM log.fresh WHERE type IN ('entry.seen', 'entry.revised')
            AND coalesce(data ->> '$.is_rekeyed', 'false') <> 'true'  -- the old entry under a new key asks for nothing
    ), touched AS (
        SELECT article_id, min(position) AS first, bool_or(is_change) AS is_change,
            coalesce(max(position) FILTER (is_change), min(position)) AS asking  -- the last change, or else the first sight
        FROM asking WHERE gate <> 'off_topic' GROUP BY article_id
    )
    SELECT touched.article_id, touched.first, touched.is_change, opening.topic, opening.feed_id, opening.language,
        opening.occurred_at AS first_seen_at, asking.url, asking.title, asking.published_at::TIMESTAMP AS published_at, asking.published_precision, asking.published_doubts,
        asking.event_id::VARCHAR AS asked_by, asking.occurred_at AS asked_at, asking.position AS asked_position
    FROM touched JOIN asking ON asking.position = touched.asking JOIN asking AS opening ON opening.position = touched.first
) AS now ON page.article_id = now.article_id AND page.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED AND now.is_change THEN UPDATE SET url = now.url, entry_title = now.title,
    entry_published_at = now.published_at, entry_published_precision = now.published_precision,
    entry_published_doubts = now.published_doubts, asked_by = now.asked_by, asked_at = now.asked_at, asked_position = now.asked_position, outcome = 'waiting',
    attempt = 0, reason = NULL, detail = NULL, status = NULL, retry_at = NULL, readings = 0, first_reading_at = NULL, next_reading_at = NULL, gone_at = NULL
WHEN NOT MATCHED THEN INSERT (article_id, topic, url, feed_id, entry_title, entry_published_at, language, first_seen_at,
    asked_by, asked_at, asked_position, outcome, attempt, position, entry_published_precision, entry_published_doubts, is_to_extract)
    VALUES (now.article_id, now.topic, now.url, now.feed_id, now.title, now.published_at, now.language,
    now.first_seen_at, now.asked_by, now.asked_at, now.asked_position, 'waiting', 0, now.first,
    now.published_precision, now.published_doubts, false);
MERGE INTO page USING (
    WITH touched AS (
        SELECT stream, (data ->> '$.asked_by') AS asked_by, max(position) AS last FROM log.fresh
        WHERE type = 'page.fetch_failed' AND coalesce((data ->> '$.reading')::INTEGER, 1) = 1 GROUP BY ALL
    )
    SELECT touched.stream AS article_id, touched.asked_by, touched.last,
        unnest(from_json(fresh.data, '{"attempt":"INTEGER","reason":"VARCHAR","detail":"VARCHAR","status":"INTEGER","retry_at":"VARCHAR"}'))
    FROM touched JOIN log.fresh ON fresh.position = touched.last
) AS now ON page.article_id = now.article_id AND page.asked_by = now.asked_by AND now.last > page.asked_position AND page.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED AND page.outcome <> 'fetched' THEN UPDATE SET outcome = CASE WHEN now.retry_at IS NULL THEN 'given_up' ELSE 'failed' END,
    attempt = now.attempt, reason = now.reason, detail = now.detail, status = now.status, retry_at = now.retry_at::TIMESTAMP;
MERGE INTO page USING (
    WITH touched AS (SELECT stream, max(position) AS last FROM log.fresh WHERE type = 'page.fetched' GROUP BY stream)
    SELECT touched.stream AS article_id, touched.last, fresh.occurred_at AS fetched_at, fresh.event_id::VARCHAR AS page_event,
        unnest(from_json(fresh.data, '{"final_url":"VARCHAR","content_type":"VARCHAR",
            "charset":"VARCHAR","bytes":"BIGINT","sha256":"VARCHAR","record":{"file":"VARCHAR","offset":"BIGINT","length":"BIGINT"}}'))
    FROM touched JOIN log.fresh ON fresh.position = touched.last
) AS now ON page.article_id = now.article_id AND now.last > page.position AND page.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET
    fetched_at = now.fetched_at, final_url = now.final_url, content_type = now.content_type, charset = now.charset,
    bytes = now.bytes, sha256 = now.sha256, record_file = now."record"."file", record_offset = now."record"."offset",
    record_length = now."record"."length", page_event = now.page_event,
    is_to_extract = page.extracted_event IS DISTINCT FROM now.page_event;
MERGE INTO page USING (  -- a reading that an older state of the entry asked for leaves the newer request open
    SELECT stream AS article_id, position, unnest(from_json(data, '{"asked_by":"VARCHAR","attempt":"INTEGER","status":"INTEGER"}'))
    FROM log.fresh WHERE type = 'page.fetched' AND coalesce((data ->> '$.reading')::INTEGER, 1) = 1
) AS now ON page.article_id = now.article_id AND page.asked_by = now.asked_by AND now.position > page.asked_position AND page.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET outcome = 'fetched', attempt = now.attempt, reason = NULL, detail = NULL, status = now.status, retry_at = NULL;
MERGE INTO page USING (  -- what the server said when it last had the page: the next reading asks with it
    WITH touched AS (SELECT stream, max(position) AS last FROM log.fresh WHERE type IN ('page.fetched', 'page.unchanged') GROUP BY stream)
    SELECT touched.stream AS article_id, touched.last, fresh.occurred_at AS checked_at, unnest(from_json(fresh.data, '{"etag":"VARCHAR","last_modified":"VARCHAR"}'))
    FROM touched JOIN log.fresh ON fresh.position = touched.last
) AS now ON page.article_id = now.article_id AND now.last > page.position AND page.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET checked_at = now.checked_at, etag = now.etag, last_modified = now.last_modified;
MERGE INTO page USING (  -- the readings of the latest request: how many, when the next one is due, whether the page was gone at the last
    WITH reading AS (
        SELECT stream, position, occurred_at, type <> 'page.fetch_failed' AS is_there,
            unnest(from_json(data, '{"asked_by":"VARCHAR","reading":"INTEGER","status":"INTEGER","next_reading_at":"VARCHAR"}'))
        FROM log.fresh WHERE type IN ('page.fetched', 'page.unchanged', 'page.fetch_failed')
    ), own AS (
        SELECT reading.* REPLACE (coalesce(reading.reading, 1) AS reading) FROM reading JOIN page ON page.article_id = reading.stream
            AND page.asked_by = reading.asked_by AND reading.position > page.asked_position AND page.position >= coalesce(getvariable('touched_from'), 0)
        WHERE is_there OR reading.reading > 1
    )
    SELECT stream AS article_id, max(reading) AS readings, min(occurred_at) FILTER (is_there AND reading = 1) AS first_reading_at,
        arg_max(coalesce(next_reading_at, ''), position) AS next_reading_at,
        arg_max(CASE WHEN is_there THEN '' ELSE occurred_at::VARCHAR END, position) FILTER (is_there OR status IN (404, 410)) AS gone_at
    FROM own GROUP BY stream
) AS now ON page.article_id = now.article_id AND page.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET readings = greatest(page.readings, now.readings), first_reading_at = coalesce(page.first_reading_at, now.first_reading_at),
    next_reading_at = nullif(now.next_reading_at, '')::TIMESTAMP,
    gone_at = CASE WHEN now.gone_at IS NULL THEN page.gone_at ELSE nullif(now.gone_at, '')::TIMESTAMP END;
MERGE INTO page USING (
    WITH touched AS (
        SELECT stream, max(position) AS last FROM log.fresh
        WHERE type IN ('article.extracted', 'article.revised', 'article.unchanged', 'article.extraction_failed', 'article.quarantined') GROUP BY stream
    )
    SELECT touched.stream AS article_id, touched.last, fresh.type = 'article.quarantined' AS is_quarantined, unnest(from_json(fresh.data, '{"page_event":"VARCHAR","reason":"VARCHAR","detail":"VARCHAR"}'))
    FROM touched JOIN log.fresh ON fresh.position = touched.last
) AS now ON page.article_id = now.article_id AND now.last > page.position AND page.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET extracted_event = now.page_event,
    is_to_extract = page.page_event IS NOT NULL AND page.page_event IS DISTINCT FROM now.page_event, no_text_reason = now.reason, no_text_detail = now.detail,
    is_quarantined = now.is_quarantined;
MERGE INTO page USING (SELECT stream AS article_id, max(position) AS last FROM log.fresh WHERE type = 'article.redacted' GROUP BY stream) AS now
ON page.article_id = now.article_id AND now.last > page.position AND page.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET is_redacted = true;  -- and is never fetched again
