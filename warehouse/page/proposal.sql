-- One row: the proposal that the variable `proposal` names, with what it varies.
SELECT proposal.*, parent.label AS parent_label, article.outlet, article.title AS article_title, article.url AS article_url
FROM proposal LEFT JOIN proposal AS parent ON parent.proposal_id = proposal.parent_id LEFT JOIN article ON article.article_id = proposal.article_id
WHERE proposal.proposal_id = getvariable('proposal')::VARCHAR;
