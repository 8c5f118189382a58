"""When a feed has fallen silent: an outage, a frozen document, an empty one, a server that is down. All of these look alike here.

The model is the feed's own gaps: the times between polls that brought something new. A feed is silent when it brought nothing for
longer than 99 of 100 of them. The gaps are those that we saw, so the pace of our polls is in them: a feed that is asked every
40 minutes has no gap below that, and none is judged on a finer clock than it was measured with.

Heuristics, and why:

- The last ``KEPT`` gaps count. Polled every ten minutes that is a week without a pause, so each weekday is in it.
- The percentile is by nearest rank, the largest gap of all below a hundred: no shape is assumed, since a bulletin at the full
  hour and a wire with bursts have nothing in common.
- Below ``ENOUGH`` gaps a prior stands in: gaps are taken as exponential with an unknown rate, which is worth one gap of a day
  beforehand (a Gamma prior). The 99th percentile of the next gap is then ``(day + sum) * (100 ** (1 / (1 + n)) - 1)``: 99 days
  when nothing is known, seven mean gaps after five. Somebody who knows little says little.
- A gap that had been reported counts at most double what was expected: an outage of a week must not pass for the feed's own
  rhythm, and a feed that really becomes slower is believed in a few steps.

Road not taken: a rate by hour of the week. It tells night from outage sooner, but needs weeks of history for each feed, and the
bar is the feed's own 99th percentile, nights included.
"""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..events import FeedFellSilent

PERCENTILE = 0.99
ENOUGH = 20
KEPT = 1000
_PRIOR = 86_400.0  # seconds: one gap of a day
_REPORTED_COUNTS = 2.0


@dataclass(frozen=True, slots=True)
class WatchedFeed:
    """What is known of a feed's last sign of life. ``silent_since`` is its last_new_at when that silence was reported already."""

    feed_id: str
    last_new_at: dt.datetime | None
    last_success_at: dt.datetime | None
    last_polled_at: dt.datetime | None
    interval_minutes: float | None
    expected_gap_seconds: float | None
    gap_count: int
    silent_since: dt.datetime | None = None


def expected_gap(gaps: Sequence[float]) -> float:
    """The 99th percentile of a feed's gaps, in seconds; from the prior while they are fewer than ``ENOUGH``."""
    count = len(gaps)
    if count < ENOUGH:
        return float((_PRIOR + sum(gaps)) * ((1 - PERCENTILE) ** (-1 / (1 + count)) - 1))
    return float(sorted(gaps)[math.ceil(PERCENTILE * count) - 1])


def counted_gap(elapsed: dt.timedelta, expected: float | None, *, was_reported: bool) -> float:
    """The seconds by which a gap that has ended goes into the model."""
    seconds = elapsed.total_seconds()
    return round(min(seconds, expected * _REPORTED_COUNTS) if was_reported and expected else seconds)


def is_overdue(feed: WatchedFeed, now: dt.datetime) -> bool:
    """Whether nothing new came for longer than expected.

    While polls are answered that takes one which could have shown something new after the expected gap, or one interval more.
    While they fail, none is waited for.
    """
    if feed.last_new_at is None or feed.expected_gap_seconds is None:
        return False
    since = feed.last_new_at + dt.timedelta(seconds=feed.expected_gap_seconds)
    if now <= since:
        return False
    is_failing = feed.last_polled_at is not None and feed.last_polled_at != feed.last_success_at
    if is_failing or (feed.last_success_at is not None and feed.last_success_at > since):
        return True
    return now >= since + dt.timedelta(minutes=feed.interval_minutes or 0)


def decide_silence(feed: WatchedFeed, now: dt.datetime) -> FeedFellSilent | None:
    """The event for a feed that has fallen silent, once for each silence."""
    if feed.last_new_at is None or feed.silent_since == feed.last_new_at or not is_overdue(feed, now):
        return None
    return FeedFellSilent(
        feed_id=feed.feed_id,
        last_new_at=feed.last_new_at,
        expected_gap_seconds=feed.expected_gap_seconds or 0.0,
        gaps=feed.gap_count,
        fell_silent_at=now,
    )
