"""Raw bytes: written as WARC that other programs read, read back as the same bytes or refused with the way out."""

import asyncio
import datetime as dt
import random
from pathlib import Path

import pytest
from loopback import Loopback, answer, item, page, rss, settings_for
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders

from monitor.answers import Fetched
from monitor.archive import Archive
from monitor.errors import ArchiveError
from monitor.events import Record
from monitor.ids import sha256
from monitor.pipeline.collecting import collect
from monitor.pipeline.running import begin, finish
from monitor.pipeline.shared import load_pipeline
from monitor.warehouse import query_copy

NOW = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
BODIES = (random.Random(7).randbytes(30_000), b"", b"<p>" + "Wörter ✓ ".encode() * 5_000, b"\r\n\r\nWARC/1.1\r\n\r\n")


def fetched(body: bytes, number: int = 0, **headers: str) -> Fetched:
    url = f"http://outlet.test/{number}"
    return Fetched(url, f"{url}?final", 200, {name.replace("_", "-"): value for name, value in headers.items()}, body, NOW)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


@pytest.fixture
def records(archive: Archive) -> list[Record]:
    answers = [fetched(body, number, content_type="text/html") for number, body in enumerate(BODIES)]
    return archive.write(answers, name="batch", at=NOW)


def test_every_record_gives_its_bytes_back(archive: Archive, records: list[Record]) -> None:
    """Random, empty, text and WARC-like bodies come back byte for byte, in any order."""
    for record, body in reversed(list(zip(records, BODIES, strict=True))):
        assert archive.read(record.file, record.offset) == body
        assert record.sha256 == sha256(body)


def all_records(path: Path) -> list[tuple[str, int, int, StatusAndHeaders, StatusAndHeaders, bytes]]:
    """Type, offset, length, heads and body of each record, as warcio reads the file to its end; every digest must hold."""
    found = []
    with path.open("rb") as stream:
        iterator = ArchiveIterator(stream, check_digests="raise")
        for record in iterator:
            body = record.content_stream().read()
            place = (iterator.get_record_offset(), iterator.get_record_length())
            found.append((record.rec_type, *place, record.rec_headers, record.http_headers, body))
    return found


def test_records_lie_one_after_the_other(archive: Archive, records: list[Record]) -> None:
    """Offsets and lengths tile the file, so that a record can be cut out of it by itself; a warcinfo record stands first, and
    each response is followed by its request."""
    found = all_records(archive.root / records[0].file)
    assert [kind for kind, *_ in found] == ["warcinfo", *["response", "request"] * len(BODIES)]
    ends = [offset + length for _, offset, length, *_ in found]
    assert [offset for _, offset, *_ in found] == [0, *ends[:-1]]
    assert (archive.root / records[0].file).stat().st_size == ends[-1]
    assert [(offset, length) for kind, offset, length, *_ in found if kind == "response"] == [
        (record.offset, record.length) for record in records
    ]


def test_other_programs_read_the_file_as_warc(archive: Archive, records: list[Record]) -> None:
    """warcio finds a response record for each answer with address, date, status, body and matching digests."""
    with (archive.root / records[0].file).open("rb") as stream:
        found = [
            (
                record.rec_type,
                record.rec_headers.get_header("WARC-Target-URI"),
                record.rec_headers.get_header("WARC-Date"),
                record.http_headers.get_statuscode(),
                record.content_stream().read(),
                record.digest_checker.passed,
            )
            for record in ArchiveIterator(stream, check_digests=True)
            if record.rec_type == "response"
        ]
    assert found == [
        ("response", f"http://outlet.test/{number}?final", "2031-03-10T09:00:00Z", "200", body, True)
        for number, body in enumerate(BODIES)
    ]


def test_headers_of_the_transfer_and_cookies_are_left_out(archive: Archive) -> None:
    """The body is stored decoded: no Content-Encoding is repeated, the length is that of the body, cookies are nobody's."""
    headers = {"content_encoding": "gzip", "transfer_encoding": "chunked", "content_length": "9", "set_cookie": "id=1"}
    (record,) = archive.write([fetched(b"decoded", etag='"kept"', **headers)], name="one", at=NOW)
    ((_, _, _, _, http, _),) = (found for found in all_records(archive.root / record.file) if found[0] == "response")
    kept = {name.lower(): value for name, value in http.headers}
    assert kept == {"etag": '"kept"', "content-length": "7"}


def test_files_lie_by_day_and_nothing_unfinished_stays(archive: Archive, records: list[Record]) -> None:
    """Below year, month and day, numbered; no partial file beside it, and what is open is noted in a folder of its own."""
    assert {record.file for record in records} == {"2031/03/10/batch-000.warc.gz"}
    assert [path.name for path in (archive.root / "2031").rglob("*") if path.is_file()] == ["batch-000.warc.gz"]
    assert sorted(path.name for path in (archive.root / ".open").iterdir()) == ["batch.json", "lock"]


def test_no_answers_make_no_file(archive: Archive) -> None:
    """An empty batch writes nothing."""
    assert archive.write([], name="none", at=NOW) == []
    assert not archive.root.exists()


def damaged(path: Path, how: str, record: Record) -> None:
    """Damage the file at the first record."""
    content = bytearray(path.read_bytes())
    if how == "deleted":
        path.unlink()
        return
    if how == "flipped":
        content[record.length // 2] ^= 0xFF
    path.write_bytes(
        {
            "torn in the body": content[: record.length // 2],
            "torn in the head": content[:60],
            "emptied": b"",
            "overwritten": b"something else\n" * 100,
            "zeroed": b"\0" * len(content),
            "flipped": content,
        }[how]
    )


@pytest.mark.parametrize(
    "how", ["deleted", "torn in the body", "torn in the head", "emptied", "overwritten", "zeroed", "flipped"]
)
def test_a_lost_or_damaged_record_is_an_error_that_names_the_way_out(archive: Archive, records: list[Record], how: str) -> None:
    """Never wrong bytes, never half of them: an ArchiveError with the file, the place and what to do."""
    damaged(archive.root / records[0].file, how, records[0])
    with pytest.raises(ArchiveError) as caught:
        archive.read(records[0].file, records[0].offset)
    assert records[0].file in caught.value.subject
    assert "backup" in caught.value.way_out
    assert caught.value.exit_code == 4


def test_a_place_where_no_record_begins_is_an_error(archive: Archive, records: list[Record]) -> None:
    """Neither the middle of a record nor a place past the end yields bytes."""
    for offset in (17, records[-1].offset + records[-1].length + 5):
        with pytest.raises(ArchiveError):
            archive.read(records[0].file, offset)


def test_an_archive_that_cannot_be_written_is_an_error_that_names_the_way_out(tmp_path: Path) -> None:
    """A file stands where the folder should be: the path and what to do are said."""
    (tmp_path / "archive").write_text("in the way")
    with pytest.raises(ArchiveError) as caught:
        Archive(tmp_path / "archive").write([fetched(b"x")], name="batch", at=NOW)
    assert str(tmp_path / "archive") in caught.value.subject
    assert caught.value.way_out


def test_a_stage_that_is_tried_again_in_its_run_never_overwrites_what_it_archived(tmp_path: Path) -> None:
    """The orchestrator retries a task under the same run id. What the first try archived and recorded stays readable."""
    paragraphs = [
        f"Norland and Sudmark spoke of a truce on day {day}, and the harbour stayed calm until dusk." for day in range(9)
    ]
    with Loopback() as server:
        server.routes = {
            "/one": answer(rss(item("Norland truce talks, first", server.url("/first"))), "application/rss+xml"),
            "/first": answer(page("first", *paragraphs)),
        }
        settings = settings_for(tmp_path, server.url("/one"))
        pipeline = load_pipeline(settings, clock=lambda: NOW, run_id="the-same-run")
        begin(pipeline)
        asyncio.run(collect(pipeline))
        server.routes |= {
            "/one": answer(rss(item("Norland truce talks, second", server.url("/second"))), "application/rss+xml"),
            "/second": answer(page("second", *reversed(paragraphs), "More of it came later.")),
        }
        again = load_pipeline(settings, clock=lambda: NOW + dt.timedelta(hours=1), run_id="the-same-run")
        asyncio.run(collect(again))
        finish(again)
    rows = query_copy(again.files, "SELECT record_file, record_offset, sha256 FROM page").rows
    rows += query_copy(
        again.files, "SELECT record ->> '$.file', (record ->> '$.offset')::BIGINT, record ->> '$.sha256' FROM event.feed_polled"
    ).rows
    assert len(rows) == 4
    for file, offset, digest in rows:
        assert sha256(again.archive.read(file, offset)) == digest
