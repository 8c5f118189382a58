-- One row per article judged a copy: of which text, in what relation, and the figures.
CREATE OR REPLACE VIEW report.copies AS
SELECT article.first_seen_at, article.outlet, article.title, duplicate.verdict, duplicate.relation,
    coalesce(original.outlet, 'seed corpus') AS of_outlet, coalesce(original.title, document.name) AS of_title,
    duplicate.score, duplicate.containment, duplicate.jaccard, article.article_id, duplicate.copy_of
FROM duplicate JOIN article USING (article_id)
LEFT JOIN article AS original ON original.article_id = duplicate.copy_of
LEFT JOIN document ON document.document_id = duplicate.copy_of
WHERE duplicate.verdict IN ('exact', 'near') ORDER BY article.first_seen_at, article.outlet, article.title;
