"""Who says that which party takes which stance on what a mention speaks of.

A stance is a claim by somebody, never a fact: the event keeps the party, the act, whether it is negated, and who says
so. A party's position is a projection over claims. First rules: a stance verb or noun of the language pack, its party
the nearest one before it within twelve words (or the agent after "by"), its object the first noun of a proposal after
it, which must be the mention's own: "rejected the counter-proposal to the plan" is no stance on the plan. Conditional
sentences give no stance; denying a "claim" or "notion" denies a report, not a proposal.
"""

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache

from .events import ClaimMade, MentionDetected
from .ids import subject_id
from .mentions import Frame, Named, Reader, Rules, Sentence, source_words, speaker, together
from .topics import StanceFrame

_REACH = 12  # words between a party and its verb
_OBJECT_REACH = 10  # words between a verb and its object
_NEGATION_REACH = 3
_AFTER = 4  # words between a cue and the party behind it


@dataclass(frozen=True, slots=True)
class _Stance:
    party: str
    act: str
    scope: str
    is_negated: bool
    said_by: str
    start: int
    end: int
    rule: str


def detect_claims(mention: MentionDetected, reader: Reader, rules: Rules, *, at: dt.datetime) -> list[ClaimMade]:
    """The claims within one mention's window, each party, act and source once, in the order of the text."""
    found: dict[tuple[str, str, str], _Stance] = {}
    thread = reader.threads[mention.ordinal]
    own = None
    for number in sorted(thread.sentences):
        sentence = reader.sentences[number]
        frames = [frame for frame in thread.frames if frame.sentence == number]
        if any(reader.span(frame.start, frame.end) == mention.frame for frame in frames):
            own = sentence
        for stance in _stances(reader, sentence, frames):
            found.setdefault((stance.party, stance.act, stance.said_by), stance)
    if mention.is_proposing and own is not None:
        for party in (p for p in mention.proposers if p in rules.sides):  # a mediator that proposes takes no side
            found.setdefault(
                (party, "proposed", mention.said_by),
                _Stance(party, "proposed", "proposal", False, mention.said_by, own.start, own.end, "proposing"),
            )
    sources = {s.start: source_words(reader, s) for s in reader.sentences if any(f.start == s.start for f in found.values())}
    claims = []
    for number, stance in enumerate(sorted(found.values(), key=lambda s: (s.start, s.end, s.party, s.act))):
        claims.append(
            ClaimMade.model_validate(
                {
                    "claim_id": subject_id("claim", mention.mention_id, str(number)),
                    "mention_id": mention.mention_id,
                    "article_id": mention.article_id,
                    "party": stance.party,
                    "act": stance.act,
                    "scope": stance.scope,
                    "is_negated": stance.is_negated,
                    "said_by": stance.said_by,
                    "span": reader.span(stance.start, stance.end),
                    "source": sources[stance.start],
                    "rule": stance.rule,
                    "method": rules.method,
                    "made_at": at,
                }
            )
        )
    return claims


def _stances(reader: Reader, sentence: Sentence, frames: list[Frame]) -> list[_Stance]:
    """Stances in a sentence; ``frames`` are the mention's places in it: where there are any, the object must be one."""
    rules, folded = reader.rules, reader.folded.text
    if any(rules.moods[mood].search(folded, sentence.start, sentence.end) for mood in ("hypothetical", "conditional")):
        return []
    stances: list[_Stance] = []
    taken: list[tuple[int, int]] = []
    if not rules.stance.search(folded, sentence.start, sentence.end):
        return []
    for frame, kind, pattern in rules.stances:
        for match in pattern.finditer(folded, sentence.start, sentence.end):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            taken.append(match.span())
            stances += _stance(reader, sentence, frame, match, frames, rule=f"{rules.pack.code}:{frame.act}:{kind}")
    return stances


@cache
def _pattern(words: tuple[str, ...], prefix: str) -> re.Pattern[str]:
    left = f"(?:{prefix})?" if prefix else ""
    return re.compile(rf"(?<!\w){left}(?:{'|'.join(words) or '(?!)'})(?!\w)")


def _stance(
    reader: Reader, sentence: Sentence, frame: StanceFrame, match: re.Match[str], frames: list[Frame], *, rule: str
) -> list[_Stance]:
    """The stance of each party that takes it: "A and B accepted" gives two."""
    folded, pack = reader.folded.text, reader.rules.pack
    parties, is_passive = _parties(reader, sentence, match, after=frame.after)
    ahead = _next_words(folded, match.end(), sentence.end, _OBJECT_REACH)
    is_report = bool(_pattern(pack.report_nouns, pack.prefix).search(folded, match.end(), ahead))
    has_object = (
        frame.needs == "nothing" or is_report or _is_object(reader, sentence, match, ahead, frames, is_passive=is_passive)
    )
    if not parties or not has_object:
        return []
    said_by, cue = speaker(reader, sentence)
    if cue is not None and cue[0] <= match.start() < cue[1]:
        said_by = "writer"
    act, scope, is_negated = frame.act, "proposal", _is_negated(reader, sentence, match)
    if is_report:
        act, is_negated = "denies_report", False
    elif _pattern(pack.term_objects, pack.prefix).search(folded, match.end(), _next_words(folded, match.end(), sentence.end, 4)):
        act, scope = ("rejects_term" if act == "rejected" else act), "term"
    return [_Stance(party, act, scope, is_negated, said_by, sentence.start, sentence.end, rule) for party in parties]


def _is_object(
    reader: Reader, sentence: Sentence, match: re.Match[str], ahead: int, frames: list[Frame], *, is_passive: bool
) -> bool:
    """Is the mention what the stance is on? In its own sentence the nearest noun must be it, elsewhere any anaphor will do."""
    folded, pack = reader.folded.text, reader.rules.pack
    nouns = "|".join((*pack.proposal_nouns, *pack.weak_nouns, *((pack.truce_nouns) if frames else ())))
    anaphora = "|".join(pack.anaphora).replace("{PROPOSAL}", f"(?:{nouns})")
    spans = [
        m.span()
        for m in _pattern((nouns,) if frames else (nouns, anaphora or "(?!)"), pack.prefix).finditer(
            folded, sentence.start, sentence.end
        )
    ]
    spans += [(name.start, name.end) for name in reader.nicknames if sentence.start <= name.start < sentence.end]
    starts = {span[0] for span in spans}
    spans = [span for span in spans if not {span[1] + 1, span[1] + 2} & starts]  # of "truce proposal", the proposal
    after = sorted(span for span in spans if match.start() < span[0] < ahead)  # also within: "called the plan unrealistic"
    before = sorted(span for span in spans if span[1] <= match.start())
    target = after[0] if after and not is_passive else before[-1] if before and (is_passive or frames) else None
    if target is None or not frames:
        return target is not None
    return any(target[0] < place.end and place.start < target[1] for place in frames)


def _is_negated(reader: Reader, sentence: Sentence, match: re.Match[str]) -> bool:
    folded = reader.folded.text
    near = _back(folded, match.start(), sentence.start, _NEGATION_REACH)
    return bool(_pattern(reader.rules.pack.negations, "").search(folded, near, match.start()))


def _parties(reader: Reader, sentence: Sentence, match: re.Match[str], *, after: bool) -> tuple[tuple[str, ...], bool]:
    """Who takes the stance, and whether the sentence is passive.

    The agent after "by", else the nearest party before the verb with those joined to it; in languages that put the
    subject after it, and with frames whose party stands behind ("waiting for an answer from …"), the first right behind.
    """
    folded, rules = reader.folded.text, reader.rules
    named: list[Named] = reader.named(sentence.start, sentence.end)
    following = [n for n in named if n.start >= match.end()]
    if following and rules.agent.fullmatch(folded[match.end() : following[0].start]):
        return together(reader, named, following[0]), True
    reach = _AFTER if after else rules.pack.window.after_verb
    if following and len(folded[match.end() : following[0].start].split()) < reach:
        return together(reader, named, following[0]), False
    if after:
        return (), False
    marks = _pattern(rules.pack.clause_marks, "")
    before = [
        n
        for n in named
        if n.end <= match.start()
        and len(folded[n.end : match.start()].split()) <= _REACH
        and not marks.search(folded, n.end, match.start())
    ]
    heads = [n for n in before if not rules.preposition.search(folded, max(sentence.start, n.start - 24), n.start)]
    if before:
        return together(reader, named, (heads or before)[-1]), False
    if rules.pronoun.search(folded, sentence.start, match.start()):
        return _last_subject(reader, sentence), False
    return (), False


def _last_subject(reader: Reader, sentence: Sentence) -> tuple[str, ...]:
    """Whom a pronoun means: the first party of the sentence before."""
    earlier = [s for s in reader.sentences if s.start < sentence.start]
    named = reader.named(earlier[-1].start, earlier[-1].end) if earlier else []
    return (named[0].party,) if named else ()


def _next_words(folded: str, start: int, end: int, count: int) -> int:
    """The position ``count`` words after ``start``, at most ``end``."""
    ends = [m.end() for m in re.finditer(r"\w+", folded[start:end])][:count]
    return start + ends[-1] if ends else start


def _back(folded: str, end: int, start: int, count: int) -> int:
    """The position ``count`` words before ``end``, at least ``start``."""
    starts = [m.start() for m in re.finditer(r"\w+", folded[start:end])][-count:]
    return start + starts[0] if starts else start
