"""Raw pages are let go when their time is over; what is known stays known, and nothing old comes back."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from monitor.archive import Archive
from monitor.archive.check import check_archive
from monitor.cli.demo import newsroom_of_topic
from monitor.errors import ArchiveError, SettingsError
from monitor.newsroom import NewsroomSite, load_newsroom
from monitor.pipeline.collecting import collect
from monitor.pipeline.retaining import retain
from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import Pipeline, load_pipeline
from monitor.settings import load_settings
from monitor.warehouse import WarehouseFiles, query_copy, read_copy, shipped
from monitor.warehouse.files import relations
from monitor.warehouse.verify import records_named, relations_that_differ

LONG = dt.timedelta(days=500)


def much_later(folder: Path, **connect_to: Any) -> Pipeline:
    """The demo's pipeline, five hundred days after its last poll."""
    settings = load_settings(folder / "monitor.toml")
    if connect_to:
        settings = settings.model_copy(update={"fetch": settings.fetch.model_copy(update=connect_to)})
    newsroom = load_newsroom(shipped("newsroom", newsroom_of_topic()))
    moment = newsroom.moment(newsroom.polls).astimezone(dt.UTC) + LONG
    return load_pipeline(settings, clock=lambda: moment)


def rows(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    return query_copy(WarehouseFiles(folder), statement).rows


def test_the_bytes_go_and_what_was_read_from_them_stays(demo: Path) -> None:
    """Pages of that day are freed, feeds' documents stay. Texts, articles and chain are as before; checks and a rebuild hold; the archive's
    check counts the records as removed and not as lost; a second time does nothing."""
    archive = Archive(demo / "archive")
    kept = "SELECT article_id, title, url, body_sha256, page_sha256, verdict FROM article ORDER BY ALL"
    articles, texts = rows(demo, kept), rows(demo, "SELECT sha256, text FROM log.body ORDER BY ALL")
    pages = [file for file in archive.files() if "pages-" in file]
    size = sum(archive.size_of(file) for file in pages)

    done = retain(much_later(demo), 400)

    assert (done.files, done.bytes) == (len(pages), size)
    assert done.bytes > 0
    assert [file for file in archive.files() if archive.size_of(file)] == [file for file in archive.files() if "feeds-" in file]
    assert rows(demo, kept) == articles
    assert rows(demo, "SELECT sha256, text FROM log.body ORDER BY ALL") == texts
    assert rows(demo, "SELECT file, bytes > 0, keep_days FROM retired_file ORDER BY ALL") == [(file, True, 400) for file in pages]
    assert {name: rows(demo, f'FROM "check"."{name}"') for name in relations("check")} == dict.fromkeys(relations("check"), [])
    assert relations_that_differ(WarehouseFiles(demo)) == []
    with read_copy(WarehouseFiles(demo)) as connection:
        found = check_archive(archive, records_named(connection))
    assert found.is_whole
    with read_copy(WarehouseFiles(demo)) as connection:
        assert found.removed == sum("pages-" in record.file for record in records_named(connection))
    assert retain(much_later(demo), 400).files == 0
    file, offset = rows(demo, "SELECT record_file, record_offset FROM page WHERE record_file IS NOT NULL LIMIT 1")[0]
    with pytest.raises(ArchiveError, match="its time was over"):
        archive.read(file, offset)


def test_an_old_entry_in_a_later_poll_adds_nothing(demo: Path) -> None:
    """The feeds show what they showed 500 days ago: polls are recorded, and no entry, article, mention or alert."""
    newsroom = load_newsroom(shipped("newsroom", newsroom_of_topic()))
    retain(much_later(demo), 400)
    before = rows(demo, "SELECT max(position) FROM log.event")[0][0]
    with NewsroomSite(newsroom) as site:
        site.poll = newsroom.polls
        counts = asyncio.run(run_cycle(much_later(demo, connect_to=site.connect_to)))
    assert counts["feed.polled"] > 0
    # A page that was due to be read once more may be, as without retention; none is read for an entry.
    told = rows(demo, f"SELECT type, coalesce((data ->> '$.reading')::INTEGER, 1) FROM log.event WHERE position > {before}")
    forbidden = {"entry.seen", "entry.revised", "article.extracted", "alert.raised", "mention.detected", "proposal.opened"}
    assert {wire for wire, _ in told} & forbidden == set()
    assert ("page.fetched", 1) not in told


def test_a_page_that_is_asked_for_anew_is_kept_anew(demo: Path) -> None:
    """The same bytes come back, since an entry changed: they lie in a new file, and nothing refers to the one that is gone."""
    newsroom = load_newsroom(shipped("newsroom", newsroom_of_topic()))
    retain(much_later(demo), 400)
    with duckdb.connect(str(WarehouseFiles(demo).live)) as connection:
        ((article_id, sha256),) = connection.execute(
            "SELECT article_id, sha256 FROM page WHERE outcome = 'fetched' ORDER BY 1 LIMIT 1"
        ).fetchall()
        connection.execute("UPDATE page SET outcome = 'waiting', asked_by = uuid()::VARCHAR WHERE article_id = ?", [article_id])
    with NewsroomSite(newsroom) as site:
        site.poll = newsroom.polls
        pipeline = much_later(demo, connect_to=site.connect_to)
        asyncio.run(collect(pipeline))
        with pipeline.warehouse() as live:
            ((file, offset, again),) = live.query(
                "SELECT record_file, record_offset, sha256 FROM page WHERE article_id = ?", [article_id]
            )
    assert again == sha256
    assert not pipeline.archive.is_retired(file)
    assert pipeline.archive.read(file, offset)


def test_what_was_cut_off_is_finished(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The events are in the log and the bytes still there: the next call lets them go and records nothing twice."""
    with monkeypatch.context() as patch:
        patch.setattr(Archive, "retire", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            retain(much_later(demo), 400)
    events = rows(demo, "SELECT count(*) FROM retired_file")
    assert retain(much_later(demo), 400).bytes > 0
    assert rows(demo, "SELECT count(*) FROM retired_file") == events
    assert rows(demo, "SELECT count(DISTINCT file) FROM retired_file") == events


def test_days_that_are_not_over_are_kept(demo: Path) -> None:
    """One day fewer than asked for; and less than a month is refused."""
    assert retain(much_later(demo), 501).files == 0
    with pytest.raises(SettingsError, match="too few"):
        retain(much_later(demo), 29)
