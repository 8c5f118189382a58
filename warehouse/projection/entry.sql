-- One row per entry of a feed, in its latest version; first_seen_at never changes, states are the versions that it had.
CREATE TABLE IF NOT EXISTS entry (
    entry_id VARCHAR, feed_id VARCHAR, topic VARCHAR, entry_key VARCHAR, article_id VARCHAR, url VARCHAR, title VARCHAR,
    summary VARCHAR, language VARCHAR, published_at TIMESTAMP, published_text VARCHAR, updated_text VARCHAR,
    gate VARCHAR, gate_why VARCHAR[], is_rejected BOOLEAN, reject_reason VARCHAR, first_seen_at TIMESTAMP,
    last_changed_at TIMESTAMP, revisions INTEGER, states VARCHAR[]
);
MERGE INTO entry USING (
    SELECT stream AS entry_id, (data ->> '$.feed_id') AS feed_id, topic, (data ->> '$.entry_key') AS entry_key,
        (data ->> '$.article_id') AS article_id, (data ->> '$.url') AS url, (data ->> '$.title') AS title,
        (data ->> '$.summary') AS summary, (data ->> '$.language') AS language,
        (data ->> '$.published_at')::TIMESTAMP AS published_at, coalesce(data ->> '$.published_text', '') AS published_text,
        coalesce(data ->> '$.updated_text', '') AS updated_text, (data ->> '$.gate') AS gate,
        (data -> '$.gate_why')::VARCHAR[] AS gate_why, type = 'entry.rejected' AS is_rejected, (data ->> '$.reason') AS reject_reason,
        occurred_at AS changed_at, min(occurred_at) OVER (PARTITION BY stream) AS first_seen_at,
        count(*) FILTER (type = 'entry.revised') OVER (PARTITION BY stream) AS revisions,
        list(coalesce(data ->> '$.state', '')) OVER (
            PARTITION BY stream ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS states
    FROM log.fresh WHERE type IN ('entry.seen', 'entry.revised', 'entry.rejected')
    QUALIFY row_number() OVER (PARTITION BY stream ORDER BY position DESC) = 1
) AS now ON entry.entry_id = now.entry_id
WHEN MATCHED THEN UPDATE SET article_id = now.article_id, url = now.url, title = now.title, summary = now.summary,
    published_at = now.published_at, published_text = now.published_text, updated_text = now.updated_text, gate = now.gate,
    gate_why = now.gate_why, is_rejected = now.is_rejected, reject_reason = now.reject_reason,
    last_changed_at = now.changed_at, revisions = entry.revisions + now.revisions,
    states = list_concat(entry.states, now.states)
WHEN NOT MATCHED THEN INSERT VALUES (now.entry_id, now.feed_id, now.topic, now.entry_key, now.article_id, now.url, now.title,
    now.summary, now.language, now.published_at, now.published_text, now.updated_text, now.gate, now.gate_why,
    now.is_rejected, now.reject_reason, now.first_seen_at, now.changed_at, now.revisions, now.states);
