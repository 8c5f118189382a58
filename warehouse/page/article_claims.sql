-- One row per claim in the present text of an article (the variable `article`), in the order of the text.
SELECT claim.party, claim.act, claim.is_negated, claim.said_by, claim.span_start, claim.span_end, claim.sentence, mention.proposal_id
FROM claim JOIN mention ON mention.position = claim.mention_position
JOIN article ON article.article_id = claim.article_id AND article.body_sha256 = mention.body_sha256
WHERE claim.article_id = getvariable('article')::VARCHAR ORDER BY claim.span_start, claim.party, claim.act;
