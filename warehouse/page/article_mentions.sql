-- One row per mention in the present text of an article (the variable `article`), in the order of the text. The variable `place` is the article's
-- position, by which its mentions are found fast; without it they are looked for everywhere.
SELECT mention.mention_id, mention.frame_start, mention.frame_end, mention.quote, mention.said_by, mention.outcome, mention.proposal_id, proposal.label, nearest.label AS nearest_label,
    mention.score, mention.lead, mention.rows, mention.rules
FROM mention JOIN article ON article.position = mention.article_position AND article.body_sha256 = mention.body_sha256
LEFT JOIN proposal ON proposal.proposal_id = mention.proposal_id LEFT JOIN proposal AS nearest ON nearest.proposal_id = mention.nearest_id
WHERE mention.article_id = getvariable('article')::VARCHAR
    AND mention.article_position >= coalesce(getvariable('place')::BIGINT, 0) AND mention.article_position <= coalesce(getvariable('place')::BIGINT, 9223372036854775807)
ORDER BY mention.frame_start, mention.frame_end;
