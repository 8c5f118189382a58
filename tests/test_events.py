"""The log is the only truth: every event must read back as it was written, today and after the next change of shape.

All names and texts are fictional.
"""

import datetime as dt
import json
import uuid
from typing import ClassVar

import pytest
from conftest import TESTS
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor import events
from monitor.errors import EventError
from monitor.events import (
    REGISTRY,
    UPCASTERS,
    DuplicateJudged,
    EntrySeen,
    Event,
    EventData,
    FeedPolled,
    Fingerprint,
    MentionDetected,
    Reading,
    RunFinished,
    RunStarted,
    Span,
    as_json_batch,
    event_id_of,
    read_event,
)
from monitor.fingerprints import packed

GOLDEN = [json.loads(line) for line in (TESTS / "data" / "events.jsonl").read_text(encoding="utf-8").splitlines()]
NOW = dt.datetime(2031, 3, 10, 8, 0, tzinfo=dt.UTC)

words = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
moments = st.datetimes(
    min_value=dt.datetime(1000, 1, 1),
    max_value=dt.datetime(9000, 1, 1),
    timezones=st.one_of(st.none(), st.integers(-1439, 1439).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))),
)
figures = st.floats(allow_nan=False, allow_infinity=False)


def golden_id(row):
    return f"{row['type']}-{row['version']}"


# ---------------------------------------------------------------------------------------- golden rows


def test_every_type_and_version_has_a_golden_row():
    """A new event or a new version comes with a row in tests/data/events.jsonl, and old rows stay for ever."""
    wanted = {(wire, version) for wire, model in REGISTRY.items() for version in range(1, model.version + 1)}
    assert {(row["type"], row["version"]) for row in GOLDEN} == wanted


@pytest.mark.parametrize("row", GOLDEN, ids=golden_id)
def test_golden_rows_read_and_write_back(row):
    """What stands in somebody's log today can be read, and is written the same."""
    data = read_event(row["type"], row["version"], row["data"])
    assert data.wire == row["type"]
    if row["version"] == data.version:
        assert json.loads(data.model_dump_json()) == row["data"]
    assert read_event(row["type"], data.version, data.model_dump_json()) == data


@pytest.mark.parametrize("row", GOLDEN, ids=golden_id)
def test_golden_rows_have_a_subject_and_an_identity(row):
    data = read_event(row["type"], row["version"], row["data"])
    assert data.stream
    assert data.natural_key
    assert all(isinstance(part, str) and part for part in data.natural_key)
    assert event_id_of(data) == event_id_of(read_event(row["type"], row["version"], json.dumps(row["data"])))


def test_golden_rows_are_all_different_occurrences():
    assert len({event_id_of(read_event(row["type"], row["version"], row["data"])) for row in GOLDEN}) == len(GOLDEN)


@pytest.mark.parametrize("row", GOLDEN, ids=golden_id)
def test_an_event_with_a_field_too_many_or_too_few_is_refused(row):
    """A damaged row is reported, never half read."""
    with pytest.raises(EventError, match=row["type"]):
        read_event(row["type"], row["version"], row["data"] | {"surprise": 1})
    needed = [name for name, field in REGISTRY[row["type"]].model_fields.items() if field.is_required()]
    with pytest.raises(EventError):
        read_event(row["type"], row["version"], {key: value for key, value in row["data"].items() if key != needed[0]})


@pytest.mark.parametrize("row", [row for row in GOLDEN if row["type"] == "feed.polled"], ids=golden_id)
def test_the_golden_poll_adds_up(row):
    polled = read_event(row["type"], row["version"], row["data"])
    assert isinstance(polled, FeedPolled)
    assert polled.entries == polled.new + polled.known + polled.revised + polled.rejected + polled.repeated


# ---------------------------------------------------------------------------------------- round trips

entries = st.builds(
    EntrySeen,
    entry_id=words,
    feed_id=words,
    entry_key=words,
    article_id=words,
    url=words,
    title=words,
    summary=words,
    published_at=st.none() | moments,
    published_text=words,
    updated_text=words,
    language=words,
    gate=st.sampled_from(["on_topic", "undecided", "off_topic"]),
    gate_why=st.lists(words).map(tuple),
    seen_at=moments,
)
readings = st.builds(
    Reading,
    start=st.integers(0),
    end=st.integers(0),
    text=words,
    term=words,
    low=st.none() | figures,
    high=st.none() | figures,
    rule=words,
    asserted_by=words,
)
mentions = st.builds(
    MentionDetected,
    mention_id=words,
    article_id=words,
    body_sha256=words,
    ordinal=st.integers(0),
    frame=st.builds(Span, start=st.integers(0), end=st.integers(0), text=words),
    window_start=st.integers(0),
    window_end=st.integers(0),
    quote=words,
    proposers=st.lists(words).map(tuple),
    claimed_by=st.just(()),
    mediators=st.just(()),
    nicknames=st.lists(words).map(tuple),
    answers=st.lists(words).map(tuple),
    readings=st.lists(readings, max_size=3).map(tuple),
    is_proposing=st.booleans(),
    lineage=st.none() | words,
    background=st.none() | words,
    said_by=words,
    specificity=figures,
    rules=st.lists(words).map(tuple),
    reported_at=moments,
    method=words,
    detected_at=moments,
)
verdicts = st.builds(
    DuplicateJudged,
    article_id=words,
    body_sha256=words,
    verdict=st.sampled_from(["original", "exact", "near", "revision"]),
    relation=st.none(),
    of=st.none() | words,
    score=figures,
    containment=figures,
    jaccard=figures,
    is_sampled=st.booleans(),
    cluster_id=words,
    fingerprint=st.builds(
        Fingerprint,
        content_sha256=words,
        words=st.integers(0),
        shingles=st.integers(0),
        one_in=st.just(16),
        sample=st.sets(st.integers(0, 2**32 - 1)).map(packed),
    ),
    method=words,
    judged_at=moments,
)


@given(st.one_of(entries, mentions, verdicts))
def test_an_event_survives_the_log(data):
    """Any script, any zone, any 64-bit hash: what is read is what was written."""
    row = Event.of(data, at=NOW, run_id="run-01")
    assert read_event(row.type, row.version, row.data) == data
    assert event_id_of(read_event(row.type, row.version, row.data)) == row.event_id


@given(moments)
def test_every_moment_in_an_event_is_utc(moment):
    """A naive one is read as UTC; any other keeps its instant."""
    stored = RunStarted(run_id="r", program_version="0", started_at=moment).started_at
    assert stored.utcoffset() == dt.timedelta(0)
    assert stored == (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))


# ---------------------------------------------------------------------------------------- identity and envelope


def started(run: str = "run-01", at: dt.datetime = NOW) -> RunStarted:
    return RunStarted(run_id=run, program_version="0.1.0", started_at=at)


def test_recording_the_same_occurrence_twice_gives_one_id():
    """Exactly-once rests on this: who records it, in which run and when does not count."""
    first = Event.of(started(), at=NOW, run_id="run-01")
    second = Event.of(
        started(at=NOW + dt.timedelta(hours=1)), at=NOW + dt.timedelta(hours=1), run_id="run-02", topic="norland-sudmark"
    )
    assert first.event_id == second.event_id


def test_another_occurrence_has_another_id():
    assert event_id_of(started("run-01")) != event_id_of(started("run-02"))
    assert event_id_of(started("run-01")) != event_id_of(RunFinished(run_id="run-01", counts={}, finished_at=NOW))


def row_of(wire: str, **changes: object) -> EventData:
    row = next(row for row in GOLDEN if row["type"] == wire)
    return read_event(wire, row["version"], row["data"] | changes)


@pytest.mark.parametrize(
    ("wire", "changes"),
    [
        ("alert.raised", {"title": "Another headline", "url": "https://elsewhere.test/", "raised_at": "2032-01-01T00:00:00Z"}),
        ("alert.delivered", {"attempt": 9, "delivered_at": "2032-01-01T00:00:00Z"}),
        ("entry.seen", {"title": "Another headline", "published_at": None, "seen_at": "2032-01-01T00:00:00Z"}),
        ("article.extracted", {"extracted_at": "2032-01-01T00:00:00Z", "title": "Another headline"}),
        ("duplicate.judged", {"judged_at": "2032-01-01T00:00:00Z", "score": 0.5}),
        ("proposal.opened", {"label": "Another label", "opened_at": "2032-01-01T00:00:00Z"}),
    ],
)
def test_identity_does_not_rest_on_what_may_change(wire, changes):
    """An edited headline or a later date never owes a second alert."""
    assert event_id_of(row_of(wire, **changes)) == event_id_of(row_of(wire))


@pytest.mark.parametrize(
    ("wire", "changes"),
    [
        ("alert.delivered", {"channel": "mail"}),
        ("alert.delivery_failed", {"attempt": 2}),
        ("page.fetch_failed", {"attempt": 2}),
        ("article.extracted", {"method": "trafilatura/2"}),
        ("duplicate.judged", {"method": "shingles-4/1"}),
        ("article.read", {"method": "rules/2"}),
        ("mention.resolved", {"method": "ledger/2"}),
        ("feed.polled", {"polled_at": "2031-03-10T08:10:00Z"}),
        ("entry.revised", {"state": "state-ffffffffffffffffffff"}),
        ("topic.revised", {"digest": "e002"}),
        ("feed.registered", {"registered_at": "2031-04-01T00:00:00Z"}),
    ],
)
def test_what_is_another_occurrence_is_recorded_again(wire, changes):
    """A better method appends; it does not vanish behind the old one."""
    assert event_id_of(row_of(wire, **changes)) != event_id_of(row_of(wire))


def test_the_envelope_tells_what_when_why_and_by_whom():
    cause = uuid.uuid4()
    event = Event.of(
        started(), at=NOW, run_id="run-01", topic="norland-sudmark", caused_by=cause, recorded_at=NOW + dt.timedelta(seconds=5)
    )
    assert (event.type, event.version, event.stream, event.topic, event.caused_by) == (
        "run.started",
        1,
        "run-01",
        "norland-sudmark",
        cause,
    )
    assert (event.occurred_at, event.recorded_at) == (NOW, NOW + dt.timedelta(seconds=5))


def test_an_event_cannot_be_changed_afterwards():
    with pytest.raises(ValidationError):
        started().run_id = "run-02"


def test_a_batch_is_one_json_text_that_keeps_the_order():
    """The one parameter of an append; the text of each event is carried as it stands."""
    batch = [Event.of(started(f"هدنة-{n}"), at=NOW, run_id="run-01") for n in range(12)]
    rows = json.loads(as_json_batch(iter(batch)))
    assert [row["ordinal"] for row in rows] == list(range(12))
    assert [row["stream"] for row in rows] == [event.stream for event in batch]
    assert [read_event(row["type"], row["version"], row["data"]) for row in rows] == [started(f"هدنة-{n}") for n in range(12)]
    assert set(rows[0]) == {*Event.model_fields, "ordinal", "sha256"}


def test_an_empty_batch_is_an_empty_list():
    assert json.loads(as_json_batch([])) == []


def test_wire_names_are_noun_and_past_verb_and_no_class_paths():
    assert all(len(wire.split(".")) == 2 and wire.islower() and wire == model.wire for wire, model in REGISTRY.items())
    assert set(REGISTRY.values()) == {
        model
        for model in vars(events).values()
        if isinstance(model, type) and issubclass(model, EventData) and "wire" in vars(model)
    }


# ---------------------------------------------------------------------------------------- reading old and foreign rows


class ThirdShape(RunStarted):
    """A shape of the future: version 2 renamed ``program_version``, version 3 added ``host``."""

    wire: ClassVar = "run.started"
    version: ClassVar = 3
    program_version: str = ""
    program: str
    host: str


OLD = {"run_id": "run-01", "program_version": "0.1.0", "started_at": "2031-03-10T08:00:00Z"}


@pytest.fixture
def third_shape(monkeypatch):
    def renamed(data):
        return {"program" if key == "program_version" else key: value for key, value in data.items()}

    monkeypatch.setitem(REGISTRY, "run.started", ThirdShape)
    monkeypatch.setitem(UPCASTERS, ("run.started", 1), renamed)
    monkeypatch.setitem(UPCASTERS, ("run.started", 2), lambda data: data | {"host": "unknown"})


@pytest.mark.usefixtures("third_shape")
@pytest.mark.parametrize(
    ("version", "data"),
    [
        (1, OLD),
        (1, json.dumps(OLD)),
        (2, {"run_id": "run-01", "program": "0.1.0", "started_at": "2031-03-10T08:00:00Z"}),
        (3, {"run_id": "run-01", "program": "0.1.0", "started_at": "2031-03-10T08:00:00Z", "host": "unknown"}),
    ],
)
def test_old_shapes_are_read_one_step_at_a_time(version, data):
    assert read_event("run.started", version, data) == ThirdShape(
        run_id="run-01", program="0.1.0", started_at=NOW, host="unknown"
    )


@pytest.mark.usefixtures("third_shape")
def test_reading_an_old_shape_keeps_its_identity():
    """The id in the log was derived from the old shape: a rebuild must arrive at the same."""
    assert event_id_of(read_event("run.started", 1, OLD)) == event_id_of(started())


def test_a_missing_step_is_an_error_and_not_a_guess(monkeypatch):
    monkeypatch.setitem(REGISTRY, "run.started", ThirdShape)
    with pytest.raises(EventError, match=r"run\.started"):
        read_event("run.started", 1, OLD)


@pytest.mark.parametrize(
    ("wire", "version", "data"),
    [
        ("war.ended", 1, {}),
        ("run.started", 2, OLD),
        ("run.started", 0, OLD),
        ("run.started", 1, "not json"),
        ("run.started", 1, "[]"),
        ("run.started", 1, "null"),
        ("run.started", 1, OLD | {"started_at": "some day"}),
    ],
)
def test_rows_that_cannot_be_read_say_which_and_what_to_do(wire, version, data):
    with pytest.raises(EventError) as error:
        read_event(wire, version, data)
    assert error.value.subject == wire
    assert error.value.way_out
