"""One text read from beginning to end: the gate, the mentions, the claims; and a file of texts against one ledger.

The same functions serve the pipeline's stage and `monitor detect`, so that what the command shows is what a run would
have done with the text.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from .claims import detect_claims
from .errors import CorpusError, explain_validation, field_names
from .events import ClaimMade, MentionDetected, MentionResolved, ProposalOpened, ProposalVaried, Reading
from .gate import GateDecision, gate
from .ids import text_sha256
from .mentions import Rules, TextToRead, amount, dated_by_post, detect_mentions, stated
from .proposals import Ledger, evolve, open_known
from .readings import DURATION_TERM
from .scoring import figure


@dataclass(frozen=True, slots=True)
class Detected:
    """What was read in one text."""

    gate: GateDecision
    mentions: tuple[MentionDetected, ...]
    claims: tuple[ClaimMade, ...]


def detect_text(text: TextToRead, rules: Rules, *, at: dt.datetime, posts: Sequence[tuple[str, dt.datetime]] = ()) -> Detected:
    """Read one text; ``posts`` are the dated posts of a live blog, whose mentions bear their dates. Pure."""
    decision = gate(rules.profile, text.title, text.text)
    mentions, reader = detect_mentions(text, rules, at=at) if decision.gate != "off_topic" else ([], None)
    mentions = [dated_by_post(mention, text.text, posts) for mention in mentions]
    claims = [claim for mention in mentions if reader for claim in detect_claims(mention, reader, rules, at=at)]
    return Detected(decision, tuple(mentions), tuple(claims))


class GivenArticle(BaseModel):
    """A line of a file of articles; other keys are passed over.

    ``published`` is a moment, a day, a month or a year, as far as it is known; of a month or year its middle is taken,
    which is never further off than half of it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: str
    text: str
    title: str | None = ""
    published: str | None = None
    lang: str | None = None
    url: str | None = ""

    def as_text(self, *, language: str, today: dt.datetime) -> TextToRead:
        """As the rules take it; a text without a date is taken for one of today."""
        return TextToRead(
            article_id=self.id,
            text_event="",
            body_sha256=text_sha256(self.text),
            title=self.title or "",
            text=self.text,
            language=self.lang or language,
            reported_at=_moment(self.published or "") or today,
        )


def _moment(published: str) -> dt.datetime | None:
    """A date as far as it is given: ``2031``, ``2031-04``, ``2031-04-02``, or with a time; None for anything else."""
    given = published.strip()
    if len(given) == len("2031-04-02"):
        given += "T12:00"
    try:
        moment = dt.datetime.fromisoformat({4: f"{given}-07-01", 7: f"{given}-15"}.get(len(given), given))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def read_articles(path: Path) -> Iterator[GivenArticle]:
    """The articles of a JSON Lines file. Raises CorpusError that names the file and line."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror}", subject=str(path), way_out="Name an existing file.") from error
    except UnicodeDecodeError as error:
        raise CorpusError("is not UTF-8", subject=str(path), way_out="Save the file as UTF-8.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield GivenArticle.model_validate_json(line)
        except ValidationError as error:
            raise CorpusError(
                explain_validation(error, field_names(GivenArticle)),
                subject=f"{path}:{number}",
                way_out='Give each line as {"id", "title", "published", "lang", "text", "url"}; id and text are needed.',
            ) from error


class Detector:
    """Reads texts in their order against one ledger, which starts with the profile's known proposals unless ``is_empty``."""

    def __init__(self, rules: Rules, *, at: dt.datetime, is_empty: bool = False) -> None:
        self.rules, self.at = rules, at
        known = [] if is_empty else open_known(rules.profile, at=at)
        self.ledger = Ledger(rules.profile, [evolve(None, opened) for opened in known])
        self._names = rules.profile.party_names

    def read(self, text: TextToRead) -> tuple[Detected, dict[str, Any]]:
        """What was read, and the line printed for it: mentions with what each means, and the alerts that are owed."""
        detected = detect_text(text, self.rules, at=self.at)
        mentions, alerts = [], []
        for mention in detected.mentions:
            claims = [claim for claim in detected.claims if claim.mention_id == mention.mention_id]
            for event in self.ledger.resolve(mention, at=self.at):
                if isinstance(event, ProposalOpened):
                    kind = "variant" if isinstance(event, ProposalVaried) else "new"
                    alerts.append({"proposal_id": event.proposal_id, "kind": kind, "label": event.label})
                elif isinstance(event, MentionResolved):
                    line = self._line(mention, event, claims)
                    places = (mention.frame, *mention.places, *(r for r in mention.readings if r.low is not None))
                    mentions += [line | {"start": place.start, "end": place.end} for place in places]
        return detected, {
            "id": text.article_id,
            "on_topic": detected.gate.gate == "on_topic",
            "gate": detected.gate.gate,
            "mentions": mentions,
            "alerts": alerts,
        }

    def _line(self, mention: MentionDetected, resolved: MentionResolved, claims: Iterable[ClaimMade]) -> dict[str, Any]:
        def named(parties: Iterable[str]) -> list[str]:
            return [self._names.get(party, party) for party in parties]

        phases = stated(mention.readings, "phases")
        return {
            "start": mention.frame.start,
            "end": mention.frame.end,
            "proposal_id": resolved.proposal_id,
            "outcome": resolved.outcome,
            "proposers": named(mention.proposers),
            "claimed_by": named(mention.claimed_by),
            "mediators": named(mention.mediators),
            "duration_days": stated(mention.readings, DURATION_TERM),
            "captives": _count(mention.readings, "captives"),
            "prisoners": _count(mention.readings, "prisoners"),
            "phases": int(phases[1]) if phases and phases[1] is not None else None,
            "readings": [
                {"term": r.term, "low": r.low, "high": r.high, "start": r.start, "end": r.end} for r in mention.readings
            ],
            "stances": [
                {
                    "party": self._names.get(claim.party, claim.party),
                    "act": claim.act,
                    "source": claim.source or self._source(claim.said_by),
                    "start": claim.span.start,
                    "end": claim.span.end,
                }
                for claim in claims
                if not claim.is_negated
            ],
            "rules": list(mention.rules),
            "specificity": mention.specificity,
            "score": {row.field: row.points for row in resolved.rows},
        }

    def _source(self, said_by: str) -> str:
        kind, _, party = said_by.rpartition(":")
        name = self._names.get(party, party)
        return f"{kind} of {name}" if kind else name


def _count(readings: tuple[Reading, ...], term: str) -> tuple[float | None, float | None] | str | None:
    """What a text states for a count: its figure, else a share ("3 per hostage"), else a word such as "all"."""
    share = next((r for r in readings if r.term == f"{term}_each" and r.low is not None), None)
    per = f"{figure((share.low, share.high))} per {share.text.split()[-1]}" if share and share.low and share.high else None
    return stated(readings, term) or per or amount(readings, term)


def as_json_line(line: dict[str, Any]) -> str:
    """One line of JSON Lines."""
    return json.dumps(line, ensure_ascii=False)
