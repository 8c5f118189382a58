"""When to ask again: numbers in, moments out.

**The interval of a feed** follows from how much of its last document was known already. A document shows a window of the last
entries; what was pushed out of it between two polls is lost for ever. So the share of known entries is the reserve that was left,
and the interval is steered to keep it between ``overlap_low`` and ``overlap_high``:

- below: halved, and to the shortest at once when nothing was known (a gap). A burst doubles its pace within an hour or less, so
  one poll must be enough to answer it;
- above: a quarter longer. Ten calm polls undo three halvings: slow up and quick down costs requests, the other way costs entries;
- unchanged bytes and a 304 count as all known, but only a tenth longer: they come by the dozen every night, and a morning
  follows.

Overlap alone looks back, and a burst has no past: a feed of one entry a day with ten in its window would be asked once a day,
and a story breaking there would push the first reports out within an hour. Hence the second rule, **the reserve**: no interval
is longer than the window can take at the pace of a burst, taken to be ``BURST_PER_HOUR``, or ``BURST_FACTOR`` times the feed's
usual pace, or twice its peak of late, where that is more. So requests are spent where the window is narrow, not where the feed
is busy: a window of 100 may be left alone for two hours, one of 10 for a quarter of one. Runs start every
``interval_minutes``, and a feed that is due just after one waits for the next: so ``whole_runs`` cuts an interval to whole
ones, or 14 minutes would be 20.

Roads not taken: one poll for each expected entry (miniflux's frequency mode) is late by one entry's gap at every burst; steps
of minutes added and taken away (Media Cloud) need a day to get from an hour to five minutes; a forecast by hour of the week
knows when a newsroom sleeps, but not when a story breaks, which is when entries are lost.

**Failures** weigh 1 (hard: the feed itself is refused or gone), 0.5 (soft: something answers, but no feed) or 0.25 (temporary:
the network, an overloaded server), as Media Cloud weighs them. The wait doubles with each whole weight and is bounded; a feed
is never given up by count. It is also bounded by the window at the pace seen lately: the outlet goes on publishing while its
server is down, and whoever comes back too late finds the window rolled over.
"""

import datetime as dt
import email.utils
import math
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

FIRST_RETRY = dt.timedelta(minutes=10)
PAGE_ATTEMPTS = 4  # a page that fails four times over about a day is given up, and that is recorded

SOONER = 0.5
LATER = 1.25
LATER_UNCHANGED = 1.1
BURST_PER_HOUR = 30.0  # what any feed may bring all at once, whatever it brings on other days: an entry every two minutes
BURST_FACTOR = 18.0  # a burst against the usual pace, nights included: the day has twice that, a story nine times the day's
PEAK_FACTOR = 2.0  # a burst that is on may grow, and chance adds to it
USUAL_LASTS = dt.timedelta(days=3)  # the time over which the usual pace is averaged, so that it outlasts a weekend
PEAK_HALVES = dt.timedelta(hours=12)  # a peak counts half as much so much later

HARD, SOFT, TEMPORARY, NOT_ASKED = 1.0, 0.5, 0.25, 0.0
# Which failure is which; an HTTP status goes before the reason. What is not named is soft.
WEIGHTS = {
    "unreachable": TEMPORARY,
    "timeout": TEMPORARY,
    "held": NOT_ASKED,  # another address of the host asked for a pause: that says nothing about this feed
    "tls": SOFT,  # certificates are forgotten and renewed
    "too_large": SOFT,
    "bad_encoding": SOFT,
    "bad_answer": SOFT,
    "http_error": SOFT,
    "challenge": SOFT,
    "empty": SOFT,
    "html": SOFT,  # an error or maintenance page with status 200
    "login": SOFT,
    "parked": HARD,
    "bomb": HARD,
    "bad_address": HARD,
    "not_a_feed": SOFT,
    "ill_formed": SOFT,
    "redirects": HARD,
    "forbidden_address": HARD,
    "robots": HARD,
}
_TEMPORARY_STATUS = {408, 425, 429, 502, 503, 504}
GONE = dt.timedelta(days=1)  # a feed that answers 410 is asked once a day, and that is reported

_PERIODS = {"hourly": 60, "daily": 24 * 60, "weekly": 7 * 24 * 60, "monthly": 30 * 24 * 60, "yearly": 365 * 24 * 60}


def next_interval(
    minutes: float, known_share: float | None, *, low: float, high: float, shortest: float, longest: float
) -> float:
    """Minutes until the next poll after one that was answered; ``known_share`` is None where the document had not changed.

    ``longest`` is the smaller of the profile's bound and the reserve; see the head of this module for the steps.
    """
    if known_share is None:
        following = minutes * LATER_UNCHANGED
    elif known_share <= 0:
        following = shortest
    elif known_share < low:
        following = minutes * SOONER
    else:
        following = minutes * LATER if known_share > high else minutes
    return max(shortest, min(following, longest))


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a feed is, in entries an hour: as a rule, and at its peak of late."""

    usual: float
    peak: float

    def after(self, new: int, elapsed: dt.timedelta) -> "Pace":
        """The pace after a poll that brought ``new`` entries in this time; they count for days, a peak for hours."""
        hours = elapsed / dt.timedelta(hours=1)
        if hours <= 0:
            return self
        usual = self.usual * math.exp(-(elapsed / USUAL_LASTS)) + new / (USUAL_LASTS / dt.timedelta(hours=1))
        return Pace(float(round(usual, 4)), float(round(max(self.peak * 0.5 ** (elapsed / PEAK_HALVES), new / hours), 4)))

    def expected(self, elapsed: dt.timedelta, *, quiet_for: dt.timedelta) -> float:
        """The entries to expect in this time of a feed that was quiet for that long, at the usual pace of before."""
        return self.usual * math.exp(min(quiet_for / USUAL_LASTS, 10.0)) * (elapsed / dt.timedelta(hours=1))


def reserve(window: int, pace: Pace | None, *, low: float, shortest: float, start: float) -> float:
    """Minutes for which a window of so many entries can be left alone, so that a burst leaves ``low`` of it known.

    What may happen asks no feed sooner than ``start``, where every feed begins; its peak of late with the chance ups of it
    (``PEAK_FACTOR``) may, down to ``shortest``.
    """
    room = 60 * max(window, 1) * (1 - low)
    if pace is None:
        return max(start, room / BURST_PER_HOUR)
    burst = max(start, room / max(BURST_PER_HOUR, BURST_FACTOR * pace.usual))
    return min(burst, max(shortest, room / (PEAK_FACTOR * pace.peak))) if pace.peak else burst


def whole_runs(minutes: float, start: float) -> float:
    """An interval cut to a multiple of ``start``, the time between two runs; shorter ones stay as they are.

    A quarter of a run may be added rather than three quarters taken away: the reserve has more than that to spare.
    """
    return minutes if minutes < start else start * ((minutes + start / 4) // start)


def next_poll(now: dt.datetime, interval: dt.timedelta, *, key: str) -> dt.datetime:
    """The next poll after a success: ``interval`` later, less up to a tenth.

    The spread comes from ``key`` (the feed's id) and not from chance, so that a replay decides the same. It shortens,
    never lengthens: a schedule that runs every ten minutes must find a ten-minute feed due each time.
    """
    return now + interval * (1 - 0.1 * _spread(now, key))


def _spread(now: dt.datetime, key: str) -> float:
    return zlib.crc32(f"{key}{now:%Y%m%d%H%M}".encode()) % 1000 / 1000


def failure_weight(reason: str, status: int | None) -> float:
    """How much a failed poll weighs: 1 hard, 0.5 soft, 0.25 temporary, 0 when the feed was not asked at all."""
    if reason == "http_error" and status is not None:
        if status in _TEMPORARY_STATUS:
            return TEMPORARY
        return HARD if 400 <= status < 500 else SOFT
    return WEIGHTS.get(reason, SOFT)


def back_off(
    now: dt.datetime,
    interval: dt.timedelta,
    longest: dt.timedelta,
    *,
    weight: float,
    asked: dt.timedelta | None = None,
    most_asked: dt.timedelta | None = None,
    key: str = "",
) -> dt.datetime:
    """The next poll after failures of this weight in all: doubled with each whole weight, at most ``longest``; never given up.

    What the server asks for (Retry-After) counts where it is longer, up to ``most_asked`` (or ``longest``). With a ``key`` the
    wait is spread like that after a success, but for what the server asks: feeds of a host that failed together do not come back
    together.
    """
    longest = max(longest, interval)
    # The first whole weight waits one interval, and so do the quarters before it.
    wait = min(interval * 2 ** min(max(weight - 1, 0.0), 16.0), longest)
    if key:
        wait *= 1 - 0.1 * _spread(now, key)
    if asked is not None:
        wait = max(wait, min(asked, most_asked if most_asked is not None else longest))
    return now + wait


def retry_page(now: dt.datetime, attempt: int) -> dt.datetime | None:
    """When to try a failed page again: after 10 minutes, 80 minutes, 10 hours; then None."""
    if attempt >= PAGE_ATTEMPTS:
        return None
    return now + FIRST_RETRY * (1 << 3 * (attempt - 1))


def next_reading(first: dt.datetime, now: dt.datetime, hours: Iterable[float]) -> dt.datetime | None:
    """When to read a page again that was first read at ``first``: the next of so many hours after it; None after the last.

    Those that were missed (an outage, a machine that slept) are not made up one by one: the reading now stands for all.
    """
    return min((due for hour in hours if (due := first + dt.timedelta(hours=hour)) > now), default=None)


def retry_after(value: str | None, now: dt.datetime) -> dt.timedelta | None:
    """Read a Retry-After header (RFC 9110 section 10.2.3): seconds or a date; None when it is neither.

    ``now`` is the server's own moment (its Date header) where it gives one, so that a wrong clock there asks for no days.
    """
    if not value:
        return None
    if (seconds := _seconds(value.strip())) is not None:
        return seconds
    moment = _http_date(value)
    return None if moment is None else max(moment - now, dt.timedelta(0))


def retry_wait(headers: Mapping[str, str], now: dt.datetime) -> dt.timedelta | None:
    """What the Retry-After of these headers (lower-case names) asks for; a date in it counts from the answer's own Date."""
    return retry_after(headers.get("retry-after"), _http_date(headers.get("date", "")) or now)


def fresh_for(headers: Mapping[str, str]) -> dt.timedelta | None:
    """How long an answer stays fresh (RFC 9111 section 4.2.1): max-age less Age, else Expires less Date; None where nothing says.

    Asking sooner brings the same bytes again, at least from a cache on the way.
    """
    directives = {
        name.strip().lower(): value.strip().strip('"')
        for name, _, value in (part.partition("=") for part in headers.get("cache-control", "").split(","))
    }
    if "no-cache" in directives or "no-store" in directives:
        return None
    if (lasts := _seconds(directives.get("max-age", ""))) is not None:
        return max(lasts - (_seconds(headers.get("age", "")) or dt.timedelta(0)), dt.timedelta(0))
    expires, date = _http_date(headers.get("expires", "")), _http_date(headers.get("date", ""))
    return max(expires - date, dt.timedelta(0)) if expires and date else None


def advised_wait(ttl: str | None, period: str | None, frequency: str | None) -> dt.timedelta | None:
    """What a feed document advises: RSS ``ttl`` (minutes) or ``sy:updatePeriod`` over ``sy:updateFrequency``, the longer one."""
    waits = []
    if minutes := _number(ttl):
        waits.append(dt.timedelta(minutes=minutes))
    if (length := _PERIODS.get((period or "").strip().lower())) is not None:
        waits.append(dt.timedelta(minutes=length) / (_number(frequency) or 1))
    return max(waits, default=None)


def _number(text: str | None) -> int | None:
    digits = (text or "").strip()
    return min(int(digits[:9]), 10**8) if re.fullmatch("[0-9]+", digits) else None


def _seconds(digits: str) -> dt.timedelta | None:
    if not re.fullmatch("[0-9]+", digits):
        return None
    digits = digits.lstrip("0")
    return dt.timedelta(seconds=int(digits[:10] or 0) if len(digits) <= 9 else 10**9)


def _http_date(value: str) -> dt.datetime | None:
    """A date of a header (RFC 9110 section 5.6.7); None when it is none."""
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of `monitor watch`: one each ``every`` seconds, counted from start to start, on a clock given in seconds.

    A slot that was missed, in a long run or asleep, is made up for once, at once; then they are counted from there.
    """

    every: float
    last: float | None = None

    def begun(self, now: float) -> "Slots":
        """The slots once a run has begun at ``now``."""
        return replace(self, last=now)

    def wait(self, now: float) -> float:
        """Seconds until the next slot; none where it has come."""
        return 0.0 if self.last is None else max(0.0, self.last + self.every - now)
