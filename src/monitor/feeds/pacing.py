"""When a feed is polled next: from its pace, the share of its window that is known, its silence, and what its server asks."""

import datetime as dt
from dataclasses import replace

from ..answers import Fetched, NotModified
from ..schedule import Pace, fresh_for, next_interval, next_poll, reserve, whole_runs
from ..topics import Polling
from .model import FeedToPoll, ParsedFeed
from .silence import counted_gap, expected_gap

_RELIABLE_PACE = dt.timedelta(days=30)  # entries older than that say nothing of a feed's pace
_HIDDEN_FOR = dt.timedelta(days=7)


def feed_after(feed: FeedToPoll, parsed: ParsedFeed, news: int, window: int, *, at: dt.datetime) -> FeedToPoll:
    """The feed with what this document adds to its window, pace and gaps."""
    pace = paced(feed, news, at) if feed.entries_seen else _claimed_pace(parsed, at)
    gaps = feed.gaps
    if news and feed.last_new_at is not None:
        was_reported = feed.silent_since == feed.last_new_at
        gaps = (*gaps, counted_gap(at - feed.last_new_at, feed.expected_gap_seconds, was_reported=was_reported))
    expected = feed.expected_gap_seconds
    if news:
        expected = expected_gap(gaps)
    return replace(
        with_pace(feed, pace),
        gaps=gaps,
        expected_gap_seconds=expected,
        window_entries=window or feed.window_entries,
        last_new_at=at if news else feed.last_new_at,
    )


def with_pace(feed: FeedToPoll, pace: Pace | None) -> FeedToPoll:
    """The feed at this pace; as it was where there is none."""
    return replace(feed, pace_per_hour=pace.usual, peak_per_hour=pace.peak) if pace is not None else feed


def paced(feed: FeedToPoll, news: int, at: dt.datetime) -> Pace | None:
    """The feed's pace after a poll. After failures it stays: when that was published which came meanwhile, nobody knows."""
    if feed.last_success_at is None or feed.failures:
        return feed.pace
    return (feed.pace or Pace(0.0, 0.0)).after(news, at - feed.last_success_at)


def _claimed_pace(parsed: ParsedFeed, at: dt.datetime) -> Pace | None:
    """The pace that the dates of a first document claim: of no use but to know how soon to look again."""
    claimed = sorted(
        entry.published_at
        for entry in parsed.entries
        if entry.published_at is not None and at - _RELIABLE_PACE < entry.published_at <= at
    )
    if len(claimed) < 2:
        return None
    hours = max((at - claimed[0]) / dt.timedelta(hours=1), 1.0)
    return Pace(round(len(claimed) / hours, 4), 0.0)


def interval_after(feed: FeedToPoll, share: float | None, polling: Polling, *, at: dt.datetime) -> float:
    """Minutes until the next poll, before spread and what the server asks."""
    start, shortest = float(polling.interval_minutes), float(polling.shortest_minutes)
    before = feed.interval_minutes if feed.interval_minutes is not None else start
    longest = 60.0 * polling.longest_hours
    if feed.window_entries:
        room = reserve(feed.window_entries, feed.pace, low=polling.overlap_low, shortest=shortest, start=start)
        longest = min(longest, room)
    if feed.last_new_at not in (None, at) and feed.expected_gap_seconds and feed.silent_since != feed.last_new_at:
        # Silence is reported before the feed is asked less often: until then no interval grows beyond what is expected of it.
        longest = min(longest, max(before, feed.expected_gap_seconds / 60))
        if feed.last_new_at is not None and (at - feed.last_new_at).total_seconds() > feed.expected_gap_seconds:
            longest = min(longest, before)
    if share is None and _hides_a_window(feed, at):
        longest = min(longest, start)
    if feed.last_success_at is None:
        return round(min(before, max(longest, shortest)), 2)  # a first document knows nothing: no step, no gap
    following = next_interval(
        before, share, low=polling.overlap_low, high=polling.overlap_high, shortest=shortest, longest=longest
    )
    return round(following, 2)


def _hides_a_window(feed: FeedToPoll, at: dt.datetime) -> bool:
    """Whether a silent feed has probably published a whole window that it does not show (a stuck cache), for a week at most.

    When it shows again, each further entry pushes out one that nobody has seen: somebody has to be there.
    """
    if feed.last_new_at is None or feed.silent_since != feed.last_new_at or feed.pace is None or not feed.window_entries:
        return False
    quiet = at - feed.last_new_at
    hidden = feed.pace.expected(quiet, quiet_for=quiet)
    return quiet < _HIDDEN_FOR and hidden >= feed.window_entries / 2


def following_poll(
    feed: FeedToPoll,
    interval: float,
    answer: Fetched | NotModified,
    parsed: ParsedFeed | None,
    polling: Polling,
    *,
    at: dt.datetime,
    may_advise: bool,
) -> tuple[dt.datetime, float | None]:
    """When to poll next, and what the server asks to wait, in seconds; that is a lower bound, up to ``longest_hours``."""
    waits = [fresh_for(answer.headers)]
    if parsed is not None and may_advise:
        waits.append(parsed.advised_wait)
    asked = max((wait for wait in waits if wait is not None), default=None)
    minutes = whole_runs(interval, polling.interval_minutes)
    following = next_poll(at, dt.timedelta(minutes=minutes), key=feed.feed_id)
    if asked is not None:
        following = max(following, at + min(asked, dt.timedelta(hours=polling.longest_hours)))
    return following, asked.total_seconds() if asked is not None else None
