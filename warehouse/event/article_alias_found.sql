-- One row per event article.alias_found: Another address leads to a known article: its page names it as canonical, or redirects to it.
CREATE OR REPLACE VIEW event.article_alias_found AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.alias_id' AS "alias_id",
    data ->> '$.url' AS "url",
    data ->> '$.why' AS "why",
    (data ->> '$.found_at')::TIMESTAMP AS "found_at"
FROM log.event WHERE type = 'article.alias_found';
