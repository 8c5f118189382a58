-- One row per feed: what it is, how its polls went, and what the next one must know.
CREATE TABLE IF NOT EXISTS feed (
    feed_id VARCHAR, topic VARCHAR, url VARCHAR, name VARCHAR, language VARCHAR, country VARCHAR, kind VARCHAR,
    registered_at TIMESTAMP, polls INTEGER, failures INTEGER, last_polled_at TIMESTAMP, last_success_at TIMESTAMP,
    last_outcome VARCHAR, last_reason VARCHAR, last_detail VARCHAR, next_poll_at TIMESTAMP,
    etag VARCHAR, last_modified VARCHAR, sha256 VARCHAR, format VARCHAR, is_ill_formed BOOLEAN, position BIGINT,
    failure_weight DOUBLE DEFAULT 0, last_status INTEGER, interval_minutes DOUBLE, asked_wait_seconds DOUBLE, window_entries INTEGER, known_share DOUBLE,
    entries_seen INTEGER DEFAULT 0, pace_per_hour DOUBLE, peak_per_hour DOUBLE, polls_since_audit INTEGER DEFAULT 0, is_distrusted BOOLEAN DEFAULT false,
    last_document_at TIMESTAMP, last_unmodified_at TIMESTAMP, last_new_at TIMESTAMP, expected_gap_seconds DOUBLE, gaps INTEGER[],  -- no default: [] is a function call, which DuckDB 1.5 cannot replay after a crash
    silent_since TIMESTAMP, silences INTEGER DEFAULT 0, moved_to VARCHAR, moved_since TIMESTAMP, poll_url VARCHAR, is_pinned BOOLEAN DEFAULT false,
    duplicate_of VARCHAR, policy VARCHAR DEFAULT 'guid', last_rekeyed_at TIMESTAMP, rekeys INTEGER DEFAULT 0,
    losses INTEGER DEFAULT 0, last_loss_at TIMESTAMP, losses_closed INTEGER DEFAULT 0,
    record_file VARCHAR, record_offset BIGINT, record_length BIGINT
);
MERGE INTO feed USING (
    SELECT stream AS feed_id, topic, (data ->> '$.url') AS url, (data ->> '$.name') AS name, (data ->> '$.language') AS language,
        (data ->> '$.country') AS country, (data ->> '$.kind') AS kind, arg_min(occurred_at, position) OVER (PARTITION BY stream) AS registered_at,
        min(position) OVER (PARTITION BY stream) AS position
    FROM log.fresh WHERE type = 'feed.registered'
    QUALIFY row_number() OVER (PARTITION BY stream ORDER BY position DESC) = 1
) AS now ON feed.feed_id = now.feed_id
WHEN MATCHED THEN UPDATE SET topic = now.topic, url = now.url, name = now.name, language = now.language,
    country = now.country, kind = now.kind
WHEN NOT MATCHED THEN INSERT (feed_id, topic, url, name, language, country, kind, registered_at, polls, failures, position)
    VALUES (now.feed_id, now.topic, now.url, now.name, now.language, now.country, now.kind, now.registered_at, 0, 0, now.position);
MERGE INTO feed USING (
    WITH poll AS (
        SELECT fresh.stream AS feed_id, fresh.position, fresh.type = 'feed.polled' AS is_success, fresh.occurred_at,
            unnest(from_json(fresh.data, '{"outcome":"VARCHAR","reason":"VARCHAR","detail":"VARCHAR","next_poll_at":"VARCHAR","etag":"VARCHAR",
                "last_modified":"VARCHAR","sha256":"VARCHAR","format":"VARCHAR","is_ill_formed":"BOOLEAN","status":"INTEGER","weight":"DOUBLE",
                "interval_minutes":"DOUBLE","asked_wait_seconds":"DOUBLE","entries":"INTEGER","new":"INTEGER","repeated":"INTEGER","rekeyed":"INTEGER",
                "pace_per_hour":"DOUBLE","peak_per_hour":"DOUBLE","gap_seconds":"DOUBLE","expected_gap_seconds":"DOUBLE","is_audit":"BOOLEAN","is_distrusted":"BOOLEAN",
                "moved_to":"VARCHAR","record":{"file":"VARCHAR","offset":"BIGINT","length":"BIGINT"}}'))
        FROM log.fresh JOIN feed ON feed.feed_id = fresh.stream AND fresh.position > feed.position  -- never polled before it was known
        WHERE fresh.type IN ('feed.polled', 'feed.poll_failed')
    ), success AS (
        SELECT feed_id, max(position) AS last_success, max(position) FILTER (outcome = 'parsed') AS last_document,
            max(position) FILTER (is_audit) AS last_audit, arg_max(coalesce(moved_to, ''), position) AS target
        FROM poll WHERE is_success GROUP BY feed_id
    ), elsewhere AS (  -- the last answer that another address gave than the last one
        SELECT feed_id, max(position) AS last_elsewhere FROM poll JOIN success USING (feed_id)
        WHERE is_success AND coalesce(moved_to, '') <> target GROUP BY feed_id
    )
    SELECT feed_id, count(*) AS polls, arg_max(occurred_at, position) AS last_polled_at,
        count(*) FILTER (NOT is_success AND position > coalesce(last_success, -1)) AS failures_since,
        sum(coalesce(weight, 1)) FILTER (NOT is_success AND position > coalesce(last_success, -1)) AS weight_since,
        bool_or(is_success) AS has_success, arg_max(occurred_at, position) FILTER (is_success) AS last_success_at,
        arg_max(CASE WHEN is_success THEN outcome ELSE 'failed' END, position) AS last_outcome,
        arg_max(CASE WHEN is_success THEN '' ELSE reason END, position) AS last_reason,
        arg_max(CASE WHEN is_success THEN '' ELSE detail END, position) AS last_detail,
        arg_max(coalesce(status, 0), position) AS last_status,
        arg_max(next_poll_at::TIMESTAMP, position) AS next_poll_at,
        arg_max(coalesce(asked_wait_seconds, -1), position) AS asked_wait_seconds,
        arg_max(coalesce(etag, ''), position) FILTER (is_success) AS etag,
        arg_max(coalesce(last_modified, ''), position) FILTER (is_success) AS last_modified,
        arg_max(sha256, position) FILTER (is_success) AS sha256,
        arg_max("format", position) FILTER (is_success) AS format,
        arg_max(record, position) FILTER (outcome = 'parsed' AND record IS NOT NULL) AS record,
        arg_max(is_ill_formed, position) FILTER (is_success AND outcome = 'parsed') AS is_ill_formed,
        arg_max(interval_minutes, position) FILTER (is_success) AS interval_minutes,
        arg_max(entries - repeated, position) FILTER (outcome = 'parsed' AND entries > repeated) AS window_entries,
        arg_max(1 - ("new" - coalesce(rekeyed, 0)) / (entries - repeated), position) FILTER (outcome = 'parsed' AND entries > repeated) AS known_share,
        coalesce(sum("new") FILTER (is_success), 0) AS entries_seen,
        arg_max(pace_per_hour, position) FILTER (is_success) AS pace_per_hour,
        arg_max(peak_per_hour, position) FILTER (is_success) AS peak_per_hour,
        bool_or(coalesce(is_audit, false)) FILTER (is_success) AS has_audit,
        count(*) FILTER (is_success AND position > coalesce(last_audit, -1)) AS polls_since_audit,
        coalesce(bool_or(is_distrusted) FILTER (is_success), false) AS is_distrusted,
        arg_max(occurred_at, position) FILTER (outcome = 'parsed') AS last_document_at,
        arg_max(occurred_at, position) FILTER (outcome = 'not_modified' AND position > coalesce(last_document, -1)) AS last_unmodified_at,
        arg_max(occurred_at, position) FILTER (is_success AND "new" > coalesce(rekeyed, 0)) AS last_new_at,
        arg_max(expected_gap_seconds, position) FILTER (is_success) AS expected_gap_seconds,
        list(gap_seconds::INTEGER ORDER BY position) FILTER (is_success AND gap_seconds IS NOT NULL) AS gaps,
        any_value(target) AS moved_to, any_value(last_elsewhere) IS NOT NULL AS was_elsewhere,
        arg_min(occurred_at, position) FILTER (is_success AND position > coalesce(last_elsewhere, -1)) AS moved_since
    FROM poll LEFT JOIN success USING (feed_id) LEFT JOIN elsewhere USING (feed_id) GROUP BY feed_id
) AS now ON feed.feed_id = now.feed_id
WHEN MATCHED THEN UPDATE SET
    polls = feed.polls + now.polls,
    failures = CASE WHEN now.has_success THEN now.failures_since ELSE feed.failures + now.failures_since END,
    failure_weight = CASE WHEN now.has_success THEN 0 ELSE feed.failure_weight END + coalesce(now.weight_since, 0),
    last_polled_at = now.last_polled_at, last_success_at = coalesce(now.last_success_at, feed.last_success_at),
    last_outcome = now.last_outcome, last_reason = nullif(now.last_reason, ''), last_detail = nullif(now.last_detail, ''),
    last_status = nullif(now.last_status, 0), next_poll_at = now.next_poll_at, asked_wait_seconds = nullif(now.asked_wait_seconds, -1),
    etag = CASE WHEN now.has_success THEN nullif(now.etag, '') ELSE feed.etag END,
    last_modified = CASE WHEN now.has_success THEN nullif(now.last_modified, '') ELSE feed.last_modified END,
    sha256 = coalesce(now.sha256, feed.sha256), format = coalesce(now.format, feed.format),
    is_ill_formed = coalesce(now.is_ill_formed, feed.is_ill_formed),
    record_file = coalesce(now.record.file, feed.record_file), record_offset = coalesce(now.record.offset, feed.record_offset),
    record_length = coalesce(now.record.length, feed.record_length), interval_minutes = coalesce(now.interval_minutes, feed.interval_minutes),
    window_entries = coalesce(now.window_entries, feed.window_entries), known_share = coalesce(now.known_share, feed.known_share),
    entries_seen = feed.entries_seen + now.entries_seen, pace_per_hour = coalesce(now.pace_per_hour, feed.pace_per_hour),
    peak_per_hour = coalesce(now.peak_per_hour, feed.peak_per_hour),
    polls_since_audit = CASE WHEN now.has_audit THEN 0 ELSE feed.polls_since_audit END + now.polls_since_audit,
    is_distrusted = feed.is_distrusted OR now.is_distrusted,
    last_document_at = coalesce(now.last_document_at, feed.last_document_at),
    last_unmodified_at = CASE WHEN now.last_document_at IS NULL THEN coalesce(now.last_unmodified_at, feed.last_unmodified_at) ELSE now.last_unmodified_at END,
    last_new_at = coalesce(now.last_new_at, feed.last_new_at),
    expected_gap_seconds = coalesce(now.expected_gap_seconds, feed.expected_gap_seconds),
    gaps = CASE WHEN now.gaps IS NULL THEN feed.gaps ELSE list_concat(coalesce(feed.gaps, []), now.gaps)[-1000:] END,
    moved_since = CASE WHEN NOT now.has_success THEN feed.moved_since WHEN now.moved_to = '' THEN NULL
        WHEN NOT now.was_elsewhere AND now.moved_to = feed.moved_to THEN feed.moved_since ELSE now.moved_since END,
    moved_to = CASE WHEN now.has_success THEN nullif(now.moved_to, '') ELSE feed.moved_to END;
MERGE INTO feed USING (
    WITH told AS (
        SELECT fresh.stream AS feed_id, fresh.position, fresh.type, fresh.occurred_at,
            unnest(from_json(fresh.data, '{"last_new_at":"VARCHAR","policy":"VARCHAR","to_url":"VARCHAR","is_pinned":"BOOLEAN","duplicate_of":"VARCHAR"}'))
        FROM log.fresh JOIN feed ON feed.feed_id = fresh.stream AND fresh.position > feed.position
        WHERE fresh.type IN ('feed.fell_silent', 'feed.policy_changed', 'feed.moved', 'feed.rekeyed', 'feed.gap_found', 'feed.gap_closed')
    )
    SELECT feed_id, arg_max(last_new_at::TIMESTAMP, position) FILTER (type = 'feed.fell_silent') AS silent_since,
        count(*) FILTER (type = 'feed.fell_silent') AS silences,
        arg_max(policy, position) FILTER (type = 'feed.policy_changed') AS policy,
        arg_max(occurred_at, position) FILTER (type = 'feed.rekeyed') AS last_rekeyed_at, count(*) FILTER (type = 'feed.rekeyed') AS rekeys,
        arg_max(occurred_at, position) FILTER (type = 'feed.gap_found') AS last_loss_at, count(*) FILTER (type = 'feed.gap_found') AS losses,
        count(*) FILTER (type = 'feed.gap_closed') AS losses_closed,
        arg_max(to_url, position) FILTER (type = 'feed.moved') AS poll_url,
        arg_max(coalesce(is_pinned, false), position) FILTER (type = 'feed.moved') AS is_pinned,
        arg_max(coalesce(duplicate_of, ''), position) FILTER (type = 'feed.moved') AS duplicate_of
    FROM told GROUP BY feed_id
) AS now ON feed.feed_id = now.feed_id
WHEN MATCHED THEN UPDATE SET
    silent_since = coalesce(now.silent_since, feed.silent_since), silences = feed.silences + now.silences,
    policy = coalesce(now.policy, feed.policy),
    last_rekeyed_at = coalesce(now.last_rekeyed_at, feed.last_rekeyed_at), rekeys = feed.rekeys + now.rekeys,
    last_loss_at = coalesce(now.last_loss_at, feed.last_loss_at), losses = feed.losses + now.losses,
    losses_closed = feed.losses_closed + now.losses_closed,
    poll_url = coalesce(now.poll_url, feed.poll_url), is_pinned = coalesce(now.is_pinned, feed.is_pinned),
    duplicate_of = CASE WHEN now.duplicate_of IS NULL THEN feed.duplicate_of ELSE nullif(now.duplicate_of, '') END;
