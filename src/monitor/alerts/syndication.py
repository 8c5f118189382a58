"""Alerts as feeds for readers: Atom (RFC 4287, by feedgen) and JSON Feed 1.1.

A feed is a state, not a message: it is written whole from the alerts that went out, so nothing can come twice or be lost in it.
"""

import json
import re
from collections.abc import Sequence

from feedgen.feed import FeedGenerator

from ..ids import event_id
from .story import Story
from .text import as_html, as_text

_NOT_XML = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
NAME = "Ceasefire Monitor: alerts"


def atom_feed(stories: Sequence[Story], *, topic_id: str, topic_name: str) -> bytes:
    """The stories, newest first, as an Atom document."""
    feed = FeedGenerator()
    feed.id(_urn("feed", topic_id))
    feed.title(f"{NAME} on {topic_name}")
    feed.author(name="Ceasefire Monitor")
    feed.generator("Ceasefire Monitor")
    for story in stories:
        entry = feed.add_entry(order="append")
        entry.id(entry_id(story.alert_id))
        entry.title(_clean(story.subject))
        entry.updated(story.raised_at)
        entry.published(story.raised_at)
        entry.link(href=_clean(story.passage_url), rel="alternate")
        entry.category(term=story.kind)
        entry.content(_clean(as_html(story)), type="html")
    # feedgen takes the present moment where nothing is said; the same alerts must give the same bytes
    feed.updated(max((story.raised_at for story in stories), default="1970-01-01T00:00:00Z"))
    document: bytes = feed.atom_str(pretty=True)
    return document


def json_feed(stories: Sequence[Story], *, topic_id: str, topic_name: str) -> bytes:
    """The stories, newest first, as a JSON Feed."""
    items = [
        {
            "id": entry_id(story.alert_id),
            "url": story.passage_url,
            "title": story.subject,
            "content_text": as_text(story),
            "content_html": as_html(story),
            "date_published": story.raised_at.isoformat(),
            "tags": [story.kind],
        }
        for story in stories
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{NAME} on {topic_name}",
        "description": f"Alerts on the topic {topic_id}",
        "authors": [{"name": "Ceasefire Monitor"}],
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def entry_id(alert_id: str) -> str:
    """The id of an alert's entry in both feeds: an IRI that never changes."""
    return _urn("alert", alert_id)


def _urn(kind: str, name: str) -> str:
    return f"urn:uuid:{event_id(f'syndicated.{kind}', name)}"


def _clean(text: str) -> str:
    """Without what XML has no place for: control characters, halves of surrogate pairs, two that are no characters."""
    return _NOT_XML.sub("", text)
