"""Lists of articles or feeds that somebody else made, to see how much of them was seen here. Pure readers and sums.

A list is CSV (with a header, or without one as GDELT's daily files are), JSON lines, or OPML. It is compared and never
recorded: what others saw is no observation of ours, and a list that was made with our own feeds in mind would flatter us.
"""

import csv
import datetime as dt
import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

from .errors import SourceError
from .feeds.dates import DateReader, iso_moment
from .ids import subject_id
from .sources import read_opml
from .urls import absolute_url, canonical_url

_HEADS = {
    "url": ("url", "link", "address", "sourceurl", "href", "loc", "page", "documentidentifier"),
    "title": ("title", "headline", "name"),
    "published": ("published", "published_at", "date", "pubdate", "publish_date", "datetime", "seendate", "time", "lastmod"),
}
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})Z?)?")
_LOOKED_AT = 50  # rows from which the columns of a file without a header are guessed
MOST = 200_000  # items of one list; more take more memory than a comparison is worth


@dataclass(frozen=True, slots=True)
class Item:
    """An article that somebody else knows of; ``published`` is UTC, or None where the list gives no readable date."""

    url: str
    title: str = ""
    published: dt.datetime | None = None

    @property
    def asked(self) -> dict[str, str | None]:
        """As the macro ``recall`` takes it."""
        moment = self.published.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ") if self.published else None
        known = subject_id("article", canonical_url(self.url)) if self.url else None
        return {"url": self.url, "title": self.title, "published": moment, "article_id": known}


@dataclass(frozen=True, slots=True)
class OutsideList:
    """What a file holds: articles or feeds (title and address); ``unread`` counts the lines that are neither."""

    items: tuple[Item, ...] = ()
    feeds: tuple[tuple[str, str], ...] = ()
    unread: int = 0


def read_outside_list(content: bytes, *, name: str) -> OutsideList:
    """Read a list, told apart by its content. Raises SourceError when it is none, or too long."""
    text = content.decode("utf-8-sig", "replace")
    head = text.lstrip()[:1]
    if not text.strip():
        raise SourceError("is empty", subject=name, way_out=_TAKEN)
    if head == "<":
        return OutsideList(feeds=tuple(read_opml(content, name=name)))
    items, unread = _from_json_lines(text) if head == "{" else _from_csv(text)
    if not items:
        raise SourceError("names no address of an article", subject=name, way_out=_TAKEN)
    if len(items) > MOST:
        raise SourceError(f"has {len(items):,} articles, more than {MOST:,}", subject=name, way_out="Compare it in parts.")
    return OutsideList(tuple(items), unread=unread)


_TAKEN = "Taken are CSV with a column url (and title, published), JSON lines with these keys, and OPML."


def _from_json_lines(text: str) -> tuple[list[Item], int]:
    rows: list[Mapping[str, object]] = []
    unread = 0
    for line in filter(str.strip, text.splitlines()):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            rows.append({str(key).lower(): value for key, value in row.items()})
        else:
            unread += 1
    items, more = _items([_field(row, kind) for kind in ("url", "title", "published")] for row in rows)
    return items, unread + more


def _field(row: Mapping[str, object], kind: str) -> str:
    return next((str(row[head]) for head in _HEADS[kind] if row.get(head)), "")


def _from_csv(text: str) -> tuple[list[Item], int]:
    first = text.lstrip().splitlines()[0]
    delimiter = max("\t,;|", key=first.count)
    csv.field_size_limit(2**24)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter, quoting=_quoting(delimiter)) if any(row)]
    except csv.Error:
        rows = [line.split(delimiter) for line in text.splitlines() if line.strip()]
    if not rows:
        return [], 0
    heads = [cell.strip().lower() for cell in rows[0]]
    columns = [
        next((heads.index(head) for head in _HEADS[kind] if head in heads), None) for kind in ("url", "title", "published")
    ]
    body = rows[1:]
    if columns[0] is None:
        columns, body = _guessed(rows[:_LOOKED_AT]), rows
    picked = [[row[column].strip() if column is not None and column < len(row) else "" for column in columns] for row in body]
    return _items(picked)


def _quoting(delimiter: str) -> Literal[0, 3]:
    """Tab-separated files of data services do not quote, and their titles may begin with a quotation mark."""
    return csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL


def _guessed(rows: Sequence[Sequence[str]]) -> list[int | None]:
    """Columns of a file without a header: the address, no title, and the last column of dates.

    The last one, since files of data services give the day of what is told before the day on which they found it.
    """
    width = max((len(row) for row in rows), default=0)

    def share(column: int, fits: re.Pattern[str]) -> float:
        cells = [row[column].strip() for row in rows if column < len(row)]
        return sum(bool(fits.fullmatch(cell)) for cell in cells) / len(rows)

    addresses = [column for column in range(width) if share(column, re.compile(r"(?i)https?://\S+")) > 0.5]
    dates = [column for column in range(width) if share(column, re.compile(r"(19|20)\d{6}(T?\d{6}Z?)?|\d{4}-\d\d-\d\d.*")) > 0.5]
    return [addresses[-1] if addresses else None, None, dates[-1] if dates else None]


def _items(rows: Iterable[Sequence[str]]) -> tuple[list[Item], int]:
    """Each address once, in the order of the list; lines without one that can be read are counted."""
    dates = DateReader("")
    found: dict[str, Item] = {}
    unread = 0
    for url, title, published in rows:
        address = absolute_url(url, "") if re.match(r"(?i)https?://", url) else None
        if address is None:
            unread += 1
        else:
            found.setdefault(canonical_url(address), Item(address, " ".join(title.split()), _moment(published, dates)))
    return list(found.values()), unread


def _moment(text: str, dates: DateReader) -> dt.datetime | None:
    if compact := _COMPACT.fullmatch(text):
        try:
            return dt.datetime(*(int(part) for part in compact.groups(default="0")), tzinfo=dt.UTC)  # type: ignore[misc,arg-type]
        except ValueError:
            return None
    try:  # RFC 5322, as RSS has it
        mailed = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        mailed = None
    first = iso_moment(text) or (mailed.replace(tzinfo=mailed.tzinfo or dt.UTC) if mailed else None)
    return dates.claim(text, first)[0] if text else None


# ---------------------------------------------------------------------------------------- sums


@dataclass(frozen=True, slots=True)
class Recall:
    """How much of a list was seen. ``share`` is of those of which it is known; ``low`` and ``high`` are its 95 % interval.

    All three are None where nothing is known: unknown is not nought.
    """

    items: int
    seen: int
    elsewhere: int
    not_seen: int
    unknown: int
    share: float | None
    low: float | None
    high: float | None
    reasons: tuple[tuple[str, str, int], ...]  # fate, why, items

    @classmethod
    def of(cls, fates: Sequence[tuple[str, str]]) -> "Recall":
        """Sum up pairs of fate and why, as the macro ``recall`` gives them.

        A headline at another outlet is not the article: ``elsewhere`` counts against the share, and is told beside it.
        """
        counts = Counter(fate for fate, _ in fates)
        known = counts["seen"] + counts["seen_elsewhere"] + counts["not_seen"]
        low, high = wilson(counts["seen"], known)
        reasons = sorted(Counter(fates).items(), key=lambda pair: (pair[0][0], -pair[1], pair[0][1]))
        return cls(
            items=len(fates),
            seen=counts["seen"],
            elsewhere=counts["seen_elsewhere"],
            not_seen=counts["not_seen"],
            unknown=counts["unknown"],
            share=counts["seen"] / known if known else None,
            low=low,
            high=high,
            reasons=tuple((fate, why, number) for (fate, why), number in reasons),
        )


def wilson(hits: int, tries: int) -> tuple[float | None, float | None]:
    """The 95 % interval of a share (E. B. Wilson, JASA 22, 1927); None twice for no tries."""
    if not tries:
        return None, None
    z, share = 1.96, hits / tries
    middle = (share + z * z / (2 * tries)) / (1 + z * z / tries)
    reach = z * math.sqrt(share * (1 - share) / tries + z * z / (4 * tries * tries)) / (1 + z * z / tries)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def followed(feeds: Sequence[tuple[str, str]], polled: Iterable[str]) -> list[tuple[str, str, str]]:
    """(title, address, fate) of each feed of a list: followed, outlet_followed (another feed of the host is), or not_followed."""
    addresses = {canonical_url(url) for url in polled}
    hosts = {_host(url) for url in addresses}
    return [
        (
            title,
            url,
            "followed" if canonical_url(url) in addresses else "outlet_followed" if _host(url) in hosts else "not_followed",
        )
        for title, url in feeds
    ]


def _host(url: str) -> str:
    return canonical_url(url).split("/")[2].removeprefix("www.")
