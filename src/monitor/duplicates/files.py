"""Duplicates among texts in files, without a warehouse: lines to texts, texts to verdicts."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..errors import CorpusError
from ..fingerprints import read_marks
from ..ids import text_sha256
from ..topics import TopicProfile
from .index import DuplicateIndex, KnownText
from .judging import MarkedText, TextToJudge, find_match
from .vetoes import VetoRules


@dataclass(frozen=True, slots=True)
class ComparableText:
    """A line of a file."""

    id: str
    text: str
    outlet: str
    seen_at: dt.datetime | None
    language: str


def read_line(line: bytes, where: str) -> ComparableText:
    """The text of a line. The outlet is the one given or the address's host; raises CorpusError that names the line."""
    try:
        values = json.loads(line)
        date = values.get("date") or values.get("published")
        seen_at = dt.datetime.fromisoformat(date) if date else None
        return ComparableText(
            id=str(values["id"]),
            text=values["text"] + "",
            outlet=str(values.get("outlet") or urlsplit(values.get("url") or "").hostname or ""),
            seen_at=seen_at if seen_at is None or seen_at.tzinfo else seen_at.replace(tzinfo=dt.UTC),
            language=str(values.get("language") or "en"),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorpusError(
            f"is no text to compare: {error!r}",
            subject=where,
            way_out='A line is {"id": …, "text": …} with url, outlet, date (ISO 8601), language where they are known.',
        ) from error


def compare_texts(
    known: Iterable[ComparableText], texts: Iterable[ComparableText], profile: TopicProfile | None, *, among: bool = False
) -> Iterator[dict[str, Any]]:
    """For each text the known one that it repeats (id, duplicate_of, relation, score and the veto's reasons), in their order.

    ``among``: later texts are compared with earlier ones too; without it a verdict does not depend on the order.
    """
    bodies: dict[str, str] = {}
    index = DuplicateIndex([], bodies.get)
    rules = VetoRules.of(profile) if profile else VetoRules()

    def learn(text: ComparableText, marked: MarkedText) -> None:
        bodies[marked.about.body_sha256] = text.text
        body, mark = marked.about.body_sha256, marked.marks.fingerprint
        index.add(
            KnownText.of(mark, owner_id=text.id, body_sha256=body, cluster_id=text.id, outlet=text.outlet, seen_at=text.seen_at)
        )

    for text in known:
        learn(text, _marked(text))
    for text in texts:
        marked = _marked(text)
        match = find_match(marked, index, rules)
        yield {
            "id": text.id,
            "duplicate_of": match.known.owner_id if match else None,
            "relation": match.relation if match else None,
            "score": round(match.score, 4) if match else 0.0,
            "vetoes": [f"{veto.kind}: {veto.was} → {veto.now}" for veto in match.vetoes] if match else [],
        }
        if among:
            learn(text, marked)


def _marked(text: ComparableText) -> MarkedText:
    about = TextToJudge(
        # A seed may be told again under its own id: that is a copy here, since files have no revisions.
        article_id="",
        text_event="",
        body_sha256=text_sha256(text.text),
        text=text.text,
        outlet=text.outlet,
        seen_at=text.seen_at,
        own_cluster_id=None,
        language=text.language,
    )
    return MarkedText(about, read_marks(text.text))
