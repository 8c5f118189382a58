-- One row: the article that the variable `article` names, with its text and where its page lies in the archive.
SELECT article.*, body.text, page.record_file, page.record_offset, page.readings, page.checked_at
FROM article LEFT JOIN log.body ON body.sha256 = article.body_sha256 LEFT JOIN page ON page.article_id = article.article_id
WHERE article.article_id = getvariable('article')::VARCHAR;
