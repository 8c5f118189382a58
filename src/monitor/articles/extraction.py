"""A page's bytes to what it yields: text, metadata and gates in one pass."""

import re
from functools import partial

import trafilatura
from lxml.etree import LxmlError
from lxml.html import HtmlElement

from ..fingerprints import tokens
from ..liveblogs import Post, live_posts, text_of
from .bodies import body_of
from .decoding import decoded
from .languages import detected
from .linked_data import LinkedArticle, linked_article, linked_data, plain
from .metadata import Metadata, read_metadata
from .model import FEWEST_WORDS, MOST_BYTES, MOST_CHARACTERS, MOST_SHOWN, MOST_TAGS, Extraction, NoText
from .walls import Shown, size_of, wall_in

_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain", "")
_BINARY = re.compile(rb"\A(%PDF|\x89PNG|\xff\xd8\xff|GIF8|PK\x03\x04|RIFF|\x1a\x45|ID3|\x1f\x8b)")
_LONG_TAG = 10_000  # characters
_NOT_SHOWN = re.compile(r"(?is)<(script|style|noscript|template)\b.*?</\1\s*>|<[^<>]*>|\s+")
_MOST_ATTRIBUTES = 1_000
_CUT = re.compile(r"(\.\.\.|…|\[…\]|\[\.\.\.\])\s*\Z")
_UNSEEN = frozenset(("script", "style", "noscript", "template", "head", "svg", "select"))


def extract_article(
    page: bytes, *, url: str, content_type: str = "", charset: str | None = None, summary: str = "", feed_language: str = ""
) -> Extraction | NoText:
    """Read the article out of a page's bytes.

    ``charset`` is the server's; see ``decoding`` for when it counts. ``summary`` (text or HTML) and ``feed_language`` are what
    a feed says of the page, where one does. Never raises for bad input: everything that goes wrong is a NoText with its
    reason, and what is no article an Extraction with the reason for its quarantine.
    """
    if content_type.split(";")[0].strip().lower() not in _HTML_TYPES or _BINARY.match(page):
        return NoText("not_html", content_type[:100])
    if len(page) > MOST_BYTES:
        return NoText("too_large", f"{len(page)} bytes")
    source = decoded(page, charset)
    if too_much := _too_much(source):
        return too_much
    try:
        tree = trafilatura.load_html(source)
        if tree is None:
            return NoText("no_text")
        return _read(tree, source, url, plain(summary), feed_language)
    except (LxmlError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError) as error:
        return NoText("no_text", f"{type(error).__name__}: {error}"[:200])


def _too_much(source: str) -> NoText | None:
    """Whether a page would take too long: measured without parsing it."""
    if (tags := source.count("<")) > MOST_TAGS:  # before they are split: millions of them are as many strings
        return NoText("too_many_tags", f"{tags} tags")
    long = (part.partition(">")[0] for part in source.split("<")[1:] if len(part) >= _LONG_TAG)
    if any(tag.count("=") > _MOST_ATTRIBUTES for tag in long if len(tag) >= _LONG_TAG):
        return NoText("too_many_tags", "a tag with over a thousand attributes")  # the parser compares each with each
    if len(source) > MOST_SHOWN and (shown := len(_NOT_SHOWN.sub("", source))) > MOST_SHOWN:
        return NoText("too_long", f"{shown} characters outside of tags")
    return None


def _read(tree: HtmlElement, source: str, url: str, summary: str, feed_language: str) -> Extraction | NoText:
    blocks = linked_data(tree)
    linked, posts = linked_article(blocks), live_posts(blocks, base=url)
    metadata = read_metadata(tree, linked, url=url)
    summaries = (*((summary,) if summary else ()), *metadata.summaries)
    is_article = metadata.published is not None or bool(linked.headline) or _is_marked(tree)
    text = text_of(posts) if posts else body_of(tree, url=url, linked=linked, titles=metadata.titles, summaries=summaries)
    text = text.strip()
    if len(text) > MOST_CHARACTERS:
        return NoText("too_long", f"{len(text)} characters")
    wall = None
    if not posts:  # a live blog begins with one short post and grows
        facts = Shown(
            lines=partial(shown_lines, source),
            summaries=summaries,
            feed_language=feed_language,
            is_free=linked.is_free,
            is_article=is_article,
        )
        wall = wall_in(text, facts)
        if wall is None and not text:
            return NoText("no_text")
        if wall is None and (words := size_of(tokens(text))) < FEWEST_WORDS:
            wall = ("too_short", f"{words} words")
    return _extraction(text, linked, metadata, summaries, wall, posts=posts)


def _extraction(
    text: str,
    linked: LinkedArticle,
    metadata: Metadata,
    summaries: tuple[str, ...],
    wall: tuple[str, str] | None,
    *,
    posts: tuple[Post, ...],
) -> Extraction:
    flags = {
        "paywall": linked.is_free is False,
        "live_blog": bool(posts) or linked.is_live_blog,
        "truncated": bool(_CUT.search(text)),
    }
    return Extraction(
        text=text,
        title=metadata.title,
        published=metadata.published,
        author=metadata.author,
        canonical=metadata.canonical,
        posts=posts,
        language=detected(text) or metadata.language,
        section=metadata.section,
        summary=next(iter(summaries), ""),
        flags=tuple(name for name, holds in flags.items() if holds),
        quarantine=wall[0] if wall else None,
        quarantine_detail=wall[1] if wall else "",
    )


def _is_marked(tree: HtmlElement) -> bool:
    """Whether the page marks something as an article."""
    return tree.find(".//article") is not None or bool(tree.xpath("boolean(.//*[@itemprop='articleBody'])"))


def shown_lines(source: str) -> tuple[str, ...]:
    """The lines that a page shows, as far as its markup tells: what a wall says often lies outside of any article.

    Parsed anew, since extraction takes the tree apart; few pages are so short that they need it.
    """
    tree = trafilatura.load_html(source)
    body = tree.find("body") if tree is not None else None
    if body is None:
        return ()
    lines: list[str] = []
    size = 0
    for element in body.iter():
        if isinstance(element.tag, str) and element.tag not in _UNSEEN and element.text and not element.text.isspace():
            lines.append(" ".join(element.text.split()))
        if element.tail and not element.tail.isspace():
            lines.append(" ".join(element.tail.split()))
        size += len(lines[-1]) if lines else 0
        if size > 20_000:
            break
    return tuple(lines)
