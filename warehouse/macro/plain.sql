-- One value: a text as searches compare it, however it is spelt: lower case, without Latin accents, Arabic vowel signs and tatweel or Hebrew niqqud, with one form of alef, yeh and heh.
-- Example: SELECT plain('Türkiye'), plain('هُدْنَة'), plain('שָׁלוֹם')
-- strip_accents takes every combining mark of every script, and the hamza off its letter. Plain ASCII takes a shorter way.
CREATE OR REPLACE MACRO plain(words) AS
    CASE WHEN strlen(words) = length(words) THEN lower(words) ELSE translate(lower(strip_accents(words)), 'ىةٱıـ', concat('ي', 'ه', 'ا', 'i')) END;
