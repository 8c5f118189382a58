"""A synthetic history to measure with: the events of any number of articles, as runs of twenty articles write them.

Seeded: the same seed and the same numbers always give the same events. Everything in it is made up: words are syllables with
the frequencies of Zipf's law, a text is a choice of 200,000 sentences (2,600 bytes on average, as measured on the pages of the
duplicates' test set), a fifth of the articles repeat an earlier text word for word and fifteen in a hundred with changes, a
tenth is edited later, three in ten speak of proposals. About eight events an article. It is made by SQL, since a million
articles one by one through the models would take hours; ``tests/test_benchmarks.py`` reads samples through the models.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

ARTICLES_A_RUN = 20
SENTENCES = 200_000
FEEDS = 400
PROPOSALS = 300

_WORDS = """
CREATE OR REPLACE MACRO chance(what, n) AS (hash(concat(getvariable('seed'), '/', what, '/', n)) >> 11) / 9007199254740992.0;
CREATE OR REPLACE MACRO pick(what, n, size) AS (hash(concat(getvariable('seed'), '/', what, '/', n)) % size::UBIGINT)::BIGINT;
CREATE OR REPLACE MACRO id80(kind, n) AS concat(kind, '-', substr(md5(concat(getvariable('seed'), '/', kind, '/', n)), 1, 20));
CREATE OR REPLACE MACRO eid(kind, n) AS md5(concat(getvariable('seed'), '/event/', kind, '/', n))::UUID;
CREATE OR REPLACE MACRO iso(moment) AS strftime(moment, '%Y-%m-%dT%H:%M:%SZ');
CREATE OR REPLACE MACRO run_of(n) AS (n // getvariable('run_size') * getvariable('run_size'))::BIGINT;
CREATE OR REPLACE MACRO seen_at(n) AS TIMESTAMP '2031-01-01' + to_seconds(run_of(n) * 63 // 2);
CREATE OR REPLACE MACRO syllable(i) AS ['ba','ne','ri','to','sa','ke','lu','mi','do','ra','ve','on','tal','sen','gor','est','in','ar','ul','pe'][i % 20 + 1];
CREATE OR REPLACE MACRO word(rank) AS CASE
    WHEN rank < 40 THEN syllable(rank) || CASE WHEN rank < 20 THEN '' ELSE syllable(rank // 20) END
    ELSE syllable(rank) || syllable(rank // 20) || syllable(rank // 400 + rank) || CASE WHEN rank % 3 = 0 THEN syllable(rank // 7) ELSE '' END END;
CREATE OR REPLACE TABLE sentence AS
SELECT number, upper(text[1]) || text[2:] || '.' AS text FROM (
    SELECT s AS number, string_agg(word(floor(pow(30000, chance('word', s * 64 + w)))::BIGINT - 1), ' ' ORDER BY w) AS text
    FROM range(?) AS a(s), range(32) AS b(w) WHERE w < 12 + pick('words', s, 17) GROUP BY s);
"""

_TEXTS = """
CREATE OR REPLACE TEMP TABLE item AS
SELECT n, k AS kind, CASE WHEN k < 35 THEN greatest(0, n - 1 - pick('source', n, 300)) ELSE n END AS source,
    CASE WHEN k < 20 THEN greatest(0, n - 1 - pick('source', n, 300)) ELSE n END AS text_key, pick('feed', n, 400) AS feed,
    seen_at(n) AS seen, concat('https://outlet-', pick('feed', n, 400), '.example/news/', n, '/') AS base,
    pick('edited', n, 100) < 10 AS is_edited, pick('speaks', n, 100) < 30 AS speaks
FROM (SELECT n, pick('kind', n, 100) AS k FROM range($1::BIGINT, $2::BIGINT) AS a(n));
CREATE OR REPLACE TEMP TABLE edition AS  -- a text: of an article, or of its edit
SELECT DISTINCT text_key AS key, CASE WHEN text_key = n THEN source ELSE text_key END AS base_key,
    text_key = n AND source <> n AS is_varied, false AS is_edit FROM item
UNION ALL SELECT n, text_key, false, true FROM item WHERE is_edited;
CREATE OR REPLACE TEMP TABLE written AS
SELECT key, is_edit, text, sha256(text) AS sha, strlen(text) AS bytes, len(text) - len(replace(text, ' ', '')) + 1 AS words FROM (
    SELECT key, is_edit, string_agg(sentence.text, ' ' ORDER BY place) AS text FROM (
        SELECT key, is_edit, place, CASE WHEN (is_varied AND place % 9 = 4) OR (is_edit AND place = 2)
            THEN pick('varied', key * 64 + place, getvariable('sentences')) ELSE pick('place', base_key * 64 + place, getvariable('sentences')) END AS number
        FROM edition, range(60) AS b(place)
        WHERE place < 5 + pick('long', base_key, 12) + pick('longer', base_key, 14) + CASE WHEN pick('feature', base_key, 12) = 0 THEN 25 ELSE 0 END)
    JOIN sentence USING (number) GROUP BY key, is_edit);
CREATE OR REPLACE TEMP TABLE told AS
SELECT item.*, base || replace(lower(substr(text, 1, 44)), ' ', '-') AS url, substr(text, 1, 58) AS title, substr(text, 30, 150) AS summary,
    sha, words, bytes, text FROM item JOIN written ON written.key = item.text_key AND NOT written.is_edit;
"""

# (stage, the events of one stage): stages of a run follow one another, articles in a stage are in their order.
_STAGES = {
    0: """SELECT DISTINCT ON (run_of(n)) run_of(n) AS n, 'run.started' AS type, concat('run-', run_of(n)) AS stream, NULL::UUID AS cause,
            to_json({run_id: concat('run-', run_of(n)), program_version: '0.1.0', started_at: iso(seen)}) AS data, eid('started', run_of(n)) AS event_id FROM told""",
    1: """SELECT n, 'feed.polled', id80('feed', feed), NULL, to_json({feed_id: id80('feed', feed), polled_at: iso(seen),
            outcome: 'parsed', status: 200, final_url: concat('https://outlet-', feed, '.example/rss.xml'),
            record: {file: concat(strftime(seen, '%Y/%m/%d'), '/feeds-', run_of(n), '-0.warc.gz'), "offset": (n - run_of(n)) * 9100, length: 9000 + n % 97, sha256: sha256(concat('doc', n))},
            sha256: sha256(concat('doc', n)), etag: concat('"', substr(md5(concat('etag', n)), 1, 12), '"'), last_modified: NULL, "format": 'rss20', is_ill_formed: false,
            entries: 20, "new": 1, "known": 19, revised: 0, rejected: 0, repeated: 0, cut: 0, next_poll_at: iso(seen + INTERVAL 600 SECOND)}), eid('polled', n)
          FROM told WHERE n % 5 < 4""",
    2: """SELECT n, 'entry.seen', id80('entry', n), NULL, to_json({entry_id: id80('entry', n), feed_id: id80('feed', feed),
            entry_key: url, article_id: id80('article', n), url: url, title: title, summary: summary, published_at: iso(seen - INTERVAL 20 MINUTE),
            published_text: strftime(seen - INTERVAL 20 MINUTE, '%a, %d %b %Y %H:%M:%S GMT'), updated_text: '', "state": id80('state', n), language: 'en', gate: 'on_topic',
            gate_why: ['anchor:norland', 'cue:truce'], seen_at: iso(seen)}), eid('seen', n) FROM told""",
    3: """SELECT n, 'entry.revised', id80('entry', n), NULL, to_json({entry_id: id80('entry', n), feed_id: id80('feed', feed),
            entry_key: url, article_id: id80('article', n), url: url, title: title || ' again', summary: summary, published_at: iso(seen - INTERVAL 20 MINUTE),
            published_text: strftime(seen - INTERVAL 20 MINUTE, '%a, %d %b %Y %H:%M:%S GMT'), updated_text: '', "state": id80('state2', n), language: 'en', gate: 'on_topic',
            gate_why: ['anchor:norland', 'cue:truce'], seen_at: iso(seen), changed: ['title']}), eid('entry-revised', n) FROM told WHERE is_edited""",
    4: """SELECT n, 'page.fetched', id80('article', n), eid(how, n), to_json({article_id: id80('article', n), url: url, final_url: url,
            asked_by: eid(how, n)::VARCHAR, attempt: 1, status: 200, content_type: 'text/html', charset: 'utf-8', sha256: sha256(concat(how, 'page', n)), bytes: bytes * 9,
            record: {file: concat(strftime(seen, '%Y/%m/%d'), '/pages-', run_of(n), '-0.warc.gz'), "offset": (n - run_of(n)) * 9100, length: 9000 + n % 97, sha256: sha256(concat(how, 'page', n))},
            fetched_at: iso(seen)}), eid(how || 'page', n) FROM (SELECT *, 'seen' AS how FROM told)""",
    5: """SELECT n, 'article.extracted', id80('article', n), eid('seenpage', n), to_json({article_id: id80('article', n), url: url,
            outlet: concat('outlet-', feed, '.example'), feed_id: id80('feed', feed), first_seen_at: iso(seen), title: title, title_origin: 'feed',
            published_at: iso(seen - INTERVAL 20 MINUTE), published_origin: 'feed', published_precision: 'second', author: NULL, language: 'en', body_sha256: sha,
            words: words, page_sha256: sha256(concat('seen', 'page', n)), page_event: eid('seenpage', n)::VARCHAR, "method": 'trafilatura/1', extracted_at: iso(seen)}), eid('extracted', n) FROM told""",
    6: """SELECT n, 'page.fetched', id80('article', n), eid(how, n), to_json({article_id: id80('article', n), url: url, final_url: url,
            asked_by: eid(how, n)::VARCHAR, attempt: 1, status: 200, content_type: 'text/html', charset: 'utf-8', sha256: sha256(concat(how, 'page', n)), bytes: bytes * 9,
            record: {file: concat(strftime(seen, '%Y/%m/%d'), '/pages-', run_of(n), '-0.warc.gz'), "offset": (n - run_of(n)) * 9100, length: 9000 + n % 97, sha256: sha256(concat(how, 'page', n))},
            fetched_at: iso(seen)}), eid(how || 'page', n) FROM (SELECT *, 'entry-revised' AS how FROM told WHERE is_edited)""",
    7: """SELECT n, 'article.revised', id80('article', n), eid('entry-revisedpage', n), to_json({article_id: id80('article', n), url: url,
            outlet: concat('outlet-', feed, '.example'), feed_id: id80('feed', feed), first_seen_at: iso(seen), title: title || ' again', title_origin: 'feed',
            published_at: iso(seen - INTERVAL 20 MINUTE), published_origin: 'feed', published_precision: 'second', author: NULL, language: 'en', body_sha256: edit.sha,
            words: edit.words, page_sha256: sha256(concat('entry-revised', 'page', n)), page_event: eid('entry-revisedpage', n)::VARCHAR, "method": 'trafilatura/1',
            extracted_at: iso(seen), previous_sha256: told.sha, change: 0.05}), eid('revised', n) FROM told JOIN written AS edit ON edit.key = told.n AND edit.is_edit""",
    8: """SELECT n, 'duplicate.judged', id80('article', n), eid('extracted', n), to_json({article_id: id80('article', n), text_event: eid('extracted', n)::VARCHAR,
            body_sha256: sha, verdict: CASE WHEN kind < 20 THEN 'exact' WHEN kind < 35 THEN 'near' ELSE 'original' END, relation: CASE WHEN kind < 20 THEN 'same' WHEN kind < 35 THEN 'near_copy' END,
            "of": CASE WHEN kind < 35 THEN id80('article', source) END, score: CASE WHEN kind < 35 THEN 0.9 ELSE 0.0 END, containment: CASE WHEN kind < 35 THEN 0.9 ELSE 0.01 END, jaccard: 0.01, is_sampled: false,
            cluster_id: id80('article', source), fingerprint: {content_sha256: sha256(sha), words: words, shingles: words - 2, one_in: 16,
            sample: array_to_string(list_transform(range(words // 16), lambda i : printf('%08x', (hash(concat(sha, i)) % 268435456)::BIGINT * 16)), '')}, "method": 'shingles-3/2+order/1', judged_at: iso(seen)}), eid('judged', n) FROM told""",
    9: """SELECT n, 'article.read', id80('article', n), eid('extracted', n), to_json({article_id: id80('article', n), text_event: eid('extracted', n)::VARCHAR,
            body_sha256: sha, gate: 'on_topic', gate_why: ['anchor:norland', 'anchor:sudmark', 'cue:captives', 'cue:truce'], mentions: 2 * speaks::INTEGER,
            claims: 2 * speaks::INTEGER, "method": 'rules/1:0123456789ab', read_at: iso(seen)}), eid('read', n) FROM told""",
    10: """SELECT n, 'duplicate.judged', id80('article', n), eid('revised', n), to_json({article_id: id80('article', n), text_event: eid('revised', n)::VARCHAR,
            body_sha256: edit.sha, verdict: 'revision', relation: 'revised', "of": id80('article', n), score: 0.9, containment: 0.9, jaccard: 0.8, is_sampled: false,
            cluster_id: id80('article', source), fingerprint: {content_sha256: sha256(edit.sha), words: edit.words, shingles: edit.words - 2, one_in: 16,
            sample: array_to_string(list_transform(range(edit.words // 16), lambda i : printf('%08x', (hash(concat(edit.sha, i)) % 268435456)::BIGINT * 16)), '')}, "method": 'shingles-3/2+order/1', judged_at: iso(seen)}), eid('judged-edit', n)
          FROM told JOIN written AS edit ON edit.key = told.n AND edit.is_edit""",
    11: """SELECT n, 'article.read', id80('article', n), eid('revised', n), to_json({article_id: id80('article', n), text_event: eid('revised', n)::VARCHAR,
            body_sha256: edit.sha, gate: 'on_topic', gate_why: ['anchor:norland', 'cue:truce'], mentions: 0, claims: 0, "method": 'rules/1:0123456789ab', read_at: iso(seen)}),
            eid('read-edit', n) FROM told JOIN written AS edit ON edit.key = told.n AND edit.is_edit""",
    12: """SELECT n, 'mention.detected', id80('article', n), eid('read', n), to_json({mention_id: id80('mention', n * 2 + m), article_id: id80('article', n), body_sha256: sha, ordinal: m,
            frame: {"start": m * 90, "end": m * 90 + 8, text: 'proposal'}, window_start: 0, window_end: 400, quote: substr(text, m * 90 + 1, 180), proposers: ['norland'], claimed_by: [], mediators: ['vestria'],
            nicknames: [], readings: [{"start": m * 90 + 20, "end": m * 90 + 30, text: '60-day truce', term: 'duration_days', low: 60.0, high: 60.0, rule: 'en:duration:2', asserted_by: 'anonymous'}],
            is_proposing: true, lineage: NULL, answers: [], background: NULL, said_by: 'anonymous', specificity: 3.0, rules: ['proposer:before_noun', 'noun'],
            reported_at: iso(seen), "method": 'rules/1:0123456789ab', detected_at: iso(seen)}), eid('detected', n * 2 + m)
          FROM told, (VALUES (0), (1)) AS b(m) WHERE speaks""",
    13: """SELECT n, 'claim.made', id80('article', n), eid('detected', n * 2 + m), to_json({claim_id: id80('claim', n * 2 + m), mention_id: id80('mention', n * 2 + m), article_id: id80('article', n),
            party: ['norland', 'sudmark', 'vestria'][pick('party', n, 3) + 1], act: ['accepted', 'rejected', 'conveyed', 'considering'][pick('act', n, 4) + 1], "scope": 'proposal', is_negated: false, said_by: 'anonymous',
            span: {"start": 202, "end": 402, text: substr(text, 202, 200)}, rule: 'en:accepted:verb', "method": 'rules/1:0123456789ab', made_at: iso(seen)}), eid('claim', n * 2 + m)
          FROM told, (VALUES (0), (1)) AS b(m) WHERE speaks""",
    14: """SELECT n, 'proposal.opened', id80('proposal', n // 3333), NULL, to_json({proposal_id: id80('proposal', n // 3333), label: concat('Offer ', n // 3333), kind: 'ceasefire', status: 'open',
            proposers: ['norland'], claimed_by: [], mediators: ['vestria'], nicknames: [], announced_at: NULL, active_from: iso(seen), active_until: iso(seen + INTERVAL 40 DAY),
            readings: [{"start": 0, "end": 0, text: '', term: 'duration_days', low: 60.0, high: 60.0, rule: 'profile', asserted_by: 'profile'}], mention_id: NULL, article_id: NULL, opened_at: iso(seen)}),
            eid('opened', n // 3333) FROM told WHERE n % 3333 = 0""",
    15: """SELECT n, 'mention.resolved', id80('mention', n * 2 + m), eid('detected', n * 2 + m), to_json({mention_id: id80('mention', n * 2 + m), article_id: id80('article', n),
            outcome: CASE WHEN pick('outcome', n, 3) = 0 THEN 'possible' ELSE 'known' END, proposal_id: CASE WHEN pick('outcome', n, 3) = 0 THEN NULL ELSE id80('proposal', n // 3333) END,
            nearest_id: id80('proposal', n // 3333), score: 4.41, lead: 2.33, "rows": [{field: 'proposer', points: 3.0, why: 'proposed by norland'}, {field: 'active', points: 2.0,
            why: 'reported while on the table'}, {field: 'duration_days', points: 1.5, why: '60 against 60'}], "method": 'ledger/1:0123456789ab', resolved_at: iso(seen)}), eid('resolved', n * 2 + m)
          FROM told, (VALUES (0), (1)) AS b(m) WHERE speaks""",
    16: """SELECT DISTINCT ON (run_of(n)) run_of(n), 'run.finished', concat('run-', run_of(n)), NULL, to_json({run_id: concat('run-', run_of(n)), counts: {"feed.polled": 16, "entry.seen": 20, "page.fetched": 20,
            "article.extracted": 20, "duplicate.judged": 20, "article.read": 20}, finished_at: iso(seen)}), eid('finished', run_of(n)) FROM told""",
}  # fmt: skip


class History:
    """Makes the events and texts of any range of articles, in a DuckDB of its own in memory."""

    def __init__(self, seed: int = 1, *, run_size: int = ARTICLES_A_RUN, sentences: int = SENTENCES) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET VARIABLE seed = ?", [seed])
        self.connection.execute("SET VARIABLE run_size = ?", [run_size])
        self.connection.execute("SET VARIABLE sentences = ?", [sentences])
        macros, _, table = _WORDS.partition("CREATE OR REPLACE TABLE")
        self.connection.execute(macros)
        self.connection.execute(f"CREATE OR REPLACE TABLE{table}", [sentences])

    def make(self, first: int, last: int) -> None:
        """Fill the tables ``event`` (log.event's columns; ``number`` in the order of the log) and ``body`` for a range."""
        run = self.connection.execute
        for statement in _TEXTS.split(";\n"):
            if statement.strip():
                run(statement, [first, last] if "$1" in statement else None)
        union = " UNION ALL ".join(f"SELECT {stage} AS stage, * FROM ({statement})" for stage, statement in _STAGES.items())
        run(f"""CREATE OR REPLACE TEMP TABLE event AS
            SELECT row_number() OVER (ORDER BY run_of(n), stage, n, event_id) AS number, event_id, type, CASE WHEN type = 'duplicate.judged' THEN 2 ELSE 1 END::INTEGER AS "version", stream,
                'norland-sudmark' AS topic, cause AS caused_by, concat('run-', run_of(n)) AS run_id, seen_at(n) AS occurred_at, seen_at(n) AS recorded_at,
                data::VARCHAR AS data FROM ({union})""")
        # in the order of their articles, as runs write them
        run(
            "CREATE OR REPLACE TEMP TABLE body AS SELECT sha AS sha256, any_value(text) AS text FROM written GROUP BY sha ORDER BY min(key), sha256"
        )

    def feeds(self) -> str:
        """The batch that registers the feeds, as JSON."""
        run = self.connection.execute
        return str(run(f"""SELECT to_json(list({{ordinal: f, event_id: eid('feed', f)::VARCHAR, type: 'feed.registered', "version": 1, stream: id80('feed', f), topic: 'norland-sudmark',
            caused_by: NULL, run_id: 'run-0', occurred_at: '2031-01-01T00:00:00Z', recorded_at: '2031-01-01T00:00:00Z', data: to_json({{feed_id: id80('feed', f),
            url: concat('https://outlet-', f, '.example/rss.xml'), name: concat('Outlet ', f), language: 'en', country: 'ZZ', kind: 'wire', registered_at: '2031-01-01T00:00:00Z'}})::VARCHAR, sha256: ''}}))
            FROM range({FEEDS}) AS a(f)""").fetchall()[0][0])  # fmt: skip

    def batches(self, first: int, last: int, size: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Batches of exactly ``size`` events as an append takes them (JSON of envelopes), with the texts that they bring."""
        self.make(first, last)
        run = self.connection.execute
        total = run("SELECT count(*) FROM event").fetchall()[0][0]
        for start in range(0, total - size + 1, size):
            batch, hashes = run(
                """SELECT to_json(list({ordinal: number, event_id: event_id::VARCHAR, type: type, "version": "version", stream: stream, topic: topic,
                caused_by: caused_by::VARCHAR, run_id: run_id, occurred_at: iso(occurred_at), recorded_at: iso(recorded_at), data: data, sha256: sha256(data)} ORDER BY number))::VARCHAR,
                list(DISTINCT data ->> '$.body_sha256') FILTER (type IN ('article.extracted', 'article.revised'))
                FROM event WHERE number > ? AND number <= ?""",
                [start, start + size],
            ).fetchall()[0]
            texts = run("SELECT sha256, text FROM body WHERE sha256 IN (SELECT unnest(?::VARCHAR[]))", [hashes or []]).fetchall()
            yield batch, [{"sha256": digest, "text": text} for digest, text in texts]


def as_rows(batch: str) -> list[dict[str, Any]]:
    """A batch's envelopes."""
    rows: list[dict[str, Any]] = json.loads(batch)
    return rows
