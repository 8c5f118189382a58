"""Where a feed is polled: permanent redirects, applied after days of valid feeds there, and taken back by a person.

A wrong permanent redirect is common (a site behind maintenance sends everything to its front page), and so is one that is
right. It is followed at each poll either way; what waits is the new address. Only http to https of the same host and path is
taken at once: nothing but the scheme changes.
"""

import datetime as dt
from collections.abc import Collection
from urllib.parse import urlsplit

from ..answers import Redirect
from ..events import FeedMoved
from ..ids import subject_id
from ..urls import absolute_url, canonical_url

PERMANENT = (301, 308)


def permanent_target(url: str, redirects: Collection[Redirect]) -> str | None:
    """Where the permanent redirects lead, up to the first other one (RFC 9110 sections 15.4.2 and 15.4.9)."""
    target = None
    for step in redirects:
        if step.status not in PERMANENT or absolute_url(step.to, "") is None:
            break
        target = step.to
    return target if target != url else None


def decide_move(
    feed_id: str,
    poll_url: str,
    target: str | None,
    *,
    since: dt.datetime | None,
    days: float,
    registered: Collection[str],
    at: dt.datetime,
) -> FeedMoved | None:
    """The move of a feed that was valid at ``target`` at each poll ``since`` that moment; None where it is not time yet.

    ``registered`` are the ids of all feeds: a target that is one of them already makes this feed its duplicate.
    """
    if target is None:
        return None
    is_https = _is_https_of(poll_url, target)
    if not is_https and (since is None or at - since < dt.timedelta(days=days)):
        return None
    why = "the same address over https" if is_https else f"permanent redirect, {days:g} days of valid feeds"
    return moved(feed_id, poll_url, target, why=why, registered=registered, at=at)


def moved(
    feed_id: str, from_url: str, to_url: str, *, why: str, registered: Collection[str], at: dt.datetime, is_pinned: bool = False
) -> FeedMoved:
    """The event of a move."""
    target = subject_id("feed", canonical_url(to_url))
    return FeedMoved(
        feed_id=feed_id,
        from_url=from_url,
        to_url=to_url,
        why=why,
        is_pinned=is_pinned,
        duplicate_of=target if target != feed_id and target in registered else None,
        moved_at=at,
    )


def _is_https_of(url: str, target: str) -> bool:
    before, after = urlsplit(url), urlsplit(target)
    return (before.scheme, after.scheme) == ("http", "https") and (
        (before.hostname, before.path or "/", before.query) == (after.hostname, after.path or "/", after.query)
    )
