"""Feeds: bytes to entries, and a poll's answer to events.

JSON Feed (1.0 and 1.1) is read here, since feedparser finds no entries in it. Everything that claims to be a feed is
read from bytes: the document itself knows its encoding better than we do. An ill-formed document that yields entries
is a feed (that it is ill-formed is recorded); one that yields none is a failure with a reason.
"""

from .archive_page import decide_archive, parse_archive
from .documents import MOST_ENTRIES, POLL_FAILURES, ParsedEntry, ParsedFeed, entry_key, identified, parse_feed
from .identity import KnownEntry
from .moves import moved
from .polls import FeedToPoll, decide_poll, is_audit_due, keys_of, read_answer, validators
from .silence import WatchedFeed, decide_silence

__all__ = [
    "MOST_ENTRIES",
    "POLL_FAILURES",
    "FeedToPoll",
    "KnownEntry",
    "ParsedEntry",
    "ParsedFeed",
    "WatchedFeed",
    "decide_archive",
    "decide_poll",
    "decide_silence",
    "entry_key",
    "identified",
    "is_audit_due",
    "keys_of",
    "moved",
    "parse_archive",
    "parse_feed",
    "read_answer",
    "validators",
]
