"""Anything at all, bounded: what is typed, stored or put into a file ends in a result or in an error with its name, never in a traceback.

What such tests have found stays as an ``@example``. FUZZ sets how many examples each makes.
"""

import contextlib
import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Command
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from loopback import PROFILE

from monitor.errors import MonitorError
from monitor.events import REGISTRY, read_event
from monitor.outside import read_outside_list
from monitor.sources import read_pages
from monitor.topics import load_topic

PACKS = Path(__file__).resolve().parents[1] / "warehouse" / "topics" / "language"
bounded = settings(max_examples=int(os.environ.get("FUZZ", "40")), suppress_health_check=[HealthCheck.function_scoped_fixture])
TYPED = [
    "sql",
    "alerts",
    "ack",
    "confirm",
    "dismiss",
    "feeds",
    "move",
    "recall",
    "trace",
    "metrics",
    "export",
    "doctor",
    "topics",
    "check",
    "rebuild",
    "verify",
    "report",
    "archive",
]
OPTIONS = ["--json", "--data", "--config", "--topic", "--each", "--limit", "--csv", "--", "x", "-", "article-1", "FROM"]
RECORD = (
    b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.test/1\r\nWARC-Date: 2031-03-10T08:00:00Z\r\n"
    b"Content-Type: application/http; msgtype=response\r\nContent-Length: 99\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body><p>Fishermen sold crates.</p></body></html>\r\n\r\n"
)


@contextlib.contextmanager
def named(name: str) -> Iterator[None]:
    """An error of ours names the input; any other fails the test."""
    try:
        yield
    except MonitorError as error:
        if name not in str(error):
            pytest.fail(f"{name} is not named: {error}")


@bounded
@given(arguments=st.lists(st.sampled_from([*TYPED, *OPTIONS]) | st.text(max_size=6), max_size=5))
@example(arguments=["sql", ""])
def test_no_arguments_end_in_a_traceback(monitor: Command, arguments: list[str]) -> None:
    """Whatever is typed in an empty folder: an exit code of the table, and a message where it is not 0."""
    if "-" in arguments:
        arguments = [word for word in arguments if word != "-"]  # standard input, which nobody closes here
    ended = monitor(*arguments)
    assert ended.code in (0, 1, 2, 3, 4)
    assert ended.code == 0 or ended.err or ended.out
    assert "Traceback" not in ended.err


@bounded
@given(cut=st.integers(0, 3 * len(RECORD)), noise=st.binary(max_size=40), at=st.integers(0, 3 * len(RECORD)))
def test_no_warc_bytes_break_the_import(tmp_path: Path, cut: int, noise: bytes, at: int) -> None:
    """A file that is cut, or has other bytes somewhere, packed or not: pages and reasons, or an error."""
    whole = RECORD * 3
    content = (whole[:at] + noise + whole[at + len(noise) :])[: len(whole) - cut]
    for data in (content, gzip.compress(content), gzip.compress(content)[:-5]):
        (tmp_path / "x.warc.gz").write_bytes(data)
        with named("x.warc.gz"):
            list(read_pages(tmp_path / "x.warc.gz", at_most=100_000))


def test_the_bytes_that_are_damaged_are_good(tmp_path: Path) -> None:
    """Otherwise the test above would show nothing."""
    (tmp_path / "x.warc").write_bytes(RECORD * 3)
    assert [found.url for found in read_pages(tmp_path / "x.warc", at_most=100_000)] == ["http://a.test/1"] * 3  # type: ignore[union-attr]


@bounded
@given(text=st.text(alphabet='[]{}="\n #.,abtopicdnmegu01', max_size=120), at=st.integers(0, 20_000), cut=st.integers(0, 60))
def test_no_profile_ends_in_a_traceback(tmp_path: Path, text: str, at: int, cut: int) -> None:
    """A profile with something put in or taken out: read, or refused with its name."""
    good = PROFILE.read_text(encoding="utf-8")
    place = at % len(good)
    (tmp_path / "mine.toml").write_text(good[:place] + text + good[place + cut :], encoding="utf-8")
    with named("mine.toml"):
        load_topic(tmp_path / "mine.toml", packs_dir=PACKS)


@bounded
@given(
    wire=st.sampled_from([*sorted(REGISTRY), "no.such"]),
    version=st.integers(-1, 9),
    data=st.text(max_size=40) | st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8), max_size=4),
)
@example(wire="entry.seen", version=1, data="[]")
def test_no_stored_event_ends_in_a_traceback(wire: str, version: int, data: str | dict[str, object]) -> None:
    """Rows of a log that was changed by hand, or comes from elsewhere."""
    with named(wire):
        read_event(wire, version, data)


@bounded
@given(content=st.binary(max_size=300) | st.text(alphabet='url,;\t"\n{}:/htps.a1', max_size=200).map(str.encode))
@example(content=b";")  # a table without a cell
def test_no_bytes_break_the_reader_of_outside_lists(content: bytes) -> None:
    """A list, or an error that names it."""
    with named("their-list"):
        read_outside_list(content, name="their-list")
