-- What report.drop_ledger and its columns mean.
COMMENT ON VIEW report.drop_ledger IS 'Where every entry ended, and why: nothing is left out without a reason.';
COMMENT ON COLUMN report.drop_ledger.stage IS 'Where it ended: poll, fetch, extract, judge, read or ledger.';
COMMENT ON COLUMN report.drop_ledger.outcome IS 'rejected, rekeyed, off_topic, waiting, failed, given_up, no_text, quarantined, copy, no_mention or mention.';
COMMENT ON COLUMN report.drop_ledger.reason IS 'Why; of an off-topic headline the kind of its words and the rival topic.';
COMMENT ON COLUMN report.drop_ledger.entries IS 'Entries that ended so.';
COMMENT ON COLUMN report.drop_ledger.share IS 'Their share of all entries, from 0 to 1.';
COMMENT ON COLUMN report.drop_ledger.example IS 'A title of one of them.';
