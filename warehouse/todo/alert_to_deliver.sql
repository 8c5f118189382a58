-- One row per alert and open channel that it has not reached in its last round, or that may owe a reminder.
-- The rules of the profile say which of them are sent now. An alert from before a channel was opened is not its own.
CREATE OR REPLACE VIEW todo.alert_to_deliver AS
WITH waiting AS (
    SELECT alert.*, channel.channel, delivery.state, coalesce(delivery.round, 1) AS round, coalesce(delivery.delivered_round, 0) AS delivered_round,
        coalesce(delivery.attempts, 0) AS attempts, delivery.claimed_until, delivery.retry_from, delivery.message_id,
        coalesce(delivery.is_uncertain, false) AS is_uncertain, delivery.delivered_at, acknowledgement.alert_id IS NOT NULL AS is_acknowledged
    FROM alert JOIN channel ON channel.topic = alert.topic AND channel.closed_at IS NULL
    LEFT JOIN delivery ON delivery.alert_id = alert.alert_id AND delivery.channel = channel.channel
    LEFT JOIN acknowledgement ON acknowledgement.alert_id = alert.alert_id
    WHERE coalesce(delivery.state, '') <> 'withheld' AND (delivery.state IS NOT NULL OR alert.raised_at >= channel.opened_at)
    AND (alert.withheld IS NULL OR coalesce(delivery.round, 1) > 1)
    AND (coalesce(delivery.delivered_round, 0) < coalesce(delivery.round, 1) OR acknowledgement.alert_id IS NULL)
), told AS (  -- by a list, which is asked for before any join: as a rule nothing waits, and then a million articles need not be joined
    SELECT DISTINCT proposal_id, article_position FROM mention
    WHERE outcome IN ('new', 'variant', 'known') AND list_contains((SELECT list(DISTINCT proposal_id) FROM waiting WHERE delivered_round < round), proposal_id)
), carried AS (
    SELECT told.proposal_id, article.outlet, article.cluster_id FROM told JOIN article ON article.position = told.article_position
), origin AS (  -- an outlet that repeats a text, and one that writes twice, is one origin
    SELECT carried.proposal_id, count(DISTINCT coalesce(first.outlet, carried.outlet)) AS origins
    FROM carried LEFT JOIN article AS first ON first.article_id = carried.cluster_id GROUP BY carried.proposal_id
)
SELECT waiting.alert_id, waiting.topic, waiting.channel, waiting.alert, waiting.raised_at, waiting.state, waiting.round, waiting.delivered_round,
    waiting.attempts, waiting.claimed_until, waiting.retry_from, waiting.message_id, waiting.is_uncertain, waiting.delivered_at,
    waiting.is_acknowledged, coalesce(origin.origins, 1) AS origins,
    waiting.kind IN ('new', 'variant') AND EXISTS (FROM mention WHERE mention.mention_id = waiting.mention_id
        AND mention.outcome IS NOT NULL
        AND (mention.proposal_id IS DISTINCT FROM waiting.proposal_id OR mention.outcome NOT IN ('new', 'variant', 'known'))) AS is_taken_back,
    waiting.corrects IS NULL OR EXISTS (FROM delivery WHERE delivery.alert_id = waiting.corrects AND delivery.channel = waiting.channel
        AND delivery.is_delivered) AS is_of_this_channel
FROM waiting LEFT JOIN origin USING (proposal_id)
ORDER BY waiting.raised_at, waiting.alert_id, waiting.channel;
