"""Numbers, durations and terms: what a text states, as ranges with their place in it.

Patterns of a profile and its language packs are regular expressions over folded text with these macros:

``{ORD}``       an ordinal from the third on
``{N}``         a number or a range in digits or words ("10", "five to ten", "between 20 and 30")
``{DURATION}``  a number and a unit of time, or a word that holds both (Arabic and Hebrew duals)
``{GLUED}``     a number and a unit in one word ("zweimonatig")
``{TRUCE}`` ``{PROPOSAL}``  the pack's nouns

A number without a pattern that gives it a role is dropped, never guessed: news is full of day counts, ages, votes and
trucks.
"""

import re
from dataclasses import dataclass

from .topics import LanguagePack, Term
from .words import fold_plain

_DIGITS = r"\d{1,3}(?:[,٬.]\d{3})+(?!\d)|\d+(?:[.٫]\d+)?"
DURATION_TERM = "duration_days"
ORDINAL = ":ordinal"
_BESIDE = 45  # characters beside a figure that may take its role away


@dataclass(frozen=True, slots=True)
class Found:
    """A term found in folded text: half-open span, bounds (None for a term without a number), the rule's name."""

    term: str
    start: int
    end: int
    low: float | None
    high: float | None
    rule: str


class NumberReader:
    """Reads numbers and ranges of one language."""

    def __init__(self, pack: LanguagePack) -> None:
        self._values = {fold_plain(word): value for word, value in pack.numbers.items()}
        words = "|".join(sorted(map(re.escape, self._values), key=len, reverse=True)) or "(?!)"
        large = "|".join(re.escape(word) for word, value in self._values.items() if value >= 100) or "(?!)"
        joins = "|".join(pack.range_joins) or "(?!)"
        between, conjunction = (re.escape(fold_plain(word)) for word in pack.between) if pack.between else ("(?!)", "(?!)")
        half = f"(?:[\\s-]+(?:{'|'.join(pack.and_a_half)}))?" if pack.and_a_half else ""
        one = rf"(?:{_DIGITS}|(?<!\w)(?:(?:{large})\s{conjunction}\s|(?:{words})[\s-])*(?:{words})(?!\w)){half}"
        join = rf"(?:[\s-]+(?:{joins})[\s-]+|\s*-\s*)"
        self.word = f"(?:{words})"
        self._word = re.compile(words)
        self._half = re.compile("|".join(pack.and_a_half) or "(?!)")
        self._range = re.compile(rf"{between}\s+({one})\s+{conjunction}\s+({one})|({one})(?:{join}({one}))?")
        self.pattern = rf"(?<![\d.,])(?:{between}\s+{one}\s+{conjunction}\s+{one}|{one}(?:{join}{one})?)"

    def read(self, text: str) -> tuple[float, float] | None:
        """Bounds of a matched number or range; None when it cannot be read after all."""
        match = self._range.fullmatch(text.strip())
        parts = [value for piece in match.groups() if piece and (value := self._one(piece)) is not None] if match else []
        return (min(parts), max(parts)) if parts else None

    def _one(self, piece: str) -> float | None:
        if half := self._half.search(piece):  # "four and a half"
            whole = self._one(piece[: half.start()].rstrip(" -"))
            return None if whole is None else whole + 0.5
        digits = re.sub(r"[,٬](?=\d{3})", "", piece)
        digits = re.sub(r"\.(?=\d{3}(?!\d))", "", digits).replace("٫", ".")
        try:
            return float(digits)
        except ValueError:
            values = [self._values[word] for word in self._word.findall(piece)]
        if not values:
            return None
        total = current = 0.0
        for value in values:  # "two hundred" multiplies, "twenty five" adds, "thousand" closes what stands before it
            if value >= 1000:
                total, current = total + (current or 1) * value, 0.0
            else:
                current = current * value if value >= 100 and 0 < current < 100 else current + value
        return total + current


class TermReader:
    """The compiled term patterns of one language."""

    def __init__(self, pack: LanguagePack, terms: tuple[Term, ...]) -> None:
        self._numbers = NumberReader(pack)
        self._ordinals = {fold_plain(word): value for word, value in pack.ordinals.items()}
        units = "|".join(unit.pattern for unit in pack.units) or "(?!)"
        duals = "|".join(unit.pattern for unit in pack.duals) or "(?!)"
        self._units = [(re.compile(unit.pattern), unit.days) for unit in (*pack.units, *pack.duals)]
        number = f"(?P<n>{self._numbers.pattern})"
        ordinals = "|".join(map(re.escape, self._ordinals)) or "(?!)"
        self._number = re.compile(rf"\d|{self._numbers.word}|{duals}|{ordinals}")
        left = self._left = rf"(?:{pack.prefix})?" if pack.prefix else ""
        self._macros = {
            "{N}": number,
            "{DURATION}": rf"(?:{number}[\s-]+(?P<unit>{units})(?!\w)|(?<!\w){left}(?P<dual>{duals})(?!\w))",
            "{GLUED}": rf"(?P<n>{self._numbers.word}|\d+)-?(?P<unit>{units})(?!\w)",
            "{ORD}": "(?P<o>" + ("|".join(map(re.escape, self._ordinals)) or "(?!)") + ")",
            "{TRUCE}": left + "(?:" + "|".join(pack.truce_nouns) + ")",
            "{PROPOSAL}": left + "(?:" + "|".join((*pack.proposal_nouns, *pack.weak_nouns)) + ")",
        }
        self._patterns: list[tuple[str, str, float | None, re.Pattern[str], str]] = [
            (DURATION_TERM, "duration", None, self._compile(p), f"{pack.code}:duration:{i}")
            for i, p in enumerate(pack.duration_patterns)
        ]
        self._unless = {
            term.id: re.compile(re.sub(r"\?P<\w+>", "?:", "|".join(self._expand(pattern) for pattern in patterns)))
            for term in terms
            if (patterns := term.unless.get(pack.code))
        }
        self._flag = self._any_of([term for term in terms if term.kind == "flag"], pack.code)
        self._rare = self._any_of([term for term in terms if term.is_rare], pack.code)
        for term in terms:
            self._patterns += [
                (
                    term.id,
                    term.kind,
                    term.at_most,
                    self._compile(pattern),
                    f"{pack.code}:{term.id}:{i}" + (ORDINAL if "{ORD}" in pattern else ""),
                )
                for i, pattern in enumerate(term.patterns.get(pack.code, ()))
            ]

    def _expand(self, pattern: str) -> str:
        for macro, expansion in self._macros.items():
            pattern = pattern.replace(macro, expansion)
        return rf"(?<!\w){self._left}(?:{pattern})"

    def _any_of(self, terms: list[Term], language: str) -> re.Pattern[str]:
        """One pattern for whether any of these terms may be there."""
        patterns = [self._expand(pattern) for term in terms for pattern in term.patterns.get(language, ())]
        return re.compile(re.sub(r"\?P<\w+>", "?:", "|".join(patterns)) or r"(?!)")

    def _compile(self, pattern: str) -> re.Pattern[str]:
        return re.compile(self._expand(pattern))

    def states_rare(self, folded: str, start: int, end: int) -> bool:
        """Tell whether a rare term may be stated between two positions: cheaper than finding all."""
        return self._rare.search(folded, start, end) is not None

    def find(self, folded: str, start: int, end: int) -> list[Found]:
        """All terms stated between two positions, longest first where they overlap, in the order of the text."""
        found: list[Found] = []
        has_flag = self._flag.search(folded, start, end) is not None
        has_number = self._number.search(folded, start, end) is not None
        for term, kind, at_most, pattern, rule in self._patterns:
            if not (has_flag if kind == "flag" else has_number):
                continue  # most sentences hold no number at all, and no promise
            for match in pattern.finditer(folded, start, end):
                bounds = self._bounds(kind, match)
                if kind != "flag" and (bounds is None or (at_most is not None and bounds[1] > at_most)):
                    continue
                if (unless := self._unless.get(term)) and unless.search(
                    folded, max(start, match.start() - _BESIDE), min(end, match.end() + _BESIDE)
                ):
                    continue
                low, high = bounds or (None, None)
                found.append(Found(term, match.start(), match.end(), low, high, rule))
        found.sort(key=lambda f: (f.term, f.start, f.start - f.end))
        kept: list[Found] = []
        for item in found:
            if not kept or kept[-1].term != item.term or item.start >= kept[-1].end:
                kept.append(item)
        return sorted(kept, key=lambda f: (f.start, f.end, f.term))

    def _bounds(self, kind: str, match: re.Match[str]) -> tuple[float, float] | None:
        groups = match.groupdict()
        if kind == "flag":
            return None
        if dual := groups.get("dual"):
            days = self._days(dual)
            return (days, days)
        if ordinal := groups.get("o"):
            return (self._ordinals[ordinal], self._ordinals[ordinal])
        bounds = self._numbers.read(groups.get("n") or "")
        if bounds is None or kind == "count":
            return bounds
        days = self._days(groups.get("unit") or "")
        return (round(bounds[0] * days, 6), round(bounds[1] * days, 6))

    def _days(self, word: str) -> float:
        return next((days for pattern, days in self._units if pattern.fullmatch(word)), 1.0)
