"""Channels: each alert arrives once, a refusal is recorded and tried again, and no address of a channel leaks."""

import asyncio
import datetime as dt
import json
import logging
import socket
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from loopback import Loopback, answer, settings_for
from pydantic import SecretStr

from monitor.alerts import Message, Standing, compose, compose_test, tell
from monitor.errors import SettingsError
from monitor.events import AlertRaised, Event, Reading, ScoreRow
from monitor.notify import Channel, ConsoleChannel, FileChannel, Refusal, WebhookChannel, channels, signature
from monitor.notify import send as send_patiently
from monitor.pipeline.alerting import alert
from monitor.pipeline.running import finish
from monitor.pipeline.shared import Pipeline, load_pipeline
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


def told(*alerts: AlertRaised) -> Message:
    """One alert in words, or several as a digest."""
    key = alerts[0].alert_id if len(alerts) == 1 else "digest-1"
    return compose([tell(one, Standing(), {"vestria": "Vestria"}) for one in alerts], message_id=key)


def send(channel: Channel, *alerts: AlertRaised) -> list[str | None]:
    """Send the alerts one after the other; the reasons, None for what was taken."""

    async def run() -> list[str | None]:
        refusals = [await channel.send(told(one)) for one in alerts]
        return [refusal.reason if refusal else None for refusal in refusals]

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
    assert lines[0]["text"] == told(raised(1)).text
    assert (lines[0]["article_id"], lines[0]["proposal_id"]) == (raised(1).article_id, raised(1).proposal_id)
    assert lines[0]["terms"] == [{"name": "duration", "range": "20 days", "by_source": ["20 days: wire.vestria.test"]}]


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
    assert captured.err == told(long).text + "\n"


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


def webhook(receiver: Loopback, timeout_seconds: float = 20, secret: str = "") -> WebhookChannel:
    return WebhookChannel(receiver.url(f"/hook/{SECRET}"), timeout_seconds, secret)


def test_the_webhook_gets_a_cloud_event_with_the_alert_s_id_as_key(receiver: Loopback) -> None:
    """POST, the attributes that CloudEvents 1.0 requires, Idempotency-Key: the receiver can tell a repeat."""
    bodies = []

    async def take(request: web.Request) -> web.StreamResponse:
        assert request.content_type == "application/cloudevents+json"
        bodies.append((request.method, request.headers["Idempotency-Key"], json.loads(await request.read())))
        return web.Response(status=202)

    receiver.routes[f"/hook/{SECRET}"] = take
    assert send(webhook(receiver), raised(1), raised(1)) == [None, None]
    assert [(method, key) for method, key, _ in bodies] == [("POST", raised(1).alert_id)] * 2
    event = bodies[0][2]
    assert (event["specversion"], event["id"], event["type"]) == ("1.0", raised(1).alert_id, "ceasefire-monitor.alert.new")
    assert event["source"]
    assert dt.datetime.fromisoformat(event["time"]) == NOW
    assert event["data"]["text"] == told(raised(1)).text
    assert bodies[0] == bodies[1]


def test_the_webhook_is_signed_as_standard_webhooks_has_it(receiver: Loopback) -> None:
    """Who has the secret can check who sent it; who changes a byte is found out. The vector is that of the specification."""
    vector = b'{"test": 2432232314}'
    assert signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, vector) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )
    seen = []

    async def take(request: web.Request) -> web.StreamResponse:
        seen.append((request.headers, await request.read()))
        return web.Response()

    receiver.routes[f"/hook/{SECRET}"] = take
    assert send(webhook(receiver, secret="key"), raised(1)) == [None]
    headers, body = seen[0]
    told_at = int(headers["webhook-timestamp"])
    assert headers["webhook-id"] == raised(1).alert_id
    assert headers["webhook-signature"] == signature("key", raised(1).alert_id, told_at, body)
    assert headers["webhook-signature"] != signature("key", raised(1).alert_id, told_at, body + b" ")
    assert headers["webhook-signature"] != signature("other", raised(1).alert_id, told_at, body)


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
    """Console, file and feeds by default; webhook and services where they are set; nothing where all is off."""
    usual = ["console", "file", "feed"]
    assert [channel.name for channel in channels(AlertSettings(), tmp_path)] == usual
    more = AlertSettings(webhook=SecretStr("http://x.test"), channels={"desk": SecretStr("ntfy://topic-of-ours")})
    assert [channel.name for channel in channels(more, tmp_path)] == [*usual, "webhook", "desk"]
    assert channels(AlertSettings(console=False, file=None, atom=None, json_feed=None), tmp_path) == []


def test_a_service_s_address_that_is_none_is_refused_without_showing_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The message names the channel; the address may hold a password and stands nowhere."""
    settings = AlertSettings(channels={"desk": SecretStr(f"nosuch://{SECRET}@x.test")})
    with pytest.raises(SettingsError, match="desk") as caught:
        channels(settings, tmp_path)
    for text in (str(caught.value), repr(settings), caplog.text, *capsys.readouterr()):
        assert SECRET not in text


@pytest.mark.parametrize("name", ["file", "Desk", "", "a b", "http://x"])
def test_a_channel_has_a_name_that_can_stand_in_events(name: str) -> None:
    """Short, plain, and none of the built-in ones."""
    with pytest.raises(ValueError, match="cannot be named"):
        AlertSettings(channels={name: SecretStr("ntfy://x")})


def test_an_empty_file_or_webhook_turns_the_channel_off(tmp_path: Path) -> None:
    """ "empty turns it off": a TOML file and the environment know no None, so the empty text must do."""
    settings = AlertSettings.model_validate({"console": False, "file": "", "webhook": "", "atom": "", "json_feed": ""})
    assert channels(settings, tmp_path) == []


# ---- patience


class Flaky:
    """A channel that refuses so often, then takes."""

    name = "flaky"
    is_record = False

    def __init__(self, refusals: list[Refusal], *, is_idempotent: bool) -> None:
        self.refusals, self.is_idempotent, self.tries = list(refusals), is_idempotent, 0

    async def send(self, message: Message) -> Refusal | None:
        self.tries += 1
        return self.refusals.pop(0) if self.refusals else None


BUSY = Refusal("HTTP 503", is_transient=True)
LOST = Refusal("timeout", is_transient=True, is_uncertain=True)
NEVER = Refusal("HTTP 400")


@pytest.mark.parametrize(
    ("refusals", "is_idempotent", "tries", "outcome"),
    [
        ([BUSY, BUSY], False, 3, None),
        ([BUSY, BUSY, BUSY], True, 3, BUSY),
        ([NEVER], True, 1, NEVER),  # it would be refused again
        ([LOST], False, 1, LOST),  # it may have arrived: a copy must say that it is one
        ([LOST], True, 2, None),  # the receiver tells by the key
    ],
)
def test_a_busy_channel_is_tried_again_where_that_cannot_double_anything(
    refusals: list[Refusal], is_idempotent: bool, tries: int, outcome: Refusal | None
) -> None:
    channel = Flaky(refusals, is_idempotent=is_idempotent)
    assert asyncio.run(send_patiently(channel, told(raised()), tries=3, pause_seconds=0)) == outcome
    assert channel.tries == tries


def test_a_test_says_that_it_is_one(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In every form, so that nobody takes it for news."""
    message = compose_test("desk", at=NOW)
    for text in (message.subject, message.text, message.markdown, message.html, json.dumps(message.data)):
        assert "test" in text
    asyncio.run(FileChannel(path).send(message))
    asyncio.run(ConsoleChannel().send(message))
    assert json.loads(path.read_text(encoding="utf-8"))["is_test"] is True
    assert "test" in capsys.readouterr().err


# ---- through the pipeline


class Clock:
    """The present, as a test says it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def go(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


def owing(folder: Path, receiver: Loopback, clock: Clock, **more: Any) -> Pipeline:
    """A pipeline whose warehouse holds one raised alert that nobody has got yet."""
    alerts = AlertSettings(
        console=True, webhook=SecretStr(receiver.url(f"/hook/{SECRET}")), timeout_seconds=20, tries=1, hold_minutes=0, **more
    )
    pipeline = load_pipeline(settings_for(folder, alerts=alerts), clock=clock)
    with pipeline.warehouse() as live:
        pipeline.append(live, [Event.of(raised(), at=NOW, run_id="earlier", topic=pipeline.topic, caused_by=uuid.uuid4())])
    return pipeline


def test_a_refused_delivery_is_recorded_and_tried_again_by_the_next_run(
    tmp_path: Path, receiver: Loopback, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """First 503, then taken: one failure with its reason, one delivery at the second attempt, nothing at the third run.
    The other channels get the alert once. The secret address is in no event, no log line and no output."""
    caplog.set_level(logging.DEBUG)
    clock = Clock()
    pipeline = owing(tmp_path, receiver, clock)
    receiver.routes[f"/hook/{SECRET}"] = answer("", status=503)
    asyncio.run(alert(pipeline))
    receiver.routes[f"/hook/{SECRET}"] = answer("", status=200)
    asyncio.run(alert(pipeline))  # too soon: the channel is left alone
    for _ in range(2):
        clock.go(minutes=10)
        asyncio.run(alert(pipeline))
    finish(pipeline)
    hooks = [request for request in receiver.requests if request.path == f"/hook/{SECRET}"]
    assert [request.headers["Idempotency-Key"] for request in hooks] == [raised().alert_id] * 2
    failed = query_copy(pipeline.files, "SELECT channel, attempt, reason FROM event.alert_delivery_failed").rows
    assert failed == [("webhook", 1, "HTTP 503")]
    delivered = query_copy(pipeline.files, "SELECT channel, attempt FROM event.alert_delivered ORDER BY ALL").rows
    assert delivered == [("console", 1), ("feed", 1), ("file", 1), ("webhook", 2)]
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
    """A webhook that refuses every message: the file has them, each failure is recorded once a try."""
    clock = Clock()
    pipeline = owing(tmp_path, receiver, clock)
    more(pipeline, 2)
    receiver.routes[f"/hook/{SECRET}"] = answer("", status=400)
    for _ in range(3):
        asyncio.run(alert(pipeline))
        clock.go(hours=1)
    finish(pipeline)
    assert sorted(ids(tmp_path / "alerts" / "alerts.jsonl")) == [raised(1).alert_id, raised(2).alert_id]
    failed = query_copy(pipeline.files, "SELECT alert_id, attempt FROM event.alert_delivery_failed ORDER BY ALL").rows
    assert failed == [(raised(number).alert_id, attempt) for number in (1, 2) for attempt in (1, 2, 3)]


def more(pipeline: Pipeline, *numbers: int) -> None:
    """Further alerts, raised now."""
    with pipeline.warehouse() as live:
        now = pipeline.clock()
        wanted = [raised(number).model_copy(update={"raised_at": now}) for number in numbers]
        pipeline.append(live, [Event.of(one, at=now, run_id="earlier", topic=pipeline.topic) for one in wanted])


def posts(receiver: Loopback) -> list[str]:
    return [request.headers["Idempotency-Key"] for request in receiver.requests if request.path == f"/hook/{SECRET}"]


def test_a_channel_that_was_down_for_a_day_gets_one_digest(tmp_path: Path, receiver: Loopback) -> None:
    """Four alerts in a day of 503: seldom tried, and then one message with all of them, once."""
    clock = Clock()
    pipeline = owing(tmp_path, receiver, clock)
    receiver.routes[f"/hook/{SECRET}"] = answer("", status=503)
    for hour in range(24):
        if hour in (2, 9, 15):
            more(pipeline, hour)
        asyncio.run(alert(pipeline))
        clock.go(hours=1)
    before = len(posts(receiver))
    assert before <= 24  # one try an hour, however many wait
    receiver.routes[f"/hook/{SECRET}"] = answer("", status=200)
    for _ in range(2):
        asyncio.run(alert(pipeline))
        clock.go(hours=1)
    (digest,) = posts(receiver)[before:]
    assert digest.startswith("digest-")
    finish(pipeline)
    state = "SELECT count(*), count(DISTINCT message_id) FROM delivery WHERE channel = 'webhook' AND is_delivered"
    assert query_copy(pipeline.files, state).rows == [(4, 1)]


def test_many_alerts_at_once_are_one_digest(tmp_path: Path, receiver: Loopback) -> None:
    """A first run that finds a dozen proposals sends one message, not a dozen; the file holds each."""
    pipeline = owing(tmp_path, receiver, Clock())
    more(pipeline, *range(2, 13))
    receiver.routes[f"/hook/{SECRET}"] = answer("", status=200)
    asyncio.run(alert(pipeline))
    assert len(posts(receiver)) == 1
    assert len(ids(tmp_path / "alerts" / "alerts.jsonl")) == 12


def test_a_channel_that_is_turned_on_later_gets_nothing_from_before(tmp_path: Path, receiver: Loopback) -> None:
    """Also after it was off for a while: what was raised meanwhile is not poured over it."""
    clock = Clock()
    with_hook = owing(tmp_path, receiver, clock)
    without = replace(with_hook, settings=settings_for(tmp_path, alerts=AlertSettings(console=False, hold_minutes=0)))
    receiver.routes[f"/hook/{SECRET}"] = answer("", status=200)
    for number, (pipeline, expected) in enumerate(
        [(without, []), (with_hook, []), (with_hook, [3]), (without, [3]), (without, [3]), (with_hook, [3, 6])], start=1
    ):
        clock.go(minutes=1)
        more(pipeline, number)
        if number in (2, 6):  # turned on by a run that finds the alert there: it belongs to this run
            clock.go(minutes=1)
        asyncio.run(alert(pipeline))
        if number == 6:
            more(pipeline, 7)
            asyncio.run(alert(pipeline))
            expected = [3, 7]
        assert posts(receiver) == [raised(one).alert_id for one in expected], number


def test_what_a_dead_process_claimed_is_sent_again_after_its_time_and_marked(tmp_path: Path, receiver: Loopback) -> None:
    """Dead between claim and record: not sent by another process before the claim ends; then once, as a repeat where nobody can tell."""
    clock = Clock()
    pipeline = owing(tmp_path, receiver, clock)
    asyncio.run(alert(replace(pipeline, settings=settings_for(tmp_path, alerts=AlertSettings(console=False, hold_minutes=600)))))
    receiver.routes[f"/hook/{SECRET}"] = answer("", status=200)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.pipeline.alerting._outcome", _die)
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(alert(pipeline))
    asyncio.run(alert(pipeline))
    clock.go(minutes=6)
    asyncio.run(alert(pipeline))
    finish(pipeline)
    claims = "SELECT channel, attempt, is_repeat FROM event.alert_delivery_claimed ORDER BY ALL"
    assert [row for row in query_copy(pipeline.files, claims).rows if row[0] == "console"] == [
        ("console", 1, False),
        ("console", 2, True),
    ]


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
