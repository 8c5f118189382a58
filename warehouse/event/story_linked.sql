-- One row per event story.linked: Which story an article tells, and the article it is most like in other words; ``like`` is None where it begins one.
CREATE OR REPLACE VIEW event.story_linked AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.article_id' AS "article_id",
    data ->> '$.text_event' AS "text_event",
    data ->> '$.story_id' AS "story_id",
    data ->> '$.like' AS "like",
    (data ->> '$.cosine')::DOUBLE AS "cosine",
    (data ->> '$.score')::DOUBLE AS "score",
    data -> '$.terms' AS "terms",
    data ->> '$.method' AS "method",
    (data ->> '$.linked_at')::TIMESTAMP AS "linked_at"
FROM log.event WHERE type = 'story.linked';
