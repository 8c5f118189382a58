"""Live blogs: one page, many dated posts, as its JSON-LD gives them (schema.org LiveBlogPosting, liveBlogUpdate).

Roads not taken: cutting the page's HTML at its headings and times. Each outlet marks them in another way, and a post whose
date is guessed is worse than none; where the JSON-LD says nothing the page stays one text.
"""

import datetime as dt
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .events import Precision
from .ids import subject_id
from .urls import absolute_url

MOST_POSTS = 500
MOST_CHARACTERS = 3_000_000  # of one block of JSON
_DEEPEST = 6  # lists and graphs within one another
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"[ \t\r\f\v]+")


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a live blog. ``published_at`` is what the page claims, or None; never the time of reading."""

    post_id: str
    url: str
    headline: str
    text: str
    published_at: dt.datetime | None
    precision: Precision


def live_posts(blocks: Iterable[str], *, base: str) -> tuple[Post, ...]:
    """The posts in a page's blocks of JSON-LD, oldest first where all are dated, each once. Bad JSON is passed over."""
    found: dict[str, Post] = {}
    for block in blocks:
        if len(block) > MOST_CHARACTERS or "LiveBlogPosting" not in block:
            continue
        try:
            value = json.loads(block, strict=False)
        except (ValueError, RecursionError):
            continue
        for update in _updates(value, 0):
            post = _post(update, base)
            if post is not None and len(found) < MOST_POSTS:
                found.setdefault(post.post_id, post)
    posts = list(found.values())
    dated = [(post.published_at, post) for post in posts if post.published_at is not None]
    if len(dated) < len(posts):
        return tuple(posts)  # where an undated one belongs is not known
    return tuple(post for _, post in sorted(dated, key=lambda pair: pair[0]))


def text_of(posts: Iterable[Post]) -> str:
    """The text of a live blog: that of its posts, in their order."""
    return "\n\n".join(post.text for post in posts)


def _updates(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _updates(item, depth + 1)
    elif isinstance(value, dict):
        kinds = value.get("@type")
        if "LiveBlogPosting" in (kinds if isinstance(kinds, list) else [kinds]):
            updates = value.get("liveBlogUpdate")
            yield from (item for item in (updates if isinstance(updates, list) else [updates]) if isinstance(item, dict))
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _updates(value.get(key), depth + 1)


def _post(update: dict[str, Any], base: str) -> Post | None:
    headline, body = _plain(update.get("headline")), _plain(update.get("articleBody") or update.get("text"))
    if not headline and not body:
        return None
    named = next((value for key in ("url", "@id") if isinstance(value := update.get(key), str) and value), "")
    url = absolute_url(named, base) if named else None
    published_at, precision = _moment(update.get("datePublished") or update.get("dateCreated"))
    # Its own address is its identity: outlets correct headlines. An address that all posts share tells none apart.
    key = (
        url
        if url is not None and url.rstrip("/") != base.rstrip("/")
        else f"{update.get('datePublished')}|{headline or body[:80]}"
    )
    is_doubled = body.startswith(headline)
    return Post(
        post_id=subject_id("post", key),
        url=url or base,
        headline=headline,
        text=body if is_doubled else f"{headline}\n{body}".strip(),
        published_at=published_at,
        precision=precision,
    )


def _plain(value: Any) -> str:
    """Text without tags; outlets put either into articleBody."""
    if not isinstance(value, str):
        return ""
    lines = html.unescape(_TAG.sub(" ", value)).splitlines()
    return "\n".join(line for line in (_SPACE.sub(" ", line).strip() for line in lines) if line)


def _moment(value: Any) -> tuple[dt.datetime | None, Precision]:
    """An ISO 8601 date or moment (schema.org allows both); one without a zone is read as UTC."""
    try:
        moment = dt.datetime.fromisoformat(str(value).strip())
        aware = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None, "none"
    return aware, "day" if len(str(value).strip()) <= len("2031-03-10") else "second"
