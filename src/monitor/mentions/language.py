"""A profile's words in one language, compiled for matching over folded text."""

import re
from functools import cached_property, reduce
from operator import or_

from ..gate import gate_rules
from ..language_packs import LanguagePack, Words
from ..readings import NumberReader, TermReader
from ..sieve import Sieve
from ..topics import TopicProfile
from ..words import Folded, Phrases, fold_plain, whole_words
from .spans import Named

METHOD = "rules/2"


class LanguageRules:
    """One profile's words in one language, compiled."""

    def __init__(self, profile: TopicProfile, pack: LanguagePack) -> None:
        self.pack = pack
        self.parties = Names(
            pack,
            [(party.id, _of(party.aliases, pack.code) + _of(party.metonyms, pack.code)) for party in profile.party]
            + [(person.party, _of(person.aliases, pack.code)) for person in profile.person],
        )
        self.bodies = {party.id for party in profile.party if party.role == "body"}
        self.sides = {party.id for party in profile.party if party.role == "party"}
        self.adopting = {party.id for party in profile.party if party.adopts}
        self.body_verb = self._regex(pack.body_verbs)
        self.rare = {term.id for term in profile.term if term.is_rare}
        self.resolution = self._regex(pack.resolutions)
        never = [("", phrase) for party in profile.party for phrase in _of(party.never, pack.code)]
        self.never = Phrases(never, affixes={"": (f"(?:{pack.prefix})?" if pack.prefix else "", "")})
        self.nicknames = Names(pack, [(p.slug, _of(p.nicknames, pack.code)) for p in profile.proposal])
        self.people = Names(pack, [(person.name, _of(person.aliases, pack.code)) for person in profile.person])
        self.party_names = profile.party_names
        self.proposers = {p.slug: set(p.proposers) for p in profile.proposal}
        self.agreements = Names(pack, [(a.id, _of(a.names, pack.code)) for a in profile.agreement])
        self.terms = TermReader(pack, profile.term)
        self.noun = self._regex(pack.proposal_nouns)
        self.weak = self._regex(pack.weak_nouns)
        self.truce = self._regex(pack.truce_nouns)
        self.content = self._regex(pack.offered)
        self.agreed = self._regex(pack.agreed)
        self.fused = re.compile(_any(pack.fused))
        self.relative = re.compile(r"\W*(?:" + _any(pack.relative) + r")\W*(?:\w+\W+)?$")
        self.verb = self._regex(pack.propose_verbs)
        self.barrier = self._regex(
            (*pack.barriers, *pack.say_verbs, *pack.propose_verbs, *(verb for frame in pack.stances for verb in frame.verbs)),
            joined=False,
        )
        self.by = re.compile(r"(?:[^\w,]+(?:\w+[^\w,]+){0,3}?|,\s*)(?:" + _any(pack.proposed_by) + r")\W+(?:\w+\W+){0,3}$")
        self.identity = self._regex(pack.identity)
        self.dated = re.compile(r"\W*(?:" + _any(pack.dated) + r")(?!\w)")
        self.anaphora = self._regex(pack.anaphora)
        self.lineage = {name: self._regex(patterns) for name, patterns in pack.lineage.items()}
        self.moods = {name: self._regex(getattr(pack, name)) for name in ("hypothetical", "conditional", "denial", "habitual")}
        self.frequency = self._regex(pack.frequency)
        self.past = self._regex(pack.past)
        self.other_kind = self._regex(pack.other_kinds)
        self.other_object = re.compile(r"\W*(?:" + _any(pack.other_objects) + r")(?!\w)")
        self.weak_object = re.compile(r"\W*(?:" + _any(pack.weak_objects) + r")(?!\w)")
        self.say = self._regex(pack.say_verbs)
        self.agent = re.compile(r"\W*(?:" + _any(pack.agent) + r")\W+(?:\w+\W+){0,3}")
        joined = f"(?:{pack.prefix})?" if pack.prefix else ""
        self.conjunction = re.compile(rf"\s*(?:,|/)?\s*(?:(?:{_any(pack.conjunctions)})\s+)?{joined}")
        self.gerund = re.compile(r"(?<!\w)(?:" + _any(pack.gerund_marks) + r")\W+$|,\W*$")
        self.preposition = re.compile(r"(?<!\w)(?:" + _any(pack.prepositions) + r")\W+(?:\w+\W+)?$")
        self.possessive = re.compile(r"(?<!\w)(?:" + _any(pack.possessives) + r")\W+(?:\w+\W+){0,3}$")
        self.clause = self._regex(pack.clause_marks, joined=False)
        self.stances = [
            (frame, kind, self._regex(words, suffixed=False))
            for frame in pack.stances
            for kind, words in (("verb", frame.verbs), ("noun", frame.nouns))
            if words
        ]
        self.stance = self._regex(tuple(word for frame in pack.stances for word in (*frame.verbs, *frame.nouns)), suffixed=False)
        accepting = [word for frame in pack.stances if frame.act.startswith("accepted") for word in frame.verbs]
        self.accepting = self._regex(tuple(accepting), suffixed=False)
        self.genitive = re.compile(pack.genitive)
        self.personal = self._regex(pack.personal)
        self.pronoun = self._regex(pack.pronouns)
        self.mediation = self._regex(pack.mediation)
        self.according = re.compile(r"(?<!\w)(?:" + _any(pack.according_to) + r")")
        self.hearsay = self._regex(pack.hearsay_nouns)
        self.source_noun = self._regex(pack.source_nouns)
        self.seen_by = re.compile(r"\W*(?:" + _any(pack.seen_by) + r")(?!\w)")
        self.passive = re.compile(r"(?<!\w)(?:" + _any(pack.passive) + r")\W+(?:\w+ly\W+)?$")
        self.told = self._regex(pack.told)
        self.office = re.compile(rf"(?<!\w)(?:(?:{_any(pack.definite)})\s+)?(?:{_any(pack.titles)})(?!\w)")
        self.joiner = self._regex(pack.joiners, joined=False)
        self.unfinished = self._regex(pack.unfinished)
        self.votes = re.compile(rf"(?<!\w)([\w-]+)\s+(?:{_any(pack.voters)})(?:\W+|,.*(?:{_any(pack.examples)}),\s+)(?:\w+\W+)?$")
        self.numbers = NumberReader(pack)
        self.party_of = {person.name: person.party for person in profile.person}
        self.titles = {word for title in pack.titles for word in title.split()}
        self.capitals = pack.has_capitals
        self.evidential = self._regex(pack.evidential)
        self.anonymity = [(name, self._regex(patterns)) for name, patterns in pack.anonymity.items()]
        self.both = self._regex(pack.both)
        nouns = (*pack.proposal_nouns, *pack.weak_nouns, *pack.truce_nouns)
        self.object_in_frame = self._regex(nouns, suffixed=False)
        self.object = self._regex((*pack.proposal_nouns, *pack.weak_nouns, *pack.anaphora), suffixed=False)
        self.object_pronoun = re.compile(whole_words(_any(pack.object_pronouns)))
        self.report = self._regex(pack.report_nouns, suffixed=False)
        self.term_object = self._regex(pack.term_objects, suffixed=False)
        self.negation = self._regex(pack.negations, joined=False)

    @cached_property
    def sieve(self) -> Sieve:
        """All patterns by the strings that they require; built when a text of the language is first read."""
        own = [value for value in vars(self).values() if isinstance(value, re.Pattern)]
        grouped = [*self.lineage.values(), *self.moods.values(), *(p for _, p in self.anonymity), *(p for *_, p in self.stances)]
        return Sieve([*own, *grouped, self.terms.rare, *self.terms.patterns])

    @cached_property
    def _term_bits(self) -> list[int]:
        """The bits of the patterns of terms in their order; 0 for one that may match anywhere."""
        return [self.sieve.bits.get(id(pattern), 0) for pattern in self.terms.patterns]

    def terms_in(self, mask: int) -> list[int]:
        """The numbers of the patterns of terms that may match where ``mask`` holds."""
        return [number for number, bit in enumerate(self._term_bits) if not bit or bit & mask]

    @cached_property
    def cue_mask(self) -> int:
        """Without any of these bits a sentence holds no cue but names; 0 where a pattern of cues may match anywhere."""
        bits = [self.sieve.bits.get(id(p), 0) for p in (self.noun, self.weak, self.truce, self.content, self.terms.rare)]
        return reduce(or_, bits) if all(bits) else 0

    def _regex(self, patterns: tuple[str, ...], *, joined: bool = True, suffixed: bool = True) -> re.Pattern[str]:
        left = f"(?:{self.pack.prefix})?" if self.pack.prefix else ""
        nouns = left + "(?:" + "|".join((*self.pack.proposal_nouns, *self.pack.weak_nouns)) + ")"
        truces = left + "(?:" + "|".join(self.pack.truce_nouns) + ")"
        alternatives = "|".join(patterns).replace("{PROPOSAL}", nouns).replace("{TRUCE}", truces) or "(?!)"
        return re.compile(
            whole_words(
                alternatives,
                prefix=self.pack.prefix if joined else "",
                suffix=self.pack.suffix if joined and suffixed else "",
            )
        )


def _any(patterns: tuple[str, ...]) -> str:
    """An alternation of patterns; of none, one that matches nothing."""
    return "|".join(patterns) or "(?!)"


class Names:
    """Names to ids: one pattern for all, and the way back from what it matched."""

    def __init__(self, pack: LanguagePack, names: list[tuple[str, tuple[str, ...]]]) -> None:
        self._ids: dict[str, list[str]] = {}
        for identifier, phrases in names:
            for phrase in phrases:
                if identifier not in (ids := self._ids.setdefault(_key(phrase), [])):
                    ids.append(identifier)
        # An abbreviation is one only in capitals: folded, it may be a pronoun or an article.
        self._capitals = {_key(phrase) for _, phrases in names for phrase in phrases if phrase.isupper() and phrase.isascii()}
        self._phrases = Phrases(
            [("", phrase) for phrase in self._ids], affixes={"": (f"(?:{pack.prefix})?", f"(?:{pack.suffix})?")}
        )

    def find(self, folded: Folded, text: str, start: int, end: int) -> list[Named]:
        """The names between two positions of the folded text; ``text`` is the original."""
        found = []
        for first, last, _ in self._phrases.find(folded.text[start:end]):
            first, last = first + start, last + start
            name = _key(folded.text[first:last])
            if name in self._capitals and not text[slice(*folded.original(first, last))].isupper():
                continue
            found += [Named(first, last, identifier) for identifier in self._ids.get(name, ())]
        return found


def _key(phrase: str) -> str:
    return " ".join(re.split(r"[\s\-]+", fold_plain(phrase).strip()))


def _of(words: Words, language: str) -> tuple[str, ...]:
    return words.get(language, ())


class Rules:
    """A profile made ready for reading texts. Build once, use for many texts."""

    def __init__(self, profile: TopicProfile) -> None:
        self.profile = profile
        self.gate = gate_rules(profile)
        self.languages = {code: LanguageRules(profile, pack) for code, pack in profile.packs.items()}
        self.rare = {term.id for term in profile.term if term.is_rare}
        self.sides = {party.id for party in profile.party if party.role == "party"}
        self.groups = {party.id: set(party.members) for party in profile.party if party.members}
        self.mediators = {party.id for party in profile.party if party.role == "mediator"}

    def as_group(self, parties: tuple[str, ...]) -> tuple[str, ...]:
        """Parties that together are what the profile knows as one ("the mediators") as that one."""
        for group, members in self.groups.items():
            if members and members <= set(parties):
                return (group, *sorted(set(parties) - members - {group}))
        return parties

    @classmethod
    def of(cls, profile: TopicProfile) -> "Rules":
        """The rules for a profile, compiled once in a process (a third of a second)."""
        if profile.digest not in _COMPILED:
            _COMPILED[profile.digest] = cls(profile)
        return _COMPILED[profile.digest]

    @cached_property
    def method(self) -> str:
        """Name of the rules with their profile: a changed profile is a changed method."""
        return f"{METHOD}:{self.profile.digest[:12]}"

    def language(self, code: str) -> LanguageRules | None:
        """The rules for a language code such as ``en`` or ``en-GB``; None where the profile has no pack for it."""
        return self.languages.get(code.split("-", maxsplit=1)[0].lower())


_COMPILED: dict[str, Rules] = {}  # by the profile's digest; a process reads one or two profiles
