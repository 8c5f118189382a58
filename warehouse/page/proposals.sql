-- One row per proposal, the last spoken of first, with when that was and in how many texts of the day before the newest poll.
WITH present AS (SELECT max(last_polled_at) AS moment FROM feed), report AS (
    SELECT mention.proposal_id, max(mention.reported_at) AS last_reported, max(mention.detected_at) AS last_seen,
        count(DISTINCT CASE WHEN mention.detected_at > present.moment - INTERVAL 1 DAY THEN coalesce(article.cluster_id, mention.article_id) END) AS texts_last_day
    FROM mention JOIN article ON article.position = mention.article_position, present
    WHERE mention.outcome IN ('new', 'variant', 'known') GROUP BY mention.proposal_id
)
SELECT ledger.proposal_id, ledger.label, ledger.proposers, ledger.varies, proposal.parent_id, proposal.announced_at, ledger.first_seen,
    ledger.first_reported_by, ledger.according_to, report.last_reported, report.last_seen, ledger.articles, ledger.independent_texts,
    coalesce(report.texts_last_day, 0) AS texts_last_day, ledger.status, proposal.mention_id IS NULL AS is_from_profile
FROM report.proposal_ledger AS ledger JOIN proposal USING (proposal_id) LEFT JOIN report USING (proposal_id)
ORDER BY report.last_seen DESC NULLS LAST, proposal.announced_at DESC NULLS LAST, ledger.label;
