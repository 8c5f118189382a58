"""What is owed to whom: one alert for each proposal that entered the ledger from the news, and its text.

The key of an alert rests on the topic, the kind and the proposal only, so a bumped date, a changed title or a second
address can never raise it again. Proposals that come from the profile owe nothing.
"""

import datetime as dt
from dataclasses import dataclass

from .events import AlertRaised, Reading, ScoreRow
from .ids import subject_id
from .proposals import describe_terms

QUOTE_WORDS = 25


@dataclass(frozen=True, slots=True)
class AlertToRaise:
    """A row of the work list ``todo.alert_to_raise``: an opened proposal with the sentence that it came from."""

    proposal_id: str
    parent_id: str | None
    label: str
    mention_id: str
    article_id: str
    is_edit: bool
    said_by: str
    outlet: str
    title: str
    url: str
    quote: str
    readings: tuple[Reading, ...]
    nearest_label: str | None
    nearest_rows: tuple[ScoreRow, ...]


def raise_alert(topic_id: str, owed: AlertToRaise, *, at: dt.datetime) -> AlertRaised:
    """The alert for one opened proposal; the same proposal always gives the same id."""
    kind = "variant" if owed.parent_id else "new"
    words = owed.quote.split()
    quote = " ".join(words[:QUOTE_WORDS]) + (" …" if len(words) > QUOTE_WORDS else "")
    return AlertRaised(
        alert_id=subject_id("alert", topic_id, kind, owed.proposal_id),
        kind=kind,
        proposal_id=owed.proposal_id,
        parent_id=owed.parent_id,
        mention_id=owed.mention_id,
        article_id=owed.article_id,
        is_edit=owed.is_edit,
        label=owed.label,
        said_by=owed.said_by,
        outlet=owed.outlet,
        title=owed.title,
        url=owed.url,
        quote=quote,
        readings=owed.readings,
        nearest_label=owed.nearest_label,
        nearest_why=owed.nearest_rows,
        raised_at=at,
    )


def message(alert: AlertRaised) -> str:
    """The alert as plain text: what is proposed, according to whom, where it stands, and why it is not a known one."""
    head = {"new": "New proposal reported", "variant": "Variant of a known proposal reported"}[alert.kind]
    lines = [
        f"{head}: {alert.label}",
        f"  terms as reported: {describe_terms(alert.readings) or 'none stated'}",
        f"  according to: {spoken(alert.said_by)}, in {alert.outlet}",
        f"  “{alert.quote}”",
        f"  {alert.title}",
        f"  {alert.url}",
    ]
    if alert.is_edit:
        lines.insert(1, "  it entered an article already known, by an edit after publication")
    if alert.nearest_label:
        rows = "; ".join(f"{row.field} {row.points:+g} ({row.why})" for row in alert.nearest_why) or "nothing in common"
        verb = "varies" if alert.kind == "variant" else "is not"
        lines.append(f"  nearest known: {alert.nearest_label} — why it {verb} that one: {rows}")
    return "\n".join(lines)


def spoken(said_by: str) -> str:
    """A source in words: ``official:<party>`` → "an official (<party>)"."""
    if said_by == "writer":
        return "the article itself"
    if said_by == "anonymous":
        return "unnamed sources"
    return f"an official ({said_by.removeprefix('official:')})" if said_by.startswith("official:") else said_by
