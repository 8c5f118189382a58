"""Places in folded text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """A party named in folded text: half-open span."""

    start: int
    end: int
    party: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the folded text: half-open span, and the number of its paragraph."""

    start: int
    end: int
    paragraph: int
