-- One row per mention of a proposal and per claim on it, for an export: the place in the text, whose word it is, and where the bytes lie.
WITH said AS (
    SELECT mention.mention_id AS said_id, 'mention' AS kind, mention.proposal_id, mention.mention_id, mention.article_id, mention.body_sha256, mention.frame_start AS "start",
        mention.frame_end AS "end", mention.frame AS exact, NULL AS party, NULL AS act, NULL AS "scope", false AS is_negated, mention.said_by, mention.method,
        mention.proposers, mention.readings, mention.reported_at, mention.position
    FROM mention WHERE mention.outcome IN ('new', 'variant', 'known')
    UNION ALL
    SELECT claim.claim_id, 'claim', mention.proposal_id, mention.mention_id, mention.article_id, mention.body_sha256, claim.span_start, claim.span_end, claim.sentence,
        claim.party, claim.act, claim."scope", claim.is_negated, claim.said_by, claim.method, mention.proposers, NULL, mention.reported_at, claim.position
    FROM claim JOIN mention ON mention.position = claim.mention_position WHERE mention.outcome IN ('new', 'variant', 'known')
), version AS (
    FROM article_version QUALIFY row_number() OVER (PARTITION BY article_id, body_sha256 ORDER BY seen_at) = 1
)
SELECT said.* EXCLUDE (position), proposal.label, article.outlet, article.title, article.url, article.language, article.published_at,
    (page_event.data ->> '$.record.file') AS archive_file, (page_event.data ->> '$.record.offset')::BIGINT AS archive_offset,
    (page_event.data ->> '$.record.length')::BIGINT AS archive_length, (page_event.data ->> '$.record.sha256') AS page_sha256,
    page_event.occurred_at AS fetched_at, body.text AS body
FROM said JOIN proposal ON proposal.proposal_id = said.proposal_id JOIN article ON article.article_id = said.article_id
LEFT JOIN version ON version.article_id = said.article_id AND version.body_sha256 = said.body_sha256
LEFT JOIN log.event AS page_event ON page_event.event_id = version.page_event::UUID
LEFT JOIN log.body ON body.key = substr(said.body_sha256, 1, 32)::UUID
ORDER BY said.reported_at, said.position;
