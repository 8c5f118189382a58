-- One row per alert: the sentence and the page that it rests on, down to the archived bytes, why it is not the nearest known, and whom it reached.
CREATE OR REPLACE VIEW report.alert_evidence AS
SELECT alert.raised_at, alert.kind, alert.label, alert.is_edit AS by_an_edit, alert.said_by AS according_to, alert.outlet,
    coalesce(mention.quote, '') AS sentence, alert.url, alert.alert ->> '$.parent_label' AS varies, alert.alert ->> '$.nearest_label' AS nearest_known,
    array_to_string(list_transform(from_json(alert.alert -> '$.nearest_why', '[{"field":"VARCHAR","points":"DOUBLE","why":"VARCHAR"}]'),
        lambda row : concat(row.field, ' ', printf('%+g', row.points), ' (', row.why, ')')), '; ') AS why_not_that,
    version.page_sha256, (page_event.data ->> '$.record.file') AS archive_file,
    (page_event.data ->> '$.record.offset')::BIGINT AS archive_offset, alert.withheld, reached.channels AS reached,
    acknowledgement.author AS acknowledged_by, alert.alert_id
FROM alert LEFT JOIN mention USING (mention_id)
LEFT JOIN (  -- of the texts of articles with an alert, not of all
    FROM article_version SEMI JOIN (SELECT article_id FROM mention SEMI JOIN alert USING (mention_id)) AS alerted USING (article_id)
    QUALIFY row_number() OVER (PARTITION BY article_id, body_sha256 ORDER BY seen_at) = 1
) AS version ON version.article_id = mention.article_id AND version.body_sha256 = mention.body_sha256
LEFT JOIN log.event AS page_event ON page_event.event_id = version.page_event::UUID
LEFT JOIN (SELECT alert_id, list(channel ORDER BY channel) AS channels FROM delivery WHERE is_delivered GROUP BY alert_id) AS reached
    ON reached.alert_id = alert.alert_id
LEFT JOIN acknowledgement ON acknowledgement.alert_id = alert.alert_id
ORDER BY alert.raised_at, alert.alert_id;
