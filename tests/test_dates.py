"""What a date that a feed claims is worth. Feeds and outlets are fictional."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.articles.decisions import decide_article
from monitor.articles.model import Extraction, PageToExtract
from monitor.feeds.dates import judge_dates
from monitor.feeds.documents import parse_feed

NOW = dt.datetime(2031, 3, 10, 8, 0, tzinfo=dt.UTC)
RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>G</title>{}</channel></rss>'


def judged(*dates):
    items = "".join(f"<item><title>{n}</title><pubDate>{date}</pubDate></item>" for n, date in enumerate(dates))
    feed = parse_feed(RSS.format(items).encode())
    return list(zip(feed.entries, judge_dates(feed.entries, now=NOW), strict=True))


@pytest.mark.parametrize(
    ("date", "precision", "doubts"),
    [
        ("Mon, 10 Mar 2031 07:45:12 +0100", "second", ()),
        ("Tue, 11 Mar 2031 09:00:00 GMT", "second", ("future",)),
        ("Mon, 10 Mar 2031 23:00:00 GMT", "second", ()),  # within a day: a mistaken zone
        ("Thu, 01 Jan 1970 00:00:01 GMT", "second", ("ancient",)),
        ("0200-01-01T10:00:00Z", "second", ("ancient",)),
        ("2031-03-09", "day", ("midnight",)),
        ("Sun, 09 Mar 2031 00:00:00 +0300", "second", ()),  # one at midnight happens
        ("soon", "none", ("unreadable",)),
        ("3 hours ago", "none", ("unreadable",)),  # rests on the time of reading
        ("03/04/2030", "none", ("disputed",)),  # April or March
        ("2016/6/29", "day", ("midnight", "disputed")),  # feedparser: 1 November
        ("", "none", ()),
    ],
)
def test_each_doubt_is_named(date, precision, doubts):
    [(_, claim)] = judged(date)
    assert (claim.precision, claim.doubts) == (precision, doubts)


def test_a_date_that_is_misread_in_silence_is_read_by_a_second_reader():
    [(entry, _)] = judged("2016/6/29")
    assert (entry.published_at, entry.published_text) == (dt.datetime(2016, 6, 29, tzinfo=dt.UTC), "2016/6/29")


def test_midnight_in_its_own_zone_is_a_day_where_others_are_so_too():
    claims = judged("Sun, 09 Mar 2031 00:00:00 +0300", "Sat, 08 Mar 2031 00:00:00 +0300", "Sat, 08 Mar 2031 10:00:00 +0300")
    assert [(claim.precision, claim.doubts) for _, claim in claims] == [("day", ("midnight",))] * 2 + [("second", ())]


@given(
    st.lists(
        st.one_of(st.text(max_size=20), st.dates().map(str), st.sampled_from(["", "yesterday", "now", "today", "08:00"])),
        max_size=3,
    )
)
def test_no_date_comes_from_the_clock(texts):
    """Without a text there is no date, and the moment of reading never is one: whenever a document is read, it says the same."""
    first = judged(*(text.replace("<", "").replace("&", "") for text in texts))
    for entry, claim in first:
        assert entry.published_at is None or entry.published_text
        assert (entry.published_at is None) == (claim.precision == "none")
        assert entry.published_at is None or abs(entry.published_at - dt.datetime.now(dt.UTC)) > dt.timedelta(minutes=1)


def dated(claimed, doubts, page, precision="second"):
    row = PageToExtract(
        "article-1", "https://a.test/1", "https://a.test/1", "e", "s", "text/html", None, "f", 0, "feed-1", "T", claimed, "en", NOW, None,
        entry_published_precision=precision, entry_published_doubts=doubts,
    )  # fmt: skip
    article = decide_article(row, Extraction("One two three.", "T", page, None), None, at=NOW)
    return article.published_at and article.published_at.date().isoformat(), article.published_origin, article.published_precision


@pytest.mark.parametrize(
    ("claimed", "doubts", "page", "believed"),
    [
        ("2031-03-10", (), "2031-03-08", ("2031-03-10", "feed", "second")),
        ("2031-03-10", ("midnight",), None, ("2031-03-10", "feed", "day")),
        ("2031-03-30", ("future",), "2031-03-09", ("2031-03-09", "page", "day")),
        ("2031-03-30", ("future",), None, (None, "none", "none")),
        ("2031-03-30", (), None, (None, "none", "none")),  # an older log without doubts
        ("1970-01-01", ("ancient",), "2031-03-09", ("2031-03-09", "page", "day")),
        ("2031-02-03", ("disputed",), "2031-03-02", ("2031-03-02", "page", "day")),
        (None, (), "2031-05-01", (None, "none", "none")),  # the page's own date is implausible
        (None, (), "nonsense", (None, "none", "none")),
    ],
)
def test_an_article_has_the_date_that_can_be_true_or_none(claimed, doubts, page, believed):
    moment = dt.datetime.fromisoformat(claimed).replace(tzinfo=dt.UTC) if claimed else None
    assert dated(moment, doubts, page) == believed
