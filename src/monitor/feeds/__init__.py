"""Feeds: bytes to entries, and a poll's answer to events.

One function, ``parse_feed``, reads RSS, RDF and Atom (``documents``), JSON Feed (``json_feed``) and news sitemaps
(``sitemaps``); before that a document is unpacked, decoded and disarmed (``guard``). Everything that claims to be a feed is
read from bytes: the document itself knows its encoding better than we do. An ill-formed document that yields entries
is a feed (that it is ill-formed is recorded); one that yields none is a failure with a reason.
"""

from .dates import DateClaim, judge_dates
from .documents import POLL_FAILURES, entry_key, identified, parse_feed
from .model import MOST_ENTRIES, ParsedEntry, ParsedFeed
from .polls import FeedToPoll, KnownEntry, decide_poll, read_answer
from .sitemaps import parse_sitemap

__all__ = [
    "MOST_ENTRIES",
    "POLL_FAILURES",
    "DateClaim",
    "FeedToPoll",
    "KnownEntry",
    "ParsedEntry",
    "ParsedFeed",
    "decide_poll",
    "entry_key",
    "identified",
    "judge_dates",
    "parse_feed",
    "parse_sitemap",
    "read_answer",
]
