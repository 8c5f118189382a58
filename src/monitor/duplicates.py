"""Is this text a copy of one that we know? A fingerprint and the window's index to a verdict, with its figures.

Copies of one text keep its shingles whatever furniture stands round them, so the score is the share of the new text
found in the old one (containment) or, where the new text wraps an old one, 1.8 times their resemblance. The rule,
the factor and the thresholds were measured on labelled pairs (CONTRIBUTING.md, design notes). Titles are not used:
six reports of one event share as few title words as reports of two.

The corpus is compared with for ever, articles within a window: a publisher fills the same template anew each week,
and no score tells that from a copy. For the same reason one outlet's texts at two addresses must agree almost wholly.
Verdicts are labels: nothing is dropped because of them.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .events import DuplicateJudged, Fingerprint, Verdict
from .fingerprints import INDEX_ONE_IN, METHOD, containment, fingerprint, jaccard, sampled, shingles, tokens

WINDOW = dt.timedelta(days=14)
FEWEST_SHINGLES = 40  # below, only equality of the whole text counts
DUPLICATE_AT = 0.36
SAME_OUTLET_AT = 0.9
MOST_OWNERS = 50  # a shingle that so many texts share is furniture
CANDIDATES = 10
FEWEST_IN_SAMPLE = 12  # of a text that is known by its sample only, so few hashes decide nothing


@dataclass(frozen=True, slots=True)
class KnownText:
    """A text in the window or in the corpus. ``outlet`` is empty for the corpus; ``has_text`` tells if it can be read."""

    owner_id: str
    body_sha256: str | None
    cluster_id: str
    outlet: str
    seen_at: dt.datetime | None
    fingerprint: Fingerprint
    has_text: bool


@dataclass(frozen=True, slots=True)
class TextToJudge:
    """A row of the work list ``todo.article_to_judge`` with its text."""

    article_id: str
    text_event: str
    body_sha256: str
    text: str
    outlet: str
    seen_at: dt.datetime
    own_cluster_id: str | None  # set where an earlier text of the same article was judged: then this is a revision


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate with its exact or sampled figures."""

    known: KnownText
    containment: float
    jaccard: float
    is_sampled: bool

    @property
    def score(self) -> float:
        """The rule: share of the new text found in the old, or 1.8 times their resemblance."""
        return min(1.0, max(self.containment, 1.8 * self.jaccard))


class DuplicateIndex:
    """The known texts by content hash and by sampled shingle. Grows as texts are judged, in their order."""

    def __init__(self, known: Iterable[KnownText], read_text: Callable[[str], str | None]) -> None:
        """``read_text`` gives the body for a SHA-256, or None where the text is not kept."""
        self._by_content: dict[str, list[KnownText]] = defaultdict(list)
        self._by_shingle: dict[int, list[KnownText]] = defaultdict(list)
        self._read_text = read_text
        for text in known:
            self.add(text)

    def add(self, text: KnownText) -> None:
        """Let later texts be compared with this one; the first holder of a content stays its holder."""
        self._by_content[text.fingerprint.content_sha256].append(text)
        for value in text.fingerprint.sample:
            if value % INDEX_ONE_IN == 0:
                self._by_shingle[value].append(text)

    def same_content(self, mark: Fingerprint, *, seen_at: dt.datetime, but: str) -> KnownText | None:
        """The oldest text of another article with the same words within the window, or None; the corpus counts as oldest."""
        held = [
            known
            for known in self._by_content.get(mark.content_sha256, ())
            if known.owner_id != but and (known.seen_at is None or abs(seen_at - known.seen_at) <= WINDOW)
        ]
        return min(held, key=lambda known: (known.seen_at is not None, known.seen_at or seen_at, known.owner_id), default=None)

    def candidates(self, mark: Fingerprint, *, seen_at: dt.datetime, but: str) -> list[KnownText]:
        """The texts that share most sampled shingles, within the window, best first."""
        shared: Counter[int] = Counter()
        by_id: dict[int, KnownText] = {}
        for value in mark.sample:
            owners = self._by_shingle.get(value, ()) if value % INDEX_ONE_IN == 0 else ()
            if len(owners) > MOST_OWNERS and len({known.cluster_id for known in owners}) > MOST_OWNERS:
                continue
            for known in owners:
                if known.owner_id != but and (known.seen_at is None or abs(seen_at - known.seen_at) <= WINDOW):
                    shared[id(known)] += 1
                    by_id[id(known)] = known
        best = sorted(shared, key=lambda key: (-shared[key], by_id[key].owner_id))[:CANDIDATES]
        return [by_id[key] for key in best]

    def bodies_needed(self, texts: Iterable[TextToJudge]) -> set[str]:
        """SHA-256 of the old texts that judging these may read."""
        return {
            known.body_sha256
            for text in texts
            for known in self.candidates(fingerprint(text.text), seen_at=text.seen_at, but=text.article_id)
            if known.has_text and known.body_sha256
        }

    def compare(self, hashes: set[int], known: KnownText) -> Match | None:
        """Exact figures where the old text can be read, figures on the common sample where it cannot."""
        text = self._read_text(known.body_sha256) if known.has_text and known.body_sha256 else None
        if text is not None:
            old = shingles(tokens(text))
            return Match(known, containment(hashes, old), jaccard(hashes, old), is_sampled=False)
        sample, old = sampled(hashes, known.fingerprint.one_in), set(known.fingerprint.sample)
        if len(sample) < FEWEST_IN_SAMPLE or len(old) < FEWEST_IN_SAMPLE:
            return None
        return Match(known, containment(sample, old), jaccard(sample, old), is_sampled=True)


def judge_duplicate(text: TextToJudge, index: DuplicateIndex, *, at: dt.datetime) -> DuplicateJudged:
    """The verdict on one text, and the index told of it.

    A later text of an article already judged is a *revision* and stays in its cluster. Otherwise: same words as a
    known text → *exact*; score over the threshold → *near*, with the relation; else *original*, a cluster of its own.
    """
    mark = fingerprint(text.text)
    hashes = shingles(tokens(text.text))
    match: Match | None = None
    verdict: Verdict = "original"
    if text.own_cluster_id is not None:
        verdict = "revision"
    elif (same := index.same_content(mark, seen_at=text.seen_at, but=text.article_id)) is not None:
        verdict, match = "exact", Match(same, 1.0, 1.0, is_sampled=False)
    elif mark.shingles >= FEWEST_SHINGLES:
        found = [index.compare(hashes, known) for known in index.candidates(mark, seen_at=text.seen_at, but=text.article_id)]
        over = [m for m in found if m is not None and _is_over(text, m)]
        match = max(over, key=lambda m: (m.score, m.jaccard, m.known.owner_id), default=None)
        verdict = "near" if match is not None else "original"
    cluster_id = text.own_cluster_id or (match.known.cluster_id if match else text.article_id)
    index.add(
        KnownText(
            owner_id=text.article_id,
            body_sha256=text.body_sha256,
            cluster_id=cluster_id,
            outlet=text.outlet,
            seen_at=text.seen_at,
            fingerprint=mark,
            has_text=True,
        )
    )
    return DuplicateJudged(
        article_id=text.article_id,
        text_event=text.text_event,
        body_sha256=text.body_sha256,
        verdict=verdict,
        relation=_relation(match, mark) if match else None,
        of=match.known.owner_id if match else None,
        score=round(match.score, 4) if match else 0.0,
        containment=round(match.containment, 4) if match else 0.0,
        jaccard=round(match.jaccard, 4) if match else 0.0,
        is_sampled=bool(match and match.is_sampled),
        cluster_id=cluster_id,
        fingerprint=mark,
        method=METHOD,
        judged_at=at,
    )


def _is_over(text: TextToJudge, match: Match) -> bool:
    if match.known.outlet and match.known.outlet == text.outlet:
        return max(match.containment, match.jaccard) >= SAME_OUTLET_AT
    return match.score >= DUPLICATE_AT


def _relation(match: Match, mark: Fingerprint) -> str:
    """How the new text relates to the old one, from the shares of each found in the other."""
    shared = match.containment * mark.shingles
    old_covered = shared / match.known.fingerprint.shingles if match.known.fingerprint.shingles else 0.0
    if match.jaccard >= 0.98:
        return "same"
    if match.containment >= 0.8 and old_covered < 0.75:
        return "excerpt"
    if match.jaccard >= 0.6:
        return "near_copy"
    return "extended" if old_covered >= 0.8 else "revised"
