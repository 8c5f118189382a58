-- What main.document and its columns mean.
COMMENT ON TABLE main.document IS 'Documents of the seed corpus, which articles are compared with for ever.';
COMMENT ON COLUMN main.document.document_id IS 'Id of the document.';
COMMENT ON COLUMN main.document.topic IS 'Id of the topic, as its profile names it.';
COMMENT ON COLUMN main.document.name IS 'Its name in the corpus.';
COMMENT ON COLUMN main.document.title IS 'Its title.';
COMMENT ON COLUMN main.document.language IS 'Its language.';
COMMENT ON COLUMN main.document.published_at IS 'UTC moment of publication, as the corpus says; NULL when it does not.';
COMMENT ON COLUMN main.document.published_precision IS 'How exact that date is: second, day or none.';
COMMENT ON COLUMN main.document.bytes_sha256 IS 'SHA-256 of the original file, in hex.';
COMMENT ON COLUMN main.document.body_sha256 IS 'SHA-256 of its text; NULL when only its fingerprint is kept.';
COMMENT ON COLUMN main.document.words IS 'Words in its text.';
COMMENT ON COLUMN main.document.proposals IS 'Ids of the proposals that it belongs to, as the profile says.';
COMMENT ON COLUMN main.document.imported_at IS 'UTC moment of its import.';
