"""Lists of feeds and of pages that come as files: OPML, lists of addresses, sitemaps, JSONL and WARC. Pure readers.

Every line or record that is no page is given as ``Skipped`` with its place and reason, so that what was left out can be
counted; only a file that cannot be read at all raises.
"""

import datetime as dt
import gzip
import html
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import listparser
import lxml.etree
import lxml.html
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from .errors import ParseError, SourceError
from .feeds.dates import DateReader, iso_moment
from .feeds.documents import parse_feed
from .feeds.model import ParsedFeed
from .feeds.sitemaps import parse_sitemap
from .topics import FeedSource
from .urls import absolute_url

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_LANG = re.compile(rb"<html[^>]{0,500}?\slang\s*=\s*[\"']?([A-Za-z]{2,3})", re.IGNORECASE)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json", "application/rdf+xml")
_LOOKS_LIKE_A_FEED = re.compile(r"(?i)(rss|atom|feed|\.rdf|\.xml)(?![a-z])")
_WELL_KNOWN = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feeds", "/feed.json")


@dataclass(frozen=True, slots=True)
class ImportedPage:
    """A page of a file. ``page`` is None where only the address is known; ``fetched_at`` is when the file's maker read it."""

    where: str
    url: str
    title: str = ""
    published_text: str = ""
    published_at: dt.datetime | None = None
    is_disputed: bool = False
    language: str = ""
    page: bytes | None = None
    content_type: str = "text/html"
    fetched_at: dt.datetime | None = None
    source: str = "import"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in a file that is no page, and why: bad_line, bad_address, not_html, not_ok, too_large, damaged."""

    where: str
    reason: str


# ---------------------------------------------------------------------------------------- OPML


def read_opml(content: bytes, *, name: str) -> list[tuple[str, str]]:
    """(title, address) of the feeds of an OPML list, each address once. Raises SourceError when it is none."""
    found = listparser.parse(content)
    if not found.feeds and (found.bozo or not found.version):
        raise SourceError("is no OPML list", subject=name, way_out="Export it again from the reader; its first tag is <opml>.")
    feeds = {feed.url.strip(): " ".join((feed.title or "").split()) for feed in reversed(found.feeds)}
    return [(title, url) for url, title in reversed(feeds.items())]


def write_opml(feeds: Sequence[FeedSource], *, title: str) -> bytes:
    """The feeds as OPML 2.0 (http://opml.org/spec2.opml), which every feed reader imports."""
    root = lxml.etree.Element("opml", version="2.0")
    lxml.etree.SubElement(lxml.etree.SubElement(root, "head"), "title").text = title
    body = lxml.etree.SubElement(root, "body")
    for feed in feeds:
        about = {"type": "rss", "text": feed.name, "title": feed.name, "xmlUrl": feed.url, "language": feed.language}
        lxml.etree.SubElement(body, "outline", about)
    return bytes(lxml.etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


# ---------------------------------------------------------------------------------------- autodiscovery


def feed_links(page: bytes, *, url: str) -> list[str]:
    """Addresses at which a page's feed may stand, likeliest first, each once.

    First what the page declares (``<link rel="alternate">``, https://www.rssboard.org/rss-autodiscovery), then its links
    that look like feeds, then a few paths that are usual. None is a feed before its bytes are read as one.
    """
    try:
        tree = lxml.html.document_fromstring(page)
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        tree = lxml.html.fragment_fromstring("<div/>")
    base = next(iter(tree.xpath("//base/@href")), "")
    base = absolute_url(base, url) or url
    declared = [
        link.get("href", "")
        for link in tree.iter("link")
        if "alternate" in link.get("rel", "").lower().split()
        and link.get("type", "").lower().split(";")[0].strip() in _FEED_TYPES
    ]
    links = [link.get("href", "") for link in tree.iter("a") if _LOOKS_LIKE_A_FEED.search(link.get("href", ""))][:20]
    usual = [absolute_url(path, url) or "" for path in _WELL_KNOWN]
    found = [absolute_url(href, base) for href in (*declared, *links) if href] + usual
    return list(dict.fromkeys(address for address in found if address))


def read_candidate(body: bytes, content_type: str) -> ParsedFeed | None:
    """The feed that a candidate's bytes are, or None."""
    try:
        return parse_feed(body, content_type=content_type)
    except ParseError:
        return None


# ---------------------------------------------------------------------------------------- pages


def read_pages(path: Path, *, at_most: int) -> Iterator[ImportedPage | Skipped]:
    """The pages of a WARC, JSONL or sitemap file or a list of addresses, told apart by content; ``at_most`` bytes each.

    Raises SourceError when the file cannot be opened.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(1024)
            stream.seek(0)
            if head.startswith(b"\x1f\x8b"):
                head = gzip.GzipFile(fileobj=stream).read(1024)
                stream.seek(0)
            if head.startswith(b"WARC/"):
                yield from _from_warc(stream, path.name, at_most)
                return
            content = stream.read()
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"cannot be read: {reason}", subject=str(path), way_out="Name an existing file.") from error
    if head.lstrip().startswith(b"{"):
        yield from _from_lines(content, path.name, at_most)
    elif head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        yield from _from_sitemap(content, path.name)
    else:
        yield from _from_list(content, path.name)


def _from_list(content: bytes, name: str) -> Iterator[ImportedPage | Skipped]:
    """One address a line; blank lines and those that start with # are passed over."""
    for number, line in enumerate(content.decode("utf-8-sig", "replace").splitlines(), start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            url = absolute_url(text, "") if _ADDRESS.fullmatch(text) else None
            where = f"{name}:{number}"
            yield ImportedPage(where, url, source="url_list") if url else Skipped(where, "bad_address")


def _from_sitemap(content: bytes, name: str) -> Iterator[ImportedPage | Skipped]:
    try:
        sitemap = parse_sitemap(content)
    except ParseError as error:
        raise SourceError(
            f"is no list of pages: {error.message}", subject=name, way_out="Import takes WARC, JSONL, sitemaps and address lists."
        ) from error
    if sitemap.sitemaps:
        some = "\n  ".join(sitemap.sitemaps[:10])
        raise SourceError(f"only lists other sitemaps; import one of those:\n  {some}", subject=name)
    for number, entry in enumerate(sitemap.entries, start=1):
        url = absolute_url(entry.link, "")
        where = f"{name}:{number}"
        if url is None:
            yield Skipped(where, "bad_address")
            continue
        yield ImportedPage(
            where, url, entry.title, entry.published_text, entry.published_at, language=sitemap.language, source="sitemap"
        )


def _from_lines(content: bytes, name: str, at_most: int) -> Iterator[ImportedPage | Skipped]:
    dates = DateReader("")
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip():
            yield _from_line(line, f"{name}:{number}", dates, at_most)


def _from_line(line: bytes, where: str, dates: DateReader, at_most: int) -> ImportedPage | Skipped:
    try:
        values: dict[str, Any] = {key: value for key, value in json.loads(line).items() if value is not None}
        url, title = absolute_url(str(values["url"]), ""), str(values.get("title", ""))
        markup, text = values.get("html"), values.get("text")
    except (ValueError, KeyError, AttributeError, RecursionError):
        return Skipped(where, "bad_line")
    if url is None:
        return Skipped(where, "bad_address")
    page = str(markup) if markup else _as_page(title, str(text)) if text else None
    if page is not None and len(page) > at_most:
        return Skipped(where, "too_large")
    published = str(values.get("published", "")).strip()
    moment, is_disputed = dates.claim(published, iso_moment(published))
    return ImportedPage(
        where=where,
        url=url,
        title=" ".join(title.split()),
        published_text=published,
        published_at=moment,
        is_disputed=is_disputed,
        language=str(values.get("language", "")),
        page=page.encode("utf-8", "replace") if page is not None else None,
    )


def _as_page(title: str, text: str) -> str:
    """A text as a small page, so that it passes the same stages as every other; who made it is said in its head."""
    paragraphs = "\n".join(f"<p>{html.escape(part.strip())}</p>" for part in text.split("\n") if part.strip())
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="generator" content="monitor import">'
        f"<title>{html.escape(title)}</title></head><body><article>\n{paragraphs}\n</article></body></html>"
    )


def _from_warc(stream: BinaryIO, name: str, at_most: int) -> Iterator[ImportedPage | Skipped]:
    """The pages among a WARC file's records (ISO 28500), one in memory at a time.

    Only responses count; requests, revisits and notes of the crawler are not pages and are passed over. A file that ends
    in the middle of a record gives what stands before.
    """
    records = iter(ArchiveIterator(stream))
    number = 0
    while True:
        number += 1
        try:
            record = next(records)
            page = _from_record(record, f"{name}#{number}", at_most) if record.rec_type == "response" else None
        except StopIteration:
            return
        except (
            ArchiveLoadFailed,
            OSError,
            EOFError,
            ValueError,
            AttributeError,
        ):  # the last by warcio, where a header is missing
            yield Skipped(f"{name}#{number}", "damaged")
            return
        if page is not None:
            yield page


def _from_record(record: Any, where: str, at_most: int) -> ImportedPage | Skipped:
    url = absolute_url(record.rec_headers.get_header("WARC-Target-URI") or "", "")
    content_type = (record.http_headers.get_header("Content-Type") if record.http_headers else None) or ""
    if url is None:
        return Skipped(where, "bad_address")
    if record.http_headers is None or record.http_headers.get_statuscode() != "200":
        return Skipped(where, "not_ok")
    if content_type and content_type.split(";")[0].strip().lower() not in ("text/html", "application/xhtml+xml"):
        return Skipped(where, "not_html")
    body = record.content_stream().read(at_most + 1)
    if len(body) > at_most:
        return Skipped(where, "too_large")
    language = _LANG.search(body[:4096])
    return ImportedPage(
        where=where,
        url=url,
        language=language[1].decode().lower() if language else "",
        page=bytes(body),
        content_type=content_type or "text/html",
        fetched_at=iso_moment(record.rec_headers.get_header("WARC-Date") or ""),
    )


def visible(page: bytes, *, at_most: int = 50_000) -> tuple[str, str]:
    """Title and visible text of a page, cheaply, for the gate: navigation and all. Empty when it is no page."""
    try:
        tree = lxml.etree.parse(io.BytesIO(page), lxml.etree.HTMLParser(recover=True)).getroot()
    except (lxml.etree.LxmlError, ValueError):
        return "", ""
    if tree is None:
        return "", ""
    title = " ".join((tree.findtext(".//title") or "").split())
    lxml.etree.strip_elements(tree, "script", "style", "head", lxml.etree.Comment, with_tail=False)
    return title[:500], " ".join(" ".join(tree.itertext()).split())[:at_most]
