"""Sitemaps (sitemaps.org 0.9) with Google's news tags: addresses, and for news ones titles and dates."""

import re

import lxml.etree

from ..errors import ParseError
from .dates import iso_moment
from .guard import disarmed, in_utf8, unpacked
from .model import MOST_LISTED, ParsedEntry, ParsedFeed
from .words import clean, plain

_MOST_TAGS = 2_000_000  # lxml reads a million in a second
_NEWS = re.compile(r"\{https?://www\.google\.com/schemas/sitemap-news/0\.\d\}")


def parse_sitemap(body: bytes) -> ParsedFeed:
    """Read a sitemap: ``format`` is sitemap_news, sitemap (no news tags) or sitemap_index (``sitemaps`` lists them).

    Gives up to MOST_LISTED addresses and counts the rest in ``left_out``. Raises ParseError, and nothing else.
    """
    whole = in_utf8(unpacked(body))
    if not whole:
        raise ParseError("empty", "no content")
    readable = disarmed(whole, most_entries=MOST_LISTED, most_tags=_MOST_TAGS)
    parser = lxml.etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = lxml.etree.fromstring(readable.body, parser)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise ParseError("ill_formed", f"not XML: {clean(str(error))[:200]}") from error
    kind = _name(root) if root is not None else ""
    if kind not in ("urlset", "sitemapindex"):
        raise ParseError("not_a_feed", f"not a sitemap: its first element is <{kind[:80]}>")
    listed = [_values(child) for child in root if _name(child) in ("url", "sitemap")]
    is_news = any("title" in values or "publication_date" in values for values in listed)
    is_index = kind == "sitemapindex"
    return ParsedFeed(
        format="sitemap_index" if is_index else "sitemap_news" if is_news else "sitemap",
        is_ill_formed=bool(len(parser.error_log)) or readable.was_harmed,
        language=next((values["language"] for values in listed if values.get("language")), ""),
        entries=() if is_index else tuple(_entry(values) for values in listed),
        title=next((values["name"] for values in listed if values.get("name")), ""),
        sitemaps=tuple(values["loc"] for values in listed if values.get("loc")) if is_index else (),
        left_out=readable.left_out,
    )


def _name(element: lxml.etree._Element) -> str:
    return element.tag.rsplit("}", 1)[-1].lower() if isinstance(element.tag, str) else ""


def _values(element: lxml.etree._Element) -> dict[str, str]:
    """The texts of one address: loc and lastmod of the sitemap, the rest of its news tags (not those of images or videos)."""
    values: dict[str, str] = {}
    for child in element.iter():
        if not isinstance(child.tag, str) or child is element:
            continue
        name = _name(child)
        if _NEWS.match(child.tag) or (child.getparent() is element and name in ("loc", "lastmod")):
            values.setdefault(name, clean(child.text or ""))
    return values


def _entry(values: dict[str, str]) -> ParsedEntry:
    published = values.get("publication_date", "")
    return ParsedEntry(
        guid="",
        link=values.get("loc", ""),
        title=plain(values.get("title", "")),
        summary="",
        published_text=published,
        published_at=iso_moment(published),
        updated_text=values.get("lastmod", ""),
    )
