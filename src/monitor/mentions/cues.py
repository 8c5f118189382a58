"""Cues: the nouns, names and verbs of one sentence by which it may speak of a proposal, and what they are no cue for."""

from dataclasses import dataclass

from ..readings import DURATION_TERM
from .reader import Reader, words_between
from .spans import Sentence

_VERB_TO_NOUN = 14  # words between a verb of proposing and what is proposed
_SUBJECT = 9  # words between a council and its verb
_NEAR = 45  # characters before a noun in which its adjectives stand


@dataclass(frozen=True, slots=True)
class Cue:
    """What may open a frame: a noun, a nickname, an agreement's name, or what a verb of proposing has for its object.

    ``kind`` is ``noun`` (proposal, offer), ``weak`` (plan, deal), ``truce`` (a truce that is proposed, or one with its
    duration), ``content`` (what is offered: "to free …", "safe passage") or ``name``.
    """

    start: int
    end: int
    kind: str
    verb: tuple[int, int] | None = None
    nicknames: tuple[str, ...] = ()
    background: str | None = None
    is_description: bool = False  # a nickname that says no more than what is proposed: "a five-year truce"


def find_cues(reader: Reader, sentence: Sentence) -> list[Cue]:
    """The cues of a sentence in its order; those of other kinds of plans and of mere possibility left out."""
    rules, start, end = reader.rules, sentence.start, sentence.end
    kinds = _nouns(reader, sentence)
    nicknames = [name for name in reader.nicknames if start <= name.start and name.end <= end]
    agreements = [name for name in reader.agreements if start <= name.start and name.end <= end]
    for name in (*nicknames, *agreements):  # the name takes the place of the nouns in it
        kinds = {span: kind for span, kind in kinds.items() if not (name.start < span[1] and span[0] < name.end)}
        kinds[name.start, name.end] = "name"
    if not kinds:
        return []
    verbs = _objects(reader, sentence, kinds)
    cues = []
    for span, kind in sorted(kinds.items()):
        nicks = tuple(dict.fromkeys(n.party for n in nicknames if (n.start, n.end) == span))
        background = next((n.party for n in agreements if (n.start, n.end) == span), None) if not nicks else None
        is_cue = (
            kind in ("noun", "name", "weak")
            or span in verbs
            or (kind == "truce" and (_has_duration(reader, sentence, span) or _is_agreed(reader, sentence, span)))
        )
        if is_cue and not (kind == "content" and span not in verbs) and not _is_filtered(reader, sentence, span, kind):
            cues.append(Cue(*span, kind, verbs.get(span), nicks, background, bool(nicks and reader.search(rules.truce, *span))))
    return cues


def _nouns(reader: Reader, sentence: Sentence) -> dict[tuple[int, int], str]:
    """Spans of the nouns and offered things; a stronger kind takes the place of a weaker one that it overlaps."""
    rules = reader.rules
    kinds: dict[tuple[int, int], str] = {}
    if rules.cue_mask and not rules.cue_mask & reader.mask(sentence.start, sentence.end):
        return kinds
    for kind, pattern in (("noun", rules.noun), ("weak", rules.weak), ("truce", rules.truce), ("content", rules.content)):
        for match in reader.finditer(pattern, sentence.start, sentence.end):
            if not any(start < match.end() and match.start() < end for start, end in kinds):
                kinds[match.span()] = kind
    is_rare = reader.search(rules.terms.rare, sentence.start, sentence.end) is not None
    for term in reader.terms(sentence.start, sentence.end) if is_rare else ():  # "that their leaders leave"
        if term.term in rules.rare and not any(start < term.end and term.start < end for start, end in kinds):
            kinds[term.start, term.end] = "content"
    return kinds


def _objects(reader: Reader, sentence: Sentence, kinds: dict[tuple[int, int], str]) -> dict[tuple[int, int], tuple[int, int]]:
    """What is proposed → the verb that proposes it.

    "proposed a truce … under the plan": a noun of proposing within reach before a mere truce.
    """
    folded = reader.folded.text
    verbs: dict[tuple[int, int], tuple[int, int]] = {}
    for verb in reader.finditer(reader.rules.verb, sentence.start, sentence.end):
        if reader.search(reader.rules.moods["hypothetical"], max(sentence.start, verb.start() - _NEAR), verb.end()):
            continue
        within = [
            span
            for span in sorted(kinds)
            if span[0] >= verb.end() and words_between(folded, verb.end(), span[0]) <= _VERB_TO_NOUN
        ]
        strong = [span for span in within if kinds[span] not in ("truce", "content")]
        nearest = [span for span in within if kinds[span] == "content" and words_between(folded, verb.end(), span[0]) <= 3]
        ahead = [
            span
            for span in sorted(kinds)
            if span[1] <= verb.start()
            and kinds[span] in ("content", "truce")
            and (reader.rules.pack.objects_before or any(mark in folded[span[1] : verb.start()] for mark in ',"'))
            and not reader.search(reader.rules.clause, span[1], verb.start())
        ]
        if reader.rules.pack.objects_before:
            nouns = [span for span in sorted(kinds) if span[1] <= verb.start() and kinds[span] not in ("content", "truce")]
            ahead, within = [*nouns, *ahead], [] if nouns or ahead else within
            nearest, strong = [], strong if not ahead else []
        target = next(iter((*nearest[:1], *strong[:1], *within[:1], *ahead[:1])), None)  # "a truce of …, Norland suggested"
        if target is not None:
            verbs[target] = verb.span()  # the nearest verb before it
    for verb in reader.finditer(reader.rules.body_verb, sentence.start, sentence.end):
        subject = [
            n for n in reader.named(sentence.start, verb.start()) if words_between(folded, n.end, verb.start()) <= _SUBJECT
        ]
        target = next((s for s in sorted(kinds) if s[0] >= verb.end() and kinds[s] == "truce"), None)
        if subject and subject[-1].party in reader.rules.adopting and target is not None:
            verbs.setdefault(target, verb.span())
    return verbs


def _has_duration(reader: Reader, sentence: Sentence, span: tuple[int, int]) -> bool:
    """Tell whether the text says how long this truce is to last."""
    return any(
        found.term == DURATION_TERM and found.start < span[1] and span[0] < found.end
        for found in reader.terms(sentence.start, sentence.end)
    )


def _is_agreed(reader: Reader, sentence: Sentence, span: tuple[int, int]) -> bool:
    """Tell whether the text says that this truce was just agreed: "a truce has been agreed"."""
    agreed = reader.finditer(reader.rules.agreed, sentence.start, sentence.end)
    return any(match.start() < span[1] and span[0] < match.end() for match in agreed)


def _is_filtered(reader: Reader, sentence: Sentence, span: tuple[int, int], kind: str) -> bool:
    """Tell whether the noun is qualified as another kind of plan, or is generic, possible, habitual or denied."""
    rules, folded = reader.rules, reader.folded.text
    near = max(sentence.start, span[0] - _NEAR)
    other = max((m.end() for m in reader.finditer(rules.other_kind, near, span[1]) if m.start() < span[0]), default=None)
    if other is not None and words_between(folded, other, span[0]) <= 1:
        return True
    after = rules.other_object.match(folded, span[1], min(sentence.end, span[1] + _NEAR))
    if after is not None or (kind == "weak" and rules.weak_object.match(folded, span[1], min(sentence.end, span[1] + _NEAR))):
        return True
    denial = reader.search(rules.moods["denial"], sentence.start, sentence.end)
    if denial is not None and not _has_figures(reader, sentence):
        return True
    if kind == "name":
        return False
    if kind in ("weak", "truce") and reader.search(rules.past, sentence.start, sentence.end):
        return True  # an agreement that is carried out
    verb_reach = max(sentence.start, span[0] - 2 * _NEAR)
    if reader.search(rules.moods["hypothetical"], verb_reach, min(sentence.end, span[1] + _NEAR)):
        return True
    if any(m.end() > span[0] - _NEAR // 2 for m in reader.finditer(rules.moods["habitual"], near, min(sentence.end, span[1]))):
        return True
    return bool(reader.search(rules.frequency, sentence.start, sentence.end)) and kind != "name"


def _has_figures(reader: Reader, sentence: Sentence) -> bool:
    return any(found.low is not None for found in reader.terms(sentence.start, sentence.end))
