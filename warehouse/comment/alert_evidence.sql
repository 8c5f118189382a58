-- What report.alert_evidence and its columns mean.
COMMENT ON VIEW report.alert_evidence IS 'Each alert with the sentence and the bytes that it rests on.';
COMMENT ON COLUMN report.alert_evidence.raised_at IS 'UTC moment at which it was raised.';
COMMENT ON COLUMN report.alert_evidence.kind IS 'new, variant, edit, position, feed or correction.';
COMMENT ON COLUMN report.alert_evidence.label IS 'Short name of the proposal.';
COMMENT ON COLUMN report.alert_evidence.by_an_edit IS 'Whether the words came into the article by an edit.';
COMMENT ON COLUMN report.alert_evidence.according_to IS 'Whose word it is: a party, official:party, anonymous or writer.';
COMMENT ON COLUMN report.alert_evidence.outlet IS 'Host name of the outlet.';
COMMENT ON COLUMN report.alert_evidence.sentence IS 'The sentence, letter for letter.';
COMMENT ON COLUMN report.alert_evidence.url IS 'Address of the article.';
COMMENT ON COLUMN report.alert_evidence.nearest_known IS 'Short name of the nearest proposal that was known then; NULL when there was none.';
COMMENT ON COLUMN report.alert_evidence.why_not_that IS 'The points that spoke for and against that one, with reasons.';
COMMENT ON COLUMN report.alert_evidence.page_sha256 IS 'SHA-256 of the page''s bytes.';
COMMENT ON COLUMN report.alert_evidence.archive_file IS 'WARC file below the archive that holds them.';
COMMENT ON COLUMN report.alert_evidence.archive_offset IS 'Where the record begins in it, in bytes.';
COMMENT ON COLUMN report.alert_evidence.alert_id IS 'Id of the alert.';
COMMENT ON COLUMN report.alert_evidence.withheld IS 'Why it is recorded and not sent; NULL where it is sent.';
COMMENT ON COLUMN report.alert_evidence.reached IS 'Channels that took it; NULL for none.';
COMMENT ON COLUMN report.alert_evidence.acknowledged_by IS 'Who acknowledged it; NULL for nobody.';
