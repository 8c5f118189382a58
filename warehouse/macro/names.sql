-- One value: whether a text names a word or phrase, in any of the spellings of macro.spelling.
-- Example: SELECT outlet, title FROM article WHERE names(title, 'هدنة')
-- A Latin word is named from its beginning on (truce finds truces, but fire no ceasefire), an Arabic or Hebrew one also inside a
-- word, since articles and prepositions are written onto it. The second pattern is only tried where the first has found something.
CREATE OR REPLACE MACRO names(words, phrase) AS
    CASE WHEN regexp_matches(words, spelling(phrase)) THEN regexp_matches(words, named(phrase))
    WHEN spelling(phrase) IS NOT NULL THEN false END;
