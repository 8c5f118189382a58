-- One row per article that tells a story: which one, and the article it is most like in other words. A link, never a copy.
CREATE TABLE IF NOT EXISTS story (
    article_id VARCHAR, story_id VARCHAR, like_id VARCHAR, cosine DOUBLE, score DOUBLE, method VARCHAR, linked_at TIMESTAMP,
    recorded_at TIMESTAMP, position BIGINT
);
INSERT INTO story
SELECT stream, story_id, "like", cosine, score, "method", occurred_at, recorded_at, position
FROM (SELECT position, stream, occurred_at, recorded_at, unnest(from_json(data, '{"story_id":"VARCHAR","like":"VARCHAR","cosine":"DOUBLE",
          "score":"DOUBLE","method":"VARCHAR"}')) FROM log.fresh WHERE type = 'story.linked');
