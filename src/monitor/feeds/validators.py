"""Whether a server's validators (ETag, Last-Modified) tell the truth: when to ask without them, and what gives a lie away."""

import datetime as dt

from ..answers import Fetched
from ..topics import Polling
from .model import FeedToPoll, ParsedFeed

_LIE = dt.timedelta(hours=1)  # an entry claims to be older than a 304 by more than that: later than any cache
_FULL_WINDOW = 10
_AUDIT_PACE = 4.0  # the day's pace against the usual one, twice


def is_audit_due(feed: FeedToPoll, polling: Polling, now: dt.datetime) -> bool:
    """Whether a poll is to be made without the validators that are there, to see whether they tell the truth.

    One of ``audit_every``; and sooner where a server has answered 304 for as long as the feed, at its pace of late, takes to use
    up half of what its window may lose: waiting for the count would let entries roll off behind a lie. Documents of fewer than
    ``_FULL_WINDOW`` entries are no window but all that a small feed ever had: nothing rolls off there.
    """
    if feed.is_distrusted or not (feed.etag or feed.last_modified):
        return False
    if feed.polls_since_audit >= polling.audit_every - 1:
        return True
    window = feed.window_entries or 0
    if feed.last_unmodified_at is None or feed.last_document_at is None or not feed.pace_per_hour or window < _FULL_WINDOW:
        return False
    hours = (now - feed.last_document_at) / dt.timedelta(hours=1)
    return feed.polls_since_audit > 0 and _AUDIT_PACE * feed.pace_per_hour * hours >= window * (1 - polling.overlap_low)


def validators(feed: FeedToPoll, polling: Polling, now: dt.datetime) -> dict[str, str | None]:
    """The validators to ask with, both where both are known; none for an audit, or where they are distrusted."""
    if feed.is_distrusted or is_audit_due(feed, polling, now):
        return {"etag": None, "last_modified": None}
    return {"etag": feed.etag, "last_modified": feed.last_modified}


def is_lie(feed: FeedToPoll, answer: Fetched, parsed: ParsedFeed, *, is_audit: bool) -> bool:
    """Whether the validators would have hidden this document: asked without them, other bytes came.

    Either they still match, or a 304 was given after an entry of this document, not in the last one, claims to have stood there.
    """
    if not is_audit:
        return False
    etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
    if feed.etag is not None:  # the stronger of both decides (RFC 9110 section 13.2.2)
        would_match = etag == feed.etag
    else:
        would_match = feed.last_modified is not None and modified == feed.last_modified
    if would_match:
        return True
    if feed.last_unmodified_at is None or feed.last_document_at is None:
        return False
    hidden = (feed.last_document_at + _LIE, feed.last_unmodified_at - _LIE)
    return any(entry.published_at is not None and hidden[0] < entry.published_at < hidden[1] for entry in parsed.entries)
