"""Removal on request: an article's words leave the warehouse and its file's bytes; the slots in the log, the hashes and the event of removal stay.

This is the only code that changes an event. What it takes out is covered by the hash kept in ``log.redaction``, so the chain
holds and the change shows. A deleted row's bytes stay in a DuckDB file (51 of 52 hits were still found after DELETE and
VACUUM), so the file is written afresh and put in the old one's place; backups, the spare and the stand-in go.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from ..errors import WarehouseError
from ..events import ArticleRedacted, Event
from .files import WarehouseFiles, literal
from .live import CONFIG, LiveWarehouse
from .schema import prepare

REMOVED = "[removed on request]"
# The fields of events that hold words of a page. Address, outlet, title, author and dates say which article it was.
_WORDS = frozenset({"summary", "quote", "text", "sentence", "headline", "passage_url"})


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out: events that lost words, texts, and the articles that share a text with it and keep theirs."""

    events: int
    texts: tuple[str, ...]
    shared_with: tuple[str, ...]


def mask(data: str) -> str:
    """The JSON of an event with the words of a page replaced, at any depth; the same shape, so that every model still reads it."""
    return json.dumps(_masked(json.loads(data)), ensure_ascii=False, separators=(",", ":"))


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: REMOVED if key in _WORDS and isinstance(item, str) and item else _masked(item) for key, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value


def records_of(live: LiveWarehouse, article_id: str) -> list[tuple[str, int, int]]:
    """File, offset and length of the raw records of an article's pages. Raises WarehouseError for an unknown article."""
    rows = live.query("""SELECT DISTINCT data ->> '$.record.file', (data ->> '$.record.offset')::BIGINT, (data ->> '$.record.length')::BIGINT
        FROM log.event WHERE stream = ? AND type = 'page.fetched' ORDER BY ALL""", [article_id])
    if not rows and not live.query("SELECT 1 FROM log.event WHERE stream = ? LIMIT 1", [article_id]):
        raise WarehouseError("there is no such article", subject=article_id, way_out="`monitor sql \"SELECT article_id, title, url FROM article\"` lists them.")
    return [(str(file), int(offset), int(length)) for file, offset, length in rows]


def feed_records_of(live: LiveWarehouse, article_id: str) -> list[tuple[str, int, int]]:
    """File, offset and length of the raw feed documents that may carry the article: those of its feeds since it was first seen."""
    rows = live.query("""SELECT DISTINCT data ->> '$.record.file', (data ->> '$.record.offset')::BIGINT, (data ->> '$.record.length')::BIGINT
        FROM log.event WHERE type = 'feed.polled' AND (data ->> '$.record.file') IS NOT NULL AND stream IN (
            SELECT data ->> '$.feed_id' FROM log.event WHERE type IN ('entry.seen', 'entry.revised') AND (data ->> '$.article_id') = ?) ORDER BY ALL""", [article_id])
    return [(str(file), int(offset), int(length)) for file, offset, length in rows]


def texts_of(live: LiveWarehouse, article_id: str) -> dict[str, str]:
    """The article's texts that are still there, by SHA-256."""
    return dict(live.query("""SELECT sha256, text FROM log.body WHERE key IN (
        SELECT substr(body_sha256, 1, 32)::UUID FROM article_version WHERE article_id = $1
        UNION SELECT substr(data ->> '$.body_sha256', 1, 32)::UUID FROM log.event WHERE stream = $1 AND type IN ('article.post_found', 'article.quarantined'))""", [article_id]))


def take_out(live: LiveWarehouse, removal: Event, article_id: str) -> Removed:
    """Record the removal and take the words out of events, texts and relations, in the file's rows (not yet in its bytes)."""
    own = list(texts_of(live, article_id))
    events: Sequence[tuple[Any, str]] = live.query("""SELECT event_id, data::VARCHAR FROM log.event
        WHERE stream = $1 OR (data ->> '$.article_id') = $1 ORDER BY position""", [article_id])
    changed = [{"event_id": str(event_id), "data": mask(data)} for event_id, data in events if _masked(json.loads(data)) != json.loads(data)]
    shared = live.query("""SELECT DISTINCT body_sha256, article_id FROM article_version WHERE list_contains(?::VARCHAR[], body_sha256)
        AND article_id <> ? AND article_id NOT IN (SELECT stream FROM log.event WHERE type = 'article.redacted')""", [own, article_id])
    texts = sorted(set(own) - {sha256 for sha256, _ in shared})
    if changed or texts or not live.query("SELECT 1 FROM log.event WHERE stream = ? AND type = 'article.redacted'", [article_id]):
        live.append([removal])
    live.redact(json.dumps(changed), texts)
    return Removed(len(changed), tuple(texts), tuple(sorted({other for _, other in shared})))


def write_afresh(files: WarehouseFiles) -> None:
    """Write the live file anew, row by row, and put it in the old one's place; the caller holds the writer's lock and nobody the file."""
    fresh = files.live.with_name("fresh.duckdb")
    fresh.unlink(missing_ok=True)
    with duckdb.connect(str(fresh), config=CONFIG) as connection:
        prepare(connection)
    with duckdb.connect(str(fresh), config=CONFIG) as connection:
        connection.execute(f"ATTACH {literal(files.live)} AS old (READ_ONLY)")
        here = str(connection.execute("SELECT current_database()").fetchall()[0][0])
        tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'old' ORDER BY ALL").fetchall()
        connection.execute("BEGIN")
        for schema, table in tables:
            connection.execute(f'DELETE FROM "{here}"."{schema}"."{table}"')
            connection.execute(f'INSERT INTO "{here}"."{schema}"."{table}" BY NAME FROM old."{schema}"."{table}"')
        connection.execute("COMMIT")
        connection.execute("DETACH old")
        connection.execute("CHECKPOINT")
    fresh.replace(files.live)
    for path in (files.spare, files.standin):
        path.unlink(missing_ok=True)
    shutil.rmtree(files.backups, ignore_errors=True)
    shutil.rmtree(files.spool / "refused", ignore_errors=True)


def removal(article_id: str, why: str, **envelope: Any) -> Event:
    """The event of a removal."""
    return Event.of(ArticleRedacted(article_id=article_id, why=why, redacted_at=envelope["at"]), **envelope)
