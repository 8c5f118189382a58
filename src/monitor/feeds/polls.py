"""The answer to a poll to events: the poll, what it tells of the feed, and each entry that is new, changed or useless."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..answers import Answer, Failed, Fetched, NotModified
from ..errors import ParseError
from ..events import (
    EntryPolicy,
    EntrySeen,
    EventData,
    FeedGapFound,
    FeedPolicyChanged,
    FeedPolled,
    FeedPollFailed,
    FeedRekeyed,
    Record,
)
from ..ids import sha256
from ..schedule import (
    GONE,
    Pace,
    back_off,
    failure_weight,
    fresh_for,
    next_interval,
    next_poll,
    reserve,
    retry_wait,
    whole_runs,
)
from ..topics import Polling, TopicProfile
from .documents import parse_feed
from .entries import decide_entries
from .identity import KeyedEntry, KnownEntry, choose_policy, keyed, match_entries
from .model import MOST_ENTRIES, ParsedFeed
from .moves import decide_move, permanent_target
from .silence import counted_gap, expected_gap

_RELIABLE_PACE = dt.timedelta(days=30)  # entries older than that say nothing of a feed's pace
_LIE = dt.timedelta(hours=1)  # an entry claims to be older than a 304 by more than that: later than any cache
_FULL_WINDOW = 10
_AUDIT_PACE = 4.0  # the day's pace against the usual one, twice
_HIDDEN_FOR = dt.timedelta(days=7)
_REKEYED_AGAIN = dt.timedelta(days=7)
_DOWN_ROOM = 2.0  # while a feed fails it may be left alone so many times as long as its reserve
_DUPLICATE_WHY = "guids change from poll to poll"


@dataclass(frozen=True, slots=True)
class FeedToPoll:
    """A row of the work list ``todo.feed_to_poll``: what a poll must know of its feed."""

    feed_id: str
    url: str
    name: str
    language: str
    etag: str | None
    last_modified: str | None
    sha256: str | None
    failures: int
    poll_url: str | None = None  # where it has moved to
    is_pinned: bool = False
    duplicate_of: str | None = None
    moved_to: str | None = None
    moved_since: dt.datetime | None = None
    policy: EntryPolicy = "guid"
    last_rekeyed_at: dt.datetime | None = None
    failure_weight: float = 0.0
    interval_minutes: float | None = None
    window_entries: int | None = None
    entries_seen: int = 0
    pace_per_hour: float | None = None
    peak_per_hour: float | None = None
    polls_since_audit: int = 0
    is_distrusted: bool = False
    last_document_at: dt.datetime | None = None
    last_unmodified_at: dt.datetime | None = None  # the last 304, if none has brought a document since
    last_success_at: dt.datetime | None = None
    last_new_at: dt.datetime | None = None
    silent_since: dt.datetime | None = None
    expected_gap_seconds: float | None = None
    gaps: tuple[float, ...] = ()
    record: Record | None = None  # where the last document lies

    @property
    def pace(self) -> Pace | None:
        """How fast it is."""
        return Pace(self.pace_per_hour, self.peak_per_hour or 0.0) if self.pace_per_hour is not None else None

    @property
    def address(self) -> str:
        """Where it is polled."""
        return self.poll_url or self.url


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


def read_answer(feed: FeedToPoll, answer: Answer) -> ParsedFeed | ParseError | None:
    """What the answer to a poll holds: a feed, the reason why it is none, or None where there is nothing to read.

    Whether a feed is unchanged is decided by its bytes, whatever the server's validators say.
    """
    if not isinstance(answer, Fetched) or sha256(answer.body) == feed.sha256:
        return None
    try:
        return parse_feed(answer.body, content_type=answer.headers.get("content-type", ""))
    except ParseError as error:
        return error


def keys_of(feed: FeedToPoll, answer: Answer, parsed: ParsedFeed) -> list[KeyedEntry]:
    """The entries of a document with their keys, under the policy that this document calls for."""
    policy, _ = choose_policy(parsed.entries[:MOST_ENTRIES], feed.policy)
    base = answer.final_url if isinstance(answer, Fetched) else feed.address
    return keyed(parsed.entries, policy, base=base, feed_url=feed.url)


def decide_poll(
    feed: FeedToPoll,
    answer: Answer,
    parsed: ParsedFeed | ParseError | None,
    known: Mapping[str, KnownEntry],
    profile: TopicProfile,
    *,
    polled_at: dt.datetime,
    record: Record | None,
    relatives: Iterable[KnownEntry] = (),
    registered: Collection[str] = (),
    is_audit: bool = False,
    document: Sequence[KeyedEntry] | None = None,
) -> list[EventData]:
    """Turn the answer to a poll into events: the poll's own first, then what it tells of the feed, then its entries.

    ``parsed`` is what ``read_answer`` found; ``known`` holds the entries already in the warehouse by key, ``relatives`` those of
    the feed that have a link or a title of the document; ``registered`` are the ids of all feeds. ``is_audit`` says that the
    request was made without the validators that are known; ``document`` is what ``keys_of`` gave, where it was asked already.
    """
    if isinstance(answer, Failed) or isinstance(parsed, ParseError):
        return [_failed(feed, answer, parsed, profile.polling, polled_at=polled_at, record=record)]
    target = permanent_target(feed.address, answer.redirects)
    common: dict[str, Any] = {
        "feed_id": feed.feed_id,
        "polled_at": polled_at,
        "moved_to": target,
        "is_audit": is_audit,
        "expected_gap_seconds": feed.expected_gap_seconds,
    }
    if isinstance(answer, NotModified) or parsed is None:
        events: list[EventData] = [_unchanged(feed, answer, profile.polling, common, record)]
    else:
        events = _parsed(feed, answer, parsed, known, relatives, profile, common, record=record, document=document)
    if not feed.is_pinned:
        since = feed.moved_since if target == feed.moved_to else polled_at
        days = profile.polling.move_after_days
        move = decide_move(feed.feed_id, feed.address, target, since=since, days=days, registered=registered, at=polled_at)
        events[1:1] = [move] if move is not None else []
    return events


def _unchanged(
    feed: FeedToPoll, answer: Fetched | NotModified, polling: Polling, common: dict[str, Any], record: Record | None
) -> FeedPolled:
    is_304 = isinstance(answer, NotModified)
    feed = _with_pace(feed, _paced(feed, 0, common["polled_at"]))
    interval = _interval(feed, None, polling, at=common["polled_at"])
    following, asked = _next_poll(feed, interval, answer, None, polling, at=common["polled_at"], may_advise=True)
    return FeedPolled(
        **common,
        pace_per_hour=feed.pace_per_hour,
        peak_per_hour=feed.peak_per_hour,
        outcome="not_modified" if is_304 else "unchanged",
        status=304 if is_304 else 200,
        final_url=answer.url,
        record=record,
        sha256=feed.sha256,
        etag=answer.headers.get("etag") or feed.etag,
        last_modified=answer.headers.get("last-modified") or feed.last_modified,
        next_poll_at=following,
        interval_minutes=interval,
        is_distrusted=feed.is_distrusted,
        asked_wait_seconds=asked,
    )


def _parsed(
    feed: FeedToPoll,
    answer: Fetched,
    parsed: ParsedFeed,
    known: Mapping[str, KnownEntry],
    relatives: Iterable[KnownEntry],
    profile: TopicProfile,
    common: dict[str, Any],
    *,
    record: Record | None,
    document: Sequence[KeyedEntry] | None,
) -> list[EventData]:
    at, polling = common["polled_at"], profile.polling
    policy, why = choose_policy(parsed.entries[:MOST_ENTRIES], feed.policy)
    if document is None:
        document = keyed(parsed.entries, policy, base=answer.final_url, feed_url=feed.url)
    matched = match_entries(document, known, relatives, policy)
    outcomes = decide_entries(feed, document, matched, profile, seen_at=at)
    counts = Counter(outcome for outcome, _ in outcomes)
    rekeyed = sum(1 for _, event in outcomes if isinstance(event, EntrySeen) and event.is_rekeyed)
    news, window = counts["new"] - rekeyed, len(outcomes) - counts["repeated"]
    is_gap = bool(feed.entries_seen and news and news == window - counts["rejected"])
    share = 1 - news / window if window else None
    measured = _measured(feed, parsed, news, window, at=at)
    interval = _interval(measured, 0.0 if is_gap else share, polling, at=at)
    # A document's own advice is followed until the window shows that it is too slow.
    may_advise = share is None or share >= polling.overlap_low or not feed.entries_seen
    following, asked = _next_poll(feed, interval, answer, parsed, polling, at=at, may_advise=may_advise)
    common |= {
        "pace_per_hour": measured.pace_per_hour,
        "peak_per_hour": measured.peak_per_hour,
        "expected_gap_seconds": measured.expected_gap_seconds,
    }
    is_news = bool(news and feed.last_new_at is not None)
    poll = FeedPolled(
        **common,
        outcome="parsed",
        status=answer.status,
        final_url=answer.final_url,
        record=record,
        sha256=sha256(answer.body),
        etag=answer.headers.get("etag"),
        last_modified=answer.headers.get("last-modified"),
        format=parsed.format,
        is_ill_formed=parsed.is_ill_formed,
        entries=len(outcomes),
        cut=max(0, len(parsed.entries) - MOST_ENTRIES) + parsed.left_out,
        next_poll_at=following,
        interval_minutes=interval,
        is_distrusted=feed.is_distrusted or _is_lie(feed, answer, parsed, is_audit=common["is_audit"]),
        asked_wait_seconds=asked,
        rekeyed=rekeyed,
        gap_seconds=measured.gaps[-1] if is_news else None,
        **{name: counts[name] for name in ("new", "known", "revised", "rejected", "repeated")},
    )
    told: list[EventData] = []
    if policy != feed.policy:
        told.append(FeedPolicyChanged(feed_id=feed.feed_id, policy=policy, previous=feed.policy, why=why, changed_at=at))
    if rekeyed:
        told.append(FeedRekeyed(feed_id=feed.feed_id, found_at=at, entries=rekeyed, known_titles=matched.known_titles))
        if policy == "guid" and feed.last_rekeyed_at is not None and at - feed.last_rekeyed_at < _REKEYED_AGAIN:
            step = FeedPolicyChanged(feed_id=feed.feed_id, policy="link_date", previous=policy, why=_DUPLICATE_WHY, changed_at=at)
            told.append(step)
    if is_gap:
        since = feed.last_success_at or at
        told.append(FeedGapFound(feed_id=feed.feed_id, found_at=at, since=since, entries=window))
    return [poll, *told, *(event for _, event in outcomes if event is not None)]


def _measured(feed: FeedToPoll, parsed: ParsedFeed, news: int, window: int, *, at: dt.datetime) -> FeedToPoll:
    """The feed with what this document adds to its window, pace and gaps."""
    pace = _paced(feed, news, at) if feed.entries_seen else _claimed_pace(parsed, at)
    gaps = feed.gaps
    if news and feed.last_new_at is not None:
        was_reported = feed.silent_since == feed.last_new_at
        gaps = (*gaps, counted_gap(at - feed.last_new_at, feed.expected_gap_seconds, was_reported=was_reported))
    expected = feed.expected_gap_seconds
    if news:
        expected = expected_gap(gaps)
    return replace(
        _with_pace(feed, pace),
        gaps=gaps,
        expected_gap_seconds=expected,
        window_entries=window or feed.window_entries,
        last_new_at=at if news else feed.last_new_at,
    )


def _with_pace(feed: FeedToPoll, pace: Pace | None) -> FeedToPoll:
    return replace(feed, pace_per_hour=pace.usual, peak_per_hour=pace.peak) if pace is not None else feed


def _paced(feed: FeedToPoll, news: int, at: dt.datetime) -> Pace | None:
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


def _interval(feed: FeedToPoll, share: float | None, polling: Polling, *, at: dt.datetime) -> float:
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


def _next_poll(
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


def _is_lie(feed: FeedToPoll, answer: Fetched, parsed: ParsedFeed, *, is_audit: bool) -> bool:
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


def _failed(
    feed: FeedToPoll,
    answer: Answer,
    parsed: ParsedFeed | ParseError | None,
    polling: Polling,
    *,
    polled_at: dt.datetime,
    record: Record | None,
) -> FeedPollFailed:
    if isinstance(answer, Failed):
        reason, detail, status = answer.reason, answer.detail, answer.status
    else:
        error = parsed if isinstance(parsed, ParseError) else ParseError("not_a_feed", "")
        reason, detail, status = error.reason, error.message, 200
    is_asked = reason == "held" or status in (429, 503)
    asked = retry_wait(answer.headers, polled_at) if is_asked else None
    weight, most = failure_weight(reason, status), dt.timedelta(hours=polling.longest_hours)
    minutes = feed.interval_minutes if feed.interval_minutes is not None else float(polling.interval_minutes)
    longest = most
    if weight < 1 and feed.window_entries:
        start, shortest = float(polling.interval_minutes), float(polling.shortest_minutes)
        room = reserve(feed.window_entries, feed.pace, low=polling.overlap_low, shortest=shortest, start=start)
        longest = min(most, dt.timedelta(minutes=_DOWN_ROOM * room))
    following = back_off(
        polled_at,
        dt.timedelta(minutes=minutes),
        longest,
        weight=feed.failure_weight + weight,
        asked=asked,
        most_asked=most,
        key=feed.feed_id,
    )
    if isinstance(answer, Failed) and answer.until is not None:  # the host is held until then for whoever asks
        following = max(following, min(answer.until, polled_at + most))
    if status == 410:
        following = max(following, next_poll(polled_at, GONE, key=feed.feed_id))
    return FeedPollFailed(
        feed_id=feed.feed_id,
        polled_at=polled_at,
        reason=reason,
        detail=detail,
        status=status,
        record=record,
        next_poll_at=following,
        weight=weight,
        asked_wait_seconds=asked.total_seconds() if asked is not None else None,
        is_wait_capped=asked is not None and asked > most,
    )
