"""Where does a text speak of a proposal? First rules: cue noun, actor, number or nickname, over a window of sentences.

A sentence opens a *frame* when it holds a proposal noun in the singular (or a nickname of a known proposal, or a verb
of proposing with a truce) that is not generic, hypothetical, denied, of another kind or of a rival conflict. Terms are
then collected over the frame's window: its sentence and the next three, until another proposer's frame opens, since
the terms of a proposal follow in later sentences more often than not. Who proposes is read from the words around the
noun and the verb. Every mention names its rules and spans, so that it can be explained by replay.

Road not taken here: classifying sentences one at a time, which loses the terms and mistakes every number for one.
"""

import bisect
import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from .events import MentionDetected, Reading, Span
from .gate import GateRules
from .ids import subject_id
from .readings import DURATION_TERM, Found, TermReader
from .topics import KnownProposal, LanguagePack, TopicProfile, Words
from .words import Folded, fold, fold_plain, phrase_pattern, whole_words

METHOD = "rules/1"
WINDOW = 3  # sentences after the frame's own
_VERB_TO_NOUN = 14  # words between a verb of proposing and what is proposed
_POINTS = {"proposer": 2.0, "mediator": 1.0, "nickname": 3.0, "term": 1.0, "identity": 1.0}
_MOST_TERM_POINTS = 4.0
_ABBREVIATED = re.compile(r"(?:\b(?:[A-Z]|U\.S|U\.N|Mr|Mrs|Ms|Dr|Gen|Sgt|St|Lt|Col|Prof|No)\.)$")
_SENTENCE_END = re.compile(r"[.!?؟।][\"'”’»)\]]*[ \t]+(?=[^a-z\s])|\n+")
_LONGEST_QUOTE = 400


@dataclass(frozen=True, slots=True)
class TextToRead:
    """A row of the work list ``todo.article_to_read`` with its text."""

    article_id: str
    body_sha256: str
    title: str
    text: str
    language: str
    reported_at: dt.datetime  # publication; for a text that came by an edit, when the edit was seen


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

    @property
    def opens(self) -> bool:
        """True when it stands by itself and does not only point back to the frame before it."""
        return bool(self.proposers or self.nicknames or self.is_proposing or self.background)


class LanguageRules:
    """One profile's words in one language, compiled."""

    def __init__(self, profile: TopicProfile, pack: LanguagePack) -> None:
        self.pack = pack
        self.parties = _Names(
            pack,
            [(party.id, _of(party.aliases, pack.code) + _of(party.metonyms, pack.code)) for party in profile.party]
            + [(person.party, _of(person.aliases, pack.code)) for person in profile.person],
        )
        self.never = self._phrases([phrase for party in profile.party for phrase in _of(party.never, pack.code)])
        self.nicknames = _Names(pack, [(p.slug, _of(p.nicknames, pack.code)) for p in profile.proposal])
        self.agreements = _Names(pack, [(a.id, _of(a.names, pack.code)) for a in profile.agreement])
        self.terms = TermReader(pack, profile.term)
        self.noun = self._regex(pack.proposal_nouns)
        self.weak = self._regex(pack.weak_nouns)
        self.truce = self._regex(pack.truce_nouns)
        self.relative = re.compile(r"\W*(?:" + ("|".join(pack.relative) or "(?!)") + r")\W*(?:\w+\W+)?$")
        self.generic = self._regex(pack.generic_plurals)
        self.verb = self._regex(pack.propose_verbs)
        self.barrier = self._regex(
            (*pack.barriers, *pack.say_verbs, *pack.propose_verbs, *(verb for frame in pack.stances for verb in frame.verbs)),
            joined=False,
        )
        self.by = re.compile(r"\W*(?:\w+\W+){0,3}?(?:" + ("|".join(pack.proposed_by) or "(?!)") + r")\W+(?:\w+\W+){0,3}$")
        self.identity = self._regex(pack.identity)
        self.lineage = {name: self._regex(patterns) for name, patterns in pack.lineage.items()}
        self.moods = {name: self._regex(getattr(pack, name)) for name in ("hypothetical", "denial", "habitual")}
        self.other_kind = self._regex(pack.other_kinds)
        self.say = self._regex(pack.say_verbs)
        self.agent = re.compile(r"\W*(?:" + ("|".join(pack.agent) or "(?!)") + r")\W+(?:\w+\W+){0,3}")
        self.mediation = self._regex(pack.mediation)
        self.according = re.compile(r"(?<!\w)(?:" + ("|".join(pack.according_to) or "(?!)") + r")")
        self.hearsay = self._regex(pack.hearsay_nouns)

    def _regex(self, patterns: tuple[str, ...], *, joined: bool = True) -> re.Pattern[str]:
        nouns = "(?:" + "|".join((*self.pack.proposal_nouns, *self.pack.weak_nouns)) + ")"
        alternatives = "|".join(patterns).replace("{PROPOSAL}", nouns) or "(?!)"
        return re.compile(
            whole_words(alternatives, prefix=self.pack.prefix if joined else "", suffix=self.pack.suffix if joined else "")
        )

    def _phrases(self, phrases: list[str]) -> re.Pattern[str]:
        return re.compile(whole_words(phrase_pattern(phrases), prefix=self.pack.prefix))


class _Names:
    """Names to ids: one pattern for all, and the way back from what it matched."""

    def __init__(self, pack: LanguagePack, names: list[tuple[str, tuple[str, ...]]]) -> None:
        self._ids: dict[str, list[str]] = {}
        for identifier, phrases in names:
            for phrase in phrases:
                if identifier not in (ids := self._ids.setdefault(_key(phrase), [])):
                    ids.append(identifier)
        # An abbreviation is one only in capitals: folded, "US" is a pronoun and "UN" an article.
        self._capitals = {_key(phrase) for _, phrases in names for phrase in phrases if phrase.isupper() and phrase.isascii()}
        alternatives = phrase_pattern(self._ids)
        self._pattern = re.compile(whole_words(f"(?P<name>{alternatives})", prefix=pack.prefix, suffix=pack.suffix))

    def find(self, folded: Folded, text: str, start: int, end: int) -> list[Named]:
        """The names between two positions of the folded text; ``text`` is the original."""
        return [
            Named(m.start("name"), m.end("name"), identifier)
            for m in self._pattern.finditer(folded.text, start, end)
            for identifier in self._ids[_key(m["name"])]
            if _key(m["name"]) not in self._capitals or text[slice(*folded.original(*m.span("name")))].isupper()
        ]


def _key(phrase: str) -> str:
    return " ".join(re.split(r"[\s\-]+", fold_plain(phrase).strip()))


def _of(words: Words, language: str) -> tuple[str, ...]:
    return words.get(language, ())


class Rules:
    """A profile made ready for reading texts. Build once, use for many texts."""

    def __init__(self, profile: TopicProfile) -> None:
        self.profile = profile
        self.gate = GateRules(profile)
        self.languages = {code: LanguageRules(profile, pack) for code, pack in profile.packs.items()}
        self.mediators = {party.id for party in profile.party if party.role == "mediator"}

    @cached_property
    def method(self) -> str:
        """Name of the rules with their profile: a changed profile is a changed method."""
        return f"{METHOD}:{self.profile.digest[:12]}"

    def language(self, code: str) -> LanguageRules | None:
        """The rules for a language code such as ``en`` or ``en-GB``; None where the profile has no pack for it."""
        return self.languages.get(code.split("-", maxsplit=1)[0].lower())


@dataclass(slots=True)
class Reader:
    """One text being read: its folded form, its sentences and what was spotted in it."""

    rules: LanguageRules
    folded: Folded
    text: str
    sentences: list[Sentence]
    parties: list[Named]

    @classmethod
    def of(cls, text: str, rules: LanguageRules) -> "Reader":
        """Fold and segment ``text`` and find the parties in it."""
        folded = fold(text)
        # A name inside a proposal's nickname ("the … plan") names the proposal and does not act.
        blocked = [m.span() for m in rules.never.finditer(folded.text)]
        blocked += [(name.start, name.end) for name in rules.nicknames.find(folded, text, 0, len(folded.text))]
        parties = [
            name
            for name in rules.parties.find(folded, text, 0, len(folded.text))
            if not any(start <= name.start < end for start, end in blocked)
        ]
        return cls(rules, folded, text, _sentences(text, folded), parties)

    def named(self, start: int, end: int) -> list[Named]:
        """Parties between two positions of the folded text."""
        first = bisect.bisect_left(self.parties, start, key=lambda name: name.start)
        return [name for name in self.parties[first:] if name.end <= end]

    def span(self, start: int, end: int) -> Span:
        """A span of the original text for one of the folded text, white space trimmed."""
        a, b = self.folded.original(start, end)
        words = self.text[a:b]
        a += len(words) - len(words.lstrip())
        return Span(start=a, end=a + len(words.strip()), text=words.strip())


def _sentences(text: str, folded: Folded) -> list[Sentence]:
    """Split at stops followed by something else than a small letter, and at line ends; spans over the folded text."""
    spans, start, paragraph = [], 0, 0
    for match in [*_SENTENCE_END.finditer(text), None]:
        end = match.end() if match else len(text)
        is_line_end = match is not None and "\n" in match.group()
        if match is not None and not is_line_end and _ABBREVIATED.search(text[start : match.start() + 1]):
            continue
        if text[start:end].strip():
            a, b = (bisect.bisect_left(folded.offsets, position) for position in (start, end))
            spans.append(Sentence(a, min(b, len(folded.text)), paragraph))
        start = end
        paragraph += is_line_end
    return spans


def detect_mentions(text: TextToRead, rules: Rules, *, at: dt.datetime) -> tuple[list[MentionDetected], Reader | None]:
    """All mentions of one text in its order, and the reader (for the claims). Pure; the same text gives the same ids.

    A text in a language without a pack yields no mentions and no reader.
    """
    language = rules.language(text.language)
    if language is None:
        return [], None
    reader = Reader.of(text.text, language)
    frames = _frames(reader, rules)
    mentions = [_mention(text, reader, frame, number, rules, at=at) for number, frame in enumerate(frames)]
    return mentions, reader


def _frames(reader: Reader, rules: Rules) -> list[Frame]:
    """Open the frames, then give each its window: up to WINDOW sentences, ending where another one opens."""
    frames: list[Frame] = []
    for number, sentence in enumerate(reader.sentences):
        if _is_rival(reader, sentence, rules):
            continue
        for frame in _open_frames(reader, number, sentence):
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


def _open_frames(reader: Reader, number: int, sentence: Sentence) -> list[Frame]:
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
            (span for span in after if kinds[span] != "truce" and _words_between(folded, verb.end(), span[0]) <= _VERB_TO_NOUN),
            after[0] if after and _words_between(folded, verb.end(), after[0][0]) <= _VERB_TO_NOUN else None,
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
        and _words_between(folded, n.end, cue.start) <= window.before_noun
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
        and _words_between(folded, n.end, verb[0]) <= window.before_verb
        and not reader.rules.say.search(folded, n.end, verb[0])
    ]
    after = [n for n in named if n.start >= verb[1] and _words_between(folded, verb[1], n.start) < window.after_verb]
    if after:
        return after[0].party
    return before[-1].party if before else None


def speaker(reader: Reader, sentence: Sentence) -> tuple[str, tuple[int, int] | None]:
    """Who says what the sentence says: a party's id, ``official:<party>``, ``anonymous`` or ``writer``; and the cue's span.

    Attribution cues are those of quotation research (Pareti's source, cue, content): "according to X", "X said".
    """
    rules, folded = reader.rules, reader.folded.text
    cue = rules.according.search(folded, sentence.start, sentence.end)
    if cue is not None:
        return _source(reader, cue.end(), min(sentence.end, cue.end() + 60), nearest_last=False), cue.span()
    for said in rules.say.finditer(folded, sentence.start, sentence.end):
        lower = max(sentence.start, said.start() - 70)
        source = _source(reader, lower, said.start(), nearest_last=True)
        if source == "writer":  # "said an official", and verb-first languages
            source = _source(reader, said.end(), min(sentence.end, said.end() + 40), nearest_last=False)
        if source != "writer":
            return source, said.span()
    return "writer", None


def _source(reader: Reader, start: int, end: int, *, nearest_last: bool) -> str:
    hearsay = reader.rules.hearsay.search(reader.folded.text, start, end)
    named = reader.named(start, end)
    party = (named[-1] if nearest_last else named[0]).party if named else None
    if hearsay is not None:
        return f"official:{party}" if party else "anonymous"
    return party or "writer"


def _words_between(folded: str, start: int, end: int) -> int:
    return len(re.findall(r"\w+", folded[start:end]))


def _words_before(pattern: re.Pattern[str], folded: str, start: int, end: int) -> int:
    """Words between the last match of a pattern and a position."""
    last = max((m.end() for m in pattern.finditer(folded, start, end)), default=start)
    return _words_between(folded, last, end)


def _mention(text: TextToRead, reader: Reader, frame: Frame, number: int, rules: Rules, *, at: dt.datetime) -> MentionDetected:
    window = (reader.sentences[frame.sentence].start, reader.sentences[frame.last_sentence].end)
    found = reader.rules.terms.find(reader.folded.text, *window) if frame.takes_terms else []
    readings = tuple(_reading(reader, term, frame.said_by) for term in found)
    own = reader.sentences[frame.sentence]
    mediators = _mediators(reader, window, rules.mediators - set(frame.proposers))
    quote = reader.span(own.start, own.end).text
    names = _meant(rules.profile, frame.nicknames, text.reported_at)
    start, end = reader.folded.original(*window)
    proposers = frame.proposers or tuple(sorted({party for p in names for party in p.proposers}))
    points = (
        _POINTS["proposer"] * bool(proposers or frame.claimed_by)
        + _POINTS["mediator"] * bool(mediators)
        + _POINTS["nickname"] * bool(frame.nicknames)
        + _POINTS["identity"] * (frame.has_identity or bool(frame.lineage))
        + min(_MOST_TERM_POINTS, _POINTS["term"] * len({r.term for r in readings}))
    )
    return MentionDetected.model_validate(
        {
            "mention_id": subject_id("mention", text.article_id, text.body_sha256, str(number), rules.method),
            "article_id": text.article_id,
            "body_sha256": text.body_sha256,
            "ordinal": number,
            "frame": reader.span(frame.start, frame.end),
            "window_start": start,
            "window_end": end,
            "quote": quote[:_LONGEST_QUOTE],
            "proposers": proposers,
            "claimed_by": frame.claimed_by,
            "mediators": mediators,
            "nicknames": tuple(p.slug for p in names),
            "readings": readings,
            "is_proposing": frame.is_proposing,
            "lineage": frame.lineage,
            "background": frame.background,
            "said_by": frame.said_by,
            "specificity": points,
            "rules": tuple(dict.fromkeys(frame.rules)),
            "reported_at": text.reported_at,
            "method": rules.method,
            "detected_at": at,
        }
    )


def _mediators(reader: Reader, window: tuple[int, int], mediators: set[str]) -> tuple[str, ...]:
    """Mediators named right beside a cue of mediation; being named in a text alone makes nobody one."""
    folded, near = reader.folded.text, 30
    return tuple(
        sorted(
            {
                name.party
                for name in reader.named(*window)
                if name.party in mediators
                and (reader.rules.mediation.search(folded, max(window[0], name.start - near), min(window[1], name.end + near)))
            }
        )
    )


def _meant(profile: TopicProfile, slugs: tuple[str, ...], reported_at: dt.datetime) -> list[KnownProposal]:
    """The proposals that a nickname means: one name may have served two, one after the other; the date decides."""
    named = [proposal for proposal in profile.proposal if proposal.slug in slugs]
    if len(named) < 2:
        return named
    day = reported_at.date()
    return [p for p in named if (p.since or day) <= day <= (p.until or day)] or named


def _reading(reader: Reader, found: Found, said_by: str) -> Reading:
    span = reader.span(found.start, found.end)
    return Reading(
        start=span.start,
        end=span.end,
        text=span.text,
        term=found.term,
        low=found.low,
        high=found.high,
        rule=found.rule,
        asserted_by=said_by,
    )


def bounds(readings: tuple[Reading, ...], term: str = DURATION_TERM) -> tuple[float, float] | None:
    """The smallest and largest figure read for a term, or None."""
    values = [v for r in readings if r.term == term for v in (r.low, r.high) if v is not None]
    return (min(values), max(values)) if values else None
