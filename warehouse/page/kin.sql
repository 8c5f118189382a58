-- One row per proposal with what ties it to the one that it varies or answers, the oldest first.
-- Without those that people merged or dismissed, but for the one in the variable `proposal`.
-- from_at: announced, or else first reported; words: the sentence that brought it into the ledger, with its source.
WITH report AS (
    SELECT proposal_id, min(reported_at) AS first_reported, max(reported_at) AS last_reported
    FROM mention WHERE outcome IN ('new', 'variant', 'known') GROUP BY proposal_id
)
SELECT proposal.proposal_id, proposal.label, proposal.parent_id, proposal.lineage, proposal.proposers,
    coalesce(proposal.announced_at, report.first_reported, proposal.opened_at) AS from_at, report.last_reported,
    mention.quote AS words, mention.said_by, proposal.article_id, article.outlet, article.title AS article_title
FROM proposal LEFT JOIN report USING (proposal_id)
LEFT JOIN (FROM mention SEMI JOIN proposal ON proposal.mention_id = mention.mention_id) AS mention ON mention.mention_id = proposal.mention_id
LEFT JOIN article ON article.position = mention.article_position
WHERE proposal.proposal_id = getvariable('proposal')::VARCHAR OR (proposal.merged_into IS NULL AND NOT proposal.is_dismissed)
ORDER BY from_at, proposal.label, proposal.proposal_id;
