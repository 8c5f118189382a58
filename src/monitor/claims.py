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

from .events import ClaimMade, MentionDetected
from .ids import subject_id
from .language_packs import StanceFrame
from .mentions import Frame, Named, Reader, Rules, Sentence, source_words, speaker, together

_REACH = 12  # words between a party and its verb
_OBJECT_REACH = 10  # words between a verb and its object
_NEGATION_REACH = 3
_AFTER = 4  # words between a cue and the party behind it
_PAIR = 2
_SILENT = "no_response"
_COUNTED = 90  # characters before a verb in which its counted voters stand
_URGED_TO = 6  # words behind a verb of urging in which stands who is urged to do what
_URGED = 3  # words between the one who urges and the verb of urging
# Acts that say nothing of a party's own proposal; also its silence, which is on something else or on the report.
_OWN = ("accepted", "supports", "studying", "received", "voted_for", _SILENT)
_CLAUSE_END = re.compile(r'[;:,"]')


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
    act_at: tuple[int, int]  # the words of the act
    by_word: bool = False
    is_request: bool = False  # "asked them to accept": the one who asks does not say that they have not answered


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
            if stance.party in mention.proposers and stance.act in _OWN:
                continue  # that its cabinet cleared an offer is part of making it
            found.setdefault((stance.party, stance.act, stance.said_by), stance)
    if mention.is_proposing and own is not None:
        frame = next(f for f in thread.frames if reader.span(f.start, f.end) == mention.frame)
        at_frame = (frame.start, frame.end)
        for party in mention.proposers:
            if party not in rules.sides and not _is_reported(reader, mention, party, own):
                continue  # a mediator that proposes takes no side
            found.setdefault(
                (party, "proposed", mention.said_by),
                _Stance(party, "proposed", "proposal", False, mention.said_by, own.start, own.end, "proposing", at_frame),
            )
    by_start = {s.start: s for s in reader.sentences}
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
                    "source": _source(reader, by_start[stance.start], stance),
                    "rule": stance.rule,
                    "method": rules.method,
                    "made_at": at,
                }
            )
        )
    return claims


def _is_reported(reader: Reader, mention: MentionDetected, party: str, sentence: Sentence) -> bool:
    """Tell whether one who takes part in the talks says of a mediator that it proposed, which is then a claim.

    From the writer, an outlet or nobody in particular it is merely how the offer came about; nor is it one while the mediator
    is still at work.
    """
    if mention.said_by in ("writer", "anonymous") or party in reader.rules.bodies:
        return False
    return not reader.search(reader.rules.unfinished, sentence.start, sentence.end)


def _source(reader: Reader, sentence: Sentence, stance: _Stance) -> str:
    """Who says so in the text's words; "" for the writer, as where the silent would be the source of their silence."""
    words = source_words(reader, sentence, stance.act_at, by_word=stance.by_word)
    if stance.act == _SILENT:
        party = reader.rules.party_of.get(words)
        if words == reader.rules.party_names.get(stance.party) or party == stance.party:
            return ""
        if stance.is_request and reader.search(
            reader.rules.pronoun, _back(reader.folded.text, stance.act_at[0], sentence.start, 1), stance.act_at[0]
        ):
            return ""
    return words


def _stances(reader: Reader, sentence: Sentence, frames: list[Frame]) -> list[_Stance]:
    """Stances in a sentence; ``frames`` are the mention's places in it: where there are any, the object must be one."""
    rules, folded = reader.rules, reader.folded.text
    unreal = [
        match.span()
        for mood in ("hypothetical", "conditional")
        for match in reader.finditer(rules.moods[mood], sentence.start, sentence.end)
    ]
    stances: list[_Stance] = []
    taken: list[tuple[int, int]] = []
    if not reader.search(rules.stance, sentence.start, sentence.end):
        return []
    for frame, kind, pattern in rules.stances:
        for match in reader.finditer(pattern, sentence.start, sentence.end):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            until = _next_words(folded, match.end(), sentence.end, _URGED_TO) if frame.urging else match.end()
            taken.append((match.start(), until))  # what somebody is urged to do is not done
            if any(_is_one_clause(folded, span, match.span()) and not _holds(match, span) for span in unreal):
                continue
            stances += _stance(reader, sentence, frame, match, frames, rule=f"{rules.pack.code}:{frame.act}:{kind}")
    return stances


def _holds(match: re.Match[str], span: tuple[int, int]) -> bool:
    """Tell whether the mood is the act's own: "doubted whether they accept"."""
    return match.start() <= span[0] < match.end()


def _is_one_clause(folded: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Tell whether nothing that ends a clause stands between two places: what one clause supposes, another may assert."""
    first, second = sorted((one, other))
    return not _CLAUSE_END.search(folded, first[1], max(first[1], second[0]))


def _stance(
    reader: Reader, sentence: Sentence, frame: StanceFrame, match: re.Match[str], frames: list[Frame], *, rule: str
) -> list[_Stance]:
    """The stance of each party that takes it: "A and B accepted" gives two; and that of the one who urges them to."""
    said_by, cue = speaker(reader, sentence)
    voters = _voters(reader, sentence, match)
    parties, is_passive = ((voters,), False) if voters else _parties(reader, sentence, match, after=frame.after)
    if frame.by_speaker:
        parties, is_passive = _speaking(reader, said_by), False
    ahead = _next_words(reader.folded.text, match.end(), sentence.end, _OBJECT_REACH)
    is_report = reader.search(reader.rules.report, match.end(), ahead) is not None
    has_object = (
        frame.needs == "nothing" or is_report or _is_object(reader, sentence, match, ahead, frames, is_passive=is_passive)
    )
    urging = _urging(reader, sentence, match, parties) if frame.urging else ()
    if not (parties or urging) or not has_object:
        return []
    if frame.after and frame.by_word and not re.search(r"\w\s+$", reader.folded.text[sentence.start : match.start()]):
        return []  # "Asked whether …, the minister left": nobody doubts
    if cue is not None and cue[0] < match.end() and match.start() < cue[1]:
        said_by = "writer"
    act, scope, is_negated = frame.act, "proposal", _is_negated(reader, sentence, match)
    if is_report:
        act, is_negated = "denies_report", False
    elif reader.search(reader.rules.term_object, match.end(), _next_words(reader.folded.text, match.end(), sentence.end, 4)):
        act, scope = ("rejects_term" if act == "rejected" else act), "term"
    place = (said_by, sentence.start, sentence.end, rule, match.span(), frame.by_word or is_report, bool(frame.urging))
    return [
        *(_Stance(party, act, scope, is_negated, *place) for party in parties),
        *(_Stance(party, frame.urging, "proposal", is_negated, *place) for party in urging),
    ]


def _voters(reader: Reader, sentence: Sentence, match: re.Match[str]) -> str:
    """Those who vote and are only counted, right before the verb: "14 members", whatever the text calls them; else "".

    Some of them may be named between ("the 14 others, Vestria among them, backed it"): as examples they take no stance apart.
    """
    rules = reader.rules
    counted = rules.votes.search(reader.folded.text, max(sentence.start, match.start() - _COUNTED), match.start())
    bounds = rules.numbers.read(counted.group(1)) if counted else None
    return f"{bounds[0]:g} members" if counted and bounds else ""


def _speaking(reader: Reader, said_by: str) -> tuple[str, ...]:
    """The party that speaks, itself or through an official."""
    party = said_by.rpartition(":")[2]
    return (party,) if party in reader.rules.party_names else ()


def _urging(reader: Reader, sentence: Sentence, match: re.Match[str], urged: tuple[str, ...]) -> tuple[str, ...]:
    """Who urges: the party right before the verb, with those joined to it."""
    named = reader.named(sentence.start, match.start())
    if not named or len(reader.folded.text[named[-1].end : match.start()].split()) > _URGED:
        return ()
    return tuple(party for party in together(reader, named, named[-1]) if party not in urged)


def _is_object(
    reader: Reader, sentence: Sentence, match: re.Match[str], ahead: int, frames: list[Frame], *, is_passive: bool
) -> bool:
    """Is the mention what the stance is on? In its own sentence the nearest noun must be it, elsewhere any anaphor will do."""
    folded, rules = reader.folded.text, reader.rules
    pattern = rules.object_in_frame if frames else rules.object
    spans = [m.span() for m in reader.finditer(pattern, sentence.start, sentence.end)]
    spans += [(name.start, name.end) for name in reader.nicknames if sentence.start <= name.start < sentence.end]
    starts = {span[0] for span in spans}
    spans = [span for span in spans if not {span[1] + 1, span[1] + 2} & starts]  # of "truce proposal", the proposal
    if frames and rules.object_pronoun.match(folded, match.end() + 1):
        return True  # "refused it"
    after = sorted(span for span in spans if match.start() < span[0] < ahead)  # also within: "called the plan unrealistic"
    before = sorted(span for span in spans if span[1] <= match.start())
    target = after[0] if after and not is_passive else before[-1] if before and (is_passive or frames) else None
    if target is None or not frames:
        return target is not None
    return any(target[0] < place.end and place.start < target[1] for place in frames)


def _is_negated(reader: Reader, sentence: Sentence, match: re.Match[str]) -> bool:
    folded = reader.folded.text
    near = _back(folded, match.start(), sentence.start, _NEGATION_REACH)
    return reader.search(reader.rules.negation, near, match.start()) is not None


def _parties(reader: Reader, sentence: Sentence, match: re.Match[str], *, after: bool) -> tuple[tuple[str, ...], bool]:
    """Who takes the stance, and whether the sentence is passive.

    The agent after "by", else the nearest party before the verb with those joined to it; in languages that put the
    subject after it, and with frames whose party stands behind ("waiting for an answer from …"), the first right behind.
    """
    folded, rules = reader.folded.text, reader.rules
    named: list[Named] = reader.named(sentence.start, sentence.end)
    following = [n for n in named if n.start >= match.end()]
    inside = [n for n in named if match.start() <= n.start and n.end <= match.end()]
    if len(inside) > 1:  # "neither A nor B has answered"
        return tuple(sorted({n.party for n in inside})), False
    if following and rules.agent.fullmatch(folded[match.end() : following[0].start]):
        return together(reader, named, following[0]), True
    if not after and reader.search(rules.passive, max(sentence.start, match.start() - 24), match.start()):
        return (), True  # "was rejected": by whom is not said
    reach = _AFTER if after else rules.pack.window.after_verb
    if following and len(folded[match.end() : following[0].start].split()) < reach:
        return together(reader, named, following[0]), False
    if after:
        return (), False
    before = [
        n
        for n in named
        if n.end <= match.start()
        and len(folded[n.end : match.start()].split()) <= _REACH
        and ";" not in folded[n.end : match.start()]
        and not reader.search(rules.clause, n.end, match.start())
    ]
    both = list(reader.finditer(rules.both, before[-1].end if before else sentence.start, match.start()))
    if both and len(folded[both[-1].end() : match.start()].split()) <= _NEGATION_REACH:
        return _both(reader, sentence, both[-1].start()), False
    heads = [n for n in before if not reader.search(rules.preposition, max(sentence.start, n.start - 24), n.start)]
    if before:
        return together(reader, named, (heads or before)[-1]), False
    if pronouns := list(reader.finditer(rules.pronoun, sentence.start, match.start())):
        return _last_subject(reader, sentence, pronouns[-1].start()), False
    return (), False


def _last_subject(reader: Reader, sentence: Sentence, pronoun: int) -> tuple[str, ...]:
    """Whom a pronoun means: the last side named before it in its sentence, else the first party of the sentence before."""
    own = [name.party for name in reader.named(sentence.start, pronoun) if name.party in reader.rules.sides]
    if own:
        return (own[-1],)
    earlier = [s for s in reader.sentences if s.start < sentence.start]
    named = reader.named(earlier[-1].start, earlier[-1].end) if earlier else []
    return (named[0].party,) if named else ()


def _both(reader: Reader, sentence: Sentence, position: int) -> tuple[str, ...]:
    """Whom "both" means: the two sides named last; nobody where fewer were named.

    Also those named for what they do not do themselves: "to end the war between Norland and Sudmark, though both refused".
    """
    rules = reader.rules
    for named in (rules.parties.find(reader.folded, reader.text, sentence.start, position), reader.named(0, position)):
        sides = [name.party for name in named if name.party in rules.sides]
        last = list(dict.fromkeys(reversed(sides)))[:_PAIR]
        if len(last) == _PAIR:
            return tuple(sorted(last))
    return ()


def _next_words(folded: str, start: int, end: int, count: int) -> int:
    """The position ``count`` words after ``start``, at most ``end``."""
    ends = [m.end() for m in re.finditer(r"\w+", folded[start:end])][:count]
    return start + ends[-1] if ends else start


def _back(folded: str, end: int, start: int, count: int) -> int:
    """The position ``count`` words before ``end``, at least ``start``."""
    starts = [m.start() for m in re.finditer(r"\w+", folded[start:end])][-count:]
    return start + starts[0] if starts else start
