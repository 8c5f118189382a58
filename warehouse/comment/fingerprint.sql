-- What main.fingerprint and its columns mean.
COMMENT ON TABLE main.fingerprint IS 'What is left of texts for comparing later ones with.';
COMMENT ON COLUMN main.fingerprint.owner_id IS 'Article or document whose text it is.';
COMMENT ON COLUMN main.fingerprint.body_sha256 IS 'SHA-256 of the text; NULL for a document whose text is not kept.';
COMMENT ON COLUMN main.fingerprint.content_sha256 IS 'SHA-256 of the text without spacing and punctuation: equal for exact copies.';
COMMENT ON COLUMN main.fingerprint.cluster_id IS 'Cluster of the text; a document''s own id for the corpus.';
COMMENT ON COLUMN main.fingerprint.words IS 'Words in the text.';
COMMENT ON COLUMN main.fingerprint.shingles IS 'Distinct sequences of three words.';
COMMENT ON COLUMN main.fingerprint.one_in IS 'One shingle in this many is in the sample.';
COMMENT ON COLUMN main.fingerprint.sample IS 'Hashes of the sampled shingles, eight hexadecimal digits each; main.shingle has them as rows.';
COMMENT ON COLUMN main.fingerprint.judged_at IS 'UTC moment of the verdict or the import.';
COMMENT ON COLUMN main.fingerprint.is_document IS 'Whether it belongs to the seed corpus.';
COMMENT ON COLUMN main.fingerprint.method IS 'Version of the comparison.';
COMMENT ON COLUMN main.fingerprint."position" IS 'Position in the log of the event that made the row; grows with time of recording.';
