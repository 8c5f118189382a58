"""Test support, no tests: random events over few subjects, built from the models, and what must hold of any warehouse.

There are few ids and few values, so that events meet: a second change of one entry, a late failure, a verdict before its text.
What the producers never vary for one id is not varied here either: an article's first sight, where an entry stands.
All names are fictional.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb
from hypothesis import strategies as st

from monitor.events import (
    AlertAcknowledged,
    AlertDelivered,
    AlertDeliveryClaimed,
    AlertDeliveryFailed,
    AlertJudged,
    AlertMuted,
    AlertRaised,
    AlertResendAsked,
    AlertWithheld,
    ArticleAliasFound,
    ArticleExtracted,
    ArticleExtractionFailed,
    ArticlePostFound,
    ArticleQuarantined,
    ArticleRead,
    ArticleRevised,
    ArticleUnchanged,
    ChannelClosed,
    ChannelOpened,
    ClaimMade,
    ClusterMerged,
    ClusterSplit,
    CorpusDocumentImported,
    DuplicateJudged,
    EntryRejected,
    EntryRevised,
    EntrySeen,
    Event,
    EventData,
    FeedFellSilent,
    FeedGapClosed,
    FeedGapFound,
    FeedMoved,
    FeedPolicyChanged,
    FeedPolled,
    FeedPollFailed,
    FeedRegistered,
    FeedRekeyed,
    Fingerprint,
    MentionAssigned,
    MentionDetected,
    MentionResolved,
    PageFetched,
    PageFetchFailed,
    PageUnchanged,
    ProposalConfirmed,
    ProposalDismissed,
    ProposalMerged,
    ProposalOpened,
    ProposalRenamed,
    ProposalSplit,
    ProposalVaried,
    Record,
    RunFinished,
    RunStarted,
    Span,
    StoryLinked,
    TopicRevised,
    Veto,
)
from monitor.fingerprints import packed
from monitor.ids import event_id, text_sha256
from monitor.warehouse.files import PROJECTIONS

START = dt.datetime(2031, 3, 1, 8, tzinfo=dt.UTC)
FEEDS = ("feed-a", "feed-b")
ARTICLES = ("article-a", "article-b")
TEXTS = ("The ferry sails again.", "The ferry sails again, says the port.", "Nobody sails.")
METHODS = ("rules-1", "rules-2")
CHANNELS = ("file", "console")
# Of the columns, these say when and where something was written down, not what is known.
BOOKKEEPING = frozenset({"position", "recorded_at", "asked_position", "article_position", "mention_position", "changed_position"})

moments = st.integers(0, 40).map(lambda days: START + dt.timedelta(days=days, hours=days % 5))
some = st.sampled_from


def _entry(number: int) -> dict[str, str]:
    """What never changes of an entry. The first two lead to one article, from two feeds."""
    return {"entry_id": f"entry-{number}", "feed_id": FEEDS[number % 2], "entry_key": f"key-{number}"}


def _event_id(number: int, state: int) -> str:
    """The id of the event by which an entry asks for a page: its first sight (state 0) or a later version."""
    wire, key = ("entry.revised", (f"entry-{number}", f"state-{state}")) if state else ("entry.seen", (f"entry-{number}",))
    return str(event_id(wire, *key))


_ENTRIES = (0, 1, 2)
_ARTICLE_OF = (ARTICLES[0], ARTICLES[0], ARTICLES[1])
_ASKERS = [(number, state) for number in _ENTRIES for state in (0, 1, 2)]
_gates = some(["on_topic", "undecided", "off_topic"])


@st.composite
def _entries(draw: st.DrawFn) -> EventData:
    number, state = draw(some(_ENTRIES)), draw(st.integers(0, 2))
    common: dict[str, Any] = {
        **_entry(number), "article_id": _ARTICLE_OF[number], "url": f"https://outlet.test/{_ARTICLE_OF[number]}{draw(some(['', '?']))}",
        "title": draw(some(["A ferry", "Another ferry"])), "summary": draw(some(["", "It sails."])), "published_at": draw(st.none() | moments),
        "published_text": "", "updated_text": draw(some(["", "later"])), "state": f"state-{state}", "language": draw(some(["en", "fr"])),
        "gate": draw(_gates), "gate_why": draw(some([(), ("ferry",)])), "seen_at": draw(moments),
    }  # fmt: skip
    common |= {"source": draw(some([None, "sitemap"])), "is_rekeyed": draw(some([False, False, True]))}
    return EntryRevised(**common, changed=("title",)) if state else EntrySeen(**common)


_rejections = st.builds(
    lambda number, at, reason: EntryRejected(**_entry(number), title="No link", reason=reason, seen_at=at),
    some(_ENTRIES), moments, some(["no_link", "bad_link"]),
)  # fmt: skip


@st.composite
def _pages(draw: st.DrawFn) -> EventData:
    number, state = draw(some(_ASKERS))
    common: dict[str, Any] = {
        "article_id": _ARTICLE_OF[number], "url": "https://outlet.test/x", "asked_by": _event_id(number, state),
        "reading": draw(some([1, 1, 2, 3])), "next_reading_at": draw(st.none() | moments),
    }  # fmt: skip
    at, status, digest = draw(moments), draw(some([200, 404])), text_sha256(draw(some(TEXTS)))
    told = {"etag": draw(st.none() | some(['"a"', '"b"'])), "last_modified": draw(st.none() | st.just("then"))}
    if common["reading"] > 1 and draw(st.booleans()):
        return PageUnchanged(**common, **told, status=304, sha256=digest, checked_at=at)
    common |= {"attempt": draw(st.integers(1, 3)), "status": status}
    if draw(st.booleans()):
        retry = draw(st.none() | st.just(at + dt.timedelta(hours=1)))
        return PageFetchFailed(**common, reason=draw(some(["timeout", "status"])), failed_at=at, retry_at=retry)
    return PageFetched(
        **common, **told, final_url="https://outlet.test/y", content_type="text/html", charset=draw(st.none() | st.just("utf-8")),
        sha256=digest, bytes=draw(st.integers(1, 3)), record=Record(file="pages.warc.gz", offset=draw(st.integers(0, 3)), length=9, sha256=digest),
        fetched_at=at,
    )  # fmt: skip


@st.composite
def _texts(draw: st.DrawFn) -> EventData:
    number, state = draw(some(_ASKERS))
    article, at, method = _ARTICLE_OF[number], draw(moments), draw(some(METHODS))
    page_event = str(event_id("page.fetched", article, _event_id(number, state)))
    kind = draw(
        some(
            [
                ArticleExtracted,
                ArticleRevised,
                ArticleUnchanged,
                ArticleExtractionFailed,
                ArticleAliasFound,
                ArticlePostFound,
                ArticleQuarantined,
            ]
        )
    )
    digest = text_sha256(draw(some(TEXTS)))
    if kind is ArticleAliasFound:
        return ArticleAliasFound(
            article_id=article, alias_id=f"{article}-{draw(st.integers(0, 1))}", url="https://outlet.test/y", why=draw(some(["canonical", "redirect"])), found_at=at
        )  # fmt: skip
    if kind is ArticlePostFound:
        return ArticlePostFound(
            article_id=article, post_id=f"post-{draw(st.integers(0, 1))}", ordinal=draw(st.integers(0, 3)), url="https://outlet.test/x#p", headline=draw(some(["", "Sails"])),
            published_at=draw(st.none() | moments), published_precision="second", body_sha256=digest, words=4, page_event=page_event, method=method, found_at=at,
        )  # fmt: skip
    if kind is ArticleUnchanged:
        return ArticleUnchanged(article_id=article, page_event=page_event, body_sha256=digest, method=method, read_at=at)
    if kind is ArticleExtractionFailed:
        return ArticleExtractionFailed(
            article_id=article,
            page_event=page_event,
            page_sha256=digest,
            reason="empty",
            detail=draw(some(["", "no words"])),
            method=method,
            failed_at=at,
        )
    if kind is ArticleQuarantined:
        return ArticleQuarantined(
            article_id=article, url=f"https://outlet.test/{article}", outlet="outlet.test", feed_id=FEEDS[0], title="A ferry", language="en", body_sha256=digest,
            words=4, reason=draw(some(["consent", "boilerplate"])), detail="", page_sha256=digest, page_event=page_event, method=method, quarantined_at=at,
        )  # fmt: skip
    common: dict[str, Any] = {
        "article_id": article, "url": f"https://outlet.test/{article}", "outlet": "outlet.test", "feed_id": FEEDS[0], "first_seen_at": START,
        "title": draw(some(["A ferry", "Another ferry"])), "title_origin": draw(some(["feed", "page"])), "published_at": draw(st.none() | moments),
        "published_origin": "page", "published_precision": "day", "author": draw(st.none() | st.just("A. Writer")),
        "language": draw(some(["en", "fr"])), "body_sha256": digest, "words": draw(st.integers(1, 4)), "page_sha256": digest,
        "page_event": page_event, "method": method, "extracted_at": at,
        "section": draw(st.none() | st.just("World")), "flags": draw(some([(), ("paywall",), ("live_blog", "truncated")])),
    }  # fmt: skip
    return ArticleRevised(**common, previous_sha256=digest, change=0.5) if kind is ArticleRevised else ArticleExtracted(**common)


@st.composite
def _judgements(draw: st.DrawFn) -> EventData:
    article, digest, at = draw(some(ARTICLES)), text_sha256(draw(some(TEXTS))), draw(moments)
    text_event, method = str(uuid.UUID(int=draw(st.integers(0, 3)))), draw(some(METHODS))
    if draw(st.booleans()):
        return ArticleRead(
            article_id=article, text_event=text_event, body_sha256=digest, gate=draw(_gates), gate_why=(), mentions=draw(st.integers(0, 2)),
            claims=0, method=method, read_at=at,
        )  # fmt: skip
    if draw(st.integers(0, 3)) == 0:
        return StoryLinked(
            article_id=article, text_event=text_event, story_id=draw(some(ARTICLES)), like=draw(st.none() | some(ARTICLES)), cosine=0.5,
            score=0.25, terms={"ferry": 2}, method=method, linked_at=at,
        )  # fmt: skip
    if draw(st.integers(0, 3)) == 0:
        kind = draw(some([ClusterMerged, ClusterSplit]))
        return kind(
            article_id=article, from_cluster_id=draw(some(ARTICLES)), cluster_id=draw(some(ARTICLES)), because_of=text_event, why="w",
            method=method, changed_at=at,
        )  # fmt: skip
    verdict = draw(some(["original", "exact", "near", "twin", "revision"]))
    return DuplicateJudged(
        article_id=article, text_event=text_event, body_sha256=digest, verdict=verdict, relation=draw(st.none() | some(["same", "revised"])),
        of=draw(st.none() | some(ARTICLES)), score=draw(some([0.0, 0.5])), containment=0.5, jaccard=0.25, is_sampled=draw(st.booleans()),
        vetoes=draw(some([(), (Veto(kind="number", was="ten", now="eleven"),)])), agency=draw(st.none() | st.just("Vestria Wire")),
        cluster_id=draw(some(ARTICLES)), fingerprint=_fingerprint(digest), method=method, judged_at=at,
    )  # fmt: skip


def _fingerprint(digest: str) -> Fingerprint:
    return Fingerprint(content_sha256=digest, words=4, shingles=2, one_in=1, sample=packed([8, int(digest[:7], 16) * 16]))


@st.composite
def _mentions(draw: st.DrawFn) -> EventData:
    number = draw(st.integers(0, 3))
    article, mention, at, method = ARTICLES[number % 2], f"mention-{number}", draw(moments), draw(some(METHODS))
    kind = draw(some([MentionDetected, MentionResolved, ClaimMade]))
    if kind is MentionResolved:
        return MentionResolved(
            mention_id=mention, article_id=article, outcome=draw(some(["known", "new", "possible"])), proposal_id=draw(st.none() | some(["proposal-0", "proposal-1"])),
            nearest_id=None, score=draw(some([0.0, 1.5])), lead=0.5, rows=(), method=method, resolved_at=at,
        )  # fmt: skip
    if kind is ClaimMade:
        return ClaimMade(
            claim_id=f"claim-{number}-{draw(st.integers(0, 1))}", mention_id=mention, article_id=article, party="norland", act=draw(some(["accepted", "rejected"])),
            scope="proposal", is_negated=draw(st.booleans()), said_by="writer", span=Span(start=0, end=4, text="Sure"), rule="r", method=method, made_at=at,
        )  # fmt: skip
    return MentionDetected(
        mention_id=mention, article_id=article, body_sha256=text_sha256(TEXTS[0]), ordinal=number // 2, frame=Span(start=0, end=4, text="Ship"),
        window_start=0, window_end=9, quote="Ship ahoy", proposers=draw(some([(), ("norland",)])), claimed_by=(), mediators=(), nicknames=(), readings=(),
        is_proposing=True, lineage=None, answers=(), background=None, said_by="writer", specificity=0.5, rules=("r",), reported_at=at, method=method,
        detected_at=at,
    )  # fmt: skip


@st.composite
def _proposals(draw: st.DrawFn) -> EventData:
    number, at = draw(st.integers(0, 1)), draw(moments)
    common: dict[str, Any] = {
        "proposal_id": f"proposal-{number}", "label": "A ferry for all", "kind": "ferry", "status": "open", "proposers": ("norland",), "claimed_by": (),
        "mediators": (), "nicknames": (), "announced_at": draw(st.none() | moments), "active_from": None, "active_until": None, "readings": (),
        "mention_id": draw(st.none() | some(["mention-0", "mention-1", "mention-3"])), "article_id": draw(some(ARTICLES)), "opened_at": at,
    }  # fmt: skip
    return ProposalVaried(**common, parent_id="proposal-9", lineage="varies") if draw(st.booleans()) else ProposalOpened(**common)


@st.composite
def _rulings(draw: st.DrawFn) -> EventData:
    number, at = draw(st.integers(0, 3)), draw(moments)
    said: dict[str, Any] = {
        "ruling_id": f"ruling-{draw(st.integers(0, 5))}",
        "author": draw(some(["ana", "ben"])),
        "reason": "one offer",
    }
    kind = draw(some([MentionAssigned, ProposalMerged, ProposalSplit, ProposalRenamed, ProposalDismissed, ProposalConfirmed]))
    if kind is MentionAssigned:
        return MentionAssigned(
            **said, mention_id=f"mention-{number}", article_id=ARTICLES[number % 2], outcome=draw(some(["known", "dismissed"])), from_outcome="new",
            proposal_id=draw(st.none() | some(["proposal-0", "proposal-1"])), from_proposal_id="proposal-0", assigned_at=at,
        )  # fmt: skip
    said["proposal_id"] = f"proposal-{number % 2}"
    if kind is ProposalMerged:
        return ProposalMerged(**said, into_id=draw(some(["proposal-1", "proposal-9"])), merged_at=at)
    if kind is ProposalSplit:
        return ProposalSplit(**said, from_id="proposal-1", split_at=at)
    if kind is ProposalRenamed:
        return ProposalRenamed(**said, label=draw(some([None, "The ferry", "The other ferry"])), renamed_at=at)
    if kind is ProposalDismissed:
        return ProposalDismissed(**said, is_off=draw(st.booleans()), dismissed_at=at)
    return ProposalConfirmed(**said, is_off=draw(st.booleans()), confirmed_at=at)


@st.composite
def _alerts(draw: st.DrawFn) -> EventData:
    alert, at, channel, attempt = f"alert-{draw(st.integers(0, 1))}", draw(moments), draw(some(CHANNELS)), draw(st.integers(1, 3))
    kind = draw(
        some(
            [
                AlertRaised,
                AlertDelivered,
                AlertDeliveryFailed,
                AlertDeliveryClaimed,
                AlertWithheld,
                AlertResendAsked,
                AlertAcknowledged,
                AlertJudged,
            ]
        )
    )
    number = draw(st.integers(1, 3))
    if kind is AlertDelivered:
        return AlertDelivered(
            alert_id=alert,
            channel=channel,
            attempt=attempt,
            delivered_at=at,
            round=number,
            message_id=draw(st.none() | st.just("m")),
        )
    if kind is AlertDeliveryFailed:
        return AlertDeliveryFailed(
            alert_id=alert, channel=channel, attempt=attempt, reason=draw(some(["", "refused"])), failed_at=at,
            is_uncertain=draw(st.booleans()), retry_from=draw(st.none() | moments),
        )  # fmt: skip
    if kind is AlertDeliveryClaimed:
        return AlertDeliveryClaimed(
            alert_id=alert, channel=channel, attempt=attempt, round=number, message_id=draw(some(["m", "n"])), is_repeat=draw(st.booleans()),
            until=at + dt.timedelta(minutes=5), claimed_at=at,
        )  # fmt: skip
    if kind is AlertWithheld:
        return AlertWithheld(alert_id=alert, channel=channel, why="muted", withheld_at=at)
    if kind is AlertResendAsked:
        return AlertResendAsked(alert_id=alert, channel=channel, round=number, author="ana", reason="lost", asked_at=at)
    if kind is AlertJudged:
        return AlertJudged(
            alert_id=alert, is_right=draw(st.booleans()), author=draw(some(["ana", "ben"])), reason="", judged_at=at
        )
    if kind is AlertAcknowledged:
        return AlertAcknowledged(alert_id=alert, author="ana", reason="", acknowledged_at=at)
    return AlertRaised(
        alert_id=alert, kind=draw(some(["new", "variant"])), proposal_id="proposal-0", parent_id=None, mention_id=draw(some(["mention-0", "mention-1"])),
        article_id=draw(some(ARTICLES)), is_edit=False, label="A ferry", said_by="writer", outlet="outlet.test", title="A ferry", url="https://outlet.test/x",
        quote="Ship ahoy", readings=(), nearest_label=None, nearest_why=(), raised_at=at,
    )  # fmt: skip


@st.composite
def _channels(draw: st.DrawFn) -> EventData:
    at, channel = draw(moments), draw(some(CHANNELS))
    kind = draw(some([ChannelOpened, ChannelClosed, AlertMuted]))
    if kind is ChannelOpened:
        return ChannelOpened(topic_id="invented", channel=channel, is_idempotent=draw(st.booleans()), opened_at=at)
    if kind is ChannelClosed:
        return ChannelClosed(topic_id="invented", channel=channel, closed_at=at)
    return AlertMuted(
        topic_id="invented", field=draw(some(["party", "outlet"])), value=draw(some(["norland", "outlet.test"])), until=draw(st.none() | moments),
        is_off=draw(st.booleans()), author="ana", reason="", muted_at=at,
    )  # fmt: skip


@st.composite
def _polls(draw: st.DrawFn) -> EventData:
    feed, at = draw(some(FEEDS)), draw(moments)
    due = at + dt.timedelta(hours=1)
    kind = draw(some([FeedRegistered, FeedPolled, FeedPolled, FeedPollFailed]))
    if kind is FeedRegistered:
        return FeedRegistered(
            feed_id=feed, url=f"https://outlet.test/{feed}", name=draw(some(["Outlet", "The Outlet"])), language=draw(some(["en", "fr"])),
            country="ZZ", kind="wire", registered_at=at,
        )  # fmt: skip
    if kind is FeedPollFailed:
        return FeedPollFailed(
            feed_id=feed,
            polled_at=at,
            reason=draw(some(["timeout", "status"])),
            detail=draw(some(["", "over 9 s"])),
            next_poll_at=due,
            weight=draw(some([0.25, 0.5, 1.0])),
            status=draw(some([None, 404, 503])),
            asked_wait_seconds=draw(some([None, 60.0])),
        )
    return FeedPolled(
        feed_id=feed, polled_at=at, outcome=draw(some(["parsed", "unchanged", "not_modified"])), status=200, final_url="u",
        sha256=draw(st.none() | st.just("0" * 64)), etag=draw(st.none() | some(["", '"a"'])), last_modified=draw(st.none() | st.just("then")),
        format=draw(st.none() | st.just("rss20")), is_ill_formed=draw(st.booleans()), next_poll_at=due,
        entries=draw(st.integers(2, 4)), new=draw(st.integers(0, 2)), repeated=draw(st.integers(0, 1)), rekeyed=draw(st.integers(0, 1)),
        interval_minutes=draw(st.none() | some([5.0, 12.5])), asked_wait_seconds=draw(st.none() | st.just(900.0)), is_audit=draw(st.booleans()),
        is_distrusted=draw(some([False, False, True])), moved_to=draw(some([None, None, "v", "w"])), pace_per_hour=draw(st.none() | some([0.5, 2.0])), peak_per_hour=draw(st.none() | some([4.0, 8.0])),
        gap_seconds=draw(st.none() | some([60.0, 3600.0])), expected_gap_seconds=draw(st.none() | some([7200.0, 86400.0])),
    )  # fmt: skip


@st.composite
def _feeds(draw: st.DrawFn) -> EventData:
    feed, at = draw(some(FEEDS)), draw(moments)
    kind = draw(some([FeedFellSilent, FeedGapClosed, FeedGapFound, FeedMoved, FeedPolicyChanged, FeedRekeyed]))
    if kind is FeedFellSilent:
        return FeedFellSilent(feed_id=feed, last_new_at=draw(moments), expected_gap_seconds=60.0, gaps=20, fell_silent_at=at)
    if kind is FeedGapFound:
        return FeedGapFound(feed_id=feed, found_at=at, since=at, entries=9)
    if kind is FeedGapClosed:
        return FeedGapClosed(feed_id=feed, found_at=at, closed_at=at, url="u", listed=3, new=1)
    if kind is FeedMoved:
        return FeedMoved(feed_id=feed, from_url="u", to_url=draw(some(["u", "v"])), why="w", is_pinned=draw(st.booleans()),
                         duplicate_of=draw(some([None, FEEDS[0]])), moved_at=at)  # fmt: skip
    if kind is FeedPolicyChanged:
        return FeedPolicyChanged(
            feed_id=feed, policy=draw(some(["link_date", "link_date_title"])), previous="guid", why="w", changed_at=at
        )
    return FeedRekeyed(feed_id=feed, found_at=at, entries=5, known_titles=4)


@st.composite
def _rest(draw: st.DrawFn) -> EventData:
    at = draw(moments)
    kind = draw(some([RunStarted, RunFinished, TopicRevised, CorpusDocumentImported]))
    run = f"run-{draw(st.integers(0, 2))}"
    if kind is RunStarted:
        return RunStarted(run_id=run, program_version="1", started_at=at)
    if kind is RunFinished:
        return RunFinished(run_id=run, counts={"run.started": draw(st.integers(0, 1))}, finished_at=at)
    if kind is TopicRevised:
        return TopicRevised(topic_id="invented", digest=draw(some(["0" * 64, "1" * 64])), revised_at=at)
    digest = text_sha256(TEXTS[0])
    return CorpusDocumentImported(
        document_id=f"document-{draw(st.integers(0, 1))}", name=draw(some(["a.txt", "b.txt"])), title=draw(some(["", "A ferry"])), language="en",
        published_at=draw(st.none() | moments), published_precision="day", bytes_sha256=digest, body_sha256=draw(st.none() | some([digest, "1" * 64])),
        fingerprint=_fingerprint(digest), proposals=draw(some([(), ("proposal-0",)])), method=draw(some(METHODS)), imported_at=at,
    )  # fmt: skip


data = st.one_of(
    _entries(),
    _pages(),
    _texts(),
    _polls(),
    _judgements(),
    _mentions(),
    _rejections,
    _proposals(),
    _rulings(),
    _alerts(),
    _channels(),
    _rest(),
    _feeds(),
)


def happened(what: EventData) -> dt.datetime:
    """When it happened, as the one field of the model says that ends in ``_at`` and is not about something else."""
    aside = {
        "published_at",
        "first_seen_at",
        "next_poll_at",
        "next_reading_at",
        "retry_at",
        "announced_at",
        "active_from",
        "active_until",
        "reported_at",
        "last_new_at",
    }
    if isinstance(what, FeedGapClosed):
        return what.closed_at
    (name,) = (name for name in type(what).model_fields if name.endswith("_at") and name not in aside)
    moment = getattr(what, name)
    assert isinstance(moment, dt.datetime)
    return moment


def wrapped(what: EventData, *, late: dt.timedelta = dt.timedelta(0)) -> Event:
    """The event as the pipeline would write it down, ``late`` after it happened."""
    at = happened(what)
    return Event.of(what, at=at, run_id="run-0", topic="invented", recorded_at=at + late)


events = st.builds(lambda what, hours: wrapped(what, late=dt.timedelta(hours=hours)), data, some([0, 0, 0, 30]))


def component(event: Event) -> str:
    """What an event hangs together with: events of one component have an order among them, of two components none."""
    values = json.loads(event.data)
    if event.type.startswith("entry."):
        return _ARTICLE_OF[int(values["entry_id"][-1])]
    if event.type.startswith(("page.", "article.", "duplicate.", "cluster.", "story.", "mention.", "claim.")):
        return str(values["article_id"])
    return event.stream


# --------------------------------------------------------------------------- what must hold


def relations_of(connection: duckdb.DuckDBPyConnection, *, without: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Every relation that is made from the log, as sorted rows."""
    found = {}
    for name in PROJECTIONS:
        result = connection.execute(f'SELECT * FROM main."{name}"')
        kept = [number for number, column in enumerate(result.description or []) if column[0] not in without]
        found[name] = sorted(repr(tuple(row[number] for number in kept)) for row in result.fetchall())
    return found


def log_of(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """All events in order."""
    return connection.execute("SELECT * REPLACE (data::VARCHAR AS data) FROM log.event ORDER BY position").fetchall()


def faults(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """What is wrong with a log: double or missing positions, double events, a head or checkpoint beside them, a broken chain,
    a batch that is there in part, a subject that is not where it is first named."""
    found = []
    ((count, last, distinct, head, checkpoint),) = connection.execute(
        """SELECT count(*), coalesce(max(position), -1), count(DISTINCT event_id), (SELECT position FROM log.head),
           (SELECT position FROM log.checkpoint) FROM log.event"""
    ).fetchall()
    if not count == distinct == last + 1 == head + 1 == checkpoint + 1:
        found.append(f"{count} events, {distinct} different, last at {last}, head at {head}, checkpoint at {checkpoint}")
    rows = log_of(connection)
    if [row[0] for row in rows] != list(range(len(rows))):
        found.append("the positions have gaps")
    previous, next_position = "", 0
    for number, (link, first, end, recorded_at, sha256) in enumerate(
        connection.execute("FROM log.batch ORDER BY number").fetchall()
    ):
        batch = rows[first : end + 1]
        if link != number or first != next_position or not batch or max(row[9] for row in batch) != recorded_at:
            found.append(f"link {number} of the chain does not fit the events")
        if hashlib.sha256("\n".join([previous, *map(_line, batch)]).encode()).hexdigest() != sha256:
            found.append(f"the chain breaks at link {number}")
        previous, next_position = sha256, end + 1
    if next_position != len(rows):
        found.append(f"the chain ends at {next_position} of {len(rows)}")
    first_named: dict[str, int] = {}
    for row in rows:
        values = json.loads(row[10])
        for name in ("entry_id", "article_id", "mention_id"):
            if values.get(name) is not None:
                first_named.setdefault(values[name], row[0])
    subjects = connection.execute("SELECT key, position FROM log.subject").fetchall()
    expected = {
        int.from_bytes(hashlib.md5(name.encode()).digest()[8:], "little"): position for name, position in first_named.items()
    }
    if dict(subjects) != expected or len(subjects) != len(expected):
        found.append("log.subject does not say where subjects are first named")
    return found


def _line(row: Sequence[Any]) -> str:
    """One event as the chain hashes it, worked out anew in Python."""
    position, event_id, wire, version, stream, topic, caused_by, run_id, occurred_at, recorded_at, text = row
    return "|".join(
        str(value)
        for value in (position, event_id, wire, version, stream, topic or "", caused_by or "", run_id, _micros(occurred_at), _micros(recorded_at),
                      text_sha256(text))
    )  # fmt: skip


def _micros(moment: dt.datetime) -> int:
    return (moment - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)


def differences(one: Mapping[str, Iterable[str]], other: Mapping[str, Iterable[str]]) -> dict[str, tuple[list[str], list[str]]]:
    """The relations that differ, with the rows that only one of the two has."""
    return {
        name: (sorted(set(one[name]) - set(other[name])), sorted(set(other[name]) - set(one[name])))
        for name in one
        if list(one[name]) != list(other[name])
    }
