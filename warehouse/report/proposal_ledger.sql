-- One row per proposal, without those that a person merged with another or dismissed: who proposes it, its terms as ranges over all readings, who reported it first, and how often.
CREATE OR REPLACE VIEW report.proposal_ledger AS
WITH stated AS (  -- equal readings are taken apart once
    SELECT coalesce(merged_into, proposal_id) AS proposal_id, readings FROM proposal WHERE mention_id IS NULL
    UNION
    SELECT proposal_id, readings FROM mention WHERE outcome IN ('new', 'variant', 'known')
), reading AS (
    SELECT proposal_id, unnest(from_json(readings, '[{"term":"VARCHAR","low":"DOUBLE","high":"DOUBLE"}]'), recursive := true) FROM stated
), term AS (
    SELECT proposal_id, string_agg(CASE WHEN low IS NULL THEN term WHEN low = high THEN concat(term, ' ', low::DECIMAL(18, 0))
        ELSE concat(term, ' ', low::DECIMAL(18, 0), ' to ', high::DECIMAL(18, 0)) END, ', ' ORDER BY term) AS terms
    FROM (SELECT proposal_id, term, min(low) AS low, max(high) AS high FROM reading GROUP BY ALL) GROUP BY proposal_id
), reported AS (  -- an article once for each proposal, however often it speaks of it
    SELECT proposal_id, article_position, min(detected_at) AS detected_at FROM mention
    WHERE outcome IN ('new', 'variant', 'known') AND article_position IS NOT NULL GROUP BY proposal_id, article_position
), report AS (
    SELECT reported.proposal_id, count(*) AS articles, count(DISTINCT CASE WHEN article.cluster_id IS NOT NULL THEN hash(article.cluster_id) END) AS independent_texts, min(reported.detected_at) AS first_seen
    FROM reported JOIN article ON article.position = reported.article_position GROUP BY reported.proposal_id
), first AS (
    SELECT mention.proposal_id, arg_min({article: mention.article_position, said_by: mention.said_by},
        (mention.reported_at, mention.article_id, mention.ordinal)) AS mention
    FROM mention JOIN report ON report.proposal_id = mention.proposal_id AND report.first_seen = mention.detected_at
    WHERE mention.outcome IN ('new', 'variant', 'known') AND mention.article_position IS NOT NULL GROUP BY mention.proposal_id
)
SELECT proposal.proposal_id, proposal.label, proposal.proposers, term.terms, parent.label AS varies, report.first_seen,
    article.outlet AS first_reported_by, first.mention.said_by AS according_to, coalesce(report.articles, 0) AS articles,
    coalesce(report.independent_texts, 0) AS independent_texts, proposal.status, proposal.confirmed_by
FROM proposal LEFT JOIN term USING (proposal_id) LEFT JOIN report USING (proposal_id) LEFT JOIN first USING (proposal_id)
LEFT JOIN proposal AS varied ON varied.proposal_id = proposal.parent_id
LEFT JOIN proposal AS parent ON parent.proposal_id = coalesce(varied.merged_into, varied.proposal_id)
LEFT JOIN article ON article.position = first.mention.article
WHERE proposal.merged_into IS NULL AND NOT proposal.is_dismissed
ORDER BY report.first_seen DESC NULLS LAST, proposal.label;
