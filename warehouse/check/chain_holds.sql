-- Each batch's hash is that of its events and of the batch before it; the first one that is not is where the log was changed.
CREATE OR REPLACE VIEW "check".chain_holds AS
WITH hashed AS (
    SELECT batch.number, string_agg(line.line, chr(10) ORDER BY line.position) AS lines, count(*) AS events
    FROM log.line ASOF JOIN log.batch ON line.position >= batch.first_position GROUP BY batch.number
), link AS (
    SELECT batch.*, lag(batch.sha256) OVER (ORDER BY batch.number) AS previous, lag(batch.last_position, 1, -1) OVER (ORDER BY batch.number) AS ended,
        hashed.lines, coalesce(hashed.events, 0) AS events
    FROM log.batch LEFT JOIN hashed USING (number)
)
SELECT number AS batch, first_position, last_position, recorded_at, events FROM link
WHERE sha256 <> sha256(concat(coalesce(previous, ''), chr(10), lines)) OR first_position <> ended + 1 OR events <> last_position - first_position + 1
UNION ALL
SELECT NULL, (SELECT coalesce(max(last_position), -1) + 1 FROM log.batch), position, NULL, position - (SELECT coalesce(max(last_position), -1) FROM log.batch)
FROM log.head WHERE position <> (SELECT coalesce(max(last_position), -1) FROM log.batch)
ORDER BY 2;
