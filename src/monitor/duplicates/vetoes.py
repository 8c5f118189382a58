"""What keeps two texts apart that are otherwise alike: another number, unit, stance, denial, actor, name or order of names.

Only what differs *within* a sentence that both texts have counts; whole sentences more or less are furniture or an update.
Numbers and capitalised names are read in any script that has them; number words, units, stances, denials and the parties'
names come from the profile and its language packs, so that no word of a topic or a language stands here. Not taken: a list
of antonyms (no end to it). A veto too many costs a wrong "twin", which is told of and counted by itself; one too few makes
of "rejected" a copy of "accepted".
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ..events import Veto, VetoKind
from ..language_packs import LanguagePack
from ..topics import TopicProfile
from ..words import fold_plain, phrase_pattern, whole_words
from .alignment import Alignment, Words, is_spelled_alike

_MOST = 8
_CLAUSE = 8  # words; a clause more or less is no other word for the same statement
_AROUND = 2  # words of context in which a stance or a denial is read: "agreed" is one before "to"
_NUMBER = re.compile(r"\d{1,3}(?:[,.\s\u2009\u00a0\u202f]\d{3})+(?!\d)|\d+(?:[.,]\d+)?")
# Capitals of the scripts that have them, within a sentence.
_NAME = re.compile(r"(?<=[\w,;:\"'’”)] )[A-Z\u00c0-\u00de\u0100-\u017f\u0386-\u03ab\u0400-\u042f][\w’'-]+|\d[\d.,]*")
_FEWEST_NAMES = 5  # of both texts, to tell that the names are others
_NAMES_SHARED = 0.45


@dataclass(frozen=True, slots=True)
class _Words:
    """Patterns with what each means, and one pattern for all: most edits hold none."""

    any: re.Pattern[str]
    each: tuple[tuple[object, re.Pattern[str]], ...]


@dataclass(frozen=True, slots=True)
class _Language:
    """One language's words, compiled over folded text."""

    numbers: dict[str, float]
    units: _Words
    stances: _Words
    denial: re.Pattern[str]
    parties: _Words


_NEVER = re.compile("(?!)")
_NO_WORDS = _Language({}, _Words(_NEVER, ()), _Words(_NEVER, ()), _NEVER, _Words(_NEVER, ()))


class VetoRules:
    """The words that tell two texts apart, by language. Without a profile only numbers and names do."""

    def __init__(self, profile: TopicProfile | None = None) -> None:
        self._languages = {code: _compiled(profile, pack) for code, pack in profile.packs.items()} if profile else {}

    @classmethod
    def of(cls, profile: TopicProfile) -> "VetoRules":
        """The rules for a profile, compiled once in a process."""
        if profile.digest not in _RULES:
            _RULES[profile.digest] = cls(profile)
        return _RULES[profile.digest]

    def vetoes(self, aligned: Alignment, language: str) -> tuple[Veto, ...]:
        """Why the new text is not the old one, at most eight reasons."""
        words = self._languages.get(language.split("-", maxsplit=1)[0].lower(), _NO_WORDS)
        found: list[Veto] = []
        added: set[str] = set()
        removed: set[str] = set()
        for edit in aligned.edits():
            new, old = _Side(aligned.new, edit.start, edit.end), _Side(aligned.old, edit.of_start, edit.of_end)
            found += _differences(words, new, old)
            names, of_names = set(new.names()), set(old.names())
            added |= names - of_names
            removed |= of_names - names
            if len(found) >= _MOST:
                break
        moved = sorted(added & removed)
        found += [Veto(kind="order", was=name, now=name) for name in moved]
        return tuple(dict.fromkeys(found))[:_MOST]


class _Side:
    """One text's part of an edit."""

    def __init__(self, words: Words, start: int, end: int) -> None:
        self.words, self.start, self.end = words, start, end
        self.text = words.slice(start, end)

    @property
    def is_cut(self) -> bool:
        """Whether the text ends here: what the other goes on to say, this one does not deny."""
        return self.end == len(self.words.plain)

    def around(self) -> str:
        """The part with the words beside it in its sentence, folded."""
        sentences = self.words.sentence
        start, end = self.start, self.end
        number = sentences[min(start, len(sentences) - 1)] if start < end else sentences[max(start - 1, 0)]
        while start > max(0, self.start - _AROUND) and sentences[start - 1] == number:
            start -= 1
        while end < min(len(sentences), self.end + _AROUND) and sentences[end] == number:
            end += 1
        return fold_plain(self.words.slice(start, end))

    def names(self) -> list[str]:
        """Words with a capital that never stand without one; a sentence's first word may be any word."""
        found = []
        for index in range(self.start, self.end):
            begin, _ = self.words.spans[index]
            if self.words.text[begin].isupper() and self.words.plain[index] not in self.words.lower:
                found.append(self.words.plain[index])
        return found


def _differences(words: _Language, new: _Side, old: _Side) -> Iterator[Veto]:
    def veto(kind: VetoKind) -> Veto:
        return Veto(kind=kind, was=old.text[:80], now=new.text[:80])

    numbers, of_numbers = _numbers(words, new.text), _numbers(words, old.text)
    if numbers and of_numbers and numbers != of_numbers:
        yield veto("number")
    around, of_around = new.around(), old.around()
    if max(new.end - new.start, old.end - old.start) <= _CLAUSE:
        if new.text and old.text and _others(words.units, fold_plain(new.text), fold_plain(old.text)):
            yield veto("unit")
        if new.text and old.text and _others(words.stances, around, of_around):
            yield veto("stance")
        if bool(words.denial.search(around)) != bool(words.denial.search(of_around)) and not (new.is_cut or old.is_cut):
            yield veto("denial")
    if new.text and old.text and _others(words.parties, around, of_around):
        yield veto("actor")
    names, of_names = new.names(), old.names()
    others = [name for name in names if not any(is_spelled_alike(name, other) for other in of_names)]
    of_others = [name for name in of_names if not any(is_spelled_alike(name, other) for other in names)]
    if others and of_others:
        yield veto("name")


def _others(words: _Words, new: str, old: str) -> bool:
    """Whether either text means something that the other does not."""
    if not (words.any.search(new) and words.any.search(old)):
        return False
    meant = {what for what, pattern in words.each if pattern.search(new)}
    of_meant = {what for what, pattern in words.each if pattern.search(old)}
    return bool(meant - of_meant and of_meant - meant)


def _numbers(words: _Language, text: str) -> list[float]:
    """The figures of a passage in ascending order, in digits of any script or in words; tens and units are one number."""
    values = [_value(match[0]) for match in _NUMBER.finditer(text)]
    last_was_ten = False
    for word in re.findall(r"[^\W\d_]+", fold_plain(text)):
        value = words.numbers.get(word)
        if value is not None and last_was_ten and value < 10:
            values[-1] += value
        elif value is not None:
            values.append(value)
        last_was_ten = value is not None and 20 <= value < 100 and value % 10 == 0
    return sorted(values)


def _value(written: str) -> float:
    grouped = re.fullmatch(r"\d{1,3}(?:[,.\s]\d{3})+", written)
    return float(re.sub(r"\D", "", written)) if grouped else float(written.replace(",", "."))


def _compiled(profile: TopicProfile, pack: LanguagePack) -> _Language:
    def regex(patterns: Iterable[str]) -> re.Pattern[str]:
        nouns = "(?:" + "|".join((*pack.proposal_nouns, *pack.weak_nouns)) + ")"
        alternatives = "|".join(patterns).replace("{PROPOSAL}", nouns) or "(?!)"
        return re.compile(whole_words(alternatives, prefix=pack.prefix, suffix=pack.suffix))

    def words(meanings: Iterable[tuple[object, list[str]]]) -> _Words:
        listed = list(meanings)
        every = regex([pattern for _, patterns in listed for pattern in patterns])
        return _Words(every, tuple((what, regex(patterns)) for what, patterns in listed))

    # A denial that is joined to its verb ("n't") is a whole word only with it.
    denials = [rf"\w*{pattern}" if pattern.startswith("n'") else pattern for pattern in pack.negations]
    names = [
        *((party.id, (*party.aliases.get(pack.code, ()), *party.metonyms.get(pack.code, ()))) for party in profile.party),
        *((person.party, person.aliases.get(pack.code, ())) for person in profile.person),
    ]
    return _Language(
        numbers=dict(pack.numbers),
        units=words((unit.days, [unit.pattern]) for unit in (*pack.units, *pack.duals)),
        stances=words((frame.act, [*frame.verbs, *frame.nouns]) for frame in pack.stances),
        denial=regex(denials),
        parties=words((party, [phrase_pattern(phrases)]) for party, phrases in names if phrases),
    )


def are_other_names(new: str, old: str) -> bool:
    """Whether the names and figures of one text are mostly not those of the other: the same form filled anew.

    Names are capitalised words within sentences, so a script without capitals has figures only; few of either tell nothing.
    """
    one, other = _names_and_figures(new), _names_and_figures(old)
    if min(len(one), len(other)) < _FEWEST_NAMES:
        return False
    shared = len(one & other)
    return max(shared / len(one), shared / len(other)) < _NAMES_SHARED


@lru_cache(maxsize=256)  # a wire report is compared with every copy
def _names_and_figures(text: str) -> frozenset[str]:
    found = _NAME.findall(text)
    return frozenset(
        name.strip(".,").removesuffix("’s").removesuffix("'s").lower() for name in found if name[0].isupper() or name[0].isdigit()
    )


_RULES: dict[str, VetoRules] = {}  # by the profile's digest; a process reads one or two profiles
