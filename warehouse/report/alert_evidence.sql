-- One row per alert: the sentence and the page that it rests on, down to the archived bytes.
CREATE OR REPLACE VIEW report.alert_evidence AS
SELECT alert.raised_at, alert.kind, alert.label, alert.is_edit AS by_an_edit, alert.said_by AS according_to, alert.outlet,
    mention.quote AS sentence, alert.url, version.page_sha256, (page_event.data ->> '$.record.file') AS archive_file,
    (page_event.data ->> '$.record.offset')::BIGINT AS archive_offset, alert.alert_id
FROM alert JOIN mention USING (mention_id)
JOIN article_version AS version ON version.article_id = mention.article_id AND version.body_sha256 = mention.body_sha256
LEFT JOIN log.event AS page_event ON page_event.event_id = version.page_event::UUID
ORDER BY alert.raised_at, alert.alert_id;
