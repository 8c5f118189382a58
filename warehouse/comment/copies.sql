-- What report.copies and its columns mean.
COMMENT ON VIEW report.copies IS 'Articles judged copies, of what, and the figures.';
COMMENT ON COLUMN report.copies.first_seen_at IS 'UTC moment at which the copy was first seen.';
COMMENT ON COLUMN report.copies.outlet IS 'Outlet of the copy.';
COMMENT ON COLUMN report.copies.title IS 'Title of the copy.';
COMMENT ON COLUMN report.copies.verdict IS 'exact or near.';
COMMENT ON COLUMN report.copies.relation IS 'same, near_copy, excerpt, extended or revised.';
COMMENT ON COLUMN report.copies.of_outlet IS 'Outlet of the text that it repeats, or seed corpus.';
COMMENT ON COLUMN report.copies.of_title IS 'Title of that text.';
COMMENT ON COLUMN report.copies.score IS 'The greatest of containment, 1.8 times the resemblance and the share of words in common order, at most 1.';
COMMENT ON COLUMN report.copies.containment IS 'Share of the other''s shingles that are in the copy, from 0 to 1.';
COMMENT ON COLUMN report.copies.jaccard IS 'Resemblance, from 0 to 1.';
COMMENT ON COLUMN report.copies.article_id IS 'Id of the copy.';
COMMENT ON COLUMN report.copies.copy_of IS 'Id of what it repeats.';
