"""Random histories: however events are cut into batches, repeated, delayed and re-ordered, the relations are those of a rebuild.

A relation that is right only when a cause comes before its effect, or when the clock goes forward, is right until the first
crash. Set HISTORIES to look at more than CI does.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from invented import BOOKKEEPING, START, component, differences, events, faults, log_of, relations_of, wrapped
from kill_driver import batch

from monitor.events import (
    CorpusDocumentImported,
    EntryRevised,
    EntrySeen,
    Event,
    EventData,
    FeedPolled,
    FeedRegistered,
    Fingerprint,
    MentionResolved,
    PageFetched,
    ProposalOpened,
    Record,
    event_id_of,
)
from monitor.ids import text_sha256
from monitor.warehouse import LiveWarehouse, WarehouseFiles, open_live, schema
from monitor.warehouse.files import PROJECTIONS

EXAMPLES = int(os.environ.get("HISTORIES", "20"))
usual = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    phases=[phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)],  # minutes; add them to look into a failure
)

batches = st.lists(st.lists(events, min_size=1, max_size=12), min_size=1, max_size=4)


class Shelf:
    """Empty warehouses, each a copy of one that was made once: that takes a hundredth of the time."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count()
        with open_live(WarehouseFiles(folder / "empty")):
            pass

    @contextmanager
    def warehouse(self) -> Iterator[LiveWarehouse]:
        files = WarehouseFiles(self._folder / str(next(self._numbers)))
        files.live.parent.mkdir(parents=True)
        shutil.copyfile(WarehouseFiles(self._folder / "empty").live, files.live)
        with open_live(files) as live:
            yield live
        shutil.rmtree(files.root)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(tmp_path_factory.mktemp("histories"))


def rebuilt(live: LiveWarehouse, slice_size: int) -> dict[str, list[str]]:
    """The relations as the log alone gives them, read in pieces of so many events; those that are there stay as they are."""
    live._connection.execute("BEGIN")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(schema, "SLICE", slice_size)
            schema.make_relations(live._connection, list(PROJECTIONS))
        return relations_of(live._connection)
    finally:
        live._connection.execute("ROLLBACK")


@usual
@given(parts=batches, data=st.data())
def test_after_every_batch_the_relations_are_those_of_a_rebuild(
    shelf: Shelf, parts: list[list[Event]], data: st.DataObject
) -> None:
    """Any events in any order, effects before causes too, batches late and twice: nothing twice, no gap, the chain holds, and
    every relation is what the log gives when it is read afresh, in one piece or in small ones."""
    order = data.draw(st.lists(st.integers(0, len(parts) - 1), min_size=len(parts), max_size=len(parts) + 1), label="order")
    with shelf.warehouse() as live:
        for delivery in order:
            live.append(parts[delivery])
            assert faults(live._connection) == []
            here = relations_of(live._connection)
            size = data.draw(st.sampled_from([schema.SLICE, 7]), label="slice")
            assert differences(here, rebuilt(live, size)) == {}
        kept = log_of(live._connection)
        live.rebuild()
        assert differences(here, relations_of(live._connection)) == {}
        assert log_of(live._connection) == kept
        assert {row[1] for row in kept} == {event.event_id for delivery in order for event in parts[delivery]}


def interleaved(data: st.DataObject, history: Sequence[Event]) -> list[Event]:
    """The same events in another order; those that hang together keep theirs."""
    queues: dict[str, list[Event]] = {}
    for event in history:
        queues.setdefault(component(event), []).append(event)
    names = data.draw(st.permutations([component(event) for event in history]), label="interleaving")
    return [queues[name].pop(0) for name in names]


def cut(data: st.DataObject, history: Sequence[Event]) -> Iterator[list[Event]]:
    """Batches, now and then with something in them that was there before, or a batch over again."""
    start = 0
    while start < len(history):
        end = start + data.draw(st.integers(1, 15), label="size")
        again = data.draw(st.integers(0, start), label="again from")
        yield [*history[again : again + data.draw(st.integers(0, 3), label="again")][: start - again], *history[start:end]]
        start = end


@usual
@given(history=st.lists(events, min_size=2, max_size=40), data=st.data())
def test_the_order_of_what_does_not_hang_together_changes_nothing(
    shelf: Shelf, history: list[Event], data: st.DataObject
) -> None:
    """Two deliveries of one history, otherwise cut, otherwise interleaved, with repeats: the same relations, but for where in
    the log a thing stands and when it was written down."""
    with shelf.warehouse() as one, shelf.warehouse() as other:
        one.append(history)
        for batch in cut(data, interleaved(data, history)):
            other.append(batch)
        assert faults(one._connection) == faults(other._connection) == []
        assert sorted(row[1] for row in log_of(one._connection)) == sorted(row[1] for row in log_of(other._connection))
        found = [relations_of(live._connection, without=BOOKKEEPING) for live in (one, other)]
        assert differences(*found) == {}


# ---- what such histories have found


def told(live: LiveWarehouse, name: str, *columns: str) -> list[tuple[Any, ...]]:
    """Columns of a relation, after a look at whether a rebuild gives the same."""
    assert faults(live._connection) == []
    assert differences(relations_of(live._connection), rebuilt(live, 7)) == {}
    return live.query(f"SELECT {', '.join(columns)} FROM {name} ORDER BY ALL")


DAY = dt.timedelta(days=1)
DIGEST = text_sha256("a text")


def proposal(mention: str) -> ProposalOpened:
    return ProposalOpened(
        proposal_id="proposal-0", label="A ferry", kind="ferry", status="open", proposers=(), claimed_by=(), mediators=(), nicknames=(), announced_at=None,
        active_from=None, active_until=None, readings=(), mention_id=mention, article_id="article-a", opened_at=START,
    )  # fmt: skip


def resolved(mention: str) -> MentionResolved:
    return MentionResolved(
        mention_id=mention, article_id="article-a", outcome="new", proposal_id="proposal-0", nearest_id=None, score=1.0, lead=1.0, rows=(), method="m",
        resolved_at=START,
    )  # fmt: skip


def poll(days: int) -> FeedPolled:
    at = START + days * DAY
    return FeedPolled(feed_id="feed-a", polled_at=at, outcome="parsed", status=200, final_url="u", next_poll_at=at + DAY)


def imported(body: str | None, days: int) -> CorpusDocumentImported:
    return CorpusDocumentImported(
        document_id="document-0", name="a.txt", title=f"day {days}", language="en", published_at=None, published_precision="none", bytes_sha256=DIGEST,
        body_sha256=body, fingerprint=Fingerprint(content_sha256=DIGEST, words=4, shingles=2, one_in=1, sample="00000008"), method="m",
        imported_at=START + days * DAY,
    )  # fmt: skip


def page(asked_by: EventData, days: int) -> PageFetched:
    return PageFetched(
        article_id="article-a", url="u", final_url="u", asked_by=str(event_id_of(asked_by)), attempt=1, status=200, content_type="text/html", charset=None,
        sha256=DIGEST, bytes=1, record=Record(file="f", offset=0, length=1, sha256=DIGEST), fetched_at=START + days * DAY,
    )  # fmt: skip


def entry(kind: type[EntrySeen], state: str, **more: Any) -> EntrySeen:
    return kind(
        entry_id="entry-0", feed_id="feed-a", entry_key="key", article_id="article-a", url="u", title=state, summary="", published_at=None,
        published_text="", updated_text="", state=state, language="en", gate="on_topic", gate_why=(), seen_at=START, **more,
    )  # fmt: skip


def test_a_batch_may_bring_a_thing_and_what_became_of_it(shelf: Shelf) -> None:
    """An entry, its page, text and reading in one batch, nothing of which was known: the same as in four."""
    one_by_one, at_once = batch(20), [*batch(20)[0], *batch(21)[0]]
    with shelf.warehouse() as one, shelf.warehouse() as other:
        for event in (*one_by_one[0], *batch(21)[0]):
            one.append([event])
        other.append(at_once)
        assert told(one, "page", "outcome", "extracted_event IS NULL") == told(
            other, "page", "outcome", "extracted_event IS NULL"
        )
        assert differences(relations_of(one._connection), relations_of(other._connection)) == {}
        assert told(other, "article", "read_event IS NULL") == [(False,)] * len([*batch(20)[1], *batch(21)[1]])


def test_a_proposal_is_known_whatever_mention_it_names(shelf: Shelf) -> None:
    """Its id does not rest on the mention: named by another, it is the same, wherever that other begins in the log."""
    with shelf.warehouse() as live:
        live.append([wrapped(proposal("mention-0"))])
        live.append([wrapped(resolved("mention-1"))])
        assert live.append([wrapped(proposal("mention-1"))]).known == 1
        assert told(live, "proposal", "mention_id") == [("mention-0",)]


def test_a_subject_that_a_known_event_names_first_is_remembered(shelf: Shelf) -> None:
    """The known event falls out of the batch; the new one behind it names the subject for the log, and is known when it comes again."""
    with shelf.warehouse() as live:
        live.append([wrapped(proposal("mention-0"))])
        events = [wrapped(proposal("mention-1")), wrapped(resolved("mention-1"))]
        assert [live.append(events).known for _ in range(2)] == [1, 2]
        assert faults(live._connection) == []


def test_polls_that_come_late_do_not_count_as_the_last_by_their_time(shelf: Shelf) -> None:
    """The clock was set back between two polls: the last is the one written last, whether the log is read in one piece or not."""
    registered = FeedRegistered(
        feed_id="feed-a", url="u", name="n", language="en", country="ZZ", kind="wire", registered_at=START
    )
    with shelf.warehouse() as live:
        for what in (registered, poll(5), poll(1)):
            live.append([wrapped(what)])
        moment = (START + DAY).replace(tzinfo=None)
        assert told(live, "feed", "polls", "last_polled_at", "last_success_at") == [(2, moment, moment)]


def test_a_document_that_gets_its_text_later_keeps_the_rest(shelf: Shelf) -> None:
    """First as a fact without a text, then with one, then without: one row, since the first day, with the text."""
    with shelf.warehouse() as live:
        for number, body in enumerate([None, DIGEST, "1" * 64]):
            live.append([wrapped(imported(body, number))])
        assert told(live, "document", "title", "body_sha256", "imported_at") == [("day 0", "1" * 64, START.replace(tzinfo=None))]


def test_a_late_reading_of_an_older_state_leaves_the_newer_one_read(shelf: Shelf) -> None:
    """Two readings of one page arrive the wrong way round: what the change asked for is read all the same."""
    seen, revised = entry(EntrySeen, "first"), entry(EntryRevised, "second", changed=("title",))
    with shelf.warehouse() as live:
        for what in (seen, revised, page(revised, 2), page(seen, 1)):
            live.append([wrapped(what)])
        assert told(live, "page", "outcome", "entry_title") == [("fetched", "second")]


def test_a_reading_before_its_request_does_not_answer_it(shelf: Shelf) -> None:
    """An effect before its cause, as two machines or a mended log may bring it: the request stays open, read in one piece or not."""
    seen, revised = entry(EntrySeen, "first"), entry(EntryRevised, "second", changed=("title",))
    with shelf.warehouse() as live:
        for what in (seen, page(revised, 2), revised):
            live.append([wrapped(what)])
        assert told(live, "page", "outcome", "attempt") == [("waiting", 0)]
