"""Feeds: bytes to entries, and a poll's answer to events.

JSON Feed (1.0 and 1.1) is read here, since feedparser finds no entries in it. Everything that claims to be a feed is
read from bytes: the document itself knows its encoding better than we do. An ill-formed document that yields entries
is a feed (that it is ill-formed is recorded); one that yields none is a failure with a reason.
"""

from .documents import MOST_ENTRIES, POLL_FAILURES, ParsedEntry, ParsedFeed, entry_key, identified, parse_feed
from .polls import FeedToPoll, KnownEntry, decide_poll, read_answer

__all__ = [
    "MOST_ENTRIES",
    "POLL_FAILURES",
    "FeedToPoll",
    "KnownEntry",
    "ParsedEntry",
    "ParsedFeed",
    "decide_poll",
    "entry_key",
    "identified",
    "parse_feed",
    "read_answer",
]
