-- One row per proposal: who proposes it, its terms as ranges over all readings, who reported it first, and how often.
CREATE OR REPLACE VIEW report.proposal_ledger AS
WITH stated AS (  -- equal readings are taken apart once
    SELECT proposal_id, readings FROM proposal WHERE mention_id IS NULL
    UNION
    SELECT proposal_id, readings FROM mention WHERE outcome IN ('new', 'variant', 'known')
), reading AS (
    SELECT proposal_id, unnest(from_json(readings, '[{"term":"VARCHAR","low":"DOUBLE","high":"DOUBLE"}]'), recursive := true) FROM stated
), term AS (
    SELECT proposal_id, string_agg(CASE WHEN low IS NULL THEN term WHEN low = high THEN concat(term, ' ', low::DECIMAL(18, 0))
        ELSE concat(term, ' ', low::DECIMAL(18, 0), ' to ', high::DECIMAL(18, 0)) END, ', ' ORDER BY term) AS terms
    FROM (SELECT proposal_id, term, min(low) AS low, max(high) AS high FROM reading GROUP BY ALL) GROUP BY proposal_id
), report AS (
    SELECT mention.proposal_id, count(DISTINCT mention.article_position) AS articles, count(DISTINCT article.cluster_id) AS independent_texts,
        min(mention.detected_at) AS first_seen, arg_min({article: mention.article_position, said_by: mention.said_by},
            (mention.detected_at, mention.reported_at, mention.article_id, mention.ordinal)) AS first
    FROM mention JOIN article ON article.position = mention.article_position WHERE mention.outcome IN ('new', 'variant', 'known') GROUP BY ALL
)
SELECT proposal.proposal_id, proposal.label, proposal.proposers, term.terms, parent.label AS varies, report.first_seen,
    article.outlet AS first_reported_by, report.first.said_by AS according_to, coalesce(report.articles, 0) AS articles,
    coalesce(report.independent_texts, 0) AS independent_texts, proposal.status
FROM proposal LEFT JOIN term USING (proposal_id) LEFT JOIN report USING (proposal_id)
LEFT JOIN proposal AS parent ON parent.proposal_id = proposal.parent_id
LEFT JOIN article ON article.position = report.first.article
ORDER BY report.first_seen DESC NULLS LAST, proposal.label;
