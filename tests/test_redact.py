"""Removal on request, on a warehouse that the demo newsroom filled: the words are gone from every byte, and the log still holds."""

import datetime as dt
import zlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from monitor.archive import Archive
from monitor.errors import ArchiveError, WarehouseError
from monitor.events import read_event
from monitor.pipeline.redacting import redact
from monitor.pipeline.shared import load_pipeline
from monitor.settings import load_settings
from monitor.warehouse import WarehouseFiles, open_live, query_copy
from monitor.warehouse.files import PROJECTIONS, relations
from monitor.warehouse.redact import REMOVED, mask
from monitor.warehouse.verify import relations_that_differ

NOW = dt.datetime(2025, 7, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def folder(demo: Path) -> Path:
    """The demo's folder after its four polls."""
    return demo


def rows(folder: Path, statement: str) -> list[tuple[object, ...]]:
    return query_copy(WarehouseFiles(folder), statement).rows


def everything(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file with its bytes; of archives, what each of their compressed members holds."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        raw = path.read_bytes()
        yield path, raw
        while path.suffix == ".gz" and raw:
            member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield path, member.decompress(raw)
            raw = member.unused_data


def alone(folder: Path) -> tuple[str, bytes]:
    """An article whose text is no other's, with words of it that nobody else has and that stand in the live file as they are."""
    texts = dict(rows(folder, "SELECT sha256, text FROM log.body"))
    live = WarehouseFiles(folder).live.read_bytes()
    for article_id, sha256 in rows(folder, "SELECT article_id, body_sha256 FROM article WHERE mentions > 0 ORDER BY ALL"):
        if rows(folder, f"SELECT count(*) FROM article WHERE body_sha256 = '{sha256}'") == [(1,)]:
            text = str(texts[sha256])
            for words in (text[start : start + 40] for start in range(0, len(text) - 40, 10)):
                if words.isascii() and words.encode() in live and sum(words in str(other) for other in texts.values()) == 1:
                    return str(article_id), words.encode()
    pytest.fail("the demo has no such article")


def test_the_words_leave_every_byte_and_the_log_still_holds(folder: Path) -> None:
    """Warehouse, copy, archive, alerts: no file keeps a sentence of the text. Slots, hashes, address and title stay; checks, chain
    and a rebuild hold; every event still reads; the removal is recorded with its reason."""
    article_id, needle = alone(folder)
    found = {path.relative_to(folder).parts[0] for path, content in everything(folder) if needle in content}
    assert found >= {".live", "archive", "monitor.duckdb"}
    before = rows(
        folder,
        f"SELECT title, url, body_sha256, page_sha256, first_seen_at, verdict FROM article WHERE article_id = '{article_id}'",
    )
    slots = rows(folder, "SELECT position, event_id, type, stream, recorded_at FROM log.event ORDER BY position")

    ((records,),) = rows(folder, f"SELECT count(DISTINCT record) FROM event.page_fetched WHERE article_id = '{article_id}'")
    ((texts,),) = rows(folder, f"SELECT count(DISTINCT body_sha256) FROM article_version WHERE article_id = '{article_id}'")

    done = redact(load_pipeline(load_settings(folder / "monitor.toml"), clock=lambda: NOW), article_id, "asked for by the outlet")

    assert (len(done.removed.texts), done.pages) == (texts, records)
    assert done.pages > 0
    assert done.removed.events > 0
    assert [path for path, content in everything(folder) if needle in content] == []
    assert (
        rows(
            folder,
            f"SELECT title, url, body_sha256, page_sha256, first_seen_at, verdict FROM article WHERE article_id = '{article_id}'",
        )
        == before
    )
    assert (
        rows(folder, "SELECT position, event_id, type, stream, recorded_at FROM log.event ORDER BY position")[: len(slots)]
        == slots
    )
    assert rows(folder, "SELECT stream, data ->> '$.why' FROM log.event WHERE type = 'article.redacted'") == [
        (article_id, "asked for by the outlet")
    ]
    assert {name: rows(folder, f'FROM "check"."{name}"') for name in relations("check")} == dict.fromkeys(relations("check"), [])
    assert relations_that_differ(WarehouseFiles(folder)) == []
    for wire, version, data in rows(folder, 'SELECT type, "version", data FROM log.event'):
        read_event(str(wire), int(str(version)), str(data))
    assert REMOVED in str(rows(folder, f"SELECT quote FROM mention WHERE article_id = '{article_id}'"))


def test_a_removed_page_is_not_read_again_and_other_records_stay_where_they_are(folder: Path) -> None:
    """Also when its entry changes; the raw records behind the removed one read back at their old places."""
    article_id, _ = alone(folder)
    others = rows(
        folder,
        f"SELECT record_file, record_offset, sha256 FROM page WHERE record_file IS NOT NULL AND article_id <> '{article_id}'",
    )
    own = rows(folder, f"SELECT record_file, record_offset FROM page WHERE article_id = '{article_id}'")[0]
    pipeline = load_pipeline(load_settings(folder / "monitor.toml"), clock=lambda: NOW)
    redact(pipeline, article_id, "asked for")
    with duckdb.connect(str(WarehouseFiles(folder).live)) as connection:
        connection.execute("UPDATE page SET outcome = 'waiting'")
        assert connection.execute("SELECT count(*) FROM todo.page_to_fetch WHERE article_id = ?", [article_id]).fetchall() == [
            (0,)
        ]
        assert connection.execute("SELECT count(*) > 0 FROM todo.page_to_fetch").fetchall() == [(True,)]
    archive = Archive(folder / "archive")
    assert others
    assert all(archive.read(str(file), int(str(offset))) for file, offset, _ in others)
    with pytest.raises(ArchiveError, match="removed on request"):
        archive.read(str(own[0]), int(str(own[1])))


def test_a_removal_that_is_repeated_adds_nothing(folder: Path) -> None:
    """One event of removal, whatever was cut off before."""
    article_id, _ = alone(folder)
    pipeline = load_pipeline(load_settings(folder / "monitor.toml"), clock=lambda: NOW)
    redact(pipeline, article_id, "asked for")
    again = redact(pipeline, article_id, "asked for")
    assert (again.removed.events, again.removed.texts, again.pages) == (0, (), 0)
    assert rows(folder, "SELECT count(*) FROM log.event WHERE type = 'article.redacted'") == [(1,)]


def test_a_text_that_others_carry_stays_theirs_and_is_named(folder: Path) -> None:
    """An exact copy elsewhere keeps its text until it is removed too; then it is gone."""
    ((sha256, articles),) = rows(
        folder,
        """SELECT body_sha256, list(article_id ORDER BY article_id) FROM article
        GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1""",
    )
    first, *others = [str(article_id) for article_id in articles]  # type: ignore[attr-defined]
    pipeline = load_pipeline(load_settings(folder / "monitor.toml"), clock=lambda: NOW)
    done = redact(pipeline, first, "asked for")
    assert done.removed.shared_with == tuple(sorted(others))
    assert rows(folder, f"SELECT count(*) FROM log.body WHERE sha256 = '{sha256}'") == [(1,)]
    for other in others:
        redact(pipeline, other, "asked for")
    assert rows(folder, f"SELECT count(*) FROM log.body WHERE sha256 = '{sha256}'") == [(0,)]
    assert rows(folder, 'FROM "check".redactions_recorded') == []


def test_an_unknown_article_is_refused(folder: Path) -> None:
    """By name, and nothing is written."""
    before = WarehouseFiles(folder).copy.read_bytes()
    with pytest.raises(WarehouseError, match="there is no such article") as caught:
        redact(load_pipeline(load_settings(folder / "monitor.toml")), "article-none", "asked for")
    assert caught.value.subject == "article-none"
    assert WarehouseFiles(folder).copy.read_bytes() == before


def test_the_mask_keeps_the_shape() -> None:
    """Words at any depth are replaced, everything else stays as it was."""
    assert mask('{"title":"T","quote":"Q","frame":{"start":1,"text":"F"},"readings":[{"text":"R","low":60.0}],"summary":""}') == (
        f'{{"title":"T","quote":"{REMOVED}","frame":{{"start":1,"text":"{REMOVED}"}},"readings":[{{"text":"{REMOVED}","low":60.0}}],"summary":""}}'
    )


@pytest.mark.parametrize("length", [40, 130, 180, 181, 182, 183, 500, 70_000, 131_072, 1_000_003])
def test_a_record_is_overwritten_by_one_of_its_length(tmp_path: Path, length: int) -> None:
    """Byte for byte as long, whatever the length, so that nothing behind it moves; a second time it finds nothing to do."""
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"before" + b"\x7f" * length + b"after")
    assert Archive(tmp_path).redact("a.warc.gz", 6, length)
    content = path.read_bytes()
    assert (content[:6], content[6 + length :]) == (b"before", b"after")
    assert b"\x7f" * 8 not in content[6 : 6 + length]
    if length >= 180:
        assert b"removed on request" in zlib.decompress(content[6 : 6 + length], zlib.MAX_WBITS | 16)
    assert not Archive(tmp_path).redact("a.warc.gz", 6, length)


# ---- what verification finds


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("""UPDATE log.event SET data = replace(data, ':"', ':"b') WHERE position = 30""", "chain_holds"),
        ("UPDATE log.event SET recorded_at = recorded_at + INTERVAL 1 SECOND WHERE position = 77", "chain_holds"),
        ("DELETE FROM log.event WHERE position = 41", "chain_holds"),
        ("UPDATE log.batch SET sha256 = sha256('x') WHERE number = 3", "chain_holds"),
        (
            "INSERT INTO log.redaction SELECT event_id, sha256(data::VARCHAR) FROM log.event WHERE position = 30",
            "redactions_recorded",
        ),
        ("DELETE FROM log.body WHERE sha256 = (SELECT min(body_sha256) FROM article)", "texts_kept"),
    ],
)
def test_a_changed_log_is_found(folder: Path, change: str, check: str) -> None:
    """Whoever changes, removes or inserts by hand is found out, at the batch that was touched and not behind it."""
    files = WarehouseFiles(folder)
    with duckdb.connect(str(files.live)) as connection:
        connection.execute(change)
    with open_live(files) as live:
        live.publish()
    found = rows(folder, f'FROM "check"."{check}"')
    assert found
    if check == "chain_holds":
        ((position,),) = rows(folder, f"SELECT {change.rpartition('= ')[2]}") if "position" in change else [(None,)]
        first = found[0]
        assert position is None or int(str(first[1])) <= int(str(position)) <= int(str(first[2]))


def test_a_relation_that_is_not_what_the_log_makes_is_found(folder: Path) -> None:
    """A figure changed by hand: the relation is named, and nothing is left of the proof."""
    files = WarehouseFiles(folder)
    assert relations_that_differ(files) == []
    with duckdb.connect(str(files.live)) as connection:
        connection.execute("UPDATE article SET words = words + 1 WHERE article_id = (SELECT min(article_id) FROM article)")
    with open_live(files) as live:
        live.publish()
    assert relations_that_differ(files) == ["article"]
    assert [path.name for path in folder.iterdir() if path.name.startswith(".verify")] == []


def test_no_other_code_changes_an_event() -> None:
    """Nothing in the program updates or deletes what the log holds, but the one script of removal."""
    root = Path(__file__).parents[1]
    sources = [*root.glob("src/**/*.py"), *root.glob("flows/**/*.py"), *root.glob("warehouse/**/*.sql")]
    assert len(sources) > 50
    guilty = {
        path.relative_to(root).as_posix()
        for path in sources
        for statement in (
            "UPDATE log.event",
            "DELETE FROM log.event",
            "TRUNCATE log.event",
            "MERGE INTO log.event",
            "DROP TABLE log.event",
        )
        if statement.lower() in path.read_text(encoding="utf-8").lower()
    }
    assert guilty == {"warehouse/log/redact.sql"}
    assert PROJECTIONS
