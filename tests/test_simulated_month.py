"""A part of the simulated month (see ``simulated_month.py``; ``benchmarks/polling.py`` runs all of it), and that its memory is the warehouse's."""

from pathlib import Path

import pytest
import simulated_month
from simulated_month import Month, evolve, run

from monitor.events import Event, EventData, FeedRegistered
from monitor.feeds.model import FeedToPoll
from monitor.topics import TopicProfile
from monitor.warehouse import WarehouseFiles, open_live

FEEDS, DAYS = 24, 5


@pytest.fixture(scope="module")
def month(profile: TopicProfile) -> Month:
    return run(profile, seed=7, numbers=range(FEEDS), days=DAYS, keep=12)


@pytest.mark.simulation
def test_nothing_is_lost_that_a_poller_at_ten_minutes_would_have_caught(month: Month) -> None:
    assert month.entries > 5000
    assert month.fixed_caught > 0.9 * month.entries
    assert month.lost == 0, month.lost_by


@pytest.mark.simulation
def test_outages_are_reported_in_time_and_hardly_ever_for_nothing(month: Month) -> None:
    """False silences are counted against the gaps that could have been mistaken for one."""
    assert month.outages_long > 0
    assert (month.late, month.missed) == (0, 0)
    assert month.false_share <= 0.02


@pytest.mark.simulation
def test_a_rekeyed_feed_brings_no_report_a_second_time(month: Month) -> None:
    assert month.rekeys > 0
    assert month.rekeyed_fetched == 0


@pytest.mark.simulation
def test_requests_are_saved_as_against_ten_minutes(month: Month) -> None:
    """In five days feeds are still being learned; the bar of 60 % is for the month."""
    assert month.share <= 0.7


@pytest.mark.simulation
def test_the_memory_of_the_simulation_is_that_of_the_warehouse(month: Month, tmp_path: Path) -> None:
    """The same events through ``warehouse/projection/feed.sql`` and through ``evolve``: the same state of every feed."""
    events = month.events
    ids = sorted({event.stream for event in events if event.wire.startswith("feed.")})
    feeds = [
        FeedRegistered(
            feed_id=feed_id, url=f"https://outlet-{int(feed_id[5:])}.test/rss.xml", name=f"Outlet {int(feed_id[5:])}", language="en", country="ZZ",
            kind="wire", registered_at=simulated_month.START,
        )
        for feed_id in ids
    ]  # fmt: skip
    told = [event for event in events if event.wire.startswith("feed.")]
    expected: dict[str, FeedToPoll] = {
        feed.feed_id: FeedToPoll(feed.feed_id, feed.url, feed.name, "en", None, None, None, 0) for feed in feeds
    }
    for event in told:
        expected[event.stream] = evolve(expected[event.stream], event)[0]
    with open_live(WarehouseFiles(tmp_path)) as live:
        live.append([wrapped(feed) for feed in feeds])
        for start in range(0, len(told), 997):
            live.append([wrapped(event) for event in told[start : start + 997]])
        kept = {feed.feed_id: feed for feed in live.read.feeds_by_id(ids)}
    assert kept == expected
    assert any(feed.gaps for feed in kept.values())
    assert len(ids) == 12


def wrapped(what: EventData) -> Event:
    """The event as a run would write it down."""
    moments = ("polled_at", "registered_at", "fell_silent_at", "changed_at", "moved_at", "found_at")
    at = next(getattr(what, name) for name in moments if hasattr(what, name))
    return Event.of(what, at=at, run_id="run-0", topic="invented")
