-- What main.duplicate and its columns mean.
COMMENT ON TABLE main.duplicate IS 'Verdicts on texts, with the figures that they rest on.';
COMMENT ON COLUMN main.duplicate.article_id IS 'Id of the article, made from its canonical address.';
COMMENT ON COLUMN main.duplicate.body_sha256 IS 'SHA-256 of the text that was judged.';
COMMENT ON COLUMN main.duplicate.verdict IS 'original, exact (same words), near, or revision (an edit of the article''s own text).';
COMMENT ON COLUMN main.duplicate.relation IS 'How it repeats the other: same, near_copy, excerpt, extended or revised; NULL for an original or where none fits.';
COMMENT ON COLUMN main.duplicate.copy_of IS 'Id of the article or document that it is nearest to and repeats; NULL for an original.';
COMMENT ON COLUMN main.duplicate.score IS 'What decided, from 0 to 1: the greater of containment and 1.8 times the resemblance, at most 1.';
COMMENT ON COLUMN main.duplicate.containment IS 'Share of the other''s shingles that are in this text, from 0 to 1.';
COMMENT ON COLUMN main.duplicate.jaccard IS 'Resemblance: shared shingles by all shingles of both, from 0 to 1.';
COMMENT ON COLUMN main.duplicate.is_sampled IS 'Whether the figures come from samples (the other''s text is not kept).';
COMMENT ON COLUMN main.duplicate.cluster_id IS 'Cluster that the text belongs to.';
COMMENT ON COLUMN main.duplicate.method IS 'Version of the comparison.';
COMMENT ON COLUMN main.duplicate.judged_at IS 'UTC moment of the verdict.';
COMMENT ON COLUMN main.duplicate.recorded_at IS 'UTC moment at which this was written to the log.';
COMMENT ON COLUMN main.duplicate."position" IS 'Position in the log of the event that made the row; grows with time of recording.';
