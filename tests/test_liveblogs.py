"""Live blogs: one page, many dated posts, each kept with its own date; a new post's proposal alerts, an old one's does not again."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Loopback, answer, item, page, rss, settings_for

from monitor.articles.extraction import extract_article
from monitor.articles.model import Extraction
from monitor.liveblogs import MOST_POSTS, live_posts
from monitor.pipeline.redacting import redact
from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.warehouse import query_copy

START = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
BASE = "http://outlet.test/live/9"
FIRST = "Fishermen of Port Hallen waited for news of the talks between Norland and Sudmark until dusk, and sold 40 crates."
SECOND = "Norland put forward a new proposal for a 90-day truce with Sudmark, under which 400 prisoners would be freed."


def post(text: str, date: str | None = "2031-03-10T08:00:00Z", **more: Any) -> dict[str, Any]:
    return {"@type": "BlogPosting", "articleBody": text} | ({"datePublished": date} if date else {}) | more


def blog(*posts: Any, **more: Any) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@type": "LiveBlogPosting", "liveBlogUpdate": list(posts)} | more


def texts(*values: Any) -> list[str]:
    return [found.text for found in live_posts([json.dumps(value) for value in values], base=BASE)]


def test_posts_come_in_the_order_of_their_dates_with_address_and_headline() -> None:
    """Outlets list the newest first; zones are made UTC, and a day is said to be one."""
    found = live_posts(
        [
            json.dumps(
                blog(
                    post("late", "2031-03-10T12:00:00+02:00", url="#p2"),
                    post("early", "2031-03-10", headline="Dawn", url="/live/9/p1"),
                )
            )
        ],
        base=BASE,
    )
    assert [(one.text, one.headline, one.url, one.precision) for one in found] == [
        ("Dawn\nearly", "Dawn", "http://outlet.test/live/9/p1", "day"),
        ("late", "", "http://outlet.test/live/9#p2", "second"),
    ]
    assert found[1].published_at == dt.datetime(2031, 3, 10, 10, tzinfo=dt.UTC)
    assert len({one.post_id for one in found}) == 2


def test_posts_without_an_address_are_told_apart_by_time_and_headline() -> None:
    """Also of one minute; a post whose text begins with its headline says it once, and another one says both."""
    at = "2031-03-10T12:00:00Z"
    found = live_posts(
        [
            json.dumps(
                blog(
                    post("Boats are back. All of them.", at, headline="Boats are back"),
                    post("Boats are back. All of them.", at, headline="Nets"),
                )
            )
        ],
        base=BASE,
    )
    assert {one.text for one in found} == {"Boats are back. All of them.", "Nets\nBoats are back. All of them."}
    assert len({one.post_id for one in found}) == 2


@pytest.mark.parametrize(
    "value",
    [
        blog(post("one")),
        [{"@type": "Organization"}, blog(post("one"))],
        {"@graph": [{"@type": "WebPage"}, blog(post("one"))]},
        {"@type": "WebPage", "mainEntity": blog(post("one"))},
        {"@type": ["NewsArticle", "LiveBlogPosting"], "liveBlogUpdate": post("one")},
        blog(post("<p>one</p>"), post("one"), None, "text", 7, post(""), {"@type": "BlogPosting"}),
    ],
)
def test_the_shapes_in_which_outlets_write_it(value: Any) -> None:
    """Lists, graphs, several types, a single post, markup, what is empty or no post."""
    assert texts(value) == ["one"]


@pytest.mark.parametrize(
    "block",
    [
        "",
        "{",
        '{"@type": "LiveBlogPosting", "liveBlogUpdate": [',
        '{"@type": "NewsArticle", "articleBody": "LiveBlogPosting"}',
        '{"@type": "LiveBlogPosting", "liveBlogUpdate": "soon"}',
        '"LiveBlogPosting"',
        "[" * 100_000 + '"LiveBlogPosting"',
        json.dumps({"@graph": {"@graph": {"@graph": {"@graph": {"@graph": {"@graph": {"@graph": blog(post("deep"))}}}}}}}),
    ],
)
def test_what_is_no_live_blog_gives_no_posts(block: str) -> None:
    """Bad JSON, another type, no list, too deep: the page then stays one text."""
    assert live_posts([block], base=BASE) == ()


def test_bad_blocks_do_not_hide_the_good_one_and_the_number_is_bounded() -> None:
    """One block is cut off; the other lists more posts than are read."""
    many = json.dumps(blog(*(post(f"post {number}", url=f"#p{number}") for number in range(MOST_POSTS + 9))))
    assert len(live_posts(["{", many], base=BASE)) == MOST_POSTS


def test_an_undated_post_keeps_its_place_and_gets_no_date() -> None:
    """The time of reading is never a date of publication; neither is what cannot be read."""
    found = live_posts([json.dumps(blog(post("b", None), post("a", "yesterday"), post("c")))], base=BASE)
    assert [(one.text, one.published_at is None) for one in found] == [("b", True), ("a", True), ("c", False)]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["@type", "@graph", "liveBlogUpdate", "articleBody", "headline", "datePublished", "url", "@id"]),
                inner | st.just("LiveBlogPosting"),
            )
        ),
        max_leaves=30,
    )
)
def test_no_json_raises(value: Any) -> None:
    """Whatever stands where: posts or none."""
    for found in live_posts([json.dumps([value, blog(value), "LiveBlogPosting"])], base=BASE):
        assert found.text


def live_page(*posts: dict[str, Any]) -> str:
    body = page("Talks, live", *(one["articleBody"] for one in posts))
    return body.replace("<head>", f'<head><script type="application/ld+json">{json.dumps(blog(*posts))}</script>')


def test_the_text_of_a_live_blog_is_that_of_its_posts() -> None:
    """In their order, oldest first, so that a new post is words added at the end."""
    outcome = extract_article(live_page(post(SECOND, "2031-03-10T11:00:00Z"), post(FIRST)).encode(), url=BASE)
    assert isinstance(outcome, Extraction)
    assert outcome.text == f"{FIRST}\n\n{SECOND}"


def test_a_new_post_is_found_by_the_next_reading_with_its_own_date_and_alerts_once(tmp_path: Path) -> None:
    """At hour 0 one post, at hour 1 a second one with a proposal, at hour 4 a third about nothing: one article, three posts with
    their dates, one alert, dated by its post; removal takes the posts' words out, too."""
    first, second = post(FIRST, url="#p1"), post(SECOND, "2031-03-10T09:40:00Z", url="#p2")
    third = post(
        "Rain fell on the harbour and the envoys of both sides went home for the night.", "2031-03-10T12:10:00Z", url="#p3"
    )
    with Loopback() as server:
        settings = settings_for(tmp_path, server.url("/feed"))
        server.routes["/feed"] = answer(
            rss(item("Norland Sudmark truce talks, live", server.url("/live"))), "application/rss+xml"
        )
        for hours, posts in ((0, [first]), (1, [second, first]), (4, [third, second, first])):
            server.routes["/live"] = answer(live_page(*posts))
            pipeline = load_pipeline(settings, clock=lambda hours=hours: START + dt.timedelta(hours=hours))
            asyncio.run(run_cycle(pipeline))

    def rows(statement: str) -> list[tuple[Any, ...]]:
        return query_copy(pipeline.files, statement).rows

    hour = dt.timedelta(hours=1)
    start = START.replace(tzinfo=None)
    assert rows("SELECT right(url, 2), published_at, found_at, versions FROM live_post ORDER BY ordinal") == [
        ("p1", start - hour, start, 1),
        ("p2", start + dt.timedelta(minutes=40), start + hour, 1),
        ("p3", start + dt.timedelta(hours=3, minutes=10), start + 4 * hour, 1),
    ]
    assert rows("SELECT count(*), max(revisions) FROM article") == [(1, 2)]
    assert rows("SELECT count(*) FROM event.alert_raised") == [(1,)]
    assert rows("SELECT DISTINCT reported_at FROM event.mention_detected WHERE quote LIKE '%90-day%'") == [
        (start + dt.timedelta(minutes=40),)
    ]
    assert rows("SELECT words_removed FROM event.article_revised") == [(0,), (0,)]
    ((article_id,),) = rows("SELECT article_id FROM article")
    redact(pipeline, article_id, "asked for")
    assert rows("SELECT count(*) FROM log.body") == [(0,)]
