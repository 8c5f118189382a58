"""What a run tells of itself: figures that add up, failures by reason, what is new. Everything in it is fictional."""

import datetime as dt
from pathlib import Path

import pytest

from monitor.events import (
    Event,
    EventData,
    FeedFellSilent,
    FeedPolled,
    FeedPollFailed,
    FeedRegistered,
    PageFetchFailed,
    ProposalOpened,
    RunStarted,
)
from monitor.pipeline.reporting import RunReport, SlowHost, as_markdown, failed_checks, news_of_run, report_run, slowest_hosts
from monitor.schedule import Slots
from monitor.warehouse import WarehouseFiles, open_live

NOW = dt.datetime(2031, 3, 1, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)


def events(run_id: str, *data: EventData, caused: bool = False) -> list[Event]:
    cause = Event.of(RunStarted(run_id="x", program_version="1", started_at=NOW), at=NOW, run_id="x").event_id
    return [Event.of(item, at=NOW, run_id=run_id, topic="invented", caused_by=cause if caused else None) for item in data]


def opened(name: str) -> ProposalOpened:
    return ProposalOpened(
        proposal_id=f"proposal-{name}", label=f"the {name} plan", kind="ceasefire", status="proposed", proposers=(), claimed_by=(), mediators=(),
        nicknames=(), announced_at=None, active_from=None, active_until=None, readings=(), mention_id=None, article_id=f"article-{name}", opened_at=NOW,
    )  # fmt: skip


def poll(feed: str, **counts: int) -> FeedPolled:
    return FeedPolled(feed_id=feed, polled_at=NOW, outcome="parsed", status=200, final_url="u", next_poll_at=LATER, **counts)


def failed_page(name: str, reason: str) -> PageFetchFailed:
    return PageFetchFailed(
        article_id=f"article-{name}", url=f"https://norland.test/{name}", asked_by="00000000-0000-5000-8000-000000000000", attempt=1,
        reason=reason, failed_at=NOW, retry_at=LATER,
    )  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> WarehouseFiles:
    """Two runs; the first brought what the profile knows, the second what a text opened."""
    files = WarehouseFiles(tmp_path)
    feed = FeedRegistered(
        feed_id="norland",
        url="https://norland.test/",
        name="Norland Post",
        language="en",
        country="ZZ",
        kind="wire",
        registered_at=NOW,
    )
    with open_live(files) as live:
        live.append(events("one", RunStarted(run_id="one", program_version="1", started_at=NOW), feed, opened("old")))
        live.append(events("two", RunStarted(run_id="two", program_version="1", started_at=LATER)))
        live.append(events("two", poll("norland", entries=9, new=2, known=5, revised=1, rejected=1)))
        live.append(events("two", FeedPollFailed(feed_id="sudmark", polled_at=NOW, reason="timeout", next_poll_at=LATER)))
        live.append(events("two", *(failed_page(name, "timeout") for name in "ab"), failed_page("c", "http_error")))
        live.append(events("two", opened("new"), caused=True))
        silent = FeedFellSilent(feed_id="norland", last_new_at=NOW, expected_gap_seconds=60.0, gaps=9, fell_silent_at=LATER)
        live.append(events("two", silent))
        live.publish()
    return files


def test_the_figures_of_a_run_are_its_own(files: WarehouseFiles) -> None:
    """What another run did is not in it, and what came with the profile is no new proposal."""
    report = report_run(files, "two")
    assert {name: report.figures[name] for name in ("feeds polled", "seen", "proposals", "failures")} == {
        "feeds polled": 1, "seen": 9, "proposals": 1, "failures": 4,
    }  # fmt: skip
    assert list(report.failures) == [("page.fetch", "timeout", 2), ("feed.poll", "timeout", 1), ("page.fetch", "http_error", 1)]
    assert set(report_run(files, "nobody").figures.values()) == {0}
    assert report_run(files, "one").figures["proposals"] == 0


def test_the_news_of_a_run_bear_the_ids_of_the_log(files: WarehouseFiles) -> None:
    """So that telling them twice is telling them once."""
    news = news_of_run(files, "two")
    assert [(item.name, item.subject, item.payload["label"]) for item in news] == [
        ("monitor.proposal.opened", "proposal-new", "the new plan"),
        ("monitor.feed.fell-silent", "norland", "Norland Post"),
    ]
    with open_live(files) as live:
        known = {str(event_id) for (event_id,) in live.query("SELECT event_id FROM log.event")}
    assert {item.event_id for item in news} <= known
    assert news_of_run(files, "one") == []


def test_a_check_that_finds_something_is_named(files: WarehouseFiles) -> None:
    """With the number of rows; a sound log names none but what this small one lacks."""
    before = failed_checks(files)
    with open_live(files) as live:
        live._connection.execute("UPDATE log.event SET data = '{}' WHERE position = 0")
        live.publish()
    assert failed_checks(files).keys() - before.keys() >= {"chain_holds"}


def test_the_slowest_are_those_with_the_slowest_request() -> None:
    """A host of many quick requests is busy, not slow."""
    found = slowest_hosts({"busy.test": [0.1] * 100, "slow.test": [3.0], "odd.test": [0.1, 2.0], "none.test": []}, most=2)
    assert found == [SlowHost("slow.test", 1, 3.0, 3.0), SlowHost("odd.test", 2, 2.1, 2.0)]


def test_words_of_a_server_stay_in_their_cell() -> None:
    """A reason with a bar, a line break or an element breaks no table and no page."""
    text = as_markdown(RunReport("run", {"seen": 1200}, [("page.fetch", "a|b\n<script>", 1)], [SlowHost("x.test", 1, 1.0, 1.0)]))
    assert "| seen | 1,200 |" in text
    assert "| page.fetch | a\\|b &lt;script> | 1 |" in text
    assert text.count("\n## ") == 2
    assert "##" not in as_markdown(RunReport("run", {"seen": 0}, []))


def test_a_missed_slot_is_made_up_for_once() -> None:
    """After an hour's sleep a run starts at once, and the next one an interval later; a run longer than the interval is followed at once."""
    slots = Slots(600)
    assert slots.wait(5) == 0
    begun = slots.begun(1000)
    assert [begun.wait(now) for now in (1000, 1400, 1600)] == [600, 200, 0]
    assert begun.wait(5200) == 0
    assert begun.begun(5200).wait(5201) == 599
