-- One value: the pattern (RE2) by which macro.names finds a word or phrase; NULL when there is no letter or figure in it.
-- Example: SELECT title FROM article WHERE regexp_matches(title, named('truce'))
-- That of macro.spelling, for a Latin word from its beginning on.
CREATE OR REPLACE MACRO named(phrase) AS
    CASE WHEN regexp_matches(plain(phrase), '^[^\p{L}\p{N}]*[\p{Latin}\p{N}]') THEN '(?:^|[^\p{L}\p{N}])' ELSE '' END || spelling(phrase);
