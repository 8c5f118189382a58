"""A second subject, invented, through the whole program: one profile and one newsroom, and no change to the program."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from loopback import settings_for

from monitor.newsroom import Newsroom, NewsroomSite, load_newsroom
from monitor.newsroom.script import NewsroomArticle
from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.settings import FetchSettings
from monitor.topics_check import check_examples
from monitor.warehouse import WarehouseFiles, query_copy
from monitor.warehouse.files import relations

DATA = Path(__file__).parent / "data"
TOPIC = DATA / "topics" / "harbour-dispute.toml"
# Who puts forward what the script calls by a name of its own.
PROPOSER = {"marave-12day": "marave", "kestria-counter": "kestria"}


@dataclass(frozen=True)
class World:
    """The invented newsroom after its two polls."""

    newsroom: Newsroom
    files: WarehouseFiles
    counts: list[Counter[str]]
    asked: list[str]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return query_copy(self.files, statement).rows

    def url(self, article: NewsroomArticle) -> str:
        host = next(feed.host for feed in self.newsroom.feed if feed.id == article.feed)
        return f"http://{host}/{article.slug}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Both polls, and the second one once more with nothing new."""
    newsroom = load_newsroom(DATA / "newsroom" / "harbour-dispute")
    with NewsroomSite(newsroom) as site:
        fetch = FetchSettings(timeout_seconds=20, pause_seconds=0, connect_to=site.connect_to)
        feeds = [feed.url for feed in newsroom.feed]
        settings = settings_for(tmp_path_factory.mktemp("second"), *feeds, topic=TOPIC, fetch=fetch)
        counts = []
        for poll, hours in ((1, 0), (2, 0), (2, 24)):
            site.poll = poll
            moment = newsroom.moment(poll) + hours * (newsroom.moment(2) - newsroom.moment(1))
            pipeline = load_pipeline(settings, clock=lambda moment=moment: moment)
            counts.append(asyncio.run(run_cycle(pipeline)))
        return World(newsroom, pipeline.files, counts, [f"http://{host}{path}" for host, path, _ in site.requests])


def test_the_profile_holds_its_own_examples() -> None:
    """The invented profile is checked like the shipped one."""
    assert check_examples(load_pipeline(settings_for_topic()).profile) == []


def settings_for_topic() -> Any:
    from monitor.settings import Settings

    return Settings(topic=str(TOPIC))


def test_its_alerts_are_the_expected_ones_each_once(world: World) -> None:
    """The new proposal and the variant of the known one, each for its article; the copy and the background raise none."""
    expected = Counter(
        (PROPOSER[slug], kind, world.url(article))
        for article in world.newsroom.article
        if article.expect.alert
        for slug, kind in [article.expect.alert.split(":")]
    )
    assert len(expected) == 2
    found = world.rows("SELECT unnest(proposal.proposers), alert.kind, alert.url FROM alert JOIN proposal USING (proposal_id)")
    assert Counter(found) == expected
    assert world.rows("SELECT count(*) FROM event.alert_raised") == [(2,)]


def test_the_ledger_holds_its_own_proposals_and_terms(world: World) -> None:
    """The known plan of the profile, the new proposal and the variant with its parent; terms of this topic's own kinds."""
    rows = world.rows("SELECT proposers, varies, terms, articles FROM report.proposal_ledger ORDER BY proposers")
    assert [(proposers[0], varies) for proposers, varies, *_ in rows] == [
        ("kestria", "Orlan's Lantern plan, February 2041"),
        ("marave", None),
        ("orlan", None),
    ]
    terms = {proposers[0]: terms for proposers, _, terms, _ in rows}
    assert re.search(r"duration_days 12(,|$)", terms["marave"])
    assert re.search(r"sailors 7(,|$)", terms["marave"])
    assert re.search(r"duration_days 120(,|$)", terms["kestria"])
    articles = {proposers[0]: articles for proposers, *_, articles in rows}
    assert articles == {"kestria": 1, "marave": 2, "orlan": 2}


def test_gate_and_verdicts_are_as_expected(world: World) -> None:
    """This topic's anchors, cues and rivals decide; what is off topic is never asked for; the copy is found."""
    words = {"on": "on_topic", "undecided": "undecided", "off": "off_topic"}
    assert dict(world.rows("SELECT url, gate FROM entry")) == {
        world.url(article): words[article.expect.gate] for article in world.newsroom.article
    }
    verdicts = {world.url(article): article.expect.verdict for article in world.newsroom.article if article.expect.gate != "off"}
    assert dict(world.rows("SELECT url, verdict FROM article")) == verdicts
    assert {world.url(article) for article in world.newsroom.article if article.expect.gate == "off"}.isdisjoint(world.asked)


def test_the_edit_is_a_revision_without_an_alert(world: World) -> None:
    """A word put right in the article on the known plan."""
    edited = world.url(next(article for article in world.newsroom.article if article.id == world.newsroom.edit[0].article))
    assert world.rows("SELECT url FROM event.article_revised") == [(edited,)]
    assert world.rows(f"SELECT count(*) FROM alert WHERE url = '{edited}'") == [(0,)]


def test_a_third_run_with_nothing_new_appends_polls_only(world: World) -> None:
    """No article, proposal or alert event; pages are only looked at again for edits, and are as they were."""
    assert set(world.counts[2]) == {"run.started", "feed.polled", "page.unchanged", "run.finished"}


def test_nothing_of_the_shipped_topic_gets_in(world: World) -> None:
    """All rows are this topic's; only its own parties and its own known proposal stand in the ledger."""
    assert world.rows("SELECT DISTINCT topic FROM log.event") == [("harbour-dispute",)]
    assert world.rows("SELECT count(*) FROM document") == [(0,)]
    parties = {party for (parties,) in world.rows("SELECT proposers FROM mention") for party in parties}
    assert parties == {"kestria", "marave", "orlan"}


def test_all_checks_are_empty(world: World) -> None:
    """As for the shipped topic."""
    assert {name: world.rows(f'FROM "check"."{name}"') for name in relations("check")} == dict.fromkeys(relations("check"), [])
