"""Frames: which sentences speak of a proposal, who proposes it, and how far its terms may reach."""

import re
from dataclasses import dataclass
from itertools import zip_longest

from .language import Rules
from .reader import Reader, speaker, words_between
from .spans import Named, Sentence

WINDOW = 3  # sentences after the frame's own
_VERB_TO_NOUN = 14  # words between a verb of proposing and what is proposed


@dataclass(slots=True)
class Frame:
    """A mention while it is being put together."""

    sentence: int
    start: int
    end: int
    proposers: tuple[str, ...]
    nicknames: tuple[str, ...]
    is_proposing: bool
    lineage: str | None
    background: str | None
    has_identity: bool
    rules: list[str]
    claimed_by: tuple[str, ...] = ()
    said_by: str = "writer"
    last_sentence: int = 0
    takes_terms: bool = True
    is_weak: bool = False
    answers: tuple[str, ...] = ()

    @property
    def opens(self) -> bool:
        """True when it stands by itself and does not only point back to the frame before it."""
        return bool(self.proposers or self.nicknames or self.is_proposing or self.background)


def open_frames(reader: Reader, rules: Rules) -> list[Frame]:
    """Open the frames, then give each its window: up to WINDOW sentences, ending where another one opens."""
    frames: list[Frame] = []
    for number, sentence in enumerate(reader.sentences):
        if _is_rival(reader, sentence, rules):
            continue
        for frame in _in_sentence(reader, number, sentence):
            if not frame.opens and frames and number <= frames[-1].last_sentence:
                continue  # "under the plan": it carries the frame before it on
            frame.last_sentence = min(number + WINDOW, len(reader.sentences) - 1)
            frames.append(frame)
    for this, following in zip_longest(frames, frames[1:]):
        if following is not None:
            this.last_sentence = min(this.last_sentence, max(this.sentence, following.sentence - 1))
    return [frame for frame in frames if not frame.is_weak or _has_figures(reader, frame)]


def _has_figures(reader: Reader, frame: Frame) -> bool:
    """A weak noun ("plan", "deal") opens a frame only where terms with numbers follow."""
    window = (reader.sentences[frame.sentence].start, reader.sentences[frame.last_sentence].end)
    return any(found.low is not None for found in reader.rules.terms.find(reader.folded.text, *window))


def _is_rival(reader: Reader, sentence: Sentence, rules: Rules) -> bool:
    """Does the sentence speak of another conflict? The paragraph's anchors are weighed against the rival's words."""
    folded = reader.folded.text
    block = [s for s in reader.sentences if s.paragraph == sentence.paragraph]
    words = folded[block[0].start : block[-1].end]
    anchors, rival = rules.gate.weigh(words)
    return rival > anchors


def _in_sentence(reader: Reader, number: int, sentence: Sentence) -> list[Frame]:
    """The frames that one sentence opens, one for each proposer or nickname in it."""
    cues = _cues(reader, sentence)
    if not cues or _is_filtered(reader, sentence, has_nickname=any(cue.nicknames for cue in cues)):
        return []
    grouped: dict[tuple[str, ...], Frame] = {}
    for cue in cues:
        proposers, found_by = _proposers(reader, sentence, cue)
        if cue.is_weak and not (proposers or cue.verb or cue.background):
            continue
        lineage = _lineage(reader, sentence, cue)
        key = cue.nicknames or proposers or (("lineage",) if lineage else ())
        frame = grouped.setdefault(
            key,
            Frame(
                sentence=number,
                start=cue.start,
                end=cue.end,
                proposers=proposers,
                nicknames=cue.nicknames,
                is_proposing=False,
                lineage=lineage,
                background=cue.background if cue.verb is None and not cue.nicknames else None,
                has_identity=bool(
                    reader.rules.identity.search(reader.folded.text, max(sentence.start, cue.start - 60), cue.start)
                ),
                rules=[],
                is_weak=cue.is_weak and cue.verb is None and cue.background is None,
            ),
        )
        frame.is_proposing |= cue.verb is not None
        frame.rules += [*found_by, *(["verb"] if cue.verb else []), "nickname" if cue.nicknames else "noun"]
    frames = [frame for key, frame in grouped.items() if key or len(grouped) == 1]
    is_about = [frame for frame in frames if frame.is_proposing or frame.lineage]
    said_by, _ = speaker(reader, sentence)
    for frame in frames:
        frame.takes_terms = not is_about or frame in is_about  # beside a counter-proposal, what it answers is only named
        frame.said_by = said_by
        if frame.lineage is not None:
            frame.answers = tuple(dict.fromkeys(nick for other in frames if other is not frame for nick in other.nicknames))
        if frame.proposers and said_by not in ("writer", "anonymous", *frame.proposers) and ":" not in said_by:
            frame.claimed_by = (said_by,)
    return frames


@dataclass(frozen=True, slots=True)
class _Cue:
    """What may open a frame: a noun, a nickname, an agreement's name or what a verb of proposing has for its object."""

    start: int
    end: int
    verb: tuple[int, int] | None = None
    nicknames: tuple[str, ...] = ()
    background: str | None = None
    is_weak: bool = False


def _cues(reader: Reader, sentence: Sentence) -> list[_Cue]:
    rules, folded, start, end = reader.rules, reader.folded.text, sentence.start, sentence.end
    nicknames = rules.nicknames.find(reader.folded, reader.text, start, end)
    agreements = rules.agreements.find(reader.folded, reader.text, start, end)
    kinds = {
        m.span(): kind
        for kind, pattern in (("truce", rules.truce), ("weak", rules.weak), ("noun", rules.noun))
        for m in pattern.finditer(folded, start, end)
    }
    for name in (*nicknames, *agreements):  # the name takes the place of the nouns in it
        kinds = {span: kind for span, kind in kinds.items() if not (name.start < span[1] and span[0] < name.end)}
        kinds[name.start, name.end] = "name"
    verbs: dict[tuple[int, int], tuple[int, int]] = {}
    for verb in rules.verb.finditer(folded, start, end):
        after = sorted(span for span in kinds if span[0] >= verb.end())
        # "proposed a truce … under the plan": a noun of proposing within reach before a mere truce
        target = next(
            (span for span in after if kinds[span] != "truce" and words_between(folded, verb.end(), span[0]) <= _VERB_TO_NOUN),
            after[0] if after and words_between(folded, verb.end(), after[0][0]) <= _VERB_TO_NOUN else None,
        )
        if target is not None:
            verbs.setdefault(target, verb.span())
    cues = []
    for span, kind in sorted(kinds.items()):
        nicks = tuple(dict.fromkeys(n.party for n in nicknames if (n.start, n.end) == span))
        background = next((n.party for n in agreements if (n.start, n.end) == span), None) if not nicks else None
        is_cue = kind in ("noun", "name", "weak") or span in verbs
        if is_cue and not _is_other_kind(reader, sentence, span):
            cues.append(_Cue(*span, verbs.get(span), nicks, background, is_weak=kind == "weak"))
    return cues


def _is_other_kind(reader: Reader, sentence: Sentence, span: tuple[int, int]) -> bool:
    """True when the noun is qualified as another kind of plan: of aid, of rebuilding, military."""
    folded, rules = reader.folded.text, reader.rules
    near = max(sentence.start, span[0] - 30)
    return bool(rules.other_kind.search(folded, near, span[0])) and _words_before(rules.other_kind, folded, near, span[0]) <= 1


def _lineage(reader: Reader, sentence: Sentence, cue: _Cue) -> str | None:
    if cue.nicknames:
        return None
    return next(
        (
            name
            for name, pattern in reader.rules.lineage.items()
            if any(
                m.start() <= cue.end and m.end() >= cue.start
                for m in pattern.finditer(reader.folded.text, sentence.start, sentence.end)
            )
        ),
        None,
    )


def _is_filtered(reader: Reader, sentence: Sentence, *, has_nickname: bool) -> bool:
    """Generic plurals, hypotheses, habits and denials of existence speak of no proposal."""
    rules, folded = reader.rules, reader.folded.text
    if rules.moods["denial"].search(folded, sentence.start, sentence.end):
        return True
    if has_nickname:
        return False
    if any(rules.moods[mood].search(folded, sentence.start, sentence.end) for mood in ("hypothetical", "habitual")):
        return True
    return bool(rules.generic.search(folded, sentence.start, sentence.end)) and not rules.noun.search(
        folded, sentence.start, sentence.end
    )


def _proposers(reader: Reader, sentence: Sentence, cue: _Cue) -> tuple[tuple[str, ...], list[str]]:
    """Who proposes, from the words before the noun, after it, before the verb; and by which rule."""
    window, folded = reader.rules.pack.window, reader.folded.text
    named = reader.named(sentence.start, sentence.end)
    before = [
        n
        for n in named
        if n.end <= cue.start
        and words_between(folded, n.end, cue.start) <= window.before_noun
        and not reader.rules.barrier.search(folded, n.end, cue.start)
    ]
    if before:
        return tuple(sorted({name.party for name in before})), ["proposer:before_noun"]
    for name in (n for n in named if n.start >= cue.end):
        between = folded[cue.end : name.start]
        if reader.rules.by.fullmatch(between) and len(between.split()) <= 9:
            return (name.party,), ["proposer:by"]
        if reader.rules.relative.fullmatch(between) and reader.rules.verb.search(
            folded, name.end, min(sentence.end, name.end + 40)
        ):
            return (name.party,), ["proposer:relative"]
        if len(between.split()) < window.after_noun and not reader.rules.barrier.search(between):
            return (name.party,), ["proposer:after_noun"]
        break
    if cue.verb is not None and (subject := _subject(reader, named, cue.verb)) is not None:
        return (subject,), ["proposer:verb"]
    return (), []


def _subject(reader: Reader, named: list[Named], verb: tuple[int, int]) -> str | None:
    """The party that does the proposing: the nearest one before the verb, or right after it where the language has it so."""
    window, folded = reader.rules.pack.window, reader.folded.text
    before = [
        n
        for n in named
        if n.end <= verb[0]
        and words_between(folded, n.end, verb[0]) <= window.before_verb
        and not reader.rules.say.search(folded, n.end, verb[0])
    ]
    after = [n for n in named if n.start >= verb[1] and words_between(folded, verb[1], n.start) < window.after_verb]
    if after:
        return after[0].party
    return before[-1].party if before else None


def _words_before(pattern: re.Pattern[str], folded: str, start: int, end: int) -> int:
    """Words between the last match of a pattern and a position."""
    last = max((m.end() for m in pattern.finditer(folded, start, end)), default=start)
    return words_between(folded, last, end)
