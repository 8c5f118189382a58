"""Random histories: however events are cut into batches, repeated, delayed and re-ordered, the relations are those of a rebuild.

A relation that is right only when a cause comes before its effect, or when the clock goes forward, is right until the first
crash. Set HISTORIES to look at more than CI does.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from invented import BOOKKEEPING, component, differences, events, faults, log_of, relations_of

from monitor.events import Event
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
def test_after_every_batch_the_relations_are_those_of_a_rebuild(shelf: Shelf, parts: list[list[Event]], data: st.DataObject) -> None:
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
def test_the_order_of_what_does_not_hang_together_changes_nothing(shelf: Shelf, history: list[Event], data: st.DataObject) -> None:
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
