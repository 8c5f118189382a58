-- What main.shingle and its columns mean.
COMMENT ON TABLE main.shingle IS 'Sampled shingles of the texts that later ones are compared with: the index of near-duplicates.';
COMMENT ON COLUMN main.shingle.hash IS 'Hash of three consecutive words, 32 bits; only those divisible by 8, outside the lead by 16.';
COMMENT ON COLUMN main.shingle.judged_at IS 'UTC moment of the verdict on the text, or of the document''s import.';
COMMENT ON COLUMN main.shingle.is_document IS 'Whether the text belongs to the seed corpus.';
COMMENT ON COLUMN main.shingle."position" IS 'Position in the log of the event that brought the text; that of its row in main.fingerprint.';
