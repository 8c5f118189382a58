-- One row per entry of a feed, in its latest version; first_seen_at never changes, states are the versions that it had.
CREATE TABLE IF NOT EXISTS entry (
    entry_id VARCHAR, feed_id VARCHAR, topic VARCHAR, entry_key VARCHAR, article_id VARCHAR, url VARCHAR, title VARCHAR,
    summary VARCHAR, language VARCHAR, published_at TIMESTAMP, published_text VARCHAR, updated_text VARCHAR,
    gate VARCHAR, gate_why VARCHAR[], is_rejected BOOLEAN, reject_reason VARCHAR, first_seen_at TIMESTAMP,
    last_changed_at TIMESTAMP, revisions INTEGER, states VARCHAR[], position BIGINT,
    published_precision VARCHAR, published_doubts VARCHAR[], source VARCHAR, is_rekeyed BOOLEAN DEFAULT false
);
MERGE INTO entry USING (
    WITH touched AS (
        SELECT stream, min(position) AS first, max(position) AS last, arg_min(occurred_at, position) AS first_seen_at,
            count(*) FILTER (type = 'entry.revised') AS revisions, list(coalesce(data ->> '$.state', '') ORDER BY position) AS states,
            arg_min((data ->> '$.source'), position) AS source, bool_or(coalesce((data ->> '$.is_rekeyed') = 'true', false)) AS is_rekeyed
        FROM log.fresh WHERE type IN ('entry.seen', 'entry.revised', 'entry.rejected') GROUP BY stream
    )
    SELECT touched.*, fresh.topic, fresh.type = 'entry.rejected' AS is_rejected, fresh.occurred_at AS changed_at,
        unnest(from_json(fresh.data, '{"feed_id":"VARCHAR","entry_key":"VARCHAR","article_id":"VARCHAR","url":"VARCHAR","title":"VARCHAR",
            "summary":"VARCHAR","language":"VARCHAR","published_at":"VARCHAR","published_text":"VARCHAR","updated_text":"VARCHAR",
            "gate":"VARCHAR","gate_why":["VARCHAR"],"reason":"VARCHAR",
            "published_precision":"VARCHAR","published_doubts":["VARCHAR"]}'))
    FROM touched JOIN log.fresh ON fresh.position = touched.last
) AS now ON entry.entry_id = now.stream AND entry.position >= coalesce(getvariable('touched_from'), 0)
WHEN MATCHED THEN UPDATE SET topic = now.topic, language = now.language, article_id = now.article_id, url = now.url, title = now.title, summary = now.summary,
    published_at = now.published_at::TIMESTAMP, published_text = coalesce(now.published_text, ''),
    updated_text = coalesce(now.updated_text, ''), gate = now.gate, gate_why = now.gate_why, is_rejected = now.is_rejected,
    reject_reason = now.reason, last_changed_at = now.changed_at, revisions = entry.revisions + now.revisions,
    states = list_concat(entry.states, now.states), published_precision = now.published_precision, published_doubts = now.published_doubts,
    source = coalesce(entry.source, now.source), is_rekeyed = entry.is_rekeyed OR now.is_rekeyed
WHEN NOT MATCHED THEN INSERT VALUES (now.stream, now.feed_id, now.topic, now.entry_key, now.article_id, now.url, now.title,
    now.summary, now.language, now.published_at::TIMESTAMP, coalesce(now.published_text, ''), coalesce(now.updated_text, ''), now.gate,
    now.gate_why, now.is_rejected, now.reason, now.first_seen_at, now.changed_at, now.revisions, now.states, now.first,
    now.published_precision, now.published_doubts, now.source, now.is_rekeyed);
