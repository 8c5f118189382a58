"""What is owed to whom: one alert for each thing that matters, with the passage that it rests on.

The key of an alert rests on the topic, the kind and the proposal only (for positions also party and stance), so a bumped date,
a changed title or a second address can never raise it again. Proposals that come from the profile owe nothing. What is older
than the horizon when it is read (a first run, an outage, a reading with better rules) is recorded, and says that it is not sent.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from ..events import AlertKind, AlertRaised, Reading, ScoreRow
from ..ids import subject_id

QUOTE_WORDS = 25


@dataclass(frozen=True, slots=True)
class AlertToRaise:
    """A row of ``todo.alert_to_raise``: a proposal with the sentence that owes the alert. ``seen_at`` is when its text came."""

    kind: AlertKind
    proposal_id: str
    parent_id: str | None
    parent_label: str | None
    label: str
    proposers: tuple[str, ...]
    mediators: tuple[str, ...]
    mention_id: str
    article_id: str
    is_edit: bool
    said_by: str
    outlet: str
    title: str
    url: str
    language: str | None
    quote: str
    readings: tuple[Reading, ...]
    nearest_label: str | None
    nearest_rows: tuple[ScoreRow, ...]
    reported_at: dt.datetime
    seen_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class PositionAlertToRaise:
    """A row of ``todo.position_alert_to_raise``: a party is said to stand elsewhere than before."""

    proposal_id: str
    label: str
    party: str
    from_stance: str
    to_stance: str
    mediators: tuple[str, ...]
    mention_id: str
    article_id: str
    said_by: str
    quote: str
    outlet: str
    title: str
    url: str
    language: str | None
    reported_at: dt.datetime
    seen_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class FeedAlertToRaise:
    """A row of ``todo.feed_alert_to_raise``: a feed is silent, or lost entries between two polls."""

    feed_id: str
    name: str
    url: str
    language: str
    feed_event: str
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class CorrectionToRaise:
    """A row of ``todo.correction_to_raise``: a sent alert, what its passage means now, and how often it was corrected before."""

    alert: AlertRaised
    now_proposal_id: str | None
    now_label: str | None
    corrections: int


def raise_alert(topic_id: str, owed: AlertToRaise, *, at: dt.datetime, horizon: dt.timedelta) -> AlertRaised:
    """The alert on a proposal; the same kind and proposal always give the same id."""
    dates = [owed.seen_at] if owed.is_edit else [owed.seen_at, owed.reported_at]
    return AlertRaised(
        alert_id=subject_id("alert", topic_id, owed.kind, owed.proposal_id),
        kind=owed.kind,
        proposal_id=owed.proposal_id,
        parent_id=owed.parent_id,
        parent_label=owed.parent_label,
        mention_id=owed.mention_id,
        article_id=owed.article_id,
        is_edit=owed.is_edit,
        label=owed.label,
        said_by=owed.said_by,
        outlet=owed.outlet,
        title=owed.title,
        url=owed.url,
        quote=cut(owed.quote),
        readings=owed.readings,
        nearest_label=owed.nearest_label,
        nearest_why=owed.nearest_rows,
        raised_at=at,
        withheld=_too_old(dates, at=at, horizon=horizon),
        language=owed.language,
        parties=owed.proposers,
        mediators=owed.mediators,
    )


def raise_position_alert(topic_id: str, owed: PositionAlertToRaise, *, at: dt.datetime, horizon: dt.timedelta) -> AlertRaised:
    """The alert on a party's new position; the same proposal, party and stance always give the same id."""
    return AlertRaised(
        alert_id=subject_id("alert", topic_id, "position", owed.proposal_id, owed.party, owed.to_stance),
        kind="position",
        proposal_id=owed.proposal_id,
        parent_id=None,
        mention_id=owed.mention_id,
        article_id=owed.article_id,
        is_edit=False,
        label=owed.label,
        said_by=owed.said_by,
        outlet=owed.outlet,
        title=owed.title,
        url=owed.url,
        quote=cut(owed.quote),
        readings=(),
        nearest_label=None,
        nearest_why=(),
        raised_at=at,
        withheld=_too_old([owed.seen_at, owed.reported_at], at=at, horizon=horizon),
        language=owed.language,
        parties=(owed.party,),
        mediators=owed.mediators,
        from_stance=owed.from_stance,
        to_stance=owed.to_stance,
    )


def raise_feed_alert(topic_id: str, owed: FeedAlertToRaise, *, at: dt.datetime, horizon: dt.timedelta) -> AlertRaised:
    """The alert on a feed; the same silence or gap always gives the same id."""
    return AlertRaised.model_validate(
        {
            "alert_id": subject_id("alert", topic_id, "feed", owed.feed_id, owed.feed_event, owed.since.isoformat()),
            "kind": "feed",
            **dict.fromkeys(("proposal_id", "parent_id", "mention_id", "article_id", "nearest_label")),
            **dict.fromkeys(("said_by", "title", "quote"), ""),
            "is_edit": False,
            "label": owed.name,
            "outlet": owed.name,
            "url": owed.url,
            "readings": (),
            "nearest_why": (),
            "raised_at": at,
            "withheld": _too_old([owed.since], at=at, horizon=horizon) if owed.feed_event == "gap" else None,
            "language": owed.language,
            "feed_id": owed.feed_id,
            "feed_event": owed.feed_event,
            "since": owed.since,
        }
    )


def raise_correction(topic_id: str, owed: CorrectionToRaise, *, at: dt.datetime) -> AlertRaised:
    """The notice that an alert was wrong: its first mention means another proposal, or none. Later ones are counted in the id."""
    corrected, number = owed.alert, [str(owed.corrections + 1)] if owed.corrections else []
    changes: Mapping[str, object] = {
        "alert_id": subject_id("alert", topic_id, "correction", corrected.proposal_id or "", *number),
        "kind": "correction",
        "raised_at": at,
        "withheld": None,
        "corrects": corrected.alert_id,
        "now_label": owed.now_label,
        "now_proposal_id": owed.now_proposal_id,
        "nearest_label": None,
        "nearest_why": (),
    }
    return corrected.model_copy(update=changes)


def cut(quote: str) -> str:
    """The first 25 words of a sentence: enough to judge it, short enough to quote."""
    words = quote.split()
    return " ".join(words[:QUOTE_WORDS]) + (" …" if len(words) > QUOTE_WORDS else "")


def _too_old(dates: list[dt.datetime | None], *, at: dt.datetime, horizon: dt.timedelta) -> str | None:
    known = [date for date in dates if date is not None]
    if known and min(known) < at - horizon:
        return f"older than {horizon / dt.timedelta(hours=1):g} hours when it was read: {min(known):%Y-%m-%d %H:%M} UTC"
    return None
