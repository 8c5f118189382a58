-- What main.duplicate and its columns mean.
COMMENT ON TABLE main.duplicate IS 'Verdicts on texts, with the figures that they rest on.';
COMMENT ON COLUMN main.duplicate.article_id IS 'Id of the article, made from its canonical address.';
COMMENT ON COLUMN main.duplicate.body_sha256 IS 'SHA-256 of the text that was judged.';
COMMENT ON COLUMN main.duplicate.verdict IS 'original, exact (same words), near, twin (near, but for what the vetoes name: counted by itself), or revision (an edit of the article''s own text).';
COMMENT ON COLUMN main.duplicate.relation IS 'How it repeats the other: same, near_copy, excerpt, extended or revised; NULL for an original or where none fits.';
COMMENT ON COLUMN main.duplicate.copy_of IS 'Id of the article or document that it is nearest to and repeats; NULL for an original.';
COMMENT ON COLUMN main.duplicate.score IS 'The greatest of containment, 1.8 times the resemblance and in_order, at most 1.';
COMMENT ON COLUMN main.duplicate.containment IS 'Share of the other''s shingles that are in this text, from 0 to 1.';
COMMENT ON COLUMN main.duplicate.jaccard IS 'Resemblance: shared shingles by all shingles of both, from 0 to 1.';
COMMENT ON COLUMN main.duplicate.in_order IS 'Share of both texts'' words that stand in the same order in both, from 0 to 1; 0 where it was not needed.';
COMMENT ON COLUMN main.duplicate.is_sampled IS 'Whether the figures come from samples (the other''s text is not kept).';
COMMENT ON COLUMN main.duplicate.vetoes IS 'What keeps the texts apart: kind (number, unit, stance, denial, actor, name, order), and what the other text and this one say.';
COMMENT ON COLUMN main.duplicate.agency IS 'Agency that the text''s dateline credits; NULL where it names none.';
COMMENT ON COLUMN main.duplicate.cluster_id IS 'Cluster that the text belongs to.';
COMMENT ON COLUMN main.duplicate.method IS 'Version of the comparison.';
COMMENT ON COLUMN main.duplicate.judged_at IS 'UTC moment of the verdict.';
COMMENT ON COLUMN main.duplicate.recorded_at IS 'UTC moment at which this was written to the log.';
COMMENT ON COLUMN main.duplicate."position" IS 'Position in the log of the event that made the row; grows with time of recording.';
