-- One row per mention that the ledger left open (possible): what the text says, beside the nearest proposal and the points for it.
CREATE OR REPLACE VIEW report.proposal_review AS
WITH version AS (
    FROM article_version SEMI JOIN (SELECT article_id FROM mention WHERE outcome = 'possible') AS open USING (article_id)
    QUALIFY row_number() OVER (PARTITION BY article_id, body_sha256 ORDER BY seen_at) = 1
), term AS (
    SELECT proposal_id, list({term: term, low: low, high: high} ORDER BY term) AS terms FROM proposal_term GROUP BY proposal_id
)
SELECT mention.mention_id, mention.topic, mention.reported_at, mention.quote AS sentence, mention.proposers, mention.said_by, mention.readings, article.outlet,
    article.title, article.url, mention.article_id, mention.specificity, nearest.proposal_id AS nearest_id, nearest.label AS nearest_label,
    nearest.proposers AS nearest_proposers, term.terms AS nearest_terms, mention.score, mention.lead, mention.rows,
    (page_event.data ->> '$.record.file') AS archive_file, (page_event.data ->> '$.record.offset')::BIGINT AS archive_offset
FROM mention JOIN article ON article.position = mention.article_position
LEFT JOIN proposal AS met ON met.proposal_id = mention.nearest_id
LEFT JOIN proposal AS nearest ON nearest.proposal_id = coalesce(met.merged_into, met.proposal_id)
LEFT JOIN term ON term.proposal_id = nearest.proposal_id
LEFT JOIN version ON version.article_id = mention.article_id AND version.body_sha256 = mention.body_sha256
LEFT JOIN log.event AS page_event ON page_event.event_id = version.page_event::UUID
WHERE mention.outcome = 'possible'
ORDER BY mention.reported_at DESC, mention.mention_id;
