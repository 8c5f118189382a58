"""What stands in an article's place is kept back with its reason. All pages in data/walls were written for this; names are fictional."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loopback import Loopback, answer, item, page, rss, settings_for
from test_articles import ARABIC, FRENCH, NOW, PARAGRAPHS, found, read, text_sha256, todo
from test_articles import page as plain_page

from monitor.articles.decisions import decide_article, is_boilerplate, is_shorter_than_known
from monitor.articles.extraction import extract_article
from monitor.articles.model import QUARANTINE_REASONS, Extraction
from monitor.events import ArticleExtracted, ArticleQuarantined, ArticleRevised
from monitor.pipeline.redacting import redact
from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.warehouse import query_copy

WALLS = sorted((Path(__file__).parent / "data" / "walls").glob("*.html"))
START = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
# Too little text for more than this, or nothing in it that a list of words could know.
OTHERWISE = {"challenge-tr-1": "too_short", "notice-en-3": "too_short", "paywall-en-3": "too_short"}


def wall(name: str) -> str:
    return (Path(__file__).parent / "data" / "walls" / f"{name}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [path for path in WALLS if not path.stem.startswith("boilerplate")], ids=lambda path: path.stem)
def test_every_wall_is_told_from_its_words(path: Path) -> None:
    """In a dozen languages, without knowing the outlet, with nothing from a feed."""
    outcome = extract_article(path.read_bytes(), url="https://www.gazette.norland.test/world/881")
    assert isinstance(outcome, Extraction)
    assert outcome.quarantine == OTHERWISE.get(path.stem, path.stem.split("-")[0])
    assert outcome.quarantine in QUARANTINE_REASONS


def test_there_are_walls_enough() -> None:
    assert len(WALLS) >= 40
    assert {path.stem.split("-")[1] for path in WALLS} >= {"en", "ar", "he", "fr", "de", "es", "tr"}


ABOUT_COOKIES = [
    "Norland's parliament voted on Monday for a law on cookies: outlets must offer to reject all of them as easily as to accept them.",
    "The minister said that consent given under pressure was none. Advertisers had warned of losses in the coming year.",
    "Fishermen in the gallery, who had come for the vote on tolls, were asked to be patient. It was passed by 61 votes to 40.",
    "Sudmark has had such a law for three years. Its regulator fined two newspapers, and a third moved its servers abroad.",
    "The law comes into force in autumn. Harbour councils, which run sites of their own, have until spring to comply.",
]
ABOUT_PRICES = [
    "The Norland Gazette will charge readers a subscription from April, its publisher said in Port Hallen on Monday.",
    "The paper, founded in 1911, lost a third of its advertising within two years, and closed its office on the islands.",
    "Its forty reporters were told in the old customs house. One of them said that nobody had been surprised.",
    "Two other papers on the coast have tried the same. One of them went back to advertising within a winter.",
    "The union of journalists asked the government of Norland for lower rates on newsprint, as it had in Sudmark.",
]


@pytest.mark.parametrize("paragraphs", [ABOUT_COOKIES, ABOUT_PRICES], ids=["cookies", "subscriptions"])
def test_an_article_about_walls_is_none(paragraphs: list[str]) -> None:
    outcome = read(plain_page(paragraphs))
    assert isinstance(outcome, Extraction)
    assert outcome.quarantine is None


def test_an_article_with_a_banner_and_an_offer_round_it_is_none() -> None:
    banner = "<div><p>We and our partners use cookies. Accept all or manage preferences.</p></div>"
    offer = "<div><p>Subscribe now for one crown a month. Already a subscriber? Log in.</p></div>"
    outcome = read(plain_page(after=offer).replace("<body>", f"<body>{banner}"))
    assert isinstance(outcome, Extraction)
    assert outcome.quarantine is None
    assert all(paragraph in outcome.text for paragraph in PARAGRAPHS)


BRIEF = (
    "The ferry between Norland and Sudmark sails again on Thursday, the harbour master of Port Hallen said. It had been laid up for nine days "
    "while both sides argued over the tolls, and forty crates of fish had spoiled on the quay."
)


def summed(html: str, summary: str) -> str | None:
    outcome = extract_article(html.encode(), url="https://gazette.norland.test/1", summary=summary)
    assert isinstance(outcome, Extraction)
    return outcome.quarantine


def test_a_page_that_shows_no_more_than_its_feed_is_a_stub_if_it_says_that_there_is_more() -> None:
    """A feed may carry whole texts, so being equal is not enough."""
    assert summed(plain_page([BRIEF]), BRIEF) is None
    assert summed(plain_page([BRIEF + " …"]), BRIEF) == "stub"
    assert summed(plain_page([BRIEF], after="<p>Subscribe to read the full story.</p>"), f"<p>{BRIEF}</p>") in ("stub", "paywall")
    assert summed(plain_page(PARAGRAPHS), PARAGRAPHS[0]) is None


@pytest.mark.parametrize(
    ("paragraphs", "feed_language", "expected"),
    [(PARAGRAPHS, "en", None), (PARAGRAPHS, "", None), (PARAGRAPHS, "ar", "wrong_language"), (ARABIC, "ar", None), (FRENCH, "he", "wrong_language"), (ARABIC, "ar-AE", None)],
)  # fmt: skip
def test_a_text_in_another_language_than_its_feed_is_kept_back(
    paragraphs: list[str], feed_language: str, expected: str | None
) -> None:
    outcome = extract_article(plain_page(paragraphs).encode(), url="", feed_language=feed_language)
    assert isinstance(outcome, Extraction)
    assert outcome.quarantine == expected


# ---------------------------------------------------------------------------------------- events


def test_a_quarantined_text_is_an_event_of_its_own_with_its_words_kept() -> None:
    outcome = found("We value your privacy. Accept all.", quarantine="consent", quarantine_detail="100% of 6 words")
    event = decide_article(todo(), outcome, None, at=NOW)
    assert isinstance(event, ArticleQuarantined)
    assert (event.reason, event.detail, event.body_sha256) == ("consent", "100% of 6 words", text_sha256(outcome.text))


def test_a_stub_does_not_take_the_place_of_a_fuller_text_but_an_edit_does() -> None:
    whole = "\n".join(PARAGRAPHS)
    known = todo(previous_sha256=text_sha256(whole))
    stub, edit = found("\n".join(PARAGRAPHS[:2])), found("\n".join([*PARAGRAPHS[:4], "The envoy then left by the night ferry."]))
    event = decide_article(known, stub, whole, at=NOW)
    assert isinstance(event, ArticleQuarantined)
    assert event.reason == "shorter_than_known"
    assert isinstance(decide_article(known, edit, whole, at=NOW), ArticleRevised)
    assert isinstance(decide_article(todo(), stub, None, at=NOW), ArticleExtracted)
    assert not is_shorter_than_known(" ".join(FRENCH[:2]), whole)


def test_three_titles_over_one_text_are_boilerplate_and_one_story_with_three_headlines_is_not() -> None:
    imprint = "The editors can be reached at the old customs house, at the northern end of the quay."
    assert is_boilerplate(imprint, ["Ferry sails again", "Tolls rise", "Envoy arrives"])
    assert not is_boilerplate(imprint, ["Ferry sails again", "Ferry sails again!", "FERRY SAILS AGAIN", ""])
    assert not is_boilerplate(
        BRIEF, ["Ferry sails on Thursday", "Harbour master: ferry to sail again", "Forty crates of fish spoiled"]
    )


# ---------------------------------------------------------------------------------------- the whole way

PROPOSAL = "Vestria put forward a new proposal for a 20-day truce between Norland and Sudmark, its envoy said on Monday."
FILLING = [f"Fishermen of pier {number} near Port Hallen sold {number * 3} crates before noon." for number in range(9)]
TITLES = {
    "sails": "Vestria truce: ferry sails again",
    "tolls": "Norland and Sudmark talks: tolls rise",
    "envoy": "Vestria envoy arrives for truce talks",
}


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


class Outlet:
    """A server with a feed and pages that the test changes between two runs."""

    def __init__(self, server: Loopback, folder: Path, pages: dict[str, str]) -> None:
        entries = "".join(
            item(TITLES.get(name, "Vestria proposes truce to Norland"), server.url(f"/{name}-of-the-day")) for name in pages
        )
        self.server = server
        server.routes = {"/feed": answer(rss(entries), "application/rss+xml")}
        self.put(pages)
        self.settings = settings_for(folder, server.url("/feed"))

    def put(self, pages: dict[str, str]) -> None:
        self.server.routes |= {f"/{name}-of-the-day": answer(html, "text/html") for name, html in pages.items()}

    def run(self, hours: float = 0) -> Any:
        pipeline = load_pipeline(self.settings, clock=lambda: START + dt.timedelta(hours=hours))
        asyncio.run(run_cycle(pipeline))
        return pipeline

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return query_copy(load_pipeline(self.settings).files, statement).rows


def test_a_wall_is_kept_but_not_judged_read_or_counted(loopback: Loopback, tmp_path: Path) -> None:
    outlet = Outlet(loopback, tmp_path, {"one": page("Vestria proposes", PROPOSAL, *FILLING), "two": wall("consent-ar-1")})
    outlet.run()
    assert outlet.rows("SELECT count(*) FROM article") == [(1,)]
    assert outlet.rows("SELECT reason, words > 0 FROM quarantine") == [("consent", True)]
    assert outlet.rows("SELECT outcome, why FROM report.entry_outcome WHERE outcome = 'quarantined'") == [
        ("quarantined", "consent")
    ]
    assert outlet.rows("SELECT count(*) FROM log.event WHERE type IN ('duplicate.judged', 'article.read')") == [(2,)]
    assert outlet.rows("SELECT count(*) FROM quarantine JOIN log.body ON body.sha256 = quarantine.body_sha256") == [(1,)]
    quality = outlet.rows(
        "SELECT pages, texts, quarantined, wall_rate, truncation_rate, empty_rate, usual_reason FROM report.extraction_quality"
    )
    assert quality == [(2, 1, 1, 0.5, 0.0, 0.0, "consent")]
    before = outlet.rows("SELECT count(*) FROM log.event WHERE type LIKE 'article.%'")
    outlet.run(0.1)
    assert outlet.rows("SELECT count(*) FROM log.event WHERE type LIKE 'article.%'") == before, "running twice adds nothing"


def test_a_wall_that_goes_up_later_leaves_the_article_as_it_was(loopback: Loopback, tmp_path: Path) -> None:
    """And when it comes down again, an edit that was made meanwhile is found."""
    outlet = Outlet(loopback, tmp_path, {"one": page("Vestria proposes", PROPOSAL, *FILLING)})
    outlet.run()
    known = outlet.rows("SELECT body_sha256, mentions, cluster_id FROM article")
    outlet.put({"one": wall("paywall-en-2")})
    outlet.run(1.1)
    assert outlet.rows("SELECT body_sha256, mentions, cluster_id FROM article") == known
    assert outlet.rows("SELECT reason FROM quarantine") == [("paywall",)]
    outlet.put({"one": page("Vestria proposes", PROPOSAL, *FILLING, "Norland asked for a week to answer.")})
    outlet.run(4.2)
    assert outlet.rows("SELECT revisions FROM article") == [(1,)]


def test_the_third_article_with_the_same_words_under_another_title_is_boilerplate(loopback: Loopback, tmp_path: Path) -> None:
    outlet = Outlet(loopback, tmp_path, {name: wall(f"boilerplate-en-{number}") for number, name in enumerate(TITLES, start=1)})
    outlet.run()
    assert outlet.rows("SELECT reason, count(*) FROM quarantine GROUP BY ALL") == [("boilerplate", 1)]


def test_words_in_quarantine_are_taken_out_with_the_article(loopback: Loopback, tmp_path: Path) -> None:
    outlet = Outlet(loopback, tmp_path, {"one": page("Vestria proposes", PROPOSAL, *FILLING)})
    outlet.run()
    outlet.put({"one": wall("paywall-en-2")})
    pipeline = outlet.run(1.1)
    (article_id,) = outlet.rows("SELECT article_id FROM article")[0]
    redact(pipeline, article_id, "asked for by the author")
    assert outlet.rows("SELECT count(*) FROM quarantine JOIN log.body ON body.sha256 = quarantine.body_sha256") == [(0,)]
