"""The answer to a poll to events: the poll, what it tells of the feed, and each entry that is new, changed or useless."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ..answers import Answer, Failed, Fetched, NotModified
from ..errors import ParseError
from ..events import (
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
    back_off,
    failure_weight,
    next_poll,
    reserve,
    retry_wait,
)
from ..topics import Polling, TopicProfile
from .documents import parse_feed
from .entries import decide_entries
from .identity import KeyedEntry, KnownEntry, choose_policy, keyed, match_entries
from .model import MOST_ENTRIES, FeedToPoll, ParsedFeed
from .moves import decide_move, permanent_target
from .pacing import feed_after, following_poll, interval_after, paced, with_pace
from .validators import is_lie

_REKEYED_AGAIN = dt.timedelta(days=7)
_DOWN_ROOM = 2.0  # while a feed fails it may be left alone so many times as long as its reserve
_DUPLICATE_WHY = "guids change from poll to poll"


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
    feed = with_pace(feed, paced(feed, 0, common["polled_at"]))
    interval = interval_after(feed, None, polling, at=common["polled_at"])
    following, asked = following_poll(feed, interval, answer, None, polling, at=common["polled_at"], may_advise=True)
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
    measured = feed_after(feed, parsed, news, window, at=at)
    interval = interval_after(measured, 0.0 if is_gap else share, polling, at=at)
    # A document's own advice is followed until the window shows that it is too slow.
    may_advise = share is None or share >= polling.overlap_low or not feed.entries_seen
    following, asked = following_poll(feed, interval, answer, parsed, polling, at=at, may_advise=may_advise)
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
        is_distrusted=feed.is_distrusted or is_lie(feed, answer, parsed, is_audit=common["is_audit"]),
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
