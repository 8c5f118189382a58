"""`monitor serve` and `monitor report` where they cannot do what they are told: one message with the way out, and the code of docs/running.md."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from command import Command

pytestmark = pytest.mark.xdist_group("web")


def told(err: str) -> list[str]:
    """What is said, without the address that a server prints."""
    return [line for line in err.splitlines() if line.strip()]


def test_a_port_that_is_taken_is_said_at_once(asked: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = asked("serve", "--port", str(port))
    assert ended.code == 2
    assert f"127.0.0.1:{port}: cannot listen there: address already in use" in " ".join(ended.err.split()).lower()
    assert "--port" in ended.err
    assert len(told(ended.err)) <= 3
    assert "Traceback" not in ended.err


def test_an_address_that_is_not_of_this_machine_is_said(asked: Command) -> None:
    ended = asked("serve", "--host", "192.0.2.1")
    assert (ended.code, "cannot listen there" in ended.err) == (2, True)


def test_a_briefing_that_cannot_be_written_is_said_with_its_name(asked: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    for target in (tmp_path / "file" / "briefing.html", Path("/proc/none/briefing.html")):
        ended = asked("report", target)
        assert ended.code == 4
        assert "cannot be written" in ended.err
        assert "Traceback" not in ended.err


def test_a_briefing_is_html_or_pdf_and_a_span_is_days_or_weeks(asked: Command, tmp_path: Path) -> None:
    ended = asked("report", tmp_path / "briefing.docx")
    assert (ended.code, ".html or .pdf" in ended.err) == (2, True)
    ended = asked("report", "--since", "yesterday", tmp_path / "briefing.html")
    assert (ended.code, "--since" in ended.err) == (2, True)


def test_a_briefing_before_the_first_run_says_what_to_do(monitor: Command, tmp_path: Path) -> None:
    ended = monitor("--data", tmp_path / "empty", "report", tmp_path / "briefing.html")
    assert (ended.code, "monitor run" in ended.err) == (4, True)
    assert not (tmp_path / "briefing.html").exists()
