"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), in which feedparser finds no entries."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import ParseError
from .dates import DateReader, iso_moment
from .model import MOST_ENTRIES, ParsedEntry, ParsedFeed
from .words import clean, plain


class _JsonItem(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    id: str = ""
    url: str = ""
    external_url: str = ""
    title: str = ""
    summary: str = ""
    content_text: str = ""
    content_html: str = ""
    date_published: str = ""
    date_modified: str = ""


class _JsonFeed(BaseModel):
    """A feed as far as an entry needs it."""

    model_config = ConfigDict(extra="ignore")
    version: str
    title: str = ""
    language: str = ""
    items: list[Any]


def parse_json_feed(body: bytes) -> ParsedFeed:
    """Read a JSON Feed; raises ParseError (``not_a_feed``) for other JSON."""
    try:
        values = json.loads(body.decode(json.detect_encoding(body), errors="replace"))
        feed = _JsonFeed.model_validate({key: value for key, value in values.items() if value is not None})
    except (ValueError, AttributeError, RecursionError) as error:
        raise ParseError("not_a_feed", "JSON, but not a JSON Feed") from error
    if "jsonfeed.org/version/" not in feed.version:
        raise ParseError("not_a_feed", f"unknown JSON Feed version {feed.version[:80]!r}")
    items = feed.items[:MOST_ENTRIES]
    dates = DateReader(clean(feed.language))
    return ParsedFeed(
        format="json",
        is_ill_formed=not all(isinstance(item, dict) and _is_valid(item) for item in items),
        language=clean(feed.language),
        entries=tuple(_entry(item, dates) for item in items if isinstance(item, dict)),
        title=plain(feed.title),
        left_out=len(feed.items) - len(items),
    )


def _known(values: dict[str, Any]) -> dict[str, Any]:
    """Generators write null for what they have not got."""
    return {key: value for key, value in values.items() if value is not None}


def _is_valid(values: dict[str, Any]) -> bool:
    try:
        _JsonItem.model_validate(_known(values))
    except ValidationError:
        return False
    return True


def _entry(values: dict[str, Any], dates: DateReader) -> ParsedEntry:
    try:
        item = _JsonItem.model_validate(_known(values))
    except ValidationError:
        item = _JsonItem(id=str(values.get("id", "")), url=str(values.get("url", "")))
    text = clean(item.date_published)
    moment, is_disputed = dates.claim(text, iso_moment(text))
    return ParsedEntry(
        guid=clean(item.id),
        link=clean(item.url or item.external_url),
        title=plain(item.title),
        summary=plain(item.summary or item.content_text or item.content_html)[:4000],
        published_text=text,
        published_at=moment,
        updated_text=clean(item.date_modified),
        is_disputed=is_disputed,
    )
