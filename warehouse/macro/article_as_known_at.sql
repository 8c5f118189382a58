-- One row per article that was known at a moment (UTC), as it was known then: an edit, verdict or reading recorded later is not in it.
-- Example: FROM article_as_known_at(TIMESTAMP '2025-06-10 14:00')
-- Most articles never change again, so only those that something was recorded about later are made from the log.
-- Which these are is told by changed_position, a number; a moment long ago makes many of them anew and takes longer.
CREATE OR REPLACE MACRO article_as_known_at(ts) AS TABLE
WITH known AS (
    SELECT max(position) AS position FROM article_version WHERE recorded_at <= ts::TIMESTAMP
), changed AS (  -- or a few more: what is made anew from the log is right in any case
    SELECT article.article_id, article.position FROM article
    WHERE article.position <= (SELECT position FROM known)
      AND article.changed_position >= (SELECT min(position) FROM log.event WHERE recorded_at > ts::TIMESTAMP)
), before AS (
    SELECT event.position, event.type, event.stream, event.event_id::VARCHAR AS event_id, event.occurred_at, event.topic, event.data
    FROM log.event SEMI JOIN changed ON changed.article_id = event.stream
    WHERE event.position >= (SELECT coalesce(min(position), 9223372036854775807) FROM changed) AND event.recorded_at <= ts::TIMESTAMP
      AND event.type IN ('article.extracted', 'article.revised', 'duplicate.judged', 'cluster.merged', 'cluster.split', 'article.read')
), told AS (
    SELECT stream, arg_max(topic, position) AS topic, arg_min(occurred_at, position) AS extracted_at,
        arg_max(occurred_at, position) FILTER (type = 'article.revised') AS revised_at,
        count(*) FILTER (type = 'article.revised') AS revisions, arg_max(event_id, position) AS text_event,
        from_json(arg_max(data, position), '{"url":"VARCHAR","outlet":"VARCHAR","feed_id":"VARCHAR","language":"VARCHAR","title":"VARCHAR","title_origin":"VARCHAR","published_at":"VARCHAR","published_origin":"VARCHAR",
            "published_precision":"VARCHAR","author":"VARCHAR","body_sha256":"VARCHAR","words":"INTEGER","page_sha256":"VARCHAR","section":"VARCHAR","flags":["VARCHAR"]}') AS text
    FROM before WHERE type IN ('article.extracted', 'article.revised') GROUP BY stream
), judged AS (
    SELECT stream, arg_max(data, position) FILTER (type = 'duplicate.judged') ->> '$.text_event' AS judged_event,
        arg_max(data, position) ->> '$.cluster_id' AS cluster_id,
        arg_max(data, position) FILTER ((data ->> '$.verdict') <> 'revision') AS verdict  -- a revision's verdict leaves the first one standing
    FROM before WHERE type IN ('duplicate.judged', 'cluster.merged', 'cluster.split') GROUP BY stream
), read AS (
    SELECT stream, from_json(arg_max(data, position), '{"text_event":"VARCHAR","method":"VARCHAR","gate":"VARCHAR","mentions":"INTEGER"}') AS reading
    FROM before WHERE type = 'article.read' GROUP BY stream
), state AS (
    SELECT changed.position, last.position AS changed_position, told.* EXCLUDE (stream), judged.* EXCLUDE (stream), read.reading
    FROM changed JOIN told ON told.stream = changed.article_id LEFT JOIN judged ON judged.stream = changed.article_id
    LEFT JOIN read ON read.stream = changed.article_id
    JOIN (SELECT stream, max(position) AS position FROM before GROUP BY stream) AS last ON last.stream = changed.article_id
)
SELECT article.* REPLACE (
    CASE WHEN state.position IS NULL THEN article.topic ELSE state.topic END AS topic,
    CASE WHEN state.position IS NULL THEN article.url ELSE state.text.url END AS url,
    CASE WHEN state.position IS NULL THEN article.outlet ELSE state.text.outlet END AS outlet,
    CASE WHEN state.position IS NULL THEN article.feed_id ELSE state.text.feed_id END AS feed_id,
    CASE WHEN state.position IS NULL THEN article.language ELSE state.text.language END AS language,
    CASE WHEN state.position IS NULL THEN article.title ELSE state.text.title END AS title,
    CASE WHEN state.position IS NULL THEN article.title_origin ELSE state.text.title_origin END AS title_origin,
    CASE WHEN state.position IS NULL THEN article.published_at ELSE state.text.published_at::TIMESTAMP END AS published_at,
    CASE WHEN state.position IS NULL THEN article.published_origin ELSE state.text.published_origin END AS published_origin,
    CASE WHEN state.position IS NULL THEN article.published_precision ELSE state.text.published_precision END AS published_precision,
    CASE WHEN state.position IS NULL THEN article.author ELSE state.text.author END AS author,
    CASE WHEN state.position IS NULL THEN article.body_sha256 ELSE state.text.body_sha256 END AS body_sha256,
    CASE WHEN state.position IS NULL THEN article.words ELSE state.text.words END AS words,
    CASE WHEN state.position IS NULL THEN article.page_sha256 ELSE state.text.page_sha256 END AS page_sha256,
    CASE WHEN state.position IS NULL THEN article.section ELSE state.text.section END AS section,
    CASE WHEN state.position IS NULL THEN article.flags ELSE coalesce(state.text.flags, []) END AS flags,
    CASE WHEN state.position IS NULL THEN article.extracted_at ELSE state.extracted_at END AS extracted_at,
    CASE WHEN state.position IS NULL THEN article.revised_at ELSE state.revised_at END AS revised_at,
    CASE WHEN state.position IS NULL THEN article.revisions ELSE state.revisions::INTEGER END AS revisions,
    CASE WHEN state.position IS NULL THEN article.text_event ELSE state.text_event END AS text_event,
    CASE WHEN state.position IS NULL THEN article.judged_event ELSE state.judged_event END AS judged_event,
    CASE WHEN state.position IS NULL THEN article.cluster_id ELSE state.cluster_id END AS cluster_id,
    CASE WHEN state.position IS NULL THEN article.verdict ELSE (state.verdict ->> '$.verdict') END AS verdict,
    CASE WHEN state.position IS NULL THEN article.copy_of ELSE (state.verdict ->> '$.of') END AS copy_of,
    CASE WHEN state.position IS NULL THEN article.gate ELSE state.reading."gate" END AS gate,
    CASE WHEN state.position IS NULL THEN article.mentions ELSE state.reading."mentions" END AS mentions,
    CASE WHEN state.position IS NULL THEN article.read_event ELSE state.reading."text_event" END AS read_event,
    CASE WHEN state.position IS NULL THEN article.read_method ELSE state.reading."method" END AS read_method,
    CASE WHEN state.position IS NULL THEN article.changed_position ELSE state.changed_position END AS changed_position,
    CASE WHEN state.position IS NULL THEN article.is_to_judge ELSE state.judged_event IS DISTINCT FROM state.text_event END AS is_to_judge,
    CASE WHEN state.position IS NULL THEN article.is_to_read ELSE state.reading."text_event" IS DISTINCT FROM state.text_event END AS is_to_read)
FROM article LEFT JOIN changed ON changed.position = article.position LEFT JOIN state ON state.position = article.position
WHERE article.position <= (SELECT position FROM known) AND (changed.position IS NULL OR state.position IS NOT NULL);
