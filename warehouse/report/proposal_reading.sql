-- One row per term of a proposal as one text (or the profile) states it: the ledger keeps all readings, none overwrites another.
CREATE OR REPLACE VIEW report.proposal_reading AS
WITH stated AS (
    SELECT proposal_id, mention_id, NULL AS article_id, NULL::BIGINT AS article_position, unnest(from_json(readings, '[{"term":"VARCHAR","low":"DOUBLE","high":"DOUBLE","text":"VARCHAR","start":"INTEGER","asserted_by":"VARCHAR"}]')) AS reading
    FROM proposal WHERE mention_id IS NULL
    UNION ALL
    SELECT proposal_id, mention_id, article_id, article_position, unnest(from_json(readings, '[{"term":"VARCHAR","low":"DOUBLE","high":"DOUBLE","text":"VARCHAR","start":"INTEGER","asserted_by":"VARCHAR"}]'))
    FROM mention WHERE outcome IN ('new', 'variant', 'known')
)
SELECT stated.proposal_id, reading.term, reading.low, reading.high, reading.text AS words, reading.asserted_by, stated.article_id,
    stated.mention_id, article.outlet, article.cluster_id
FROM stated LEFT JOIN article ON article.position = stated.article_position;
