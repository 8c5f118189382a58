"""Frames: what one sentence says of a proposal, and who proposes it according to its grammar."""

from dataclasses import dataclass, field

from .cues import Cue, find_cues
from .language import Rules
from .reader import Reader, speaker, words_between
from .spans import Named, Sentence

_IDENTITY = 60  # characters before a noun in which "new" or "revised" stand
_PAIR = 2
_DIRECTLY = 14  # characters behind a name in which the verb of its relative clause begins: room for "has just"
RESOLUTION = "resolution"  # among a frame's rules: what is spoken of is a text that a council or parliament votes on
_BEFORE_VERB = 22  # words between a subject and its gerund ("has answered …, by suggesting a plan")


@dataclass(slots=True)
class Frame:
    """One place where a text speaks of a proposal, before it is linked with the others of the text."""

    sentence: int
    start: int
    end: int
    kind: str
    proposers: tuple[str, ...]
    nicknames: tuple[str, ...] = ()
    background: str | None = None
    lineage: str | None = None
    is_proposing: bool = False
    is_definite: bool = False
    is_owned: bool = False
    has_identity: bool = False
    is_dated: bool = False
    is_accepted: bool = False
    noun: str = ""
    rules: list[str] = field(default_factory=list)
    claimed_by: tuple[str, ...] = ()
    said_by: str = "writer"
    answers: tuple[str, ...] = ()

    @property
    def opens(self) -> bool:
        """True when it stands by itself and does not only point back to something said before."""
        return bool(self.proposers or self.nicknames or self.is_proposing or self.background or self.lineage)


def find_frames(reader: Reader, rules: Rules) -> list[Frame]:
    """All frames of a text in its order."""
    frames: list[Frame] = []
    for number, sentence in enumerate(reader.sentences):
        if (cues := find_cues(reader, sentence)) and not is_rival(reader, sentence, rules):
            frames += _in_sentence(reader, number, sentence, cues)
    return frames


def is_rival(reader: Reader, sentence: Sentence, rules: Rules) -> bool:
    """Tell whether a sentence speaks of another conflict: its paragraph's anchors are weighed against the rival's words."""
    if sentence.paragraph not in reader.rivals:
        if reader.places is None:
            reader.places = rules.gate.places(reader.folded.text)
        block = [s for s in reader.sentences if s.paragraph == sentence.paragraph]
        anchors, rival = rules.gate.weigh(reader.places, block[0].start, block[-1].end)
        reader.rivals[sentence.paragraph] = rival > anchors
    return reader.rivals[sentence.paragraph]


def _in_sentence(reader: Reader, number: int, sentence: Sentence, cues: list[Cue]) -> list[Frame]:
    """The frames of one sentence, one for each proposer, nickname or lineage in it."""
    grouped: dict[tuple[str, ...], Frame] = {}
    for cue in cues:
        proposers, found_by = _proposers(reader, sentence, cue)
        lineage = _lineage(reader, sentence, cue)
        key = cue.nicknames or proposers or (("lineage",) if lineage else ())
        frame = _frame(reader, number, sentence, cue, proposers, lineage)
        about = next((f for f in grouped.values() if cue.is_description and f.is_proposing and not f.nicknames), None)
        if about is not None and about.lineage is None:  # "submitted a proposal … that would include a five-year truce"
            about.nicknames, key = cue.nicknames, next(k for k, f in grouped.items() if f is about)
        elif key in grouped:
            first = grouped[key]
            first.is_proposing |= frame.is_proposing
            first.has_identity |= frame.has_identity
            first.is_dated |= frame.is_dated
            first.lineage = first.lineage or lineage
        else:
            grouped[key] = frame
        if (
            found_by
            and reader.rules.resolution.fullmatch(reader.folded.text, cue.start, cue.end)
            and _names_body(reader, sentence)
        ):
            found_by = [*found_by, RESOLUTION]
        grouped[key].rules += [*found_by, *(["verb"] if cue.verb else []), "nickname" if cue.nicknames else cue.kind]
    frames = [frame for key, frame in grouped.items() if key or len(grouped) == 1 or frame.is_definite]
    said_by, _ = speaker(reader, sentence)
    for frame in frames:
        frame.said_by = said_by
        is_own = said_by in reader.rules.sides and reader.search(reader.rules.pronoun, sentence.start, sentence.end)
        if frame.is_proposing and not frame.proposers and is_own:  # "Norland says that it has offered a truce"
            frame.proposers, frame.rules = (said_by,), [*frame.rules, "proposer:speaker"]
        if frame.lineage is not None:
            frame.answers = tuple(dict.fromkeys(nick for other in frames if other is not frame for nick in other.nicknames))
        if frame.proposers and said_by not in ("writer", "anonymous", *frame.proposers) and ":" not in said_by:
            frame.claimed_by = (said_by,)
    return frames


def _names_body(reader: Reader, sentence: Sentence) -> bool:
    return any(name.party in reader.rules.bodies for name in reader.named(sentence.start, sentence.end))


def _frame(reader: Reader, number: int, sentence: Sentence, cue: Cue, proposers: tuple[str, ...], lineage: str | None) -> Frame:
    rules, folded = reader.rules, reader.folded.text
    ahead = max(sentence.start, cue.start - _IDENTITY)
    return Frame(
        sentence=number,
        start=cue.start,
        end=cue.end,
        kind=cue.kind,
        proposers=proposers,
        nicknames=cue.nicknames,
        background=cue.background if cue.verb is None else None,
        lineage=lineage,
        is_proposing=cue.verb is not None,
        is_definite=any(m.end() >= cue.end > m.start() for m in reader.finditer(rules.anaphora, ahead, sentence.end)),
        is_owned=reader.search(rules.possessive, max(sentence.start, cue.start - 30), cue.start) is not None,
        has_identity=reader.search(rules.identity, ahead, min(sentence.end, cue.end + _IDENTITY // 3)) is not None,
        is_dated=rules.dated.match(folded, cue.end, sentence.end) is not None,
        is_accepted=_is_accepted(reader, sentence, proposers),
        noun=folded[cue.start : cue.end],
    )


def _is_accepted(reader: Reader, sentence: Sentence, proposers: tuple[str, ...]) -> bool:
    """Tell whether another party says yes to it: what is accepted is on the table, however little is said of it."""
    rules = reader.rules
    accepted = reader.search(rules.accepting, sentence.start, sentence.end) if proposers else None
    if accepted is None or reader.search(rules.moods["conditional"], sentence.start, sentence.end):
        return False
    others = {n.party for n in reader.named(sentence.start, sentence.end)} & rules.sides
    return bool(others - set(proposers))


def _lineage(reader: Reader, sentence: Sentence, cue: Cue) -> str | None:
    if cue.nicknames:
        return None
    for name, pattern in reader.rules.lineage.items():
        for match in reader.finditer(pattern, sentence.start, sentence.end):
            if match.start() <= cue.end and match.end() >= cue.start:
                return name
    return None


def _proposers(reader: Reader, sentence: Sentence, cue: Cue) -> tuple[tuple[str, ...], list[str]]:
    """Who proposes, from the words before the noun, after it, before the verb; and by which rule."""
    window, folded = reader.rules.pack.window, reader.folded.text
    named = reader.named(sentence.start, sentence.end)
    is_noun = cue.kind in ("noun", "weak", "name")
    before = [
        n
        for n in named
        if is_noun
        and n.end <= cue.start
        and words_between(folded, n.end, cue.start) <= window.before_noun
        and not reader.search(reader.rules.barrier, n.end, cue.start)
        and reader.rules.genitive.match(folded, n.end, cue.start)
    ]
    if before:
        by = _subject(reader, sentence, named, cue.verb) if cue.verb and before[-1].party in reader.rules.bodies else None
        if by is not None and by.party not in reader.rules.bodies:  # "Vestria tabled a League resolution"
            return together(reader, named, by), ["proposer:verb"]
        is_body = before[-1].party in reader.rules.bodies and bool(reader.rules.resolution.fullmatch(folded, cue.start, cue.end))
        return together(reader, named, before[-1]), ["proposer:body" if is_body else "proposer:before_noun"]
    if is_noun and (found := _after_noun(reader, sentence, named, cue)):
        return found
    if cue.verb is not None and (subject := _subject(reader, sentence, named, cue.verb)) is not None:
        is_body = cue.kind == "truce" and subject.party in reader.rules.adopting
        return together(reader, named, subject), ["proposer:body" if is_body else "proposer:verb"]
    if is_noun and (cue.verb or cue.kind == "noun") and (own := _possessor(reader, sentence, named, cue)) is not None:
        return (own,), ["proposer:possessive"]
    if (body := _body(reader, sentence, cue)) is not None:
        return (body,), ["proposer:body"]
    return (), []


def _body(reader: Reader, sentence: Sentence, cue: Cue) -> str | None:
    """The body whose resolution it is: a council or parliament named in the sentence or the one before."""
    folded, rules = reader.folded.text, reader.rules
    if not rules.resolution.fullmatch(folded, cue.start, cue.end):
        return None
    earlier = max((s.start for s in reader.sentences if s.start < sentence.start), default=sentence.start)
    bodies = [n.party for n in reader.named(earlier, sentence.end) if n.party in rules.bodies]
    return bodies[-1] if bodies else None


def _after_noun(reader: Reader, sentence: Sentence, named: list[Named], cue: Cue) -> tuple[tuple[str, ...], list[str]] | None:
    """The proposer behind the noun: an agent, the subject of a relative clause, or the noun's own genitive."""
    window, folded = reader.rules.pack.window, reader.folded.text
    name = next((n for n in named if n.start >= cue.end), None)
    if name is None:
        return None
    between = folded[cue.end : name.start]
    words = len(between.split())
    if words <= 9 and reader.rules.by.fullmatch(between):
        return together(reader, named, name), ["proposer:by"]
    group = [n for n in named if n.party in together(reader, named, name) and n.start >= name.start]
    last = group[-1] if group else name
    is_fused = reader.rules.fused.fullmatch(folded, cue.start, cue.end) and words <= 4
    directly = reader.search(reader.rules.verb, last.end, min(sentence.end, last.end + _DIRECTLY))
    if reader.rules.pack.zero_relative and not between.strip() and directly:  # "the deal Norland put on the table"
        return together(reader, named, name), ["proposer:relative"]
    if (is_fused or reader.rules.relative.fullmatch(between)) and reader.search(
        reader.rules.verb, name.end, min(sentence.end, last.end + 40)
    ):
        return together(reader, named, name), ["proposer:relative"]
    if words < window.after_noun and not reader.rules.barrier.search(between):
        return (name.party,), ["proposer:after_noun"]
    return None


def together(reader: Reader, named: list[Named], one: Named) -> tuple[str, ...]:
    """The party with those that it is joined to: "Vestria and Kelmar", "the A, B and C mediators"."""
    folded, join = reader.folded.text, reader.rules.conjunction
    first = last = named.index(one)

    def link(at: int) -> str | None:
        """What joins a party to the next one: "" for a comma alone, None where they are not joined."""
        between = folded[named[at].end : named[at + 1].start] if 0 <= at < len(named) - 1 else "."
        return between.strip(" ,") if join.fullmatch(between) else None

    while last < len(named) - 1 and (joint := link(last)) is not None:
        last += 1
        if joint and not link(last):  # "and" ends a list: in "through A and B, C proposed" C stands alone
            break
    if first == last or link(last - 1):
        while first > 0 and (joint := link(first - 1)) is not None and (joint or first < last):
            if joint and first < last and not link(first):
                break
            first -= 1
    group = named[first : last + 1] if any(link(at) for at in range(first, last)) else [one]
    if len(group) == _PAIR and "," in folded[group[0].end : group[1].start]:  # "…, and" between two begins another clause
        group = [one]
    return tuple(sorted({name.party for name in group}))  # commas alone join nothing: "according to A, B proposed"


def _subject(reader: Reader, sentence: Sentence, named: list[Named], verb: tuple[int, int]) -> Named | None:
    """The party that does the proposing: the nearest one before the verb, or right after it where the language has it so.

    A gerund ("…, by suggesting a plan") has the sentence's subject, which may be far.
    """
    window, folded = reader.rules.pack.window, reader.folded.text
    if named and named[0].end <= verb[0] and reader.search(reader.rules.gerund, max(sentence.start, verb[0] - 12), verb[0]):
        return named[0] if words_between(folded, named[0].end, verb[0]) <= _BEFORE_VERB else None
    if reader.rules.agent.match(folded, verb[1]):  # passive without a party behind "by" is nobody's
        agent = next((n for n in named if n.start >= verb[1]), None)
        return agent if agent and reader.rules.agent.fullmatch(folded[verb[1] : agent.start]) else None
    before = [
        n
        for n in named
        if n.end <= verb[0]
        and words_between(folded, n.end, verb[0]) <= window.before_verb
        and not reader.search(reader.rules.say, n.end, verb[0])
    ]
    after = [
        n
        for n in named
        if n.start >= verb[1]
        and words_between(folded, verb[1], n.start) < window.after_verb
        and not reader.search(reader.rules.preposition, verb[1], n.start)
    ]
    if after:
        return after[0]
    if reader.rules.pack.objects_before:  # the subject comes first, whoever is addressed after it
        before = before[:1]
    return _head_subject(reader, before) if before else None


def _head_subject(reader: Reader, before: list[Named]) -> Named:
    """The subject among the parties before a verb: not one behind a preposition ("Norland through Vestria proposed")."""
    for name in reversed(before):
        if not reader.search(reader.rules.preposition, max(0, name.start - 24), name.start):
            return name
    return before[-1]


def _possessor(reader: Reader, sentence: Sentence, named: list[Named], cue: Cue) -> str | None:
    """Whose "its own proposal" is: the subject of the sentence, the first party in it before the noun."""
    if not reader.search(reader.rules.possessive, max(sentence.start, cue.start - 30), cue.start):
        return None
    return next((n.party for n in named if n.end <= cue.start), None)
