-- One row per term of a proposal as one text (or the profile) states it: the ledger keeps all readings, none overwrites another.
CREATE OR REPLACE VIEW report.proposal_reading AS
WITH stated AS (
    SELECT coalesce(merged_into, proposal_id) AS proposal_id, mention_id, NULL AS article_id, NULL AS outlet, NULL AS cluster_id, readings FROM proposal WHERE mention_id IS NULL
    UNION ALL  -- joined before the readings are taken apart: whoever asks for some rows does not wait for all
    SELECT mention.proposal_id, mention.mention_id, mention.article_id, article.outlet, article.cluster_id, mention.readings
    FROM mention LEFT JOIN article ON article.position = mention.article_position WHERE mention.outcome IN ('new', 'variant', 'known')
)
SELECT proposal_id, reading.term, reading.low, reading.high, reading.text AS words, reading.asserted_by, article_id, mention_id, outlet, cluster_id
FROM (
    SELECT * EXCLUDE (readings), unnest(from_json(readings, '[{"term":"VARCHAR","low":"DOUBLE","high":"DOUBLE","text":"VARCHAR","start":"INTEGER","asserted_by":"VARCHAR"}]')) AS reading
    FROM stated
);
