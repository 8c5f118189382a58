-- One row per address that leads to an article of another address; the article that it led to first stays its article.
CREATE TABLE IF NOT EXISTS alias (
    alias_id VARCHAR, article_id VARCHAR, topic VARCHAR, url VARCHAR, why VARCHAR, found_at TIMESTAMP, position BIGINT
);
INSERT INTO alias
SELECT alias_id, article_id, topic, url, why, found_at, position FROM (
    SELECT fresh.position, fresh.topic, fresh.occurred_at AS found_at, fresh.stream AS article_id,
        unnest(from_json(fresh.data, '{"alias_id":"VARCHAR","url":"VARCHAR","why":"VARCHAR"}'))
    FROM log.fresh WHERE type = 'article.alias_found'
) AS now WHERE alias_id NOT IN (SELECT alias_id FROM alias)
QUALIFY row_number() OVER (PARTITION BY alias_id ORDER BY position) = 1;
