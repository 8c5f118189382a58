"""WARC files over time: what a pair, a redirect and a revisit say, how files grow, and what a killed writer leaves behind."""

import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cdxj_indexer.main import CDXJIndexer
from test_archive import NOW, all_records, fetched
from warcio.archiveiterator import ArchiveIterator
from warcio.cli import main as warcio

from monitor.answers import Fetched, NotModified, Redirect
from monitor.archive import Archive, Revisit
from monitor.archive.check import check_archive
from monitor.errors import ArchiveError
from monitor.events import Record
from monitor.ids import sha256

DAY = dt.timedelta(days=1)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def whole(archive: Archive) -> list[str]:
    """Type of every record of every file, after warcio's own check has found nothing in any of them."""
    files = sorted(archive.root.glob("2*/*/*/*.warc.gz"))
    with pytest.raises(SystemExit) as ended:
        warcio(["check", *map(str, files)])
    assert ended.value.code == 0
    return [kind for file in files for kind, *_ in all_records(file)]


# ---- what a record says


def test_a_request_says_what_was_sent_and_keeps_no_secret(archive: Archive) -> None:
    """Method, path, host and headers, bound to its response; no cookie, no authorization, no password of the address."""
    sent = {"User-Agent": "monitor", "If-None-Match": '"a"', "Cookie": "id=7", "Authorization": "Basic c2VjcmV0"}
    url = "https://reader:secret@outlet.test:8443/news/ferry?id=3"
    archive.write([Fetched(url, url, 200, {"set-cookie": "id=8"}, b"<p>", NOW, requested=sent)], name="pages", at=NOW)
    _, response, request = all_records(archive.root / "2031/03/10/pages-000.warc.gz")
    assert request[4].statusline == "/news/ferry?id=3 HTTP/1.1"
    assert request[4].protocol == "GET"
    assert dict(request[4].headers) == {"Host": "outlet.test:8443", "User-Agent": "monitor", "If-None-Match": '"a"'}
    assert request[3].get_header("WARC-Concurrent-To") == response[3].get_header("WARC-Record-ID")
    assert {record[3].get_header("WARC-Target-URI") for record in (response, request)} == {
        "https://outlet.test:8443/news/ferry?id=3"
    }
    for word in ("secret", "id=7", "id=8", "c2VjcmV0"):
        assert all(word not in str(record[3].headers) + str(record[4].headers) for record in (response, request))


def test_each_redirect_is_a_record_with_its_status_and_where_it_led(archive: Archive) -> None:
    """Two steps: each address answers for itself, so that a WARC reader follows them as a browser did."""
    steps = (Redirect(301, "https://outlet.test/b"), Redirect(302, "https://outlet.test/c"))
    answer = Fetched("http://outlet.test/a", "https://outlet.test/c", 200, {}, b"end", NOW, redirects=steps)
    (record,) = archive.write([answer], name="pages", at=NOW)
    found = [
        (head.get_header("WARC-Target-URI"), http.get_statuscode(), http.get_header("location"), body)
        for kind, _, _, head, http, body in all_records(archive.root / record.file)
        if kind == "response"
    ]
    assert found == [
        ("http://outlet.test/a", "301", "https://outlet.test/b", b""),
        ("https://outlet.test/b", "302", "https://outlet.test/c", b""),
        ("https://outlet.test/c", "200", None, b"end"),
    ]
    assert archive.read(record.file, record.offset) == b"end"


@pytest.mark.parametrize("is_304", [False, True])
def test_what_brings_nothing_new_is_a_revisit_that_refers_to_the_first(archive: Archive, is_304: bool) -> None:
    """The same bytes again, or a 304: no body a second time, but address, date, id and digest of the record that has it; read
    back it gives those bytes. A revisit of a revisit refers to the first, too."""
    first, later = fetched(b"as it was" * 500, etag='"a"'), NOW + DAY
    (original,) = archive.write([first], name="pages", at=NOW)
    again = (
        NotModified(first.final_url, {"etag": '"a"'}, later)
        if is_304
        else Fetched(first.url, first.final_url, 200, {"etag": '"b"'}, first.body, later)
    )
    (second,) = archive.write([Revisit(again, original)], name="pages", at=later)
    (third,) = archive.write([Revisit(again, second)], name="pages", at=later)
    heads = {head.get_header("WARC-Record-ID"): head for _, _, _, head, _, _ in all_records(archive.root / original.file)}
    revisits = [record for record in all_records(archive.root / second.file) if record[0] == "revisit"]
    assert len(revisits) == 2
    for _, _, _, head, http, body in revisits:
        referred = heads[head.get_header("WARC-Refers-To")]
        assert referred.get_header("WARC-Type") == "response"
        for own, its in (
            ("WARC-Refers-To-Target-URI", "WARC-Target-URI"),
            ("WARC-Refers-To-Date", "WARC-Date"),
            ("WARC-Payload-Digest", "WARC-Payload-Digest"),
        ):
            assert head.get_header(own) == referred.get_header(its)
        profile = "server-not-modified" if is_304 else "identical-payload-digest"
        assert head.get_header("WARC-Profile") == f"http://netpreserve.org/warc/1.1/revisit/{profile}"
        assert head.get_header("WARC-Date") == "2031-03-11T09:00:00Z"
        assert (http.get_statuscode(), body) == ("304" if is_304 else "200", b"")
    for record in (original, second, third):
        assert record.sha256 == sha256(first.body)
        assert archive.read(record.file, record.offset) == first.body
    assert third.length < original.length + 500
    assert whole(archive).count("response") == 1


def test_the_same_bytes_are_kept_again_when_those_before_are_lost(archive: Archive) -> None:
    """A revisit that refers to nothing would be worth nothing. A 304 then says only that, and reading it says what is missing."""
    (original,) = archive.write([fetched(b"as it was")], name="pages", at=NOW)
    (archive.root / original.file).unlink()
    again, not_modified = archive.write(
        [Revisit(fetched(b"as it was"), original), Revisit(NotModified("http://outlet.test/0", {}, NOW), original)],
        name="pages",
        at=NOW,
    )
    assert archive.read(again.file, again.offset) == b"as it was"
    assert again.file != original.file
    with pytest.raises(ArchiveError, match="lost"):
        archive.read(not_modified.file, not_modified.offset)
    assert whole(archive) == ["warcinfo", "response", "request", "revisit", "request"]


# ---- how files grow


def test_batches_of_a_day_share_a_file_and_a_new_day_begins_another(archive: Archive) -> None:
    """Thousands of batches are not thousands of files; each file begins with its warcinfo."""
    for number in range(20):
        archive.write([fetched(b"x%d" % number, number)], name="feeds", at=NOW)
        archive.write([fetched(b"y%d" % number, number)], name="pages", at=NOW)
    archive.write([fetched(b"next")], name="pages", at=NOW + DAY)
    files = sorted(str(path.relative_to(archive.root)) for path in archive.root.glob("2*/*/*/*"))
    assert files == [
        "2031/03/10/feeds-000.warc.gz",
        "2031/03/10/pages-000.warc.gz",
        "2031/03/11/pages-000.warc.gz",
    ]
    assert whole(archive) == (["warcinfo"] + ["response", "request"] * 20) * 2 + ["warcinfo", "response", "request"]


def test_a_file_that_has_its_size_is_followed_by_the_next(archive: Archive) -> None:
    """Also in the midst of a batch; none is longer than the size and one exchange."""
    small = Archive(archive.root, file_bytes=20_000)
    bodies = [random.Random(number).randbytes(6_000) for number in range(12)]
    records = small.write([fetched(body, number) for number, body in enumerate(bodies)], name="pages", at=NOW)
    files = sorted(archive.root.glob("2*/*/*/*"))
    assert [path.name for path in files] == [f"pages-00{number}.warc.gz" for number in range(4)]
    assert all(20_000 <= path.stat().st_size < 28_000 for path in files[:-1])
    assert [small.read(record.file, record.offset) for record in records] == bodies
    assert whole(archive).count("warcinfo") == 4


# ---- what a killed writer leaves behind

TAILS = {
    "half a record": lambda content: content[: len(content) // 2],
    "a whole record that nobody was told of": lambda content: content,
    "two bytes": lambda content: content[:2],
    "zeros, as some file systems leave them": lambda _: b"\0" * 4096,
}


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("days", [0, 1])
def test_a_torn_tail_is_cut_off_at_the_next_opening(archive: Archive, tail: str, days: int) -> None:
    """On the same day and on the next: what was returned stays where it is, the file ends in whole records, nothing is between."""
    kept = archive.write([fetched(b"first"), fetched(b"second")], name="pages", at=NOW)
    path = archive.root / kept[0].file
    content = path.read_bytes()
    path.write_bytes(content + TAILS[tail](content[kept[1].offset :]))
    assert check_archive(archive, kept).unfinished_bytes > 0
    assert check_archive(archive, kept).is_whole
    (more,) = archive.write([fetched(b"third")], name="pages", at=NOW + days * DAY)
    assert path.read_bytes().startswith(content)
    assert [archive.read(record.file, record.offset) for record in (*kept, more)] == [b"first", b"second", b"third"]
    assert whole(archive).count("response") == 3


def test_a_file_that_lost_its_end_is_left_alone_and_a_new_one_begun(archive: Archive) -> None:
    """Somebody cut it: what events point to there is lost, and nothing else may stand in its place."""
    first, second = archive.write([fetched(b"first"), fetched(b"second")], name="pages", at=NOW)
    path = archive.root / first.file
    path.write_bytes(path.read_bytes()[: second.offset + 5])
    (third,) = archive.write([fetched(b"third")], name="pages", at=NOW)
    assert third.file == "2031/03/10/pages-001.warc.gz"
    assert archive.read(first.file, first.offset) == b"first"
    with pytest.raises(ArchiveError):
        archive.read(second.file, second.offset)
    found = check_archive(archive, [first, second, third])
    assert [line.split(":")[0] for line in found.lost] == [f"{second.file}@{second.offset}"]


def test_a_file_that_was_deleted_is_not_begun_again_under_its_name(archive: Archive) -> None:
    """An old event would point into the new file."""
    (first,) = archive.write([fetched(b"first")], name="pages", at=NOW)
    (archive.root / first.file).unlink()
    (second,) = archive.write([fetched(b"second")], name="pages", at=NOW)
    assert second.file != first.file


def test_a_batch_that_fails_midway_leaves_the_file_as_it_was(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full at the second record: an error with the way out, and the next batch begins where the last good one ended."""
    (first,) = archive.write([fetched(b"first")], name="pages", at=NOW)
    end = (archive.root / first.file).stat().st_size
    from monitor.archive.appending import AppendedFile

    real, calls = AppendedFile.append, []

    def full(self: AppendedFile, member: bytes) -> int:
        calls.append(member)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        return real(self, member)

    monkeypatch.setattr(AppendedFile, "append", full)
    with pytest.raises(ArchiveError, match="No space left"):
        archive.write([fetched(b"second"), fetched(b"third")], name="pages", at=NOW)
    monkeypatch.undo()
    (fourth,) = archive.write([fetched(b"fourth")], name="pages", at=NOW)
    assert fourth.offset == end
    assert whole(archive) == ["warcinfo", "response", "request", "response", "request"]


WRITER = """
import datetime as dt, random, sys
from pathlib import Path
from monitor.answers import Fetched
from monitor.archive import Archive
root, seed = Path(sys.argv[1]), int(sys.argv[2])
chance, archive = random.Random(seed), Archive(root, file_bytes=400_000)
now = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC) + dt.timedelta(hours=seed)
print("ready", flush=True)
for number in range(10**6):
    batch = [Fetched("http://outlet.test/", "http://outlet.test/", 200, {}, chance.randbytes(chance.randrange(40_000)), now)
             for _ in range(chance.randrange(1, 9))]
    for record in archive.write(batch, name=chance.choice(["pages", "feeds"]), at=now):
        print(record.model_dump_json(), flush=True)
"""


def told(process: subprocess.Popen[str], after: int, wait: float) -> list[Record]:
    """What a writer said that it wrote, up to its death some time after so many lines."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(after + 1)]
    timer = threading.Timer(wait, lambda: os.kill(process.pid, signal.SIGKILL))
    timer.start()
    lines += process.stdout.read().splitlines()
    timer.join()
    process.wait()
    found = []
    for line in lines[1:]:
        try:
            found.append(Record.model_validate_json(line))
        except ValueError:
            assert line == lines[-1]  # killed while it spoke
    return found


@pytest.mark.processes
def test_writers_that_are_killed_lose_nothing_that_they_returned(tmp_path: Path) -> None:
    """Twenty-five writers, one after the other, each killed at a random moment, over some days: every record that was returned reads
    back by its hash, and warcio and our own check read every file to its end without a fault."""
    archive, chance, kept = Archive(tmp_path / "archive"), random.Random(4), []
    for seed in range(25):
        command = [sys.executable, "-c", WRITER, str(archive.root), str(seed)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            kept += told(process, chance.randrange(12), chance.random() * 0.03)
    archive.write([fetched(b"last")], name="pages", at=NOW + 3 * DAY)
    archive.write([fetched(b"last")], name="feeds", at=NOW + 3 * DAY)
    assert len(kept) > 100
    assert all(sha256(archive.read(record.file, record.offset)) == record.sha256 for record in kept)
    found = check_archive(archive, sorted(kept, key=lambda record: (record.file, record.offset)))
    assert (found.damaged, found.lost, found.unfinished_bytes, found.named) == ([], [], 0, len(kept))
    assert whole(archive).count("response") >= len(kept)


@pytest.mark.processes
def test_two_processes_never_write_into_one_another(tmp_path: Path) -> None:
    """Both write the same kind on the same day at the same time: all that either returned is there."""
    archive = Archive(tmp_path / "archive")
    commands = [
        [
            sys.executable,
            "-c",
            WRITER.replace("seed = Path(sys.argv[1]), int(sys.argv[2])", f"seed = Path(sys.argv[1]), {n}"),
            str(archive.root),
            "0",
        ]
        for n in (0, 1)
    ]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    results: list[list[Record]] = [[], []]

    def listen(number: int) -> None:
        results[number] = told(processes[number], 40, 0.05)
        assert processes[number].stdout is not None
        processes[number].stdout.close()

    listeners = [threading.Thread(target=listen, args=[number]) for number in (0, 1)]
    for listener in listeners:
        listener.start()
    for listener in listeners:
        listener.join(60)
    archive.write([fetched(b"last")], name="pages", at=NOW)
    archive.write([fetched(b"last")], name="feeds", at=NOW)
    kept = sorted(results[0] + results[1], key=lambda record: (record.file, record.offset))
    assert all(len(result) >= 40 for result in results)
    assert len({(record.file, record.offset) for record in kept}) == len(kept)
    found = check_archive(archive, kept)
    assert (found.damaged, found.lost) == ([], [])
    whole(archive)


# ---- other readers


def test_a_page_is_got_back_by_address_and_time_through_an_index_that_warc_readers_make(archive: Archive, tmp_path: Path) -> None:
    """cdxj-indexer (of the makers of pywb) indexes the files; address and time in its lines lead to each of two states of a page,
    and a revisit to the bytes of the state that it found."""
    url = "http://outlet.test/ferry"
    bodies = {0: b"<p>The ferry sails.</p>", 1: b"<p>The ferry sails no more.</p>"}
    (first,) = archive.write([Fetched(url, url, 200, {"content-type": "text/html"}, bodies[0], NOW)], name="pages", at=NOW)
    archive.write([Revisit(NotModified(url, {}, NOW + DAY / 24), first)], name="pages", at=NOW + DAY / 24)
    archive.write([Fetched(url, url, 200, {"content-type": "text/html"}, bodies[1], NOW + DAY)], name="pages", at=NOW + DAY)
    index = tmp_path / "index.cdxj"
    CDXJIndexer(
        output=str(index),
        inputs=[str(path) for path in sorted(archive.root.glob("2*/*/*/*.gz"))],
        sort=True,
        dir_root=str(archive.root),
    ).process_all()
    lines = [line.split(" ", 2) for line in index.read_text().splitlines()]
    found = {moment: json.loads(rest) for key, moment, rest in lines if key == "test,outlet)/ferry"}
    assert list(found) == ["20310310090000", "20310310100000", "20310311090000"]
    assert found["20310310100000"]["mime"] == "warc/revisit"
    assert found["20310310100000"]["digest"] == found["20310310090000"]["digest"]
    for moment, body in (("20310310090000", bodies[0]), ("20310311090000", bodies[1])):
        with (archive.root / found[moment]["filename"]).open("rb") as stream:
            stream.seek(int(found[moment]["offset"]))
            assert next(iter(ArchiveIterator(stream))).content_stream().read() == body


# ---- removal on request


def test_a_removed_response_leaves_the_rest_of_the_file_readable(archive: Archive) -> None:
    """Its request, its neighbours and its revisits stay; neither its place nor a revisit gives its words; the check says removed."""
    first, second = archive.write([fetched(b"words " * 400, 1), fetched(b"other", 2)], name="pages", at=NOW)
    (again,) = archive.write([Revisit(fetched(b"words " * 400, 1), first)], name="pages", at=NOW)
    assert archive.redact(first.file, first.offset, first.length)
    assert not archive.redact(first.file, first.offset, first.length)
    assert whole(archive) == ["warcinfo", "metadata", "request", "response", "request", "revisit", "request"]
    for record in (first, again):
        with pytest.raises(ArchiveError, match="removed on request"):
            archive.read(record.file, record.offset)
    assert archive.read(second.file, second.offset) == b"other"
    found = check_archive(archive, [first, second, again])
    assert (found.named, found.removed, found.damaged, found.lost) == (3, 2, [], [])


def test_whichever_place_of_a_file_that_was_let_go_is_read_its_time_was_over(archive: Archive) -> None:
    """Where a record stood there is now any byte of the tombstone, or nothing; some of them would read like a record."""
    (record,) = archive.write([fetched(b"<p>ferry")], name="pages", at=NOW)
    assert archive.retire(record.file) > 0
    for offset in range((archive.root / record.file).stat().st_size + record.offset + record.length):
        with pytest.raises(ArchiveError, match="its time was over"):
            archive.read(record.file, offset)
