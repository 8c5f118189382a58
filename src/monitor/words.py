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
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+(?: [^\x00-\x7f]+)*")


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
    folded = fold_plain(text)
    if text.isascii() or _keeps_places(text, folded):
        return Folded(folded, range(len(text) + 1))
    offsets: list[int] = []
    for position, piece in enumerate(map(_FOLD.__getitem__, text)):
        offsets.extend([position] * len(piece))
    offsets.append(len(text))
    return Folded(folded, tuple(offsets))


def _keeps_places(text: str, folded: str) -> bool:
    """Tell whether every code point became one: true of most texts, and cheaper to ask of each kind of character once."""
    return len(folded) == len(text) and all(len(_FOLD[character]) == 1 for character in set(text))


def fold_plain(text: str) -> str:
    """The folded text alone. Only runs beyond ASCII are folded sign by sign; the rest is lowered at once."""
    if not text.isascii():
        text = _BEYOND_ASCII.sub(lambda run: "".join(map(_FOLD.__getitem__, run.group())), text)
    return text.lower().replace("`", "'")


class Phrases:
    """Where the phrases of a long list stand in a folded text, as whole words; each phrase has a key.

    One automaton (Aho and Corasick 1975) passes over the text once, however long the list: an alternation of a thousand
    names costs a hundred times as much. A side of a phrase to which its language joins no letters goes into the automaton
    with the blank beside it, so that it finds whole words only ("us" stands in every tenth word); letters that a language
    does join are tried only where a phrase was found.
    """

    def __init__(self, phrases: Iterable[tuple[str, str]], *, affixes: dict[str, tuple[str, str]] | None = None) -> None:
        """``phrases`` are pairs of key and phrase; ``affixes`` gives, by key, patterns of what may be joined left and right."""
        entries = sorted({(_separated(" ".join(_WORDS.split(fold_plain(phrase).strip()))), key) for key, phrase in phrases})
        entries = [(phrase, key) for phrase, key in entries if phrase.strip()]
        self._affixes = {
            key: (re.compile(left or "(?!)"), re.compile(right or "(?!)")) for key, (left, right) in (affixes or {}).items()
        }
        self._entries: list[tuple[str, int, int]] = []  # key, blanks that the automaton has on the left, on the right
        patterns = []
        for phrase, key in entries:
            left, right = (affixes or {}).get(key, ("", ""))
            # Only beside ASCII: a vowel sign of Devanagari is no letter to Python, but no blank either.
            before, after = int(not left and phrase[0].isascii()), int(not right and phrase[-1].isascii())
            self._entries.append((key, before, after))
            patterns.append(" " * before + phrase + " " * after)
        self._automaton = ahocorasick_rs.AhoCorasick(patterns) if patterns else None

    def places(self, folded: str) -> dict[str, list[tuple[int, int]]]:
        """Key → start and end of all its places, also of those that overlap, in no order to rely on."""
        found: dict[str, list[tuple[int, int]]] = {}
        if self._automaton is None:
            return found
        plain = f" {_separated(folded)} "
        entries = self._entries
        for index, start, end in self._automaton.find_matches_as_indexes(plain, overlapping=True):
            key, before, after = entries[index]
            if (before and after) or self._is_whole(plain, start + before, end - after, key):
                found.setdefault(key, []).append((start + before - 1, end - after - 1))
        return found

    def find(self, folded: str) -> list[tuple[int, int, str]]:
        """Start, end and key of each place, the longest at each; places of one key do not overlap."""
        return sorted((start, end, key) for key, spans in self.places(folded).items() for start, end in longest_first(spans))

    def _is_whole(self, text: str, start: int, end: int, key: str) -> bool:
        if _is_letter(text[start - 1]) or _is_letter(text[end]):  # a blank stands at either end of the text
            left, right = self._affixes.get(key, (_NOTHING, _NOTHING))
            first, last = start, end
            while _is_letter(text[first - 1]):
                first -= 1
            while _is_letter(text[last]):
                last += 1
            return (first == start or bool(left.fullmatch(text, first, start))) and (
                last == end or bool(right.fullmatch(text, end, last))
            )
        return True


def longest_first(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Half-open spans without those that overlap one kept before: in the order of the text, of several at a place the longest."""
    kept: list[tuple[int, int]] = []
    until = -1
    for start, minus_end in sorted([(start, -end) for start, end in spans]):
        if start >= until:
            until = -minus_end
            kept.append((start, until))
    return kept


_WORDS = re.compile(r"[\s\-]+")
_NOTHING = re.compile("(?!)")


class _SeparatorTable(dict[int, int]):
    """One code point → itself, or a blank where it parts words: white space, hyphens, and what is no letter of any kind."""

    def __missing__(self, code: int) -> int:
        self[code] = ord(" ") if unicodedata.category(chr(code))[0] in "PSZC" and chr(code) != "_" else code
        return self[code]


_SEPARATORS = _SeparatorTable()
_ASCII_SEPARATORS = bytes(_SEPARATORS[code] if code < 128 else code for code in range(256))


def _separated(folded: str) -> str:
    """``folded`` with a blank for every sign between words; of the same length."""
    if folded.isascii():
        return folded.encode("ascii").translate(_ASCII_SEPARATORS).decode("ascii")
    return folded.translate(_SEPARATORS)


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
