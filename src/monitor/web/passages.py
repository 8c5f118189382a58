"""A text with its marked passages, and two versions of a text side by side: pure, for the templates to show."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from rapidfuzz.distance import LCSseq


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage: code points from ``start`` to ``end`` (exclusive), what it is, and where it leads."""

    start: int
    end: int
    kind: Literal["mention", "claim", "shared"]
    title: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text with the marks that lie over all of it."""

    text: str
    marks: tuple[Mark, ...] = ()

    @property
    def kind(self) -> str:
        """The classes to show it with; a mention stands out of the claim around it."""
        return " ".join(sorted({mark.kind for mark in self.marks}))

    @property
    def title(self) -> str:
        """What all of its marks say."""
        return "; ".join(dict.fromkeys(mark.title for mark in self.marks))

    @property
    def href(self) -> str:
        """Where the shortest of its marks leads."""
        return next((mark.href for mark in sorted(self.marks, key=lambda mark: mark.end - mark.start) if mark.href), "")


def pieces(text: str, marks: Iterable[Mark]) -> list[list[Piece]]:
    """Paragraphs of pieces: cut wherever a mark begins or ends, and at line breaks. Marks outside of the text are left out."""
    held = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    edges = sorted({0, len(text), *(mark.start for mark in held), *(mark.end for mark in held)})
    paragraphs: list[list[Piece]] = [[]]
    for start, end in pairwise(edges):
        over = tuple(mark for mark in held if mark.start <= start and end <= mark.end)
        lines = re.split(r"\n+", text[start:end])
        for number, line in enumerate(lines):
            if number:
                paragraphs.append([])
            if line:
                paragraphs[-1].append(Piece(line, over))
    return [paragraph for paragraph in paragraphs if paragraph]


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of two versions: equal in both, or what the one had and the other has."""

    kind: Literal["equal", "changed"]
    before: str
    after: str


def changes(before: str, after: str) -> list[Change]:
    """Two versions word by word, by their longest common subsequence; bit-parallel, so that long texts take milliseconds."""
    old, new = _words(before), _words(after)
    found: list[Change] = []
    for step in LCSseq.opcodes(old, new):
        kind: Literal["equal", "changed"] = "equal" if step.tag == "equal" else "changed"
        change = Change(kind, "".join(old[step.src_start : step.src_end]), "".join(new[step.dest_start : step.dest_end]))
        if found and found[-1].kind == kind:
            change = Change(kind, found[-1].before + change.before, found[-1].after + change.after)
            found.pop()
        found.append(change)
    return found


def shortened(text: str, room: int = 240) -> str:
    """A long stretch that did not change: its ends."""
    return text if len(text) <= 2 * room else f"{text[:room]} […] {text[-room:]}"


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|[^\s]+", text)


def marks_of(
    mentions: Sequence[dict[str, Any]], claims: Sequence[dict[str, Any]], shared: Sequence[dict[str, Any]], named: Any
) -> list[Mark]:
    """Marks of the rows of ``article_mentions``, ``article_claims`` and ``article_passages``; ``named`` puts ids into words."""
    found = [
        Mark(
            row["frame_start"],
            row["frame_end"],
            "mention",
            f"{row['outcome'] or 'not decided'}: {row['label'] or row['nearest_label'] or 'no proposal'}",
            f"/proposals/{row['proposal_id']}" if row["proposal_id"] else "",
        )
        for row in mentions
    ]
    found += [Mark(row["span_start"], row["span_end"], "shared", f"also in {row['outlet']}") for row in shared]
    return found + [
        Mark(row["span_start"], row["span_end"], "claim", f"{named.stance(row)}, according to {named.speaker(row['said_by'])}")
        for row in claims
    ]
