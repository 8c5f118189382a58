"""What goes into reading a page and what comes out: rows, values, and the list of reasons."""

import datetime as dt
from dataclasses import dataclass

from ..events import Precision
from ..liveblogs import Post

METHOD = "trafilatura/2"  # 2: precision mode, JSON-LD, standfirst, gates
FEWEST_WORDS = 25  # less is a caption, a wall or an error page
MOST_CHARACTERS = 200_000  # of text
# Parsing and extraction take time that grows faster than the page: a list of 36,000 links took a minute and a half, 70,000
# paragraphs as long. So a page is measured before it is parsed; the limits are several times what 207 real pages have at most.
MOST_BYTES = 5_000_000  # of a page; real ones have one or two million
MOST_TAGS = 40_000  # of a page, counted as "<"; real ones have up to six thousand
MOST_SHOWN = 600_000  # characters outside of tags, scripts and styles; a short book
EXTRACTION_FAILURES = {
    "not_html": "the content type or the bytes are not those of a web page",
    "no_text": "no article text could be found",
    "too_large": f"more than {MOST_BYTES} bytes: such a page is not parsed",
    "too_many_tags": f"more than {MOST_TAGS} tags, or a thousand attributes in one: a list or an archive, no article; not parsed",
    "too_long": f"more than {MOST_CHARACTERS} characters: a list or an archive, not an article",
    "timeout": "extraction took longer than the wall-clock limit; the worker was ended",
    "crashed": "the worker process died on this page",
    "alias": "the page is that of an article that is known under another address",
    "lost_record": "the raw page could not be read back from the archive",
}
QUARANTINE_REASONS = {
    "consent": "the text asks for consent to cookies or other processing of data",
    "challenge": "the text asks for proof of a human reader, or says that access is denied",
    "paywall": "the text asks to subscribe or to sign in, and gives no more of the article than the feed does",
    "stub": "the text is the feed's summary, or less: the page shows only that",
    "notice": "the text is a notice of the site: page not found, no JavaScript, unsupported browser, under maintenance",
    "too_short": f"fewer than {FEWEST_WORDS} words",
    "wrong_language": "the text is in another language than its feed",
    "boilerplate": "one outlet gave the same text under three or more titles, none of which it bears out",
    "shorter_than_known": "a part of the text that is known: a stub does not take the place of a fuller text",
}


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
    """What a page yields by itself.

    ``published`` is the day or the moment (ISO 8601) that the page claims, or None. ``language`` is that of the text (ISO
    639-1), "" where nothing tells. ``quarantine`` is one of QUARANTINE_REASONS, or None for a text that counts.
    """

    text: str
    title: str
    published: str | None
    author: str | None
    canonical: str | None = None  # the address that the page gives itself
    posts: tuple[Post, ...] = ()  # of a live blog; ``text`` is then theirs
    language: str = ""
    section: str | None = None
    summary: str = ""  # the page's own description
    flags: tuple[str, ...] = ()  # paywall, live_blog, truncated
    quarantine: str | None = None
    quarantine_detail: str = ""


@dataclass(frozen=True, slots=True)
class NoText:
    """Why a page yields no text: one of EXTRACTION_FAILURES."""

    reason: str
    detail: str = ""
