"""Reading the warehouse for the pipeline: work lists as typed rows, and what a decision needs to know."""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from ..aliases import KnownArticle
from ..articles.model import PageToExtract
from ..duplicates import MOST_OWNERS, KnownText
from ..events import Fingerprint, MentionDetected, Reading, Record, StoryLinked
from ..fingerprints import index_keys, unpacked
from ..feeds.identity import KnownEntry
from ..feeds.model import FeedToPoll
from ..feeds.silence import WatchedFeed
from ..mentions import TextToRead
from ..scoring import LedgerEntry
from ..stories import TextToLink, ToldText
from .ruling_rows import RulingLists


class WorkLists(RulingLists):
    """Typed reads over one open connection. Moments come back as aware UTC datetimes."""

    def feeds_to_poll(self, topic: str) -> list[FeedToPoll]:
        """Feeds of a topic that are due."""
        return list(map(_feed_to_poll, self._rows("SELECT * FROM todo.feed_to_poll WHERE topic = ?", [topic])))

    def feeds_by_id(self, ids: Iterable[str]) -> list[FeedToPoll]:
        """Feeds whether they are due or not, as their work list shows them."""
        return list(map(_feed_to_poll, self._rows("SELECT * FROM feed WHERE feed_id IN (SELECT unnest(?::VARCHAR[]))", [list(ids)])))

    def watched_feeds(self, topic: str) -> list[WatchedFeed]:
        """The feeds of a topic that brought something new before, with their last sign of life."""
        return [WatchedFeed(**row) for row in self._rows("""
            SELECT feed_id, last_new_at, last_success_at, last_polled_at, interval_minutes, expected_gap_seconds, coalesce(len(gaps), 0) AS gap_count, silent_since
            FROM feed WHERE topic = ? AND last_new_at IS NOT NULL AND silent_since IS DISTINCT FROM last_new_at""", [topic])]

    def registered_feeds(self, topic: str) -> dict[str, tuple[str, ...]]:
        """Feed id → (url, name, language, country, kind) as registered."""
        rows = self._rows("SELECT feed_id, url, name, language, country, kind FROM feed WHERE topic = ?", [topic])
        return {row["feed_id"]: (row["url"], row["name"], row["language"], row["country"], row["kind"]) for row in rows}

    def known_entries(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], KnownEntry]:
        """Entries known under (feed id, entry key); one JSON parameter, whatever their number."""
        asked = json.dumps([{"feed_id": feed_id, "entry_key": key} for feed_id, key in keys])
        rows = self._rows("""
            SELECT entry.feed_id, entry.entry_key, url, title, published_text, updated_text, is_rejected, states FROM entry
            SEMI JOIN (SELECT unnest(from_json_strict(?, '[{"feed_id":"VARCHAR","entry_key":"VARCHAR"}]'), recursive := true)) AS asked
            ON entry.feed_id = asked.feed_id AND entry.entry_key = asked.entry_key""", [asked])
        return {(row.pop("feed_id"), row["entry_key"]): KnownEntry(**{**row, "published_text": row["published_text"] or "",
                "updated_text": row["updated_text"] or "", "states": tuple(row["states"])}) for row in rows}

    def known_pages(self, article_ids: Iterable[str]) -> set[str]:
        """Those of the articles whose page was asked for already."""
        rows = self._rows("SELECT article_id FROM page SEMI JOIN (SELECT unnest(from_json_strict(?, '[\"VARCHAR\"]')) AS article_id) USING (article_id)",
                          [json.dumps(sorted(set(article_ids)))])
        return {row["article_id"] for row in rows}

    def relatives(self, asked: Iterable[tuple[str, str, str]]) -> dict[str, list[KnownEntry]]:
        """Feed id → its entries that lead to one of the articles or have one of the titles in (feed id, article id, title)."""
        rows = self._rows("""
            WITH asked AS MATERIALIZED (SELECT unnest(from_json_strict(?, '[{"feed_id":"VARCHAR","article_id":"VARCHAR","title":"VARCHAR"}]'), recursive := true))
            SELECT feed_id, entry_key, url, title, published_text, updated_text, is_rejected, states FROM entry
            WHERE (feed_id, article_id) IN (SELECT (feed_id, article_id) FROM asked WHERE article_id <> '')
                OR (feed_id, title) IN (SELECT (feed_id, title) FROM asked WHERE title <> '')
            ORDER BY entry_key""", [json.dumps([{"feed_id": f, "article_id": a, "title": t} for f, a, t in asked])])
        found: dict[str, list[KnownEntry]] = {}
        for row in rows:
            found.setdefault(row.pop("feed_id"), []).append(KnownEntry(**{**row, "published_text": row["published_text"] or "",
                "updated_text": row["updated_text"] or "", "states": tuple(row["states"])}))
        return found

    def articles_of_feed(self, feed_id: str, article_ids: Iterable[str]) -> set[str]:
        """Which of these articles an entry of the feed leads to."""
        rows = self._rows("SELECT DISTINCT article_id FROM entry WHERE feed_id = ? AND article_id IN (SELECT unnest(?::VARCHAR[]))",
                          [feed_id, sorted(set(article_ids))])
        return {row["article_id"] for row in rows}

    def pages_to_fetch(self, topic: str, limit: int) -> list[dict[str, Any]]:
        """Pages that are due: article_id, url, entry_title, language, asked_by, attempt, and the record of the last reading."""
        return self._rows("SELECT * FROM todo.page_to_fetch WHERE topic = ? LIMIT ?", [topic, limit])

    def pages_to_reread(self, topic: str, limit: int) -> list[dict[str, Any]]:
        """Pages on the topic that are due to be read again, as ``pages_to_fetch`` and with reading, first_reading_at and validators."""
        return self._rows("SELECT * FROM todo.page_to_reread WHERE topic = ? LIMIT ?", [topic, limit])

    def pages_to_extract(self, topic: str, limit: int) -> list[PageToExtract]:
        """Pages whose last reading has no text yet."""
        rows = self._rows("SELECT * EXCLUDE (topic) FROM todo.page_to_extract WHERE topic = ? LIMIT ?", [topic, limit])
        return [PageToExtract(**row) for row in rows]

    def files_to_extract(self) -> set[str]:
        """The archive's files with pages that have no text yet, of any topic."""
        return {row["record_file"] for row in self._rows("SELECT DISTINCT record_file FROM todo.page_to_extract")}

    def entry_summaries(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Article id → the longest summary that an entry gives of it."""
        rows = self._rows("""SELECT article_id, arg_max(summary, length(summary)) AS summary FROM entry
            SEMI JOIN (SELECT unnest(from_json_strict(?, '["VARCHAR"]')) AS article_id) USING (article_id) WHERE summary <> '' GROUP BY article_id""",
                          [json.dumps(sorted(set(article_ids)))])
        return {row["article_id"]: row["summary"] for row in rows}

    def titles_of_texts(self, hashes: Iterable[str], since: dt.datetime) -> dict[tuple[str, str], set[str]]:
        """(outlet, SHA-256 of a text) → the titles under which the outlet gave it since then, in quarantine or not."""
        rows = self._rows("""
            WITH asked AS MATERIALIZED (SELECT unnest(from_json_strict(?, '["VARCHAR"]')) AS body_sha256)
            SELECT outlet, body_sha256, title FROM article SEMI JOIN asked USING (body_sha256) WHERE first_seen_at >= ?
            UNION SELECT outlet, body_sha256, title FROM quarantine SEMI JOIN asked USING (body_sha256) WHERE quarantined_at >= ?""",
                          [json.dumps(sorted(set(hashes))), _plain(since), _plain(since)])
        found: dict[tuple[str, str], set[str]] = {}
        for row in rows:
            found.setdefault((row["outlet"], row["body_sha256"]), set()).add(row["title"])
        return found

    def known_aliases(self, ids: Iterable[str]) -> dict[str, str]:
        """Alias id → id of the article that it leads to, for those of the ids that are aliases."""
        rows = self._rows("""SELECT alias.alias_id, coalesce(further.article_id, alias.article_id) AS article_id
            FROM alias LEFT JOIN alias AS further ON further.alias_id = alias.article_id
            WHERE alias.alias_id IN (SELECT unnest(from_json_strict(?, '["VARCHAR"]')))""", [json.dumps(sorted(set(ids)))])
        return {row["alias_id"]: row["article_id"] for row in rows if row["alias_id"] != row["article_id"]}

    def known_articles(self, ids: Iterable[str]) -> dict[str, KnownArticle]:
        """The articles with a text that these ids lead to, by themselves or as aliases."""
        wanted = sorted(set(ids))
        leads = {one: one for one in wanted} | self.known_aliases(wanted)
        rows = self._rows("""SELECT article_id, body.text FROM article JOIN log.body ON body.key = substr(article.body_sha256, 1, 32)::UUID
            WHERE article_id IN (SELECT unnest(from_json_strict(?, '["VARCHAR"]')))""", [json.dumps(sorted(set(leads.values())))])
        articles = {row["article_id"]: KnownArticle(**row) for row in rows}
        return {one: articles[article_id] for one, article_id in leads.items() if article_id in articles}

    def live_posts(self, articles: Iterable[str]) -> dict[str, list[tuple[str, dt.datetime]]]:
        """Article id → texts and dates of the dated posts of a live blog."""
        rows = self._rows("""SELECT article_id, body.text, published_at FROM live_post JOIN log.body ON body.key = substr(live_post.body_sha256, 1, 32)::UUID
            WHERE published_at IS NOT NULL AND article_id IN (SELECT unnest(from_json_strict(?, '["VARCHAR"]'))) ORDER BY article_id, ordinal""",
                          [json.dumps(sorted(set(articles)))])
        found: dict[str, list[tuple[str, dt.datetime]]] = {}
        for row in rows:
            found.setdefault(row["article_id"], []).append((row["text"], row["published_at"]))
        return found

    def articles_to_judge(self, topic: str, limit: int) -> list[dict[str, Any]]:
        """Articles whose latest text has no verdict, with the text."""
        return self._rows("""SELECT todo.*, body.text FROM (SELECT row_number() OVER () AS number, * FROM todo.article_to_judge
            WHERE topic = ? LIMIT ?) AS todo JOIN log.body ON body.key = substr(todo.body_sha256, 1, 32)::UUID ORDER BY number""", [topic, limit])

    def articles_to_read(self, topic: str, limit: int) -> list[TextToRead]:
        """Articles whose latest text no rules have read, with the text."""
        rows = self._rows("""SELECT todo.article_id, todo.text_event, todo.body_sha256, title, body.text, language, reported_at
            FROM (SELECT row_number() OVER () AS number, * FROM todo.article_to_read WHERE topic = ? LIMIT ?) AS todo
            JOIN log.body ON body.key = substr(todo.body_sha256, 1, 32)::UUID ORDER BY number""", [topic, limit])
        return [TextToRead(**row) for row in rows]

    def known_texts(self, marks: Iterable[Fingerprint], since: dt.datetime) -> tuple[list[KnownText], list[int]]:
        """What texts with these fingerprints are to be compared with: texts of the corpus and of articles first seen since a
        moment that share their words or a sampled shingle, and the shingles that say nothing since too many share them."""
        asked = list(marks)
        keys = sorted({key for mark in asked for key in index_keys(unpacked(mark.sample))})
        contents = sorted({mark.content_sha256 for mark in asked})
        self._connection.execute("""CREATE OR REPLACE TEMP TABLE shared_shingle AS
            SELECT hash, shingle.position, cluster_id FROM shingle
            JOIN fingerprint ON fingerprint.position = shingle.position
            WHERE hash IN (SELECT unnest(from_json_strict(?, '["UINTEGER"]'))) AND (shingle.is_document OR shingle.judged_at >= ?)""",
            [json.dumps(keys), _plain(since)])
        common = [row["hash"] for row in self._rows(
            "SELECT hash FROM shared_shingle GROUP BY hash HAVING count(DISTINCT cluster_id) > ? ORDER BY hash", [MOST_OWNERS])]
        rows = self._rows("""
            SELECT owner_id, nullif(fingerprint.body_sha256, '') AS body_sha256, fingerprint.content_sha256,
                coalesce(known.cluster_id, fingerprint.cluster_id) AS cluster_id, shingles, one_in, "sample", coalesce(known.outlet, '') AS outlet, known.first_seen_at AS seen_at
            FROM fingerprint LEFT JOIN (SELECT article_id, outlet, first_seen_at, cluster_id FROM article WHERE first_seen_at >= ?) AS known
            ON known.article_id = fingerprint.owner_id
            WHERE (is_document OR known.first_seen_at IS NOT NULL) AND (
                fingerprint.position IN (SELECT position FROM shared_shingle WHERE hash NOT IN (SELECT unnest(from_json_strict(?, '["UINTEGER"]'))))
                OR fingerprint.content_sha256 IN (SELECT unnest(from_json_strict(?, '["VARCHAR"]'))))
            ORDER BY is_document DESC, known.first_seen_at, owner_id, judged_at""", [_plain(since), json.dumps(common), json.dumps(contents)])
        return [KnownText(**row) for row in rows], common

    def articles_to_link(self, topic: str, limit: int) -> list[TextToLink]:
        """Articles whose story is not known, with the text."""
        return [TextToLink(**row) for row in self._rows("""SELECT todo.article_id, todo.text_event, body.text, todo.first_seen_at AS seen_at
            FROM (SELECT row_number() OVER () AS number, * FROM todo.article_to_link WHERE topic = ? LIMIT ?) AS todo
            JOIN log.body ON body.key = substr(todo.body_sha256, 1, 32)::UUID ORDER BY number""", [topic, limit])]

    def told_texts(self, topic: str, since: dt.datetime) -> list[ToldText]:
        """The words of the articles that were linked to stories since a moment, in the order of the log."""
        rows = self._rows("""SELECT event.data, article.first_seen_at AS seen_at FROM log.event
            JOIN (SELECT article_id, first_seen_at FROM article WHERE first_seen_at >= ?) AS article ON article.article_id = event.stream
            WHERE event.type = 'story.linked' AND event.topic = ? AND event.occurred_at >= ? ORDER BY event.position""", [_plain(since), topic, _plain(since)])
        told = [(StoryLinked.model_validate_json(row["data"]), row["seen_at"]) for row in rows]
        return [ToldText(linked.article_id, linked.story_id, seen_at, linked.terms) for linked, seen_at in told]

    def cluster_members(self, clusters: Iterable[str]) -> list[tuple[str, str]]:
        """(article id, cluster id) of the articles in some clusters, in the order of the log."""
        rows = self._rows("""SELECT article_id, cluster_id FROM article
            WHERE cluster_id IN (SELECT unnest(from_json_strict(?, '["VARCHAR"]'))) ORDER BY position""", [json.dumps(sorted(set(clusters)))])
        return [(row["article_id"], row["cluster_id"]) for row in rows]

    def article_cluster(self, article_id: str) -> str | None:
        """The cluster of an article; None where there is no such article or it was not judged."""
        rows = self._rows("SELECT cluster_id FROM article WHERE article_id = ?", [article_id])
        return rows[0]["cluster_id"] if rows else None

    def bodies(self, hashes: Iterable[str]) -> dict[str, str]:
        """Texts by their SHA-256."""
        rows = self._rows("SELECT sha256, text FROM log.body WHERE key IN (SELECT substr(hash, 1, 32)::UUID FROM (SELECT unnest(from_json_strict(?, '[\"VARCHAR\"]')) AS hash))",
                          [json.dumps(sorted(set(hashes)))])
        return {row["sha256"]: row["text"] for row in rows}

    def mentions_to_resolve(self, topic: str, limit: int) -> list[tuple[MentionDetected, str]]:
        """Mentions that the ledger has not decided on, with the id of their event, in the order of reading."""
        rows = self._rows("""SELECT event.data, todo.detected_event FROM (SELECT row_number() OVER () AS number, *
            FROM todo.mention_to_resolve WHERE topic = ? LIMIT ?) AS todo
            JOIN log.event ON event.event_id = todo.detected_event::UUID ORDER BY number""", [topic, limit])
        return [(MentionDetected.model_validate_json(row["data"]), row["detected_event"]) for row in rows]

    def ledger(self, topic: str) -> list[LedgerEntry]:
        """Every proposal of a topic with the readings of all mentions linked to it. Merged ones are part of that which they are."""
        rows = self._rows("SELECT * FROM proposal WHERE topic = ? ORDER BY opened_at, proposal_id", [topic])
        # What a thousand texts state alike is one reading to the ledger, which asks for ranges and parties, not for how often.
        linked = self._rows("""SELECT proposal_id, readings::VARCHAR AS readings, mediators FROM mention WHERE topic = ? AND outcome = 'known'
            GROUP BY ALL ORDER BY min((detected_at, reported_at, article_id, ordinal))""", [topic])
        entries = {row["proposal_id"]: LedgerEntry(
            proposal_id=row["proposal_id"], label=row["label"], proposers=set(row["proposers"]), claimed_by=set(row["claimed_by"]),
            mediators=set(row["mediators"]), nicknames=set(row["nicknames"]), active_from=row["active_from"],
            active_until=row["active_until"], parent_id=row["parent_id"], is_dismissed=row["is_dismissed"],
            readings=_readings(row["readings"])) for row in rows}
        for row in linked:
            if (entry := entries.get(row["proposal_id"])) is not None:
                entry.readings += _readings(row["readings"])
                entry.mediators |= set(row["mediators"])
        merged = {row["proposal_id"]: row["merged_into"] for row in rows if row["merged_into"] in entries}
        for proposal_id, into in merged.items():
            entries[into].take_in(entries[proposal_id])
        for entry in entries.values():
            entry.parent_id = merged.get(entry.parent_id or "", entry.parent_id)
        return [entry for proposal_id, entry in entries.items() if proposal_id not in merged]

    def last_linked(self, topic: str) -> tuple[str, str] | None:
        """The article read last and the proposal that its last linked mention means."""
        rows = self._rows("""SELECT article_id, proposal_id FROM mention WHERE topic = ? AND proposal_id IS NOT NULL
            ORDER BY detected_at DESC, reported_at DESC, article_id DESC, ordinal DESC LIMIT 1""", [topic])
        return (rows[0]["article_id"], rows[0]["proposal_id"]) if rows else None

    def topic_digest(self, topic: str) -> str | None:
        """Digest of the profile last recorded for a topic."""
        rows = self._rows("SELECT digest FROM topic WHERE topic_id = ?", [topic])
        return rows[0]["digest"] if rows else None

    def proposal_ids(self, topic: str) -> set[str]:
        """Ids of all proposals of a topic."""
        return {row["proposal_id"] for row in self._rows("SELECT proposal_id FROM proposal WHERE topic = ?", [topic])}

    def document_ids(self) -> set[str]:
        """Ids of all documents of the corpus."""
        return {row["document_id"] for row in self._rows("SELECT document_id FROM document")}

    def last_poll(self, topic: str) -> dt.datetime | None:
        """When any feed of a topic was last polled."""
        moment = self._rows("SELECT max(last_polled_at) AS moment FROM feed WHERE topic = ?", [topic])[0]["moment"]
        return moment if isinstance(moment, dt.datetime) else None


def record_of(row: dict[str, Any]) -> Record | None:
    """The archive record in a row with record_file, record_offset, record_length and sha256."""
    if row.get("record_file") is None:
        return None
    return Record(file=row["record_file"], offset=row["record_offset"], length=row["record_length"], sha256=row["sha256"])


def _readings(text: str) -> list[Reading]:
    return [Reading.model_validate(item) for item in json.loads(text or "[]")]


def _plain(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def _feed_to_poll(row: dict[str, Any]) -> FeedToPoll:
    return FeedToPoll(**{name: row[name] for name in FeedToPoll.__slots__ if name != "record"} | {"gaps": tuple(row["gaps"] or ()), "record": record_of(row)})
