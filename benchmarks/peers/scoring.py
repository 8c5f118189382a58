"""What a peer recorded, against what was published: losses, copies, and the quality of texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .newsstand import Entry

_SHINGLE = 4


@dataclass(frozen=True, slots=True)
class Score:
    """Entries of which nothing was recorded; pairs of copies that were not told, and verdicts that name another text; F1.

    A pair counts once, whichever of both is called the copy, and only where both were recorded. None: the peer has no such thing.
    """

    entries: int
    lost: int
    pairs: int
    missed: int | None
    false: int | None
    precision: float | None
    recall: float | None
    f1: float | None
    scored: int  # pages that have a gold text


def score(published: Iterable[Entry], gold: Mapping[str, str], recorded: Iterable[Mapping[str, Any]]) -> Score:
    """Compare. ``recorded`` has a mapping with url, text and copy_of for each entry, as adapters write them."""
    entries = list(published)
    found = {row["url"]: row for row in recorded}
    lost = sum(entry.url not in found for entry in entries)
    pairs = {frozenset((entry.url, entry.copy_of)) for entry in entries if entry.copy_of}
    pairs = {pair for pair in pairs if all(url in found for url in pair)}
    missed = false = precision = recall = f1 = None
    if all("copy_of" in row for row in found.values()):
        said = {frozenset((url, row["copy_of"])) for url, row in found.items() if row["copy_of"]}
        missed, false = len(pairs - said), len(said - pairs)
    if gold and all("text" in row for row in found.values()):
        precision, recall, f1 = shingle_f1((text, found.get(url, {}).get("text") or "") for url, text in gold.items())
    return Score(len(entries), lost, len(pairs), missed, false, precision, recall, f1, len(gold))


def shingle_f1(pairs: Iterable[tuple[str, str]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of texts against gold texts, given as (gold, found).

    Multisets of shingles of four words; precision and recall are means over the pages and F1 is theirs, as Scrapinghub's
    article-extraction-benchmark defines it.
    """
    precisions, recalls = list[float](), list[float]()
    for wanted, found in ((_shingles(gold), _shingles(text)) for gold, text in pairs):
        both = (wanted & found).total()
        precisions.append(both / found.total() if found else 0.0)
        recalls.append(both / wanted.total() if wanted else 1.0)
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    length = min(_SHINGLE, len(words))
    return Counter(tuple(words[start : start + length]) for start in range(len(words) - length + 1)) if words else Counter()
