-- What report.proposal_reading and its columns mean.
COMMENT ON VIEW report.proposal_reading IS 'Terms of proposals as single texts, or the profile, state them.';
COMMENT ON COLUMN report.proposal_reading.proposal_id IS 'Proposal that the text means.';
COMMENT ON COLUMN report.proposal_reading.term IS 'Name of the term, such as duration_days or captives.';
COMMENT ON COLUMN report.proposal_reading.low IS 'Least value: days for durations, persons or pieces for counts; NULL when it has none.';
COMMENT ON COLUMN report.proposal_reading.high IS 'Greatest value, likewise; equal to low for a single figure.';
COMMENT ON COLUMN report.proposal_reading.words IS 'The words of the text.';
COMMENT ON COLUMN report.proposal_reading.asserted_by IS 'Whose word the term is: a party, anonymous, writer, or profile.';
COMMENT ON COLUMN report.proposal_reading.article_id IS 'Article that states it; NULL for the profile.';
COMMENT ON COLUMN report.proposal_reading.mention_id IS 'Mention that states it; NULL for the profile.';
COMMENT ON COLUMN report.proposal_reading.outlet IS 'Outlet of the article; NULL for the profile.';
COMMENT ON COLUMN report.proposal_reading.cluster_id IS 'Cluster of the article: readings of one cluster are one source; NULL for the profile.';
