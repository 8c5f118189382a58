-- One row per claim in the present text of an article (the variable `article`), in the order of the text. The variable `place` is the article's
-- position, by which its claims are found fast; without it they are looked for everywhere.
SELECT claim.party, claim.act, claim.is_negated, claim.said_by, claim.span_start, claim.span_end, claim.sentence, mention.proposal_id
FROM claim JOIN mention ON mention.position = claim.mention_position
JOIN article ON article.position = claim.article_position AND article.body_sha256 = mention.body_sha256
WHERE claim.article_id = getvariable('article')::VARCHAR
    AND claim.article_position >= coalesce(getvariable('place')::BIGINT, 0) AND claim.article_position <= coalesce(getvariable('place')::BIGINT, 9223372036854775807)
ORDER BY claim.span_start, claim.party, claim.act;
