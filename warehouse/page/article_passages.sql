-- One row per passage that an article (the variable `article`) shares with the text that it repeats, in its order: half-open code points in both.
-- The variable `place` is the article's position, before which it was not judged; without it the verdict is looked for everywhere.
WITH judged AS (
    SELECT duplicate.position, duplicate.copy_of FROM duplicate JOIN article USING (article_id)
    WHERE duplicate.article_id = getvariable('article')::VARCHAR AND article.article_id = getvariable('article')::VARCHAR
        AND duplicate.position >= coalesce(getvariable('place')::BIGINT, 0) AND article.position >= coalesce(getvariable('place')::BIGINT, 0)
        AND duplicate.copy_of <> duplicate.article_id AND duplicate.body_sha256 = article.body_sha256
    ORDER BY duplicate.position DESC LIMIT 1
), told AS (
    SELECT judged.copy_of, unnest(from_json(event.data -> '$.passages', '[{"start":"INTEGER","end":"INTEGER","of_start":"INTEGER","of_end":"INTEGER"}]'), recursive := true)
    FROM log.event JOIN judged ON judged.position = event.position
)
SELECT told.start AS span_start, told."end" AS span_end, told.of_start, told.of_end, told.copy_of, coalesce(original.outlet, 'the seed corpus') AS outlet,
    coalesce(original.title, document.name) AS title, original.article_id IS NOT NULL AS is_article
FROM told LEFT JOIN article AS original ON original.article_id = told.copy_of LEFT JOIN document ON document.document_id = told.copy_of ORDER BY told.start;
