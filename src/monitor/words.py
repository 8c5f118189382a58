"""Folding a text for matching, and lists of words turned into one pattern.

Folding changes the length of a text ("ﬁ" becomes "fi", Arabic vowel signs vanish), so a folded text carries, for each
of its code points, where it stood in the original: spans found in it are always reported over the original.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

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
    offsets: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Translate a half-open span of the folded text into one of the original."""
        return self.offsets[start], (self.offsets[end - 1] + 1 if end > start else self.offsets[start])


def fold(text: str) -> Folded:
    """NFKC and casefold, without vowel signs, with one spelling for quotes, dashes and the Arabic alef."""
    pieces: list[str] = []
    offsets: list[int] = []
    for position, character in enumerate(text):
        folded = _FOLD[character]
        pieces.append(folded)
        offsets.extend([position] * len(folded))
    offsets.append(len(text))
    return Folded("".join(pieces), tuple(offsets))


def fold_plain(text: str) -> str:
    """The folded text alone."""
    return "".join(_FOLD[character] for character in text)


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
