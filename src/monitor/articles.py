"""Pages: bytes to an article's text, or the reason why there is none; a text to an event. The only door to trafilatura.

``deduplicate=True`` is never used: trafilatura then remembers, process-wide, what it saw before, and a replay would
read the same page differently. Comments are left out: they are not the article's claims.
"""

import datetime as dt
import re
from dataclasses import dataclass

import trafilatura
from lxml.etree import LxmlError
from lxml.html import HtmlElement
from rapidfuzz.distance import LCSseq
from trafilatura.metadata import extract_metadata

from .events import (
    ArticleExtracted,
    ArticleExtractionFailed,
    ArticlePostFound,
    ArticleRevised,
    ArticleUnchanged,
    EventData,
    Origin,
    Precision,
)
from .feeds.dates import AHEAD, ANCIENT
from .fingerprints import jaccard, shingles, tokens
from .ids import text_sha256
from .liveblogs import Post, live_posts, text_of
from .urls import absolute_url, outlet_key

METHOD = "trafilatura/1"
FEWEST_WORDS = 25  # less is a caption, a wall or an error page
MOST_CHARACTERS = 200_000
EXTRACTION_FAILURES = {
    "not_html": "the content type or the bytes are not those of a web page",
    "no_text": "no article text could be found",
    "too_short": f"fewer than {FEWEST_WORDS} words",
    "too_long": f"more than {MOST_CHARACTERS} characters: a list or an archive, not an article",
    "timeout": "extraction took longer than the wall-clock limit; the worker was ended",
    "crashed": "the worker process died on this page",
    "alias": "the page is that of an article that is known under another address",
    "lost_record": "the raw page could not be read back from the archive",
}
_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain", "")
_META_CHARSET = re.compile(rb"(?i)<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([a-z0-9_:.-]+)")
_BINARY = re.compile(rb"\A(%PDF|\x89PNG|\xff\xd8\xff|GIF8|PK\x03\x04|RIFF|\x1a\x45|ID3)")


@dataclass(frozen=True, slots=True)
class PageToExtract:
    """A row of the work list ``todo.page_to_extract``: the page, what the feed says of it, and the text known so far."""

    article_id: str
    url: str
    final_url: str
    page_event: str
    page_sha256: str
    content_type: str
    charset: str | None
    record_file: str
    record_offset: int
    feed_id: str
    entry_title: str
    entry_published_at: dt.datetime | None
    language: str
    first_seen_at: dt.datetime
    previous_sha256: str | None
    entry_published_precision: Precision | None = None  # of the feed's date; None where an older log does not say
    entry_published_doubts: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a page yields by itself. ``published`` is a day (ISO) that the page claims, or None."""

    text: str
    title: str
    published: str | None
    author: str | None
    canonical: str | None = None  # the address that the page gives itself
    posts: tuple[Post, ...] = ()  # of a live blog; ``text`` is then theirs


@dataclass(frozen=True, slots=True)
class NoText:
    """Why a page yields no text: one of EXTRACTION_FAILURES."""

    reason: str
    detail: str = ""


def extract_article(page: bytes, *, url: str, content_type: str = "", charset: str | None = None) -> Extraction | NoText:
    """Read the article out of a page's bytes.

    ``charset`` is the server's; see ``_decoded`` for when it counts.
    Never raises for bad input: everything that goes wrong is a NoText with its reason.
    """
    if content_type.split(";")[0].strip().lower() not in _HTML_TYPES or _BINARY.match(page):
        return NoText("not_html", content_type[:100])
    try:
        tree = trafilatura.load_html(_decoded(page, charset))
        if tree is None:
            return NoText("no_text")
        metadata = extract_metadata(tree, default_url=url, extensive=False)
        canonical, posts = _canonical(tree, url), live_posts(_linked_data(tree), base=url)
        text = text_of(posts) if posts else trafilatura.extract(tree, url=url, include_comments=False, output_format="txt") or ""
    except (LxmlError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError) as error:
        return NoText("no_text", f"{type(error).__name__}: {error}"[:200])
    text = text.strip()
    if not text:
        return NoText("no_text")
    words = len(tokens(text))
    if words < FEWEST_WORDS and not posts:  # a live blog begins with one short post and grows
        return NoText("too_short", f"{words} words")
    if len(text) > MOST_CHARACTERS:
        return NoText("too_long", f"{len(text)} characters")
    return Extraction(
        text=text,
        title=(getattr(metadata, "title", None) or "").strip(),
        published=getattr(metadata, "date", None),
        author=getattr(metadata, "author", None),
        canonical=canonical,
        posts=posts,
    )


def _canonical(tree: HtmlElement, base: str) -> str | None:
    """The address that ``<link rel=canonical>`` gives (RFC 6596); None where there is none, or several that differ."""
    found = {
        absolute_url(link.get("href") or "", base)
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    }
    return found.pop() if len(found) == 1 else None


def _linked_data(tree: HtmlElement) -> list[str]:
    """The page's blocks of JSON-LD."""
    return [
        script.text or "" for script in tree.iter("script") if (script.get("type") or "").strip().lower() == "application/ld+json"
    ]


def _decoded(page: bytes, charset: str | None) -> bytes | str:
    """The page as text where its encoding is known, as bytes where it must be guessed.

    UTF-8 proves itself: other text is not valid UTF-8 by chance. Otherwise the page's own declaration is believed
    before the server's: a server has one default for all its files.
    """
    try:
        return page.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _META_CHARSET.search(page[:4096])
    for name in (declared[1].decode("ascii") if declared else None, charset):
        try:
            if name:
                return page.decode(name)
        except (LookupError, ValueError):  # some codecs raise a bare UnicodeError
            continue
    return page


def decide_article(page: PageToExtract, outcome: Extraction | NoText, previous_text: str | None, *, at: dt.datetime) -> EventData:
    """Turn an extraction into its one event. ``previous_text`` is the article's last known text.

    Title and date are the feed's where it gives them (it is edited by the outlet for readers; a page's first heading
    often is not), the page's otherwise; where neither gives one, none is invented.
    """
    if isinstance(outcome, NoText):
        return ArticleExtractionFailed(
            article_id=page.article_id,
            page_event=page.page_event,
            page_sha256=page.page_sha256,
            reason=outcome.reason,
            detail=outcome.detail,
            method=METHOD,
            failed_at=at,
        )
    body_sha256 = text_sha256(outcome.text)
    if body_sha256 == page.previous_sha256:
        return ArticleUnchanged(
            article_id=page.article_id, page_event=page.page_event, body_sha256=body_sha256, method=METHOD, read_at=at
        )
    title, title_origin = _title(page, outcome)
    published_at, published_origin, precision = _date(page, outcome)
    article = ArticleExtracted(
        article_id=page.article_id,
        url=page.url,
        outlet=outlet_key(page.url),
        feed_id=page.feed_id,
        first_seen_at=page.first_seen_at,
        title=title,
        title_origin=title_origin,
        published_at=published_at,
        published_origin=published_origin,
        published_precision=precision,
        author=outcome.author,
        language=page.language,
        body_sha256=body_sha256,
        words=len(tokens(outcome.text)),
        page_sha256=page.page_sha256,
        page_event=page.page_event,
        method=METHOD,
        extracted_at=at,
    )
    if page.previous_sha256 is None:
        return article
    before = shingles(tokens(previous_text or ""))
    change = 1 - jaccard(shingles(tokens(outcome.text)), before)
    added, removed = word_difference(previous_text or "", outcome.text)
    return ArticleRevised(
        **article.model_dump(),
        previous_sha256=page.previous_sha256,
        change=round(change, 4),
        words_added=added,
        words_removed=removed,
    )


def word_difference(before: str, after: str) -> tuple[int, int]:
    """Words inserted and words deleted in the shortest way from one text to the other; a word that changed is one of each.

    What is left over by the longest common subsequence, counted bit-parallel: two texts of 30,000 words take tens of
    milliseconds, where difflib's search for blocks takes minutes. Case and punctuation count: corrections are made of them.
    """
    old, new = before.split(), after.split()
    kept = LCSseq.similarity(old, new)
    return len(new) - kept, len(old) - kept


def found_posts(page: PageToExtract, outcome: Extraction, *, at: dt.datetime) -> list[ArticlePostFound]:
    """The posts of a live blog as events; one that was seen before in the same wording has the same id and adds nothing."""
    return [
        ArticlePostFound(
            article_id=page.article_id,
            post_id=post.post_id,
            ordinal=number,
            url=post.url,
            headline=post.headline,
            published_at=post.published_at,
            published_precision=post.precision,
            body_sha256=text_sha256(post.text),
            words=len(tokens(post.text)),
            page_event=page.page_event,
            method=METHOD,
            found_at=at,
        )
        for number, post in enumerate(outcome.posts)
    ]


def _title(page: PageToExtract, outcome: Extraction) -> tuple[str, Origin]:
    if page.entry_title:
        return page.entry_title, "feed"
    return (outcome.title, "page") if outcome.title else ("", "none")


_NO_TRUTH = {"future", "ancient", "unreadable", "disputed"}  # doubts that leave a claim a claim; midnight only blurs it


def _date(page: PageToExtract, outcome: Extraction) -> tuple[dt.datetime | None, Origin, Precision]:
    """The date of publication that is believed: the feed's, or the page's where the feed's is doubted or missing, or none.

    A claim that is not believed stands in ``entry`` all the same. It is not replaced by a moment of ours: an article
    without a believable date has none. A feed that knows only days is believed for the day.
    """
    claimed, doubts = page.entry_published_at, set(page.entry_published_doubts or ())
    if claimed is not None and not doubts & _NO_TRUTH and _is_plausible(claimed, page.first_seen_at):
        is_day = page.entry_published_precision == "day" or "midnight" in doubts
        return claimed, "feed", "day" if is_day else "second"
    if outcome.published:
        try:
            day = dt.datetime.fromisoformat(outcome.published).replace(tzinfo=dt.UTC)
        except ValueError:
            return None, "none", "none"
        if _is_plausible(day, page.first_seen_at):
            return day, "page", "day"
    return None, "none", "none"


def _is_plausible(date: dt.datetime, first_seen_at: dt.datetime) -> bool:
    """Not before the web, and not more than a day after we saw it."""
    return ANCIENT <= date <= first_seen_at + AHEAD
