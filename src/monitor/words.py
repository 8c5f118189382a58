"""Folding a text for matching, and lists of words turned into one pattern or one automaton.

Folding changes the length of a text ("ﬁ" becomes "fi", Arabic vowel signs vanish), so a folded text carries, for each
of its code points, where it stood in the original: spans found in it are always reported over the original.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ahocorasick_rs

_FIXED = {
    **dict.fromkeys("أإآٱ", "ا"),
    "ى": "ي",
    "ة": "ه",
    "ؤ": "و",
    "ئ": "ي",  # spelling varies freely between outlets
    **dict.fromkeys("’‘ʼ´`", "'"),
    **dict.fromkeys("“”„«»״", '"'),
    "׳": "'",
    **dict.fromkeys("‐‑‒–—−", "-"),
    "־": "-",
    "\N{ARABIC TATWEEL}": "",
}


class _FoldTable(dict[str, str]):
    """One code point → its folded form, computed once each."""

    def __missing__(self, character: str) -> str:
        if character in _FIXED:
            folded = _FIXED[character]
        elif unicodedata.category(character) in ("Mn", "Cf"):  # vowel signs, niqqud, direction marks, zero-width joiners
            folded = ""
        else:
            folded = unicodedata.normalize("NFKD", character).casefold()
            folded = "".join(_FIXED.get(c, c) for c in folded if unicodedata.category(c) != "Mn")
        self[character] = folded
        return folded


_FOLD = _FoldTable()


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; ``offsets[i]`` is where its code point i stood in the original, ``offsets[-1]`` its length."""

    text: str
    offsets: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Translate a half-open span of the folded text into one of the original."""
        return self.offsets[start], (self.offsets[end - 1] + 1 if end > start else self.offsets[start])


def fold(text: str) -> Folded:
    """NFKC and casefold, without vowel signs, with one spelling for quotes, dashes and the Arabic alef."""
    if text.isascii():
        return Folded(fold_plain(text), range(len(text) + 1))
    pieces = [_FOLD[character] for character in text]
    folded = "".join(pieces)
    if len(folded) == len(text) and all(map(len, pieces)):  # nothing changed its length: most texts
        return Folded(folded, range(len(text) + 1))
    offsets: list[int] = []
    for position, piece in enumerate(pieces):
        offsets.extend([position] * len(piece))
    offsets.append(len(text))
    return Folded(folded, tuple(offsets))


def fold_plain(text: str) -> str:
    """The folded text alone."""
    if text.isascii():
        return text.lower().replace("`", "'")
    return "".join([_FOLD[character] for character in text])


class Phrases:
    """Where the phrases of a long list stand in a folded text, as whole words; each phrase has a key.

    One automaton (Aho and Corasick 1975) passes over the text once, however long the list: an alternation of a thousand
    names costs a hundred times as much. Letters that a language joins to a word are tried only where a phrase was found.
    """

    def __init__(self, phrases: Iterable[tuple[str, str]], *, affixes: dict[str, tuple[str, str]] | None = None) -> None:
        """``phrases`` are pairs of key and phrase; ``affixes`` gives, by key, patterns of what may be joined left and right."""
        self._entries = sorted(
            {(" ".join(_WORDS.split(fold_plain(phrase).strip())), key) for key, phrase in phrases} - {("", "")}
        )
        self._entries = [(phrase, key) for phrase, key in self._entries if phrase]
        self._affixes = {
            key: (re.compile(left or "(?!)"), re.compile(right or "(?!)")) for key, (left, right) in (affixes or {}).items()
        }
        self._automaton = ahocorasick_rs.AhoCorasick([phrase for phrase, _ in self._entries]) if self._entries else None

    def find(self, folded: str) -> list[tuple[int, int, str]]:
        """Start, end and key of each place, the longest at each; places of one key do not overlap."""
        if self._automaton is None:
            return []
        plain = folded.translate(_SEPARATORS)
        found: dict[str, list[tuple[int, int]]] = {}
        for index, start, end in self._automaton.find_matches_as_indexes(plain, overlapping=True):
            key = self._entries[index][1]
            if self._is_whole(plain, start, end, key):
                found.setdefault(key, []).append((start, end))
        places: list[tuple[int, int, str]] = []
        for key, spans in found.items():
            places += [(start, end, key) for start, end in longest_first(spans)]
        return sorted(places)

    def _is_whole(self, text: str, start: int, end: int, key: str) -> bool:
        if (start > 0 and _is_letter(text[start - 1])) or (end < len(text) and _is_letter(text[end])):
            left, right = self._affixes.get(key, (_NOTHING, _NOTHING))
            first, last = start, end
            while first > 0 and _is_letter(text[first - 1]):
                first -= 1
            while last < len(text) and _is_letter(text[last]):
                last += 1
            return (first == start or bool(left.fullmatch(text, first, start))) and (
                last == end or bool(right.fullmatch(text, end, last))
            )
        return True


def longest_first(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Half-open spans without those that overlap one kept before: in the order of the text, of several at a place the longest."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


_WORDS = re.compile(r"[\s\-]+")
_NOTHING = re.compile("(?!)")
_SEPARATORS = {ord(character): " " for character in "-\n\r\t\f\v\u2028\u2029\x85"}


def _is_letter(character: str) -> bool:
    return character.isalnum() or character == "_"


def phrase_pattern(phrases: Iterable[str]) -> str:
    """An alternation of plain phrases in folded form, longest first; any white space or hyphen between their words.

    Matches nothing when there are no phrases.
    """
    folded = sorted({fold_plain(phrase).strip() for phrase in phrases} - {""}, key=lambda p: (-len(p), p))
    return "|".join(r"[\s\-]+".join(re.escape(word) for word in re.split(r"[\s\-]+", phrase)) for phrase in folded) or r"(?!)"


def whole_words(alternatives: str, *, prefix: str = "", suffix: str = "") -> str:
    """``alternatives`` as whole words; ``prefix``/``suffix`` are letters that a language joins to a word."""
    left, right = (f"(?:{prefix})?" if prefix else ""), (f"(?:{suffix})?" if suffix else "")
    return rf"(?<!\w){left}(?:{alternatives}){right}(?!\w)"


def word_pattern(phrases: Iterable[str], *, prefix: str = "", suffix: str = "") -> re.Pattern[str]:
    """Compile plain phrases as whole words over folded text."""
    return re.compile(whole_words(phrase_pattern(phrases), prefix=prefix, suffix=suffix))
