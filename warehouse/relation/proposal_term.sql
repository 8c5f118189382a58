-- One row per proposal and term: its range over all that texts and the profile state, and who states it. No reading overwrites another.
CREATE OR REPLACE VIEW main.proposal_term AS
WITH stated AS (
    SELECT coalesce(merged_into, proposal_id) AS proposal_id, NULL AS text_id, NULL AS outlet, true AS is_in_profile, readings FROM proposal WHERE mention_id IS NULL
    UNION ALL
    SELECT mention.proposal_id, coalesce(article.cluster_id, mention.article_id), article.outlet, false, mention.readings
    FROM mention LEFT JOIN article ON article.position = mention.article_position WHERE mention.outcome IN ('new', 'variant', 'known')
), reading AS (
    SELECT * EXCLUDE (readings), unnest(from_json(readings, '[{"term":"VARCHAR","low":"DOUBLE","high":"DOUBLE","asserted_by":"VARCHAR"}]'), recursive := true) FROM stated
)
SELECT reading.proposal_id, any_value(proposal.topic) AS topic, any_value(proposal.label) AS label, reading.term, min(reading.low) AS low, max(reading.high) AS high,
    count(DISTINCT reading.text_id) AS texts, list_sort(coalesce(list(DISTINCT reading.outlet) FILTER (reading.outlet IS NOT NULL), [])) AS outlets,
    list_sort(list(DISTINCT reading.asserted_by)) AS asserted_by, bool_or(reading.is_in_profile) AS is_in_profile,
    count(DISTINCT {low: reading.low, high: reading.high}) > 1 AS is_disputed
FROM reading JOIN proposal ON proposal.proposal_id = reading.proposal_id
GROUP BY reading.proposal_id, reading.term
ORDER BY label, reading.proposal_id, reading.term <> 'duration_days', reading.term;
