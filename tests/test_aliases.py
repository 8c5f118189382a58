"""One article at many addresses: the publisher's own word is taken, within bounds, and what would hide an article is not."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loopback import Loopback, answer, item, page, redirect, rss, settings_for

from monitor.aliases import article_id_of, other_addresses
from monitor.articles.extraction import extract_article
from monitor.articles.model import Extraction, PageToExtract
from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.settings import FetchSettings
from monitor.warehouse import query_copy

START = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
PROPOSAL = "Vestria put forward a new proposal for a 20-day truce between Norland and Sudmark, its envoy said on Monday."
TEXT = [PROPOSAL, *(f"Fishermen of pier {number} near Port Hallen sold {number * 3} crates before noon." for number in range(9))]
STORY = "http://outlet.test/world/vestria-proposes-truce-881"


def asked(url: str = STORY, final_url: str = "") -> PageToExtract:
    return PageToExtract(
        article_id=article_id_of(url), url=url, final_url=final_url or url, page_event="e", page_sha256="0", content_type="text/html",
        charset=None, record_file="f", record_offset=0, feed_id="feed", entry_title="", entry_published_at=None, language="en",
        first_seen_at=START, previous_sha256=None,
    )  # fmt: skip


def naming(canonical: str | None) -> Extraction:
    return Extraction(text="x", title="", published=None, author=None, canonical=canonical)


@pytest.mark.parametrize(
    ("canonical", "why"),
    [
        ("https://www.outlet.test/world/vestria-truce-881", "canonical"),
        ("https://outlet.test/story?id=881", "canonical"),
        ("https://edition.outlet.test/2031/03/10/vestria-proposes-truce", "canonical"),
        ("https://amp.outlet.test/world/vestria-truce-881", "amp"),
        ("https://outlet.test/world/vestria-truce-881/amp", "amp"),
        (None, None),
        (STORY, None),
        ("https://outlet.test/world/vestria-proposes-truce-881/?utm_source=x", None),  # the same address
        ("https://outlet.test/", None),
        ("https://outlet.test", None),
        ("https://outlet.test/world", None),
        ("https://outlet.test/latest-news", None),
        ("https://elsewhere.test/world/vestria-truce-881", None),
        ("https://notoutlet.test/world/vestria-truce-881", None),
    ],
)
def test_which_canonical_addresses_are_believed(canonical: str | None, why: str | None) -> None:
    """Another story's address of the same outlet; not its home page, not a section, not another outlet."""
    assert [address.why for address in other_addresses(asked(), naming(canonical))] == ([why] if why else [])


def test_a_redirect_names_an_address_too_and_one_that_both_name_counts_once() -> None:
    """A short link leads to the story; the page names the same."""
    found = other_addresses(asked("http://outlet.test/s/881", STORY), naming(STORY))
    assert [(address.alias_id, address.why) for address in found] == [(article_id_of(STORY), "canonical")]
    assert [address.why for address in other_addresses(asked("http://outlet.test/s/881", STORY), naming(None))] == ["redirect"]
    assert other_addresses(asked(STORY, "http://consent.elsewhere.test/wall-881"), naming(None)) == []


@pytest.mark.parametrize(
    ("head", "canonical"),
    [
        ('<link rel="canonical" href="/a-1">', "http://outlet.test/a-1"),
        ('<LINK HREF="http://outlet.test/a-1" REL="Canonical">', "http://outlet.test/a-1"),
        ('<link rel="canonical"><link rel="stylesheet" href="/x.css">', None),
        ('<link rel="canonical" href="/a-1"><link rel="canonical" href="/a-2">', None),
        ('<link rel="canonical" href="javascript:void(0)">', None),
        ("", None),
    ],
)
def test_the_canonical_address_of_a_page(head: str, canonical: str | None) -> None:
    """Relative ones are made absolute; none, several or useless ones are no answer."""
    html = page("Vestria proposes", *TEXT).replace("<head>", f"<head>{head}")
    outcome = extract_article(html.encode(), url="http://outlet.test/world/x")
    assert isinstance(outcome, Extraction)
    assert outcome.canonical == canonical


class Outlet:
    """A server under the name outlet.test, whose feed and pages the test sets."""

    def __init__(self, server: Loopback, folder: Path) -> None:
        self.server = server
        fetch = FetchSettings(timeout_seconds=20, connect_to={"outlet.test": server.address})
        self.settings = settings_for(folder, "http://outlet.test/feed", fetch=fetch)

    def entries(self, *links: str) -> None:
        items = (item(f"Vestria proposes truce, report {link}", f"http://outlet.test{link}") for link in links)
        self.server.routes["/feed"] = answer(rss(*items), "application/rss+xml")

    def story(self, path: str, *paragraphs: str, canonical: str = "") -> None:
        html = page("Vestria proposes", *(paragraphs or TEXT))
        self.server.routes[path] = answer(html.replace("<head>", f'<head><link rel="canonical" href="{canonical}">'))

    def run(self, hours: float = 0) -> None:
        pipeline = load_pipeline(self.settings, clock=lambda: START + dt.timedelta(hours=hours))
        asyncio.run(run_cycle(pipeline))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return query_copy(load_pipeline(self.settings).files, statement).rows


@pytest.fixture
def outlet(tmp_path: Path) -> Iterator[Outlet]:
    with Loopback() as server:
        yield Outlet(server, tmp_path)


def test_two_slugs_of_one_story_are_one_article(outlet: Outlet) -> None:
    """Both pages name the same address, which no feed carries: the second is an alias, and its entry's outcome says so."""
    for slug in ("/world/truce-881", "/world/vestria-offers-truce-881"):
        outlet.story(slug, canonical="/world/story-881")
    outlet.entries("/world/truce-881", "/world/vestria-offers-truce-881")
    outlet.run()
    assert outlet.rows("SELECT count(*) FROM article") == [(1,)]
    assert outlet.rows("SELECT outcome, why FROM report.entry_outcome WHERE outcome <> 'article'") == [("no_text", "alias")]
    ((article_id,),) = outlet.rows("SELECT article_id FROM article")
    assert outlet.rows("SELECT DISTINCT article_id FROM alias") == [(article_id,)]
    assert len(outlet.rows("FROM alias")) == 2
    assert len(outlet.rows("FROM mention")) == 1


def test_an_entry_that_comes_with_an_alias_is_taken_for_the_known_article_and_fetches_nothing(outlet: Outlet) -> None:
    """The headline was edited, and with it guid and address: a new entry of the old article, without a second page."""
    outlet.story("/world/truce-881", canonical="/world/vestria-offers-truce-881")
    outlet.story("/world/vestria-offers-truce-881", canonical="/world/vestria-offers-truce-881")
    outlet.entries("/world/truce-881")
    outlet.run()
    outlet.entries("/world/truce-881", "/world/vestria-offers-truce-881")
    outlet.run(0.5)
    assert outlet.server.paths().count("/world/vestria-offers-truce-881") == 0
    assert outlet.rows("SELECT count(*), count(DISTINCT article_id) FROM entry") == [(2, 1)]
    assert outlet.rows("SELECT count(*) FROM article") == [(1,)]


def test_a_page_that_names_another_known_article_is_no_second_one(outlet: Outlet) -> None:
    """First the story itself, then its AMP page from the same feed."""
    outlet.story("/world/truce-881", canonical="/world/truce-881")
    outlet.story("/amp/truce-881", canonical="/world/truce-881")
    outlet.entries("/world/truce-881")
    outlet.run()
    outlet.entries("/world/truce-881", "/amp/truce-881")
    outlet.run(0.5)
    assert outlet.rows("SELECT url FROM article") == [("http://outlet.test/world/truce-881",)]
    assert outlet.rows("SELECT url, why FROM alias") == [("http://outlet.test/amp/truce-881", "amp")]


def test_a_short_link_that_redirects_is_known_by_both_addresses(outlet: Outlet) -> None:
    """The feed gives the short link first and the long one later."""
    outlet.story("/world/truce-881")
    outlet.server.routes["/s/881"] = redirect("http://outlet.test/world/truce-881", 301)
    outlet.entries("/s/881")
    outlet.run()
    outlet.entries("/s/881", "/world/truce-881")
    outlet.run(0.5)
    assert outlet.rows("SELECT why FROM alias") == [("redirect",)]
    assert outlet.server.paths().count("/world/truce-881") == 1
    assert outlet.rows("SELECT count(*) FROM article") == [(1,)]


def test_one_text_at_many_slugs_is_one_cluster_also_when_nobody_names_an_address(outlet: Outlet) -> None:
    """No canonical address, no redirect: the text's fingerprint says that it is one, and it alerts at most once."""
    slugs = [f"/world/truce-{number}" for number in range(12)]
    for slug in slugs:
        outlet.story(slug)
    outlet.entries(*slugs)
    outlet.run()
    assert outlet.rows("SELECT count(*), count(DISTINCT cluster_id), count(*) FILTER (verdict = 'original') FROM article") == [
        (12, 1, 1)
    ]
    assert outlet.rows("SELECT count(*) <= 1 FROM event.alert_raised") == [(True,)]


def test_a_site_that_names_one_address_on_every_page_hides_nothing(outlet: Outlet) -> None:
    """A broken template: other texts under one canonical address stay articles of their own."""
    other = [
        f"Norland rejected the truce of day {number}, and its ministers met {number * 5} envoys of Sudmark."
        for number in range(9)
    ]
    outlet.story("/world/truce-881", canonical="/article-template-1")
    outlet.story("/world/talks-882", *other, canonical="/article-template-1")
    outlet.entries("/world/truce-881", "/world/talks-882")
    outlet.run()
    assert outlet.rows("SELECT count(*) FROM article") == [(2,)]
