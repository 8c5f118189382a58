"""Test support, no tests: a month of feeds on a virtual clock, polled by the real decisions and by a fixed ten-minute poller.

Seeded. Outlets are invented: rates from one entry a day to sixty an hour with day, night and week; windows of 10 to 100; bursts;
outages (server down, frozen, empty), re-keys, edited titles, and servers whose validators lie. A run starts every ten minutes, as
the program is scheduled; the fixed poller asks every feed in each of them, without validators, and never waits after a failure.
When a server is down or a feed empty the newsroom publishes nothing either (its system is down); a frozen feed hides what is
published, and shows the newest of it afterwards. ``through=True`` lets all of them publish on: then an outage that begins between
two polls takes what came since the last one, from any poller that asks less often, and nothing but an archive brings it back.

Only the pure decisions are driven (``decide_poll``, ``validators``, ``decide_silence``); ``evolve`` keeps in memory what the
projection ``feed`` keeps, and a test compares the two.
"""

from __future__ import annotations

import bisect
import datetime as dt
import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from monitor.answers import Answer, Failed, Fetched, NotModified
from monitor.events import (
    EntrySeen,
    EventData,
    FeedFellSilent,
    FeedMoved,
    FeedPolicyChanged,
    FeedPolled,
    FeedPollFailed,
    FeedRekeyed,
)
from monitor.feeds.documents import ParsedEntry
from monitor.feeds.identity import KnownEntry
from monitor.feeds.model import FeedToPoll, ParsedFeed
from monitor.feeds.polls import decide_poll, keys_of
from monitor.feeds.silence import KEPT, WatchedFeed, decide_silence
from monitor.feeds.validators import validators
from monitor.ids import sha256
from monitor.topics import TopicProfile

START = dt.datetime(2031, 3, 3, tzinfo=dt.UTC)  # a Monday
TICK = dt.timedelta(minutes=10)
SETTLING = dt.timedelta(hours=12)  # at the end: what is published then the one or the other may not have come to
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


# ---- outlets


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which nothing new can be seen."""

    begins: dt.datetime
    ends: dt.datetime
    kind: str  # down, frozen, empty


@dataclass(slots=True)
class Outlet:
    """A feed as its publisher has it: moments of publication, and what goes wrong."""

    number: int
    window: int
    times: list[dt.datetime]
    outages: list[Outage]
    rekeyed_at: dt.datetime | None
    lies_from: dt.datetime | None
    edits: dict[int, dt.datetime]  # entry → when its title was edited

    def outage(self, now: dt.datetime) -> Outage | None:
        return next((outage for outage in self.outages if outage.begins <= now < outage.ends), None)

    def shown(self, now: dt.datetime) -> range:
        """The entries in the document at a moment."""
        end = bisect.bisect_right(self.times, now)
        return range(max(0, end - self.window), end)


def _pace(rate: float, moment: dt.datetime, night: float, weekend: float) -> float:
    """Entries an hour at a moment: a day with its height in the afternoon, and a slower weekend; ``rate`` is the mean of a weekday."""
    hour = moment.hour + moment.minute / 60
    day = 1 - (1 - night) * (0.5 + 0.5 * math.cos(2 * math.pi * (hour - 15) / 24 + math.pi))
    return rate * day / (1 - (1 - night) / 2) * (weekend if moment.weekday() >= 5 else 1)


def invent(seed: int, number: int, days: int, *, through: bool = False) -> Outlet:
    """An outlet with all that happens to it. ``through``: it publishes while its server is down or its feed empty."""
    chance = random.Random(f"{seed}/{number}")
    rate = math.exp(chance.uniform(math.log(1 / 24), math.log(60)))
    window = round(math.exp(chance.uniform(math.log(10), math.log(100))))
    night, weekend = chance.uniform(0.05, 0.6), chance.uniform(0.3, 1.0)
    end = START + days * DAY
    bursts = []
    for _ in range(_poisson(chance, days / 10)):
        begins = START + chance.random() * days * DAY
        factor, floor = chance.uniform(3, 10), chance.uniform(2, 20)
        bursts.append((begins, begins + chance.uniform(0.5, 6) * HOUR, factor, floor))
    times = [START - DAY * 30 * chance.random() for _ in range(window)] if rate * 24 * 30 > window else []
    times += [START - chance.random() * window / rate * HOUR for _ in range(window)]
    now = START
    outages = []
    for _ in range(_poisson(chance, days / 12)):
        begins = START + chance.random() * days * DAY
        length = math.exp(chance.uniform(math.log(1), math.log(24 * 8))) * HOUR
        length = min(length, end - DAY - begins)  # what an outage hides at the very end nobody can judge
        if length > HOUR and not any(one.begins - DAY < begins + length and begins < one.ends + DAY for one in outages):
            outages.append(Outage(begins, begins + length, chance.choice(["down", "down", "frozen", "empty"])))
    stopped = [outage for outage in outages if outage.kind != "frozen" and not through]
    while now < end:  # a Poisson process in steps of ten minutes
        pace = _pace(rate, now, night, weekend)
        if any(outage.begins - TICK < now < outage.ends for outage in stopped):
            now += TICK
            continue
        pace = max([pace, *(max(pace * factor, floor) for begins, ends, factor, floor in bursts if begins <= now < ends)])
        times += [now + chance.random() * TICK for _ in range(_poisson(chance, pace / 6))]
        now += TICK
    times.sort()
    edits = {one: times[one] + chance.expovariate(1 / 2) * HOUR for one in range(len(times)) if chance.random() < 0.05}
    rekeyed = START + chance.random() * days * DAY if chance.random() < 0.15 else None
    lies = START + chance.choice([0.0, chance.random()]) * days * DAY if chance.random() < 0.1 else None
    return Outlet(number, window, times, outages, rekeyed, lies, edits)


def _poisson(chance: random.Random, mean: float) -> int:
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count, product = count + 1, product * chance.random()
    return count


# ---- what a poll sees


class Server:
    """Answers for one outlet. Nothing is published out of sight: what came in an outage stands in the window afterwards."""

    def __init__(self, outlet: Outlet) -> None:
        self.outlet, self.address = outlet, f"https://outlet-{outlet.number}.test/rss.xml"
        self._lie: str | None = None
        self._entries: dict[tuple[int, bool, bool], ParsedEntry] = {}

    def document(self, now: dt.datetime) -> tuple[range, dt.datetime]:
        """The entries shown, and the moment whose titles they have."""
        outage = self.outlet.outage(now)
        if outage is not None and outage.kind == "frozen":
            now = outage.begins
        return (range(0), now) if outage is not None and outage.kind == "empty" else (self.outlet.shown(now), now)

    def state(self, now: dt.datetime) -> str:
        """A digest of the document: what a true validator is made of."""
        shown, at = self.document(now)
        edited = sum(1 for one in shown if (edit := self.outlet.edits.get(one)) is not None and edit <= at)
        is_rekeyed = self.outlet.rekeyed_at is not None and self.outlet.rekeyed_at <= at
        return f"{shown.start}-{shown.stop}-{edited}-{is_rekeyed:d}"

    def answer(self, etag: str | None, now: dt.datetime) -> Answer:
        outage = self.outlet.outage(now)
        if outage is not None and outage.kind == "down":
            kind = outage.begins.minute % 3
            if kind:
                return Failed(self.address, "unreachable" if kind == 1 else "timeout", "", now)
            return Failed(self.address, "http_error", "HTTP 503", now, 503)
        state = self.state(now)
        if self.outlet.lies_from is not None and now >= self.outlet.lies_from:
            self._lie = self._lie or state
            validator = self._lie
        else:
            validator = state
        headers = {"etag": f'"{validator}"'}
        if etag == headers["etag"]:
            return NotModified(self.address, headers, now)
        return Fetched(self.address, self.address, 200, headers, state.encode(), now)

    def parsed(self, now: dt.datetime) -> ParsedFeed:
        shown, at = self.document(now)
        return ParsedFeed("rss20", False, "en", tuple(self.entry(one, at) for one in reversed(shown)))

    def entry(self, one: int, at: dt.datetime) -> ParsedEntry:
        outlet, rekeyed, edit = self.outlet, self.outlet.rekeyed_at, self.outlet.edits.get(one)
        state = (one, rekeyed is not None and rekeyed <= at, edit is not None and edit <= at)
        if state not in self._entries:
            place, title = (
                "b" if state[1] else "a",
                f"Report {one} of outlet {outlet.number}" + (" (updated)" if state[2] else ""),
            )
            link, moment = f"https://outlet-{outlet.number}.test/{place}/{one}", outlet.times[one]
            self._entries[state] = ParsedEntry(f"{place}{one}", link, title, "", moment.isoformat(), moment, "")
        return self._entries[state]


# ---- what the warehouse would keep


def evolve(feed: FeedToPoll, event: EventData) -> tuple[FeedToPoll, dict[str, object]]:
    """The feed after an event, as ``warehouse/projection/feed.sql`` has it; and its last_polled_at and next_poll_at, if it has new ones."""
    if isinstance(event, FeedPollFailed):
        told = {"last_polled_at": event.polled_at, "next_poll_at": event.next_poll_at}
        return replace(feed, failures=feed.failures + 1, failure_weight=feed.failure_weight + event.weight), told
    if isinstance(event, FeedFellSilent):
        return replace(feed, silent_since=event.last_new_at), {}
    if isinstance(event, FeedPolicyChanged):
        return replace(feed, policy=event.policy), {}
    if isinstance(event, FeedRekeyed):
        return replace(feed, last_rekeyed_at=event.found_at), {}
    if isinstance(event, FeedMoved):
        return replace(feed, poll_url=event.to_url, is_pinned=event.is_pinned, duplicate_of=event.duplicate_of), {}
    if not isinstance(event, FeedPolled):
        return feed, {}
    is_document, at = event.outcome == "parsed", event.polled_at
    window = event.entries - event.repeated
    gap = (*feed.gaps, event.gap_seconds)[-KEPT:] if event.gap_seconds is not None else feed.gaps
    unmodified = at if event.outcome == "not_modified" else None if is_document else feed.last_unmodified_at
    after = replace(
        feed,
        etag=event.etag,
        last_modified=event.last_modified,
        sha256=event.sha256 or feed.sha256,
        failures=0,
        failure_weight=0.0,
        interval_minutes=event.interval_minutes,
        window_entries=window if is_document and window else feed.window_entries,
        entries_seen=feed.entries_seen + event.new,
        pace_per_hour=event.pace_per_hour if event.pace_per_hour is not None else feed.pace_per_hour,
        peak_per_hour=event.peak_per_hour if event.peak_per_hour is not None else feed.peak_per_hour,
        polls_since_audit=0 if event.is_audit else feed.polls_since_audit + 1,
        is_distrusted=feed.is_distrusted or event.is_distrusted,
        last_document_at=at if is_document else feed.last_document_at,
        last_unmodified_at=unmodified,
        last_success_at=at,
        last_new_at=at if event.new > event.rekeyed else feed.last_new_at,
        expected_gap_seconds=event.expected_gap_seconds,
        gaps=gap,
        moved_to=event.moved_to,
        moved_since=None if event.moved_to is None else feed.moved_since if event.moved_to == feed.moved_to else at,
    )
    return after, {"last_polled_at": at, "next_poll_at": event.next_poll_at}


# ---- the month


@dataclass(slots=True)
class Month:
    """What came of it. Losses are entries that the fixed poller caught and the other did not."""

    requests: int = 0
    fixed_requests: int = 0
    entries: int = 0
    caught: int = 0
    fixed_caught: int = 0
    lost: int = 0
    lost_by: Counter[int] = field(default_factory=Counter)
    gap_events: int = 0
    rekeys: int = 0
    rekeyed_fetched: int = 0
    outlets_rekeyed: int = 0
    liars: int = 0
    distrusted: int = 0
    outages: int = 0
    outages_long: int = 0
    late: int = 0
    missed: int = 0
    silences: int = 0
    false_silences: int = 0
    gaps: int = 0
    feed_weeks: float = 0
    events: list[EventData] = field(default_factory=list)  # of feeds kept for comparison

    def plus(self, other: Month) -> Month:
        """Both taken together."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    @property
    def share(self) -> float:
        """Requests against the fixed poller's."""
        return self.requests / self.fixed_requests

    @property
    def false_share(self) -> float:
        """False silences against the gaps that could have been mistaken for one."""
        return self.false_silences / max(1, self.gaps)


@dataclass(slots=True)
class _Feed:
    server: Server
    state: FeedToPoll
    next_poll_at: dt.datetime | None = None
    last_polled_at: dt.datetime | None = None
    known: dict[str, KnownEntry] = field(default_factory=dict)
    caught: set[int] = field(default_factory=set)
    fixed: set[int] = field(default_factory=set)
    silences: list[FeedFellSilent] = field(default_factory=list)
    news: list[dt.datetime] = field(default_factory=list)
    intervals: list[tuple[dt.datetime, float]] = field(default_factory=list)


def run(profile: TopicProfile, *, seed: int, numbers: Iterable[int], days: int, keep: int = 0, through: bool = False) -> Month:
    """Poll the invented outlets of these numbers for so many days. ``keep``: of so many feeds the events are kept in the result."""
    month = Month()
    for number in numbers:
        outlet = invent(seed, number, days, through=through)
        _live(profile, _Feed(Server(outlet), _fresh(outlet)), days, month, keep=number < keep)
    return month


def _fresh(outlet: Outlet) -> FeedToPoll:
    address = f"https://outlet-{outlet.number}.test/rss.xml"
    return FeedToPoll(
        feed_id=f"feed-{outlet.number:03}", url=address, name=f"Outlet {outlet.number}", language="en", etag=None, last_modified=None,
        sha256=None, failures=0,
    )  # fmt: skip


def _live(profile: TopicProfile, feed: _Feed, days: int, month: Month, *, keep: bool) -> None:
    outlet = feed.server.outlet
    offset = random.Random(outlet.number).random() * MINUTE  # runs do not start at the full second
    for tick in range(days * DAY // TICK):
        now = START + tick * TICK + offset
        month.fixed_requests += 1
        outage = outlet.outage(now)
        if outage is None or outage.kind != "down":
            feed.fixed.update(feed.server.document(now)[0])
        if feed.next_poll_at is None or feed.next_poll_at <= now:
            month.requests += 1
            _take(feed, _poll(profile, feed, now), month, keep=keep)
        watched = _watched(feed)
        if watched.silent_since != watched.last_new_at and (silence := decide_silence(watched, now)) is not None:
            feed.silences.append(silence)
            _take(feed, [silence], month, keep=keep)
    _count(feed, days, month)


def _poll(profile: TopicProfile, feed: _Feed, now: dt.datetime) -> list[EventData]:
    state = feed.state
    held = validators(state, profile.polling, now)
    answer = feed.server.answer(held["etag"], now)
    parsed = feed.server.parsed(now) if isinstance(answer, Fetched) and sha256(answer.body) != state.sha256 else None
    known: dict[str, KnownEntry] = {}
    relatives: list[KnownEntry] = []
    document = None
    if parsed is not None:
        document = keys_of(state, answer, parsed)
        known = {item.key: feed.known[item.key] for item in document if item.key in feed.known}
        unknown = [item for item in document if item.key not in known]
        if unknown and feed.known:
            links, titles = {item.url for item in unknown}, {item.entry.title for item in unknown}
            recent = list(feed.known.values())[-4 * feed.server.outlet.window :]
            relatives = [entry for entry in recent if entry.url in links or entry.title in titles]
    is_audit = bool(state.etag and not state.is_distrusted and not held["etag"])
    return decide_poll(
        state, answer, parsed, known, profile, polled_at=now, record=None, relatives=relatives, is_audit=is_audit,
        document=document,
    )  # fmt: skip


def _take(feed: _Feed, events: Iterable[EventData], month: Month, *, keep: bool) -> None:
    for event in events:
        if keep:
            month.events.append(event)
        if isinstance(event, EntrySeen):
            number = int(event.url.rpartition("/")[2])
            if type(event) is EntrySeen and not event.is_rekeyed and number in feed.caught:
                month.rekeyed_fetched += 1  # the same report a second time as something new
            feed.caught.add(number)
            before = feed.known.get(event.entry_key)
            states = (*(before.states if before else ()), event.state)
            feed.known[event.entry_key] = KnownEntry(
                event.entry_key,
                event.url,
                event.title,
                event.published_text,
                event.updated_text,
                is_rejected=False,
                states=states,
            )
        month.gap_events += event.wire == "feed.gap_found"
        month.rekeys += event.wire == "feed.rekeyed"
        if isinstance(event, FeedPolled) and event.new > event.rekeyed:
            feed.news.append(event.polled_at)
        feed.state, told = evolve(feed.state, event)
        if told:
            feed.last_polled_at, feed.next_poll_at = told["last_polled_at"], told["next_poll_at"]  # type: ignore[assignment]
            feed.intervals.append((feed.last_polled_at, feed.state.interval_minutes or 10.0))


def _watched(feed: _Feed) -> WatchedFeed:
    state = feed.state
    return WatchedFeed(
        state.feed_id, state.last_new_at, state.last_success_at, feed.last_polled_at, state.interval_minutes,
        state.expected_gap_seconds, len(state.gaps), state.silent_since,
    )  # fmt: skip


# ---- the reckoning


def plain_percentile(gaps: Sequence[float]) -> float:
    """The 99th percentile by nearest rank, counted anew and not by the module that is tested."""
    return sorted(gaps)[math.ceil(0.99 * len(gaps)) - 1]


def _count(feed: _Feed, days: int, month: Month) -> None:
    outlet = feed.server.outlet
    since = bisect.bisect_right(outlet.times, START)
    judged = START + days * DAY - SETTLING
    lost = {one for one in feed.fixed - feed.caught if one >= since and outlet.times[one] < judged}
    month.entries += len(outlet.times) - since
    month.caught += sum(1 for one in feed.caught if one >= since)
    month.fixed_caught += sum(1 for one in feed.fixed if one >= since)
    month.lost += len(lost)
    if lost:
        month.lost_by[outlet.number] = len(lost)
    month.outlets_rekeyed += outlet.rekeyed_at is not None
    month.liars += outlet.lies_from is not None
    month.distrusted += feed.state.is_distrusted
    month.feed_weeks += days / 7
    month.silences += len(feed.silences)
    end = START + days * DAY
    for outage in outlet.outages:
        month.outages += 1
        before = [moment for moment in feed.news if moment <= outage.begins]
        gaps = [(two - one).total_seconds() for one, two in pairwise(before)][-KEPT:]
        if len(gaps) < 20:
            continue
        last = before[-1]
        own = dt.timedelta(seconds=plain_percentile(gaps))
        interval = max((minutes for moment, minutes in feed.intervals if moment <= outage.ends and moment >= last), default=10.0)
        due = last + own + interval * MINUTE
        if outage.ends <= due or end <= due or any(last < one <= due for one in feed.news):
            continue  # over before it was longer than the feed's own percentile
        month.outages_long += 1
        reported = next((silence.fell_silent_at for silence in feed.silences if silence.last_new_at == last), None)
        month.missed += reported is None
        month.late += reported is not None and reported > due + TICK
    month.gaps += max(0, len(feed.news) - 1)
    for silence in feed.silences:
        shadow = any(
            outage.begins - silence.expected_gap_seconds * dt.timedelta(seconds=1) < silence.fell_silent_at
            and silence.last_new_at < outage.ends
            and outage.begins <= silence.fell_silent_at
            for outage in outlet.outages
        )
        month.false_silences += not shadow
