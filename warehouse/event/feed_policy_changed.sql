-- One row per event feed.policy_changed: How a feed's entries are told apart changed, since its guids are empty or repeated.
CREATE OR REPLACE VIEW event.feed_policy_changed AS
SELECT position, event_id, stream, topic, caused_by, run_id, occurred_at, recorded_at,
    data ->> '$.feed_id' AS "feed_id",
    data ->> '$.policy' AS "policy",
    data ->> '$.previous' AS "previous",
    data ->> '$.why' AS "why",
    (data ->> '$.changed_at')::TIMESTAMP AS "changed_at"
FROM log.event WHERE type = 'feed.policy_changed';
