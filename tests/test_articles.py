"""From a page to a text or the reason why not, and from a text to its one event. Pages, outlets and people are fictional."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.articles.decisions import decide_article
from monitor.articles.extraction import extract_article
from monitor.articles.model import EXTRACTION_FAILURES, FEWEST_WORDS, MOST_CHARACTERS, Extraction, NoText, PageToExtract
from monitor.events import ArticleExtracted, ArticleExtractionFailed, ArticleRevised, ArticleUnchanged
from monitor.ids import text_sha256

NOW = dt.datetime(2031, 3, 10, 8, 5, tzinfo=dt.UTC)
URL = "https://www.gazette.norland.test/world/881"
PARAGRAPHS = [
    f"In round {n} of the talks the delegates of Norland and Sudmark met at Port Hallen, and the envoy of Vestria said "
    f"that both sides had brought written remarks on paragraph {n} of the draft."
    for n in range(1, 7)
]
ARABIC = [
    f"اجتمع وفدا نورلاند وسودمارك في المدينة الساحلية للجولة {n} من المحادثات وقال مبعوث فستريا إن الجانبين قدما ملاحظات "
    "مكتوبة على المسودة المقترحة."
    for n in range(1, 7)
]
FRENCH = [
    f"Lors de la séance {n}, les délégués de Norland et de Sudmark ont négocié jusqu'à l'aube et l'envoyée de Vestria a évoqué "
    "une trêve prolongée des deux côtés."
    for n in range(1, 7)
]


def page(paragraphs=PARAGRAPHS, *, head: str = "", after: str = "", title: str = "Talks go on") -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    head = f"<head><title>{title}</title>{head}</head>"
    return f"<!DOCTYPE html><html>{head}<body><article><h1>{title}</h1>{body}</article>{after}</body></html>"


def read(html: str | bytes, **options: str | None) -> Extraction | NoText:
    return extract_article(html.encode() if isinstance(html, str) else html, url=URL, **options)


def text_of(html: str | bytes, **options: str | None) -> str:
    outcome = read(html, **options)
    assert isinstance(outcome, Extraction), outcome
    return outcome.text


# ---------------------------------------------------------------------------------------- extraction


def test_the_article_is_read_out_of_the_page():
    outcome = read(
        page(after="<footer><a href='/'>Home</a> <a href='/imprint'>Imprint</a></footer>"),
        content_type="text/html; charset=utf-8",
    )
    assert isinstance(outcome, Extraction)
    assert outcome.title == "Talks go on"
    assert all(paragraph in outcome.text for paragraph in PARAGRAPHS)
    assert "Imprint" not in outcome.text


def test_readers_comments_are_no_part_of_the_article():
    comment = "I say that Sudmark has accepted everything and that the war is over, whatever the envoy tells all of you tonight."
    assert comment not in text_of(
        page(after=f'<section id="comments" class="comments"><div class="comment"><p>{comment}</p></div></section>')
    )


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (page(ARABIC).encode("cp1256"), "windows-1256"),  # the header knows
        (page(ARABIC, head='<meta charset="windows-1256">').encode("cp1256"), None),  # the page knows
        (page(ARABIC, head='<meta charset="windows-1256">').encode("cp1256"), "utf-8"),  # the header lies: it does not decode
        (page(ARABIC).encode(), "no-such-charset"),
        (page(ARABIC).encode(), None),
    ],
)
def test_arabic_pages_are_read_whatever_the_headers_say(body, charset):
    text = text_of(body, charset=charset)
    assert all(paragraph in text for paragraph in ARABIC)


@pytest.mark.parametrize(
    ("paragraphs", "charset"), [(ARABIC, "iso-8859-1"), (FRENCH, "iso-8859-1"), (FRENCH, "windows-1252"), (FRENCH, "cp437")]
)
def test_a_utf8_page_that_says_so_is_not_ruined_by_a_header(paragraphs, charset):
    """Single-byte charsets decode anything, so that they decode proves nothing."""
    text = text_of(page(paragraphs, head='<meta charset="utf-8">').encode(), charset=charset)
    assert all(paragraph in text for paragraph in paragraphs)


def test_an_xhtml_page_with_a_declaration_is_read():
    assert FRENCH[0] in text_of(
        '<?xml version="1.0" encoding="utf-8"?>' + page(FRENCH), charset="utf-8", content_type="application/xhtml+xml"
    )


@pytest.mark.parametrize("charset", ["punycode", "undefined", "\0", "idna", "base64", "zip", ""])
def test_an_outlandish_charset_loses_no_page(charset):
    assert FRENCH[0] in text_of(page(FRENCH).encode("cp1252"), charset=charset)


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"%PDF-1.7 ...", "text/html", "not_html"),
        (b"\x89PNG\r\n", "", "not_html"),
        (page().encode(), "image/jpeg", "not_html"),
        (page().encode(), "application/pdf; charset=binary", "not_html"),
        (b"", "text/html", "no_text"),
        (b"   \n", "text/html", "no_text"),
        (b"\0" * 500, "text/html", "no_text"),
        (b"<html><head><title>Nothing</title></head><body></body></html>", "text/html", "no_text"),
        (page([" ".join(["strait"] * (MOST_CHARACTERS // 5))]).encode(), "text/html", "too_long"),
    ],
)
def test_a_page_without_an_article_has_a_reason(body, content_type, reason):
    outcome = read(body, content_type=content_type)
    assert isinstance(outcome, NoText)
    assert outcome.reason == reason
    assert outcome.reason in EXTRACTION_FAILURES


@pytest.mark.parametrize("content_type", ["", "TEXT/HTML", "text/html;charset=UTF-8", "application/xhtml+xml", "text/plain"])
def test_content_types_of_pages_are_accepted_in_any_spelling(content_type):
    assert isinstance(read(page(), content_type=content_type), Extraction)


@given(
    st.one_of(
        st.binary(max_size=400),
        st.binary(max_size=60).map(lambda junk: page().encode().replace(b"</p><p>", b"</p>" + junk + b"<p>")),
    ),
    st.sampled_from([None, "utf-8", "utf-16", "cp1256", "nonsense"]),
)
def test_any_bytes_are_an_article_or_a_reason(body, charset):
    outcome = read(body, charset=charset)
    assert isinstance(outcome, Extraction) or outcome.reason in EXTRACTION_FAILURES


@pytest.mark.parametrize("html", ["<div>" * 3000 + "x", "<html>" + "<table><tr><td>" * 300 + "x", "<p>" + "&lt;" * 2000])
def test_hostile_nesting_is_a_reason_and_no_exception(html):
    outcome = read(html)
    assert isinstance(outcome, Extraction) or outcome.reason in EXTRACTION_FAILURES


def test_reading_a_page_again_gives_the_same_article():
    """Nothing of one page is remembered while another is read: a replay must not differ."""
    first = read(page())
    assert [read(page()) for _ in range(4)] == [first] * 4


def test_the_pages_own_date_and_author_are_taken():
    head = '<meta property="article:published_time" content="2025-03-04T23:30:00+02:00"><meta name="author" content="Ada Quill">'
    outcome = read(page(head=head))
    assert (outcome.published, outcome.author) == ("2025-03-04T23:30:00+02:00", "Ada Quill")


def test_a_page_without_date_and_author_gets_none():
    outcome = read(page())
    assert (outcome.published, outcome.author) == (None, None)


@pytest.mark.parametrize(
    "after",
    [
        "<footer>© 2019 Norland Gazette Ltd</footer>",
        "<p>The armistice of 3 March 2019 was signed in the old town hall, and both sides have quoted it ever since.</p>",
    ],
)
def test_a_date_that_only_stands_in_the_text_is_not_the_date_of_publication(after):
    """A copyright line or a date in history would put the article years back in every trend."""
    assert read(page(after=after)).published is None


# ---------------------------------------------------------------------------------------- events


def todo(**changes) -> PageToExtract:
    values = {
        "article_id": "article-01",
        "url": URL,
        "final_url": URL,
        "page_event": "event-page-01",
        "page_sha256": "a901",
        "content_type": "text/html",
        "charset": None,
        "record_file": "a.warc.gz",
        "record_offset": 0,
        "feed_id": "feed-01",
        "entry_title": "Vestria tables a truce",
        "entry_published_at": NOW - dt.timedelta(hours=1),
        "language": "en",
        "first_seen_at": NOW - dt.timedelta(minutes=5),
        "previous_sha256": None,
    }
    return PageToExtract(**values | changes)


def found(text: str = "\n".join(PARAGRAPHS), **changes) -> Extraction:
    return Extraction(**{"text": text, "title": "Talks go on", "published": "2031-03-09", "author": None} | changes)


def test_the_first_text_of_an_article():
    event = decide_article(todo(), found(), None, at=NOW)
    assert type(event) is ArticleExtracted
    assert event.body_sha256 == text_sha256(found().text)
    assert event.outlet == "gazette.norland.test"
    assert (event.feed_id, event.first_seen_at, event.extracted_at) == ("feed-01", NOW - dt.timedelta(minutes=5), NOW)
    assert event.words > FEWEST_WORDS


def test_the_same_text_again_is_unchanged():
    event = decide_article(todo(previous_sha256=text_sha256(found().text)), found(title="Another heading"), found().text, at=NOW)
    assert type(event) is ArticleUnchanged


def test_another_text_is_a_revision_with_the_size_of_the_change():
    before = found().text
    small, large = (
        decide_article(todo(previous_sha256=text_sha256(before)), found(text), before, at=NOW)
        for text in (before.replace("round 3", "round three"), "\n".join(reversed(FRENCH)))
    )
    assert isinstance(small, ArticleRevised)
    assert small.previous_sha256 == text_sha256(before)
    assert 0 < small.change < 0.2
    assert large.change == 1


def test_a_revision_of_typography_only_is_a_revision_of_no_size():
    before = found().text
    event = decide_article(todo(previous_sha256=text_sha256(before)), found(before.replace(", ", " – ")), before, at=NOW)
    assert (type(event), event.change) == (ArticleRevised, 0)


def test_a_previous_text_that_is_lost_counts_as_wholly_changed():
    event = decide_article(todo(previous_sha256="b000"), found(), None, at=NOW)
    assert (type(event), event.change) == (ArticleRevised, 1)


def test_no_text_is_a_failure_with_its_reason():
    event = decide_article(todo(), NoText("too_short", "6 words"), None, at=NOW)
    assert type(event) is ArticleExtractionFailed
    assert (event.reason, event.detail, event.page_event) == ("too_short", "6 words", "event-page-01")


@pytest.mark.parametrize(
    ("entry", "heading", "expected"),
    [
        ("Vestria tables a truce", "Talks go on", ("Vestria tables a truce", "feed")),
        ("", "Talks go on", ("Talks go on", "page")),
        ("", "", ("", "none")),
    ],
)
def test_the_title_is_the_feeds_else_the_pages_else_none(entry, heading, expected):
    event = decide_article(todo(entry_title=entry), found(title=heading), None, at=NOW)
    assert (event.title, event.title_origin) == expected


@pytest.mark.parametrize(
    ("entry", "published", "expected"),
    [
        (
            dt.datetime(2031, 3, 10, 7, 45, 1, tzinfo=dt.UTC),
            "2031-03-09",
            (dt.datetime(2031, 3, 10, 7, 45, 1, tzinfo=dt.UTC), "feed", "second"),
        ),
        (None, "2031-03-09", (dt.datetime(2031, 3, 9, tzinfo=dt.UTC), "page", "day")),
        (None, None, (None, "none", "none")),
        (None, "last week", (None, "none", "none")),
    ],
)
def test_the_date_is_the_feeds_else_the_pages_else_none_and_never_ours(entry, published, expected):
    """A collection time is never stored as a publication time."""
    event = decide_article(todo(entry_published_at=entry), found(published=published), None, at=NOW)
    assert (event.published_at, event.published_origin, event.published_precision) == expected


@pytest.mark.parametrize(
    ("said", "code"), [("de-CH", "de"), ("iw", "he"), ("nb-NO", "no"), ("english", ""), ("x", ""), ("e2", "")]
)
def test_the_language_that_a_page_says_is_a_code_of_two_or_three_letters(said: str, code: str) -> None:
    """Old and regional codes are the usual ones; what is no code says nothing."""
    from monitor.articles.metadata import _language

    assert _language(said) == code
