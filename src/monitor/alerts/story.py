"""What an alert says, as one model that every rendering reads: plain text, Markdown, mail and JSON say the same.

Wording is neutral: nothing is stated that is not somebody's word, terms are what texts state, and who says so stands beside it.
"""

import datetime as dt
import re
from collections.abc import Mapping
from urllib.parse import quote as percent

from pydantic import BaseModel, ConfigDict

from ..events import AlertRaised
from ..scoring import figure

_FEW_WORDS = 8  # a passage of no more words is named whole in a text fragment, a longer one by its ends
_ENDS = 4
_SOURCES = 4  # outlets named beside a figure; the others are counted
_HEADINGS = {
    "new": "New proposal reported",
    "variant": "Variant of a known proposal reported",
    "edit": "Known proposal entered a published article by an edit",
    "position": "Change of position reported",
    "feed": "A feed needs a look",
    "correction": "Correction of an earlier alert",
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stated(_Part):
    """A term as some sources state it: days for durations, persons or pieces for counts, no figure for a mere promise."""

    term: str
    low: float | None
    high: float | None
    sources: tuple[str, ...]


class Position(_Part):
    """Where a party is said to stand, by whom, and in which outlet."""

    party: str
    stance: str
    said_by: str
    outlet: str


class Passage(_Part):
    """Where the page lies in the archive."""

    file: str
    offset: int


class Standing(_Part):
    """What the warehouse knows of an alert's proposal when the alert is sent."""

    independent_texts: int = 0
    stated: tuple[Stated, ...] = ()
    positions: tuple[Position, ...] = ()
    passage: Passage | None = None


class Term(_Part):
    """A term with its range over all sources, and what each of them states."""

    name: str
    range: str
    by_source: tuple[str, ...]  # "20 days: wire.test"; one where all agree


class Story(_Part):
    """All that an alert says, in words. Empty where there is nothing to say."""

    alert_id: str
    kind: str
    proposal_id: str | None
    article_id: str | None
    heading: str
    label: str
    note: str
    proposers: tuple[str, ...]
    mediators: tuple[str, ...]
    according_to: str
    outlet: str
    title: str
    url: str
    passage_url: str
    quote: str
    terms: tuple[Term, ...]
    positions: tuple[str, ...]
    independent_texts: int
    varies: str
    nearest_label: str
    nearest_why: tuple[str, ...]
    archive: str
    raised_at: dt.datetime

    @property
    def subject(self) -> str:
        """One line."""
        return f"{self.heading}: {self.label}"


def tell(alert: AlertRaised, standing: Standing, names: Mapping[str, str]) -> Story:
    """The story of an alert. ``names`` gives the display names of parties by their ids."""
    about_feed = alert.kind == "feed"
    stated = standing.stated or tuple(
        Stated(term=reading.term, low=reading.low, high=reading.high, sources=(alert.outlet,)) for reading in alert.readings
    )
    return Story(
        alert_id=alert.alert_id,
        kind=alert.kind,
        proposal_id=alert.proposal_id,
        article_id=alert.article_id,
        heading=_HEADINGS[alert.kind],
        label=alert.label,
        note=_note(alert, names),
        proposers=() if alert.kind == "position" else tuple(names.get(party, party) for party in alert.parties),
        mediators=tuple(names.get(party, party) for party in alert.mediators),
        according_to="" if about_feed else spoken(alert.said_by, names),
        outlet="" if about_feed else alert.outlet,
        title=alert.title,
        url=alert.url,
        passage_url=passage_url(alert.url, alert.quote),
        quote=alert.quote,
        terms=_terms(stated),
        positions=tuple(_position(position, names) for position in standing.positions),
        independent_texts=standing.independent_texts,
        varies=alert.parent_label or "",
        nearest_label=alert.nearest_label or "",
        nearest_why=tuple(f"{_words(row.field)} {row.points:+g} ({_named(row.why, names)})" for row in alert.nearest_why),
        archive=f"{standing.passage.file} at byte {standing.passage.offset}" if standing.passage else "",
        raised_at=alert.raised_at,
    )


def spoken(said_by: str, names: Mapping[str, str] | None = None) -> str:
    """A source in words: ``official:<party>`` → "an official (<party>)"."""
    known = names or {}
    if said_by == "writer":
        return "the article itself"
    if said_by == "anonymous":
        return "unnamed sources"
    who = said_by.removeprefix("official:")
    return f"an official ({known.get(who, who)})" if said_by.startswith("official:") else known.get(who, who)


def passage_url(url: str, passage: str) -> str:
    """The address of a passage: a text fragment, which browsers scroll to and mark (WICG, Scroll to Text Fragment)."""
    words = passage.removesuffix("…").split()
    if not words or not url:
        return url
    parts = [words] if len(words) <= _FEW_WORDS else [words[:_ENDS], words[-_ENDS:]]
    directive = ",".join(percent(" ".join(part), safe="").replace("-", "%2D") for part in parts)
    return f"{url}{'' if '#' in url else '#'}:~:text={directive}"


def _note(alert: AlertRaised, names: Mapping[str, str]) -> str:
    """What the heading leaves open."""
    if alert.kind == "position":
        who = ", ".join(names.get(party, party) for party in alert.parties)
        return f"{who}: from “{_words(alert.from_stance)}” to “{_words(alert.to_stance)}”"
    if alert.kind == "feed":
        since = f"{alert.since:%Y-%m-%d %H:%M} UTC" if alert.since else "an unknown moment"
        if alert.feed_event == "gap":
            return f"Entries between two polls were probably missed; found {since}."
        return f"Nothing new since {since}, longer than is usual for it."
    if alert.kind == "correction":
        if alert.now_proposal_id is not None and alert.now_proposal_id == alert.proposal_id:
            return "It stands after all, as a proposal of its own."
        return f"It is now taken for: {alert.now_label}" if alert.now_label else "Its passage is no longer taken for a proposal."
    return "It entered an article already known, by an edit after publication." if alert.is_edit else ""


def _terms(stated: tuple[Stated, ...]) -> tuple[Term, ...]:
    found: dict[str, list[Stated]] = {}
    for one in stated:
        found.setdefault(one.term, []).append(one)
    terms = []
    for name in sorted(found, key=lambda term: (not term.startswith("duration"), term)):
        group = found[name]
        lows = [one.low for one in group if one.low is not None]
        highs = [one.high for one in group if one.high is not None]
        unit = " days" if name == "duration_days" else ""
        terms.append(
            Term(
                name="duration" if unit else _words(name),
                range=figure((min(lows), max(highs))) + unit if lows and highs else "stated",
                by_source=tuple(_stated(one, unit) for one in group),
            )
        )
    return tuple(terms)


def _stated(one: Stated, unit: str) -> str:
    sources = ", ".join(one.sources[:_SOURCES]) + (f" and {more} more" if (more := len(one.sources) - _SOURCES) > 0 else "")
    if one.low is None or one.high is None:
        return sources
    return f"{figure((one.low, one.high))}{unit}: {sources}"


def _position(position: Position, names: Mapping[str, str]) -> str:
    who = names.get(position.party, position.party)
    return f"{who}: {_words(position.stance)}, according to {spoken(position.said_by, names)} in {position.outlet}"


def _words(identifier: str | None) -> str:
    return (identifier or "").replace("_", " ")


def _named(text: str, names: Mapping[str, str]) -> str:
    """The sums of the ledger name parties by their ids; people read names."""
    if not names:
        return text
    ids = "|".join(re.escape(party) for party in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<![\w-])({ids})(?![\w-])", lambda found: names[found.group()], text)
