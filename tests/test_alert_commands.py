"""What people say to alerts on the command line: each is an event with author and reason, and is heeded."""

import json
import shutil
from pathlib import Path

import pytest
from command import Command


@pytest.fixture
def said(monitor: Command, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Commands in a copy of the filled folder: one alert, held for a quarter of an hour."""
    shutil.copytree(store, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return monitor


def one(said: Command) -> dict[str, object]:
    (alert,) = json.loads(said("alerts", "list", "--json").out)
    assert isinstance(alert, dict)
    return alert


def test_why_tells_the_passage_and_what_each_channel_waits_for(said: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the whole id or its beginning."""
    monkeypatch.setenv("MONITOR_ALERTS__HOLD_MINUTES", "10000")  # the folder may have been filled half an hour ago
    found = one(said)
    name = str(found["alert_id"])
    for beginning in (name, name[:10], name.removeprefix("alert-")[:6]):
        told = said("alerts", "why", beginning).out
        assert str(found["sentence"]) in told
        assert "file: state waiting; now wait: held for a second look or a second origin, until" in told
    ways = json.loads(said("alerts", "why", name, "--json").out)["channels"]
    assert sorted(way["channel"] for way in ways) == ["feed", "file"]


@pytest.mark.parametrize("command", [("why",), ("ack",), ("resend", "--reason", "x")])
def test_an_alert_that_is_none_is_refused(said: Command, command: tuple[str, ...]) -> None:
    """With the id and the way out."""
    ended = said("alerts", command[0], "alert-nosuch", *command[1:])
    assert ended.code == 2
    assert "alert-nosuch" in ended.err
    assert "monitor alerts list" in ended.err


def test_an_acknowledged_alert_is_no_longer_open(said: Command) -> None:
    """Once; who and why stay in the log."""
    name = str(one(said)["alert_id"])
    assert "acknowledged by ana" in said("alerts", "ack", name, "--author", "ana", "--reason", "called them").out
    assert "already" in said("alerts", "ack", name, "--author", "ben").out
    assert json.loads(said("alerts", "list", "--open", "--json").out) == []
    assert one(said)["acknowledged_by"] == "ana"
    rows = json.loads(said("sql", "SELECT author, reason FROM event.alert_acknowledged", "--json").out)
    assert rows == [{"author": "ana", "reason": "called them"}]


def test_what_is_asked_to_be_sent_again_goes_out_though_it_was_held(said: Command) -> None:
    """To the channel that was named; the event has who and why."""
    name = str(one(said)["alert_id"])
    assert said("alerts", "resend", name, "--channel", "file", "--reason", "at once", "--author", "ana").code == 0
    assert "now send" in said("alerts", "why", name).out
    rows = json.loads(said("sql", "SELECT channel, round, author, reason FROM event.alert_resend_asked", "--json").out)
    assert rows == [{"channel": "file", "round": 2, "author": "ana", "reason": "at once"}]
    assert said("alerts", "resend", name, "--channel", "pigeon", "--reason", "x").code == 2


def test_a_mute_withholds_until_it_is_taken_back(said: Command) -> None:
    """Said in `why` with its reason."""
    found = one(said)
    outlet, name = str(found["outlet"]), str(found["alert_id"])
    assert said("alerts", "mute", "outlet", outlet, "--reason", "prints rumours", "--author", "ana", "--days", "7").code == 0
    assert "muted by ana: prints rumours" in said("alerts", "why", name).out
    assert said("alerts", "mute", "outlet", outlet, "--reason", "better now", "--off").code == 0
    assert "muted" not in said("alerts", "why", name).out
    assert said("alerts", "mute", "weather", "rain", "--reason", "x").code == 2


def test_a_test_reaches_its_channel_and_is_not_recorded(said: Command) -> None:
    """Marked as a test; a channel that is off is refused with those that are on."""
    before = said("sql", "SELECT count(*) FROM log.event", "--csv").out
    assert "took the test" in said("alerts", "test", "file").out
    (line,) = Path("store/alerts/alerts.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["is_test"] is True
    assert said("sql", "SELECT count(*) FROM log.event", "--csv").out == before
    ended = said("alerts", "test", "desk")
    assert ended.code == 2
    assert "feed" in ended.err
