-- One row per mention that was known at a moment (UTC), with what the ledger had made of it by then (outcome empty: not resolved yet).
-- Example: FROM mention_as_known_at(TIMESTAMP '2025-06-10 14:00')
CREATE OR REPLACE MACRO mention_as_known_at(ts) AS TABLE
WITH changed AS (  -- or a few more: what is made anew from the log is right in any case
    SELECT mention.mention_id, mention.position FROM mention
    WHERE mention.recorded_at <= ts::TIMESTAMP AND mention.changed_position >= (SELECT min(position) FROM log.event WHERE recorded_at > ts::TIMESTAMP)
), resolved AS (
    SELECT event.stream, from_json(arg_max(event.data, event.position), '{"outcome":"VARCHAR","proposal_id":"VARCHAR","nearest_id":"VARCHAR",
        "score":"DOUBLE","lead":"DOUBLE","rows":"JSON"}') AS made, max(event.position) AS position
    FROM log.event SEMI JOIN changed ON changed.mention_id = event.stream
    WHERE event.position >= (SELECT coalesce(min(position), 9223372036854775807) FROM changed) AND event.recorded_at <= ts::TIMESTAMP AND event.type = 'mention.resolved'
    GROUP BY event.stream
), assigned AS (
    SELECT ruling.mention_id, arg_max({outcome: ruling.outcome, proposal_id: ruling.proposal_id, author: ruling.author}, ruling.position) AS said, max(ruling.position) AS position
    FROM ruling SEMI JOIN changed ON changed.mention_id = ruling.mention_id WHERE ruling.recorded_at <= ts::TIMESTAMP AND ruling.act = 'assigned' GROUP BY ruling.mention_id
), state AS (
    SELECT changed.position, resolved.made, greatest(resolved.position, assigned.position) AS resolved_position, assigned.said,
        CASE WHEN assigned.said IS NULL THEN resolved.made."outcome" ELSE assigned.said.outcome END AS outcome,
        CASE WHEN assigned.said IS NULL THEN resolved.made."proposal_id" ELSE assigned.said.proposal_id END AS proposal_id
    FROM changed LEFT JOIN resolved ON resolved.stream = changed.mention_id LEFT JOIN assigned ON assigned.mention_id = changed.mention_id
)
SELECT mention.* REPLACE (
    CASE WHEN state.position IS NULL THEN mention.outcome ELSE state.outcome END AS outcome,
    CASE WHEN state.position IS NULL THEN mention.proposal_id ELSE state.proposal_id END AS proposal_id,
    CASE WHEN state.position IS NULL THEN mention.nearest_id ELSE state.made."nearest_id" END AS nearest_id,
    CASE WHEN state.position IS NULL THEN mention.score ELSE state.made."score" END AS score,
    CASE WHEN state.position IS NULL THEN mention.lead ELSE state.made."lead" END AS lead,
    CASE WHEN state.position IS NULL THEN mention.rows ELSE state.made."rows" END AS rows,
    CASE WHEN state.position IS NULL THEN mention.changed_position ELSE coalesce(state.resolved_position, state.position) END AS changed_position,
    CASE WHEN state.position IS NULL THEN mention.assigned_by ELSE state.said.author END AS assigned_by)
FROM mention LEFT JOIN state ON state.position = mention.position WHERE mention.recorded_at <= ts::TIMESTAMP;
