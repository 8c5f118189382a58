"""Channels: each alert arrives once, a refusal is recorded and tried again, and no address of a channel leaks."""

import asyncio
import datetime as dt
import json
import logging
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from loopback import Loopback, answer, settings_for
from pydantic import SecretStr

from monitor.alerts import message
from monitor.events import AlertRaised, Event, Reading, ScoreRow
from monitor.notify import Channel, ConsoleChannel, FileChannel, WebhookChannel, channels
from monitor.pipeline import Pipeline, alert, finish, load_pipeline
from monitor.settings import AlertSettings
from monitor.warehouse import query_copy

NOW = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
SECRET = "s3cr3t-t0ken"


def raised(number: int = 1) -> AlertRaised:
    """An alert about an invented proposal."""
    return AlertRaised(
        alert_id=f"alert-{number:020x}",
        kind="new",
        proposal_id=f"proposal-{number}",
        parent_id=None,
        mention_id=f"mention-{number}",
        article_id=f"article-{number}",
        is_edit=False,
        label=f"Vestria: {number} days [reported “now”]",
        said_by="official:vestria",
        outlet="wire.vestria.test",
        title="Envoy’s plan ✓",
        url=f"https://wire.vestria.test/{number}",
        quote="Vestria proposed a truce of some days.",
        readings=(Reading(start=0, end=6, text="20 days", term="duration_days", low=20, high=20, rule="duration"),),
        nearest_label="Lighthouse plan",
        nearest_why=(ScoreRow(field="duration_days", points=-1, why="20 against 40"),),
        raised_at=NOW,
    )


def send(channel: Channel, *alerts: AlertRaised) -> list[str | None]:
    """Send the alerts one after the other; the reasons, None for what was taken."""

    async def run() -> list[str | None]:
        return [await channel.send(one) for one in alerts]

    return asyncio.run(run())


# ---- file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alerts" / "alerts.jsonl"


def ids(path: Path) -> list[str]:
    """Ids of the lines of an alert file; a line that is no JSON is left out."""
    found = []
    for line in path.read_bytes().decode("utf-8", "replace").splitlines():
        try:
            found.append(json.loads(line)["id"])
        except ValueError:
            continue
    return found


def test_the_file_holds_one_json_object_a_line_with_text_and_fields(path: Path) -> None:
    """A program finds id, type, the text for people and every field of the alert."""
    assert send(FileChannel(path), raised(1), raised(2)) == [None, None]
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == [raised(1).alert_id, raised(2).alert_id]
    assert lines[0]["type"] == "alert.new"
    assert lines[0]["text"] == message(raised(1))
    assert AlertRaised.model_validate({key: lines[0][key] for key in AlertRaised.model_fields}) == raised(1)


def test_an_alert_is_written_to_the_file_once(path: Path) -> None:
    """A crash between sending and recording sends again: the file does not grow."""
    send(FileChannel(path), raised(1), raised(2))
    before = path.read_bytes()
    assert send(FileChannel(path), raised(2), raised(1)) == [None, None]
    assert path.read_bytes() == before


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.95, 1.0])
def test_a_torn_last_line_is_ended_and_its_alert_written_anew(path: Path, share: float) -> None:
    """Cut off anywhere in the last line, also between the bytes of one character: both alerts stand there once after."""
    send(FileChannel(path), raised(1))
    whole = len(path.read_bytes())
    send(FileChannel(path), raised(2))
    torn = path.read_bytes()
    cut = whole + int((len(torn) - 1 - whole) * share)
    path.write_bytes(torn[:cut])
    assert send(FileChannel(path), raised(2), raised(3)) == [None, None]
    assert sorted(ids(path)) == [raised(number).alert_id for number in (1, 2, 3)]


def test_a_line_torn_within_a_character_is_ended_and_its_alert_written_anew(path: Path) -> None:
    """The bytes before the tear are no UTF-8 then; the channel goes on all the same."""
    send(FileChannel(path), raised(1))
    content = path.read_bytes()
    path.write_bytes(content[: content.index("✓".encode()) + 1])
    assert send(FileChannel(path), raised(1), raised(2)) == [None, None]
    assert ids(path) == [raised(1).alert_id, raised(2).alert_id]


def test_a_file_that_cannot_be_written_is_a_reason(tmp_path: Path) -> None:
    """A folder in the way: no exception, a reason without a stack."""
    assert send(FileChannel(tmp_path), raised()) == ["file: Is a directory"]


# ---- console


def test_the_console_gets_the_text_on_standard_error_unchanged(capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets are no markup, long lines are not folded, standard output stays clean."""
    long = raised().model_copy(update={"quote": "word " * 60})
    assert send(ConsoleChannel(), long) == [None]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == message(long) + "\n"


def test_a_console_that_is_gone_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard error on a full disk: "what goes wrong is a reason, never an exception"."""
    with Path("/dev/full").open("w", buffering=1) as full:
        monkeypatch.setattr("sys.stderr", full)
        try:
            (reason,) = send(ConsoleChannel(), raised())
        finally:
            monkeypatch.undo()
            full.buffer.raw.close()  # nothing to flush: the device took nothing
    assert reason


# ---- webhook


@pytest.fixture
def receiver() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


def webhook(receiver: Loopback, **given: float) -> WebhookChannel:
    return WebhookChannel(receiver.url(f"/hook/{SECRET}"), given.get("timeout_seconds", 20))


def test_the_webhook_gets_the_alert_as_json_with_its_id_as_key(receiver: Loopback) -> None:
    """POST, JSON of the alert, Idempotency-Key: the receiver can tell a repeat."""
    bodies = []

    async def take(request: web.Request) -> web.StreamResponse:
        bodies.append((request.method, request.headers["Idempotency-Key"], await request.json()))
        return web.Response(status=202)

    receiver.routes[f"/hook/{SECRET}"] = take
    assert send(webhook(receiver), raised(1), raised(1)) == [None, None]
    assert [(method, key) for method, key, _ in bodies] == [("POST", raised(1).alert_id)] * 2
    assert bodies[0][2]["text"] == message(raised(1))
    assert bodies[0][2]["id"] == raised(1).alert_id


@pytest.mark.parametrize("status", [300, 304, 400, 401, 404, 410, 429, 500, 503])
def test_anything_but_2xx_is_a_reason(receiver: Loopback, status: int) -> None:
    """The reason is the status and nothing of the address."""
    receiver.routes[f"/hook/{SECRET}"] = answer("", status=status)
    assert send(webhook(receiver), raised()) == [f"HTTP {status}"]


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_webhook_that_redirects_has_not_taken_the_alert(receiver: Loopback, status: int) -> None:
    """A POST sent elsewhere becomes a GET: the log-in page that answers 200 has not got the alert."""
    receiver.routes |= {f"/hook/{SECRET}": answer("", status=status, Location="/login"), "/login": answer("please log in")}
    assert send(webhook(receiver), raised()) == [f"HTTP {status}"]
    assert "/login" not in receiver.paths()


def test_a_silent_webhook_is_a_timeout(receiver: Loopback) -> None:
    """The receiver takes the request and never answers."""

    async def silent(request: web.Request) -> web.StreamResponse:
        await receiver.held()
        return web.Response()

    receiver.routes[f"/hook/{SECRET}"] = silent
    assert send(webhook(receiver, timeout_seconds=0.3), raised()) == ["timeout"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/{secret}", "ftp://outlet.test/{secret}", "{secret}", "http://[{secret}"]
)
def test_a_webhook_that_cannot_be_reached_is_a_reason_without_its_address(url: str) -> None:
    """Refused connections and senseless addresses: the reason names the kind of error only."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        (reason,) = send(WebhookChannel(url.format(port=closed.getsockname()[1], secret=SECRET), 5), raised())
    assert reason
    assert SECRET not in reason
    assert "127.0.0.1" not in reason


# ---- which channels there are


def test_settings_turn_channels_on_and_off(tmp_path: Path) -> None:
    """Console and file by default; the webhook where it is set; nothing where all is off."""
    assert [channel.name for channel in channels(AlertSettings(), tmp_path)] == ["console", "file"]
    assert [c.name for c in channels(AlertSettings(webhook=SecretStr("http://x.test")), tmp_path)] == [
        "console",
        "file",
        "webhook",
    ]
    assert channels(AlertSettings(console=False, file=None), tmp_path) == []


def test_an_empty_file_or_webhook_turns_the_channel_off(tmp_path: Path) -> None:
    """ "empty turns it off": a TOML file and the environment know no None, so the empty text must do."""
    settings = AlertSettings.model_validate({"console": False, "file": "", "webhook": ""})
    assert channels(settings, tmp_path) == []


# ---- through the pipeline


def owing(folder: Path, receiver: Loopback) -> Pipeline:
    """A pipeline whose warehouse holds one raised alert that nobody has got yet."""
    alerts = AlertSettings(console=True, webhook=SecretStr(receiver.url(f"/hook/{SECRET}")), timeout_seconds=20)
    pipeline = load_pipeline(settings_for(folder, alerts=alerts), clock=lambda: NOW)
    with pipeline.warehouse() as live:
        pipeline.append(live, [Event.of(raised(), at=NOW, run_id="earlier", topic=pipeline.topic, caused_by=uuid.uuid4())])
    return pipeline


def test_a_refused_delivery_is_recorded_and_tried_again_by_the_next_run(
    tmp_path: Path, receiver: Loopback, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """First 503, then taken: one failure with its reason, one delivery at the second attempt, nothing at the third run.
    The other channels get the alert once. The secret address is in no event, no log line and no output."""
    caplog.set_level(logging.DEBUG)
    pipeline = owing(tmp_path, receiver)
    receiver.routes[f"/hook/{SECRET}"] = answer("", status=503)
    asyncio.run(alert(pipeline))
    receiver.routes[f"/hook/{SECRET}"] = answer("", status=200)
    asyncio.run(alert(pipeline))
    asyncio.run(alert(pipeline))
    finish(pipeline)
    hooks = [request for request in receiver.requests if request.path == f"/hook/{SECRET}"]
    assert [request.headers["Idempotency-Key"] for request in hooks] == [raised().alert_id] * 2
    failed = query_copy(pipeline.files, "SELECT channel, attempt, reason FROM event.alert_delivery_failed").rows
    assert failed == [("webhook", 1, "HTTP 503")]
    delivered = query_copy(pipeline.files, "SELECT channel, attempt FROM event.alert_delivered ORDER BY ALL").rows
    assert delivered == [("console", 1), ("file", 1), ("webhook", 2)]
    state = query_copy(pipeline.files, "SELECT is_delivered, attempts FROM delivery WHERE channel = 'webhook'").rows
    assert state == [(True, 2)]
    captured = capsys.readouterr()
    assert captured.err.count(raised().url) == 1
    for text in (
        captured.out,
        captured.err,
        caplog.text,
        repr(pipeline.settings),
        *map(str, query_copy(pipeline.files, "FROM log.event").rows),
    ):
        assert SECRET not in text
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file


def test_one_refusing_channel_keeps_no_other_from_its_alerts(tmp_path: Path, receiver: Loopback) -> None:
    """Two alerts, a webhook that refuses both: the file has both, each failure is recorded once a run."""
    pipeline = owing(tmp_path, receiver)
    with pipeline.warehouse() as live:
        pipeline.append(live, [Event.of(raised(2), at=NOW, run_id="earlier", topic=pipeline.topic)])
    receiver.routes[f"/hook/{SECRET}"] = answer("", status=500)
    for _ in range(3):
        asyncio.run(alert(pipeline))
    finish(pipeline)
    assert sorted(ids(tmp_path / "alerts" / "alerts.jsonl")) == [raised(1).alert_id, raised(2).alert_id]
    failed = query_copy(pipeline.files, "SELECT alert_id, attempt FROM event.alert_delivery_failed ORDER BY ALL").rows
    assert failed == [(raised(number).alert_id, attempt) for number in (1, 2) for attempt in (1, 2, 3)]
