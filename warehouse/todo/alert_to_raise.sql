-- One row per proposal that the news opened and that owes an alert; those of old news out of files owe none.
CREATE OR REPLACE VIEW todo.alert_to_raise AS
SELECT proposal.proposal_id, proposal.topic, proposal.parent_id, proposal.label, proposal.opened_event, proposal.readings,
    mention.mention_id, mention.article_id, mention.said_by, mention.quote, mention.nearest_id, mention.rows AS nearest_rows,
    nearest.label AS nearest_label, article.outlet, article.title, article.url,
    EXISTS (FROM article_version AS this JOIN article_version AS earlier USING (article_id)
            WHERE this.article_id = mention.article_id AND this.body_sha256 = mention.body_sha256
            AND earlier.body_sha256 <> this.body_sha256 AND earlier.seen_at < this.seen_at) AS is_edit
FROM proposal
JOIN mention ON mention.mention_id = proposal.mention_id
JOIN article ON article.article_id = mention.article_id
LEFT JOIN proposal AS nearest ON nearest.proposal_id = mention.nearest_id
WHERE NOT EXISTS (FROM alert WHERE alert.proposal_id = proposal.proposal_id)
AND mention.article_id NOT IN (SELECT article_id FROM backfilled)
ORDER BY proposal.opened_at, proposal.proposal_id;
