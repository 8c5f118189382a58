"""One text to its verdict: the rule, the relation, and the event."""

import datetime as dt
from dataclasses import dataclass, field, replace

from ..events import DuplicateJudged, Fingerprint, Passage, Relation, Verdict, Veto
from ..fingerprints import METHOD as SHINGLES
from ..fingerprints import Marks, containment, in_sequence, jaccard, read_marks, sampled, unpacked
from .alignment import Alignment, in_order
from .datelines import credited_agency
from .index import DuplicateIndex, KnownText
from .vetoes import VetoRules, are_other_names

METHOD = f"{SHINGLES}+order/1"
WINDOW = dt.timedelta(days=14)
FEWEST_SHINGLES = 20  # below, only equality of the whole text counts
FEWEST_IN_SAMPLE = 12  # of a text that is known by its sample only, so few hashes decide nothing

# The rule; each figure alone makes a copy. See CONTRIBUTING.md for what each is worth.
CONTAINED_AT = 0.5  # of the new text's shingles: an excerpt, a teaser
COVERED_AT = 0.6  # of the old text's shingles: a wrapped one
RESEMBLING_AT = 0.28  # resemblance (Jaccard)
IN_ORDER_AT = 0.54  # words of both in common order: edited throughout; two reports of one event reach 0.4 by their grammar
KEPT_AT = 0.34  # of either text, in passages of twenty words or more that are four fifths of what is shared: half new
KEPT_WORDS = 20
KEPT_OF_SHARED = 0.8
WORTH_A_LOOK = 0.1  # containment below which the texts are not laid side by side
SAMPLED_AT = 0.36  # max(containment, 1.8 · Jaccard), where the old text cannot be read
SAME_OUTLET_AT = 0.9
NEAR_COPY_AT = 0.6
NEWS_DAYS = dt.timedelta(days=3)  # in which a copy runs; what resembles a text of the week before is the same form filled anew
LATE_AT = 0.8


@dataclass(frozen=True, slots=True)
class TextToJudge:
    """A row of the work list ``todo.article_to_judge`` with its text; ``seen_at`` is None where no date is known."""

    article_id: str
    text_event: str
    body_sha256: str
    text: str
    outlet: str
    seen_at: dt.datetime | None
    own_cluster_id: str | None  # set where an earlier text of the same article was judged: then this is a revision
    language: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A known text with its exact or sampled figures beside the new one."""

    known: KnownText
    containment: float = 1.0
    covered: float = 1.0
    jaccard: float = 1.0
    in_order: float = 1.0
    is_sampled: bool = False
    relation: Relation = "same"
    vetoes: tuple[Veto, ...] = ()
    passages: tuple[Passage, ...] = ()

    @property
    def score(self) -> float:
        """The largest of the figures, for putting matches in order."""
        return min(1.0, max(self.containment, 1.8 * self.jaccard, self.in_order))


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text to judge with what comparing it needs, read once."""

    about: TextToJudge
    marks: Marks = field(repr=False)

    @classmethod
    def of(cls, about: TextToJudge) -> "MarkedText":
        """Read a text for comparing."""
        return cls(about, read_marks(about.text))

    @property
    def asked(self) -> tuple[Fingerprint, dt.datetime | None, str]:
        """What the index is asked with."""
        return self.marks.fingerprint, self.about.seen_at, self.about.article_id


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and what it says of clusters: those whose text this one has too, and whether the article left its own."""

    verdict: DuplicateJudged
    bridged: tuple[str, ...] = ()
    has_left: bool = False


def judge_duplicate(text: MarkedText, index: DuplicateIndex, rules: VetoRules, *, at: dt.datetime) -> Judgement:
    """The verdict on one text, and the index told of it.

    A later text of an article already judged is a *revision* and stays in its cluster, unless an edit made a text of its own
    of a copy. Otherwise: same words as a known text → *exact*; alike by the rule → *near*, with the relation, or *twin*
    where a veto keeps it apart; else *original*. Twins and originals start clusters of their own. A text that is nearly the
    same as members of two clusters shows that these are one.
    """
    about, mark = text.about, text.marks.fingerprint
    own = about.own_cluster_id
    found = [] if own == about.article_id else find_matches(text, index)
    match = read_match(text, found[0], index, rules) if found and own is None else None
    verdict: Verdict = "revision" if own is not None else "original" if match is None else _verdict(mark.content_sha256, match)
    joined = match.known.cluster_id if match and verdict != "twin" else about.article_id
    cluster_id = own or joined
    others = [] if own is not None or cluster_id == about.article_id else _in_other_clusters(found, cluster_id)
    bridged = [m.known.cluster_id for m in others if read_match(text, m, index, rules).relation in ("same", "near_copy")]
    has_left = own is not None and own != about.article_id and not any(m.known.cluster_id == own for m in found)
    index.add(
        KnownText.of(
            mark,
            owner_id=about.article_id,
            body_sha256=about.body_sha256,
            cluster_id=about.article_id if has_left else cluster_id,
            outlet=about.outlet,
            seen_at=about.seen_at,
        )
    )
    told = DuplicateJudged(
        article_id=about.article_id,
        text_event=about.text_event,
        body_sha256=about.body_sha256,
        verdict=verdict,
        relation=match.relation if match else None,
        of=match.known.owner_id if match else None,
        score=round(match.score, 4) if match else 0.0,
        containment=round(match.containment, 4) if match else 0.0,
        jaccard=round(match.jaccard, 4) if match else 0.0,
        in_order=round(match.in_order, 4) if match else 0.0,
        is_sampled=bool(match and match.is_sampled),
        vetoes=match.vetoes if match else (),
        passages=match.passages if match else (),
        agency=credited_agency(about.text),
        cluster_id=cluster_id,
        fingerprint=mark,
        method=METHOD,
        judged_at=at,
    )
    return Judgement(told, tuple(dict.fromkeys(bridged)), has_left)


def _in_other_clusters(found: list[Match], cluster_id: str) -> list[Match]:
    """Articles only: the corpus is what it is, and its documents never become one."""
    others = (match for match in found if match.known.cluster_id != cluster_id and match.known.seen_at is not None)
    return [match for match in others if not match.is_sampled and match.jaccard >= NEAR_COPY_AT]


def _verdict(content_sha256: str, match: Match) -> Verdict:
    if match.known.content_sha256 == content_sha256:
        return "exact"
    return "twin" if match.vetoes else "near"


def find_match(text: MarkedText, index: DuplicateIndex, rules: VetoRules) -> Match | None:
    """The known text that this one repeats, or None; of equally good ones the oldest."""
    found = find_matches(text, index)
    return read_match(text, found[0], index, rules) if found else None


def find_matches(text: MarkedText, index: DuplicateIndex) -> list[Match]:
    """The known texts that this one repeats by the figures alone, best first."""
    about, mark = text.about, text.marks.fingerprint
    if (same := index.same_content(mark, seen_at=about.seen_at, but=about.article_id)) is not None:
        return [Match(same)]
    if mark.shingles < FEWEST_SHINGLES:
        return []
    found = (_compare(text, known, index) for known in index.candidates(mark, seen_at=about.seen_at, but=about.article_id))
    return sorted((match for match in found if match is not None), key=_best_first)


def read_match(text: MarkedText, match: Match, index: DuplicateIndex, rules: VetoRules) -> Match:
    """A match with its relation, vetoes and passages, for which both texts are laid side by side."""
    if match.known.content_sha256 == text.marks.fingerprint.content_sha256:
        return match
    old = None if match.is_sampled or match.known.body_sha256 is None else index.read_text(match.known.body_sha256)
    if old is None:
        return replace(match, relation=_relation(match, is_same=False))
    aligned = Alignment(text.about.text, old)
    vetoes = rules.vetoes(aligned, text.about.language)
    relation = "revised" if vetoes else _relation(match, is_same=aligned.is_same_report())
    return replace(match, relation=relation, vetoes=vetoes, passages=aligned.passages())


def _best_first(match: Match) -> tuple[float, float, bool, float, str]:
    seen_at = match.known.seen_at
    return -match.score, -match.jaccard, seen_at is not None, seen_at.timestamp() if seen_at else 0.0, match.known.owner_id


def _compare(text: MarkedText, known: KnownText, index: DuplicateIndex) -> Match | None:
    """The figures where they make a copy: exact ones where the old text can be read, else those of the common sample."""
    new = text.marks
    old = index.marks(known)
    if old is None:
        sample, of_sample = sampled(new.hashes, known.one_in), sampled(unpacked(known.sample), known.one_in)
        if len(sample) < FEWEST_IN_SAMPLE or len(of_sample) < FEWEST_IN_SAMPLE:
            return None
        covered = containment(of_sample, sample)
        match = Match(known, containment(sample, of_sample), covered, jaccard(sample, of_sample), 0.0, is_sampled=True)
        return match if _is_near_enough(text.about, match) and match.score >= SAMPLED_AT else None
    match = Match(
        known, containment(new.hashes, old.hashes), containment(old.hashes, new.hashes), jaccard(new.hashes, old.hashes), 0.0
    )
    if match.containment < WORTH_A_LOOK:
        return None
    match = replace(match, in_order=in_order(new.words, old.words))
    if not _is_near_enough(text.about, match) or not (_is_copy(match) or _keeps_passages(new, old)):
        return None
    old_text = index.read_text(known.body_sha256 or "")
    return None if old_text is not None and are_other_names(text.about.text, old_text) else match


def _is_copy(match: Match) -> bool:
    return (
        match.containment >= CONTAINED_AT
        or match.covered >= COVERED_AT
        or match.jaccard >= RESEMBLING_AT
        or match.in_order >= IN_ORDER_AT
    )


def _keeps_passages(new: Marks, old: Marks) -> bool:
    """Whether what the texts share are whole passages, as where half of a report was written anew; a form shares phrases."""
    runs = in_sequence(new.words, old.hashes)
    kept = sum(run for run in runs if run >= KEPT_WORDS)
    return kept >= KEPT_OF_SHARED * sum(runs) and kept >= KEPT_AT * min(len(new.words), len(old.words))


def _is_near_enough(text: TextToJudge, match: Match) -> bool:
    """One outlet's texts must agree almost wholly, and texts of different days more than those of one."""
    alike = max(match.containment, match.jaccard)
    if match.known.outlet and match.known.outlet == text.outlet and alike < SAME_OUTLET_AT:
        return False
    if match.known.seen_at is None or text.seen_at is None or abs(text.seen_at - match.known.seen_at) <= NEWS_DAYS:
        return True
    return alike >= LATE_AT


def _relation(match: Match, *, is_same: bool) -> Relation:
    """How the new text relates to the old one, from the shares of each found in the other."""
    if is_same:
        return "same"
    if match.containment >= 0.8 and match.covered < 0.75:
        return "excerpt"
    if match.jaccard >= NEAR_COPY_AT:
        return "near_copy"
    return "extended" if match.covered >= 0.8 else "revised"
