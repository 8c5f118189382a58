"""A document's bytes made fit to parse: unpacked, in UTF-8, disarmed, cut to what is read, and mended where it is broken.

What XML can do to a parser with a few bytes, measured on feedparser 6.0.14 with expat 2.7 (two cores, 2026):

* entities that expand (616 bytes of "billion laughs", 110 kB of the quadratic kind): expat and lxml stop by themselves
  at an amplification of a hundred; feedparser's loose parser then takes over, 4 s and 100 MB. Here the internal subset is
  taken out when its entities would grow beyond ``MOST_EXPANDED``: the entries of the feed are kept, its bomb is not.
* 400,000 nested elements in 1.2 MB: lxml stops at depth 256, feedparser takes 22 s. Refused (``bomb``).
* 200,000 attributes on one element: feedparser takes over 40 s, as it compares each with all. Refused (``bomb``).
* 50,000 entries: about 1 ms each in feedparser. Those that nobody will read are cut out before it sees them.

Road not taken: a parser in a process with a time limit. A poll reads hundreds of small documents; the price is paid for each.
"""

import html.entities
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from charset_normalizer import from_bytes

from ..errors import ParseError

MOST_UNPACKED = 50_000_000  # bytes; the limit of the sitemap protocol for one file
MOST_EXPANDED = 100_000  # characters that entities of the document's own may add to it
MOST_NESTED = 200  # elements within elements; lxml's own limit is 256, feeds of the world stay below 30
MOST_TAGS = 120_000  # 2,000 entries of 60; ten seconds in feedparser at the very worst
MOST_UNCLOSED = 5_000  # <br> and the like in sloppy feeds, which nest nothing but are never closed
LONGEST_TAG = 100_000  # bytes of one tag with its attributes

_GZIP = b"\x1f\x8b"
_BLANK = b" \t\r\n"
_DECLARATION = re.compile(rb"\A<\?xml[^>]{0,200}\?>")
_DECLARED = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)")
# Possessive, so that no document makes it try twice; quotes and comments may hold brackets.
_DOCTYPE = re.compile(
    rb"<!DOCTYPE[^\[<>]{0,1000}+(\[(?:[^\]\"'<]++|\"[^\"]*+\"|'[^']*+'|<!--(?:[^-]++|-(?!->))*+-->|<(?!!--))*+\]\s*+)?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(rb"<!ENTITY\s+(%\s+)?([^\s%&\"'<>]+)\s+(?:\"([^\"]*)\"|'([^']*)')")
_REFERENCE = re.compile(rb"[&%]([^\s;&%#<>]{1,100});")
_OPAQUE = re.compile(rb"<!--|<!\[CDATA\[|<\?")
_ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_TAG = re.compile(rb"<[A-Za-z_/][^<>]*+>")
_OFTEN_UNCLOSED = re.compile(rb"</?(?:br|hr|img|p|li|td|tr|wbr|input)[\s/>]", re.IGNORECASE)
_NAME = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_LISTS = {"rss": b"item", "rdf": b"item", "channel": b"item", "feed": b"entry", "urlset": b"url", "sitemapindex": b"sitemap"}
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_BARE = re.compile(rb"&(?!#\d{1,7};|#x[0-9A-Fa-f]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")  # XML 1.0 section 2.2
_RUN = re.compile(rb"[\x80-\xff]{3,}")
_OF_XML = {b"amp", b"lt", b"gt", b"quot", b"apos"}
# Encodings whose letters lie in the upper half; a text in them is told apart by its runs of such bytes.
_UPPER_HALF = ["cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874", "gb18030", "big5", "shift_jis", "euc_kr", "euc_jp"]


@dataclass(frozen=True, slots=True)
class Readable:
    """A document to parse. ``was_harmed``: something was taken out of it; ``left_out``: entries that were cut out."""

    body: bytes
    was_harmed: bool = False
    left_out: int = 0


def unpacked(body: bytes) -> bytes:
    """The document without a gzip wrapper, as sitemaps often come. Raises ParseError beyond MOST_UNPACKED."""
    if not body.startswith(_GZIP):
        return body
    engine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = engine.decompress(body, MOST_UNPACKED)
    except zlib.error as error:
        raise ParseError("not_a_feed", f"gzip that cannot be unpacked: {error}") from error
    if engine.unconsumed_tail:
        raise ParseError("bomb", f"unpacks to more than {MOST_UNPACKED:,} bytes")
    return plain


def in_utf8(body: bytes, *, content_type: str = "") -> bytes:
    """The document without a byte order mark, in UTF-8 where that can be told; else as it is, for feedparser to guess.

    UTF-16 and UTF-32 are known by their mark or by their zero bytes (XML 1.0, appendix F). Undeclared bytes that are
    not UTF-8 are guessed only where their letters lie in the upper half (Cyrillic, Greek, Semitic, East Asian scripts):
    there a guess has much to go by. Latin ones are left to feedparser, which takes them for windows-1252.
    """
    name = _unicode_form(body)
    if name:
        return _declared_as_utf8(body.decode(name, errors="replace").lstrip("\ufeff").encode("utf-8", errors="replace"))
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK)
    if _DECLARED.search(declaration(body)) or "charset=" in content_type.lower():
        return body
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        guessed = _guessed(body)
        return body if guessed is None else _declared_as_utf8(guessed)
    return body


def declaration(body: bytes) -> bytes:
    """The XML declaration that a document starts with, or nothing."""
    found = _DECLARATION.match(body)
    return found[0] if found else b""


def _declared_as_utf8(body: bytes) -> bytes:
    return b'<?xml version="1.0" encoding="utf-8"?>' + body.removeprefix(declaration(body)) if declaration(body) else body


def _unicode_form(body: bytes) -> str | None:
    head = body[:4]
    for mark, name in (
        (b"\xff\xfe\0\0", "utf-32-le"),
        (b"\0\0\xfe\xff", "utf-32-be"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"<\0\0\0", "utf-32-le"),
        (b"\0\0\0<", "utf-32-be"),
        (b"<\0", "utf-16-le"),
        (b"\0<", "utf-16-be"),
    ):
        if head.startswith(mark):
            return name
    return None


def _guessed(body: bytes) -> bytes | None:
    words = _TAG.sub(b" ", body[:100_000])
    upper = sum(byte >= 0x80 for byte in words)
    if sum(len(run) for run in _RUN.findall(words)) < upper * 0.6:
        return None
    best = from_bytes(words, cp_isolation=_UPPER_HALF).best()
    return body.decode(best.encoding, errors="replace").encode() if best is not None else None


def root_tag(body: bytes) -> str:
    """Name of the first element, lower case and without its prefix; empty when there is none near the start."""
    at, head = 0, body[:65_536]
    while (at := head.find(b"<", at)) >= 0:
        opener = next((mark for mark in _ENDS if head.startswith(mark, at)), None)
        if opener is not None:
            at = head.find(_ENDS[opener], at + len(opener))
        elif head[at : at + 9].lower() == b"<!doctype":
            doctype = _DOCTYPE.match(head, at)
            at = doctype.end() if doctype is not None else head.find(b">", at)
        elif name := _NAME.match(head, at):
            return name[1].decode("ascii", "replace").rsplit(":", 1)[-1].lower()
        else:
            at += 1
        if at < 0:
            return ""
    return ""


def disarmed(body: bytes, *, most_entries: int, most_tags: int = MOST_TAGS) -> Readable:
    """The document without what would blow up a parser, and without the entries beyond ``most_entries``.

    Raises ParseError with the reason ``bomb`` for markup that nests or sprawls beyond all limits.
    """
    body, was_bomb = _without_bombs(body)
    body, left_out = _cut(body, most_entries)
    depth = unclosed = tags = 0
    for part, is_opaque in _parts(body):
        tags += 0 if is_opaque else part.count(b"<")
        for tag in () if is_opaque or tags > most_tags else _TAG.findall(part):
            step = 0 if tag.endswith(b"/>") else -1 if tag.startswith(b"</") else 1
            if _OFTEN_UNCLOSED.match(tag):
                unclosed = max(0, unclosed + step)
            else:
                depth = max(0, depth + step)
            if len(tag) > LONGEST_TAG or depth > MOST_NESTED or unclosed > MOST_UNCLOSED:
                raise ParseError("bomb", f"over {MOST_NESTED} elements within elements, or {LONGEST_TAG:,} bytes in one tag")
    if tags > most_tags:
        raise ParseError("bomb", f"over {most_tags:,} tags")
    return Readable(body, was_bomb, left_out)


def _parts(body: bytes) -> Iterator[tuple[bytes, bool]]:
    """The document in pieces, each with whether it is opaque: a comment, a CDATA section, a processing instruction."""
    at = 0
    while opener := _OPAQUE.search(body, at):
        end = body.find(_ENDS[opener[0]], opener.end())
        yield body[at : opener.start()], False
        if end < 0:  # unclosed: the rest is anything
            yield body[opener.start() :], True
            return
        at = end + len(_ENDS[opener[0]])
        yield body[opener.start() : at], True
    yield body[at:], False


def _without_bombs(body: bytes) -> tuple[bytes, bool]:
    """Take the internal subset out when what it declares would add more than MOST_EXPANDED characters."""
    start = body[:65_536].lower().find(b"<!doctype")
    doctype = _DOCTYPE.match(body, start) if start >= 0 else None
    if doctype is None or not doctype[1]:
        return body, False
    values = {match[2]: match[3] if match[3] is not None else match[4] for match in _ENTITY.finditer(doctype[0])}
    sizes: dict[bytes, int] = {}
    rest = body[doctype.end() :]
    used = Counter(name for name in _REFERENCE.findall(rest) if name in values)
    if sum(_expanded(name, values, sizes, 0) * times for name, times in used.items()) <= MOST_EXPANDED:
        return body, False
    return body[:start] + rest, True


def _expanded(name: bytes, values: dict[bytes, bytes], sizes: dict[bytes, int], depth: int) -> int:
    """Characters that one reference to an entity becomes; one that holds itself is without end."""
    if name not in sizes:
        if depth > 50:
            return MOST_EXPANDED + 1
        sizes[name] = MOST_EXPANDED + 1  # while it is being counted: it may hold itself
        own = values[name]
        inner = sum(_expanded(part, values, sizes, depth + 1) for part in _REFERENCE.findall(own) if part in values)
        sizes[name] = min(len(own) + inner, MOST_EXPANDED + 1)
    return sizes[name]


def _cut(body: bytes, most: int) -> tuple[bytes, int]:
    """Take out the entries beyond the first ``most``: from the start of the next to the end of the last."""
    kind = _LISTS.get(root_tag(body))
    if kind is None:
        return body, 0
    starts = [match.start() for match in re.finditer(rb"<(?:\w{1,20}:)?" + kind + rb"[\s>]", body)]
    if len(starts) <= most:
        return body, 0
    ends = [match.end() for match in re.finditer(rb"</(?:\w{1,20}:)?" + kind + rb"\s{0,100}>", body)]
    end = max(ends[-1], starts[most]) if ends else len(body)
    return body[: starts[most]] + body[end:], len(starts) - most


def mended(body: bytes) -> bytes:
    """A broken document with its most common faults taken away, for a second try at reading it strictly.

    Characters that XML forbids go, HTML's named entities become characters, a bare ampersand becomes an entity. Only for
    bytes that are UTF-8; CDATA sections are left alone but for forbidden characters.
    """
    return b"".join(part if is_opaque else _without_names(part) for part, is_opaque in _parts(_NOT_XML.sub(b"", body)))


def _without_names(markup: bytes) -> bytes:
    return _BARE.sub(b"&amp;", _NAMED.sub(_as_number, markup))


def _as_number(match: re.Match[bytes]) -> bytes:
    if match[1] in _OF_XML:
        return match[0]
    value = html.entities.html5.get(f"{match[1].decode()};")
    return "".join(f"&#{ord(character)};" for character in value).encode() if value else b"&amp;" + match[0][1:]
