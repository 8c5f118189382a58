-- One row per alert that is owed on a proposal: one that the news opened (new, variant), or a known one that an edit brought into
-- a known article (edit). Old news out of files owes none. An edit counts where no earlier text of the article has the sentence.
CREATE OR REPLACE VIEW todo.alert_to_raise AS
WITH owed AS (
    SELECT CASE WHEN parent_id IS NULL THEN 'new' ELSE 'variant' END AS kind, proposal_id, mention_id, opened_event AS cause
    FROM proposal WHERE mention_id IS NOT NULL AND merged_into IS NULL AND NOT is_dismissed
    AND NOT EXISTS (FROM alert WHERE alert.proposal_id = proposal.proposal_id AND alert.kind IN ('new', 'variant'))
    UNION ALL
    SELECT 'edit', proposal_id, arg_min(mention_id, position), arg_min(detected_event, position)
    FROM mention
    WHERE outcome = 'known' AND detected_at >= coalesce(getvariable('now')::TIMESTAMP, now() AT TIME ZONE 'UTC') - INTERVAL 3 DAY
    AND article_id IN (SELECT article_id FROM article WHERE revisions > 0)
    AND NOT EXISTS (FROM alert WHERE alert.proposal_id = mention.proposal_id AND alert.kind = 'edit')
    AND NOT EXISTS (FROM mention AS before WHERE before.article_id = mention.article_id AND before.proposal_id = mention.proposal_id
        AND before.body_sha256 <> mention.body_sha256 AND before.position < mention.position)
    AND (SELECT NOT bool_or(contains(body.text, mention.quote)) FROM article_version AS this JOIN article_version AS earlier USING (article_id)
        JOIN log.body ON body.key = substr(earlier.body_sha256, 1, 32)::UUID
        WHERE this.article_id = mention.article_id AND this.body_sha256 = mention.body_sha256
        AND earlier.body_sha256 <> this.body_sha256 AND earlier.seen_at < this.seen_at)
    GROUP BY proposal_id
)
SELECT owed.kind, proposal.proposal_id, proposal.topic, proposal.parent_id, parent.label AS parent_label, proposal.label, owed.cause, proposal.proposers, proposal.mediators,
    mention.readings, mention.mention_id, mention.article_id, mention.said_by, mention.quote, mention.reported_at, mention.detected_at,
    CASE WHEN owed.kind <> 'edit' THEN mention.nearest_id END AS nearest_id, CASE WHEN owed.kind <> 'edit' THEN mention.rows END AS nearest_rows,
    CASE WHEN owed.kind <> 'edit' THEN nearest.label END AS nearest_label, article.outlet, article.title, article.url, article.language,
    owed.kind = 'edit' OR EXISTS (FROM article_version AS this JOIN article_version AS earlier USING (article_id)
            WHERE this.article_id = mention.article_id AND this.body_sha256 = mention.body_sha256
            AND earlier.body_sha256 <> this.body_sha256 AND earlier.seen_at < this.seen_at) AS is_edit,
    (SELECT min(seen_at) FROM article_version AS this WHERE this.article_id = mention.article_id AND this.body_sha256 = mention.body_sha256) AS seen_at
FROM owed JOIN proposal USING (proposal_id)
JOIN mention ON mention.mention_id = owed.mention_id
JOIN article ON article.article_id = mention.article_id
LEFT JOIN proposal AS nearest ON nearest.proposal_id = mention.nearest_id
LEFT JOIN proposal AS parent ON parent.proposal_id = proposal.parent_id
WHERE mention.article_id NOT IN (SELECT article_id FROM backfilled)
ORDER BY proposal.opened_at, proposal.proposal_id, owed.kind;
