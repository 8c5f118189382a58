"""Feeds: bytes to entries, and a poll's answer to events.

One function, ``parse_feed``, reads RSS, RDF and Atom (``documents``), JSON Feed (``json_feed``) and news sitemaps
(``sitemaps``); before that a document is unpacked, decoded and disarmed (``guard``). Everything that claims to be a feed is
read from bytes: the document itself knows its encoding better than we do. An ill-formed document that yields entries
is a feed (that it is ill-formed is recorded); one that yields none is a failure with a reason.
"""

from .archive_page import decide_archive, parse_archive
from .dates import DateClaim, judge_dates
from .documents import POLL_FAILURES, entry_key, identified, parse_feed
from .identity import KnownEntry
from .model import MOST_ENTRIES, FeedToPoll, ParsedEntry, ParsedFeed
from .moves import moved
from .polls import decide_poll, keys_of, read_answer
from .silence import WatchedFeed, decide_silence
from .sitemaps import parse_sitemap
from .validators import is_audit_due, validators

__all__ = [
    "MOST_ENTRIES",
    "POLL_FAILURES",
    "DateClaim",
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
    "judge_dates",
    "keys_of",
    "moved",
    "parse_archive",
    "parse_feed",
    "parse_sitemap",
    "read_answer",
    "validators",
]
