"""Numbers, durations and terms: what a text states, as ranges with their place in it.

Patterns of a profile and its language packs are regular expressions over folded text with these macros:

``{ORD}``       an ordinal from the third on
``{N}``         a number or a range in digits or words ("10", "five to ten", "between 20 and 30")
``{DURATION}``  a number and a unit of time, or a word that holds both (Arabic and Hebrew duals)
``{GLUED}``     a number and a unit in one word ("zweimonatig")
``{AMOUNT}``    a word that stands for a figure ("all", "half of", "dozens")
``{TRUCE}`` ``{PROPOSAL}``  the pack's nouns

A number without a pattern that gives it a role is dropped, never guessed: news is full of day counts, ages, votes and
trucks.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .language_packs import LanguagePack
from .topics import Term
from .words import fold_plain

_DIGITS = r"\d{1,3}(?:[,٬.]\d{3})+(?!\d)|\d+(?:[.٫]\d+)?"
DURATION_TERM = "duration_days"
ORDINAL = ":ordinal"
AMOUNT = ":amount:"  # in the name of a rule, before the word that stands for the figure: "all", "dozens", "all living"
ALL = "all"
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


def _is_amount(pattern: str) -> bool:
    """Tell whether a pattern may find a word for a figure: the macro, or the group ``a`` around a definite article."""
    return "{AMOUNT}" in pattern or "(?P<a>" in pattern


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
        self._amounts = [(re.compile("|".join(patterns)), name) for name, patterns in pack.amounts.items()]
        self._qualifiers = [
            (re.compile(rf"(?<!\w){left}(?:{'|'.join(patterns)})(?!\w)"), name)
            for name, patterns in pack.amount_qualifiers.items()
        ]
        amounts = "|".join(pattern for patterns in pack.amounts.values() for pattern in patterns) or "(?!)"
        self._macros = {
            "{AMOUNT}": f"(?P<a>{amounts})",
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
        self._macro_duration = re.compile(self._macros["{DURATION}"])
        longer = "|".join(pack.extended_to) or "(?!)"
        duration = self._anonymous("{DURATION}")
        self._longer = re.compile(rf"\W*(?:[\w'-]+\W+){{0,2}}?(?:{longer})\W+(?:(?P<to>{duration})|{number}(?!\w))")
        joins = "|".join(pack.range_joins) or "(?!)"
        between, conjunction = (re.escape(fold_plain(word)) for word in pack.between) if pack.between else ("(?!)", "(?!)")
        self._second = re.compile(rf"(?:\s+(?:{joins})\s+|(?P<and>\s+{conjunction}\s*))(?P<to>{duration})")
        self._between = re.compile(rf"(?<!\w){between}\s")
        self.rare = self._any_of(pattern for term in terms if term.is_rare for pattern in term.patterns.get(pack.code, ()))
        for term in terms:
            self._patterns += [
                (
                    term.id,
                    term.kind,
                    term.at_most,
                    self._compile(pattern),
                    f"{pack.code}:{term.id}:{i}" + (ORDINAL if "{ORD}" in pattern else AMOUNT if _is_amount(pattern) else ""),
                )
                for i, pattern in enumerate(term.patterns.get(pack.code, ()))
            ]

    def _expand(self, pattern: str) -> str:
        for macro, expansion in self._macros.items():
            pattern = pattern.replace(macro, expansion)
        return rf"(?<!\w){self._left}(?:{pattern})"

    def _anonymous(self, macro: str) -> str:
        """A macro without its groups, to stand beside another of its kind."""
        return re.sub(r"\?P<\w+>", "?:", self._macros[macro])

    def _any_of(self, patterns: Iterable[str]) -> re.Pattern[str]:
        """One pattern for whether any of these may be there."""
        return re.compile(re.sub(r"\?P<\w+>", "?:", "|".join(map(self._expand, patterns))) or r"(?!)")

    def _compile(self, pattern: str) -> re.Pattern[str]:
        return re.compile(self._expand(pattern))

    @property
    def patterns(self) -> list[re.Pattern[str]]:
        """All compiled patterns, for the sieve."""
        return [pattern for *_, pattern, _ in self._patterns]

    def find(self, folded: str, start: int, end: int, *, only: Sequence[int] | None = None) -> list[Found]:
        """All terms stated between two positions, longest first where they overlap, in the order of the text.

        ``only`` are the numbers of the patterns that may match here, in their order; without it all are tried.
        """
        found: list[Found] = []
        has_number: bool | None = None
        patterns = self._patterns if only is None else (self._patterns[number] for number in only)
        for term, kind, at_most, pattern, rule in patterns:
            if kind != "flag" and not rule.endswith(AMOUNT):
                if has_number is None:  # most sentences hold no number at all
                    has_number = self._number.search(folded, start, end) is not None
                if not has_number:
                    continue
            for match in pattern.finditer(folded, start, end):
                item = self._found(term, kind, at_most, match, rule)
                if item is not None and not self._is_something_else(item, folded, start, end):
                    found.append(item)
        found.sort(key=lambda f: (f.term, AMOUNT in f.rule, f.start, f.start - f.end))  # of "all 40", the figure
        kept: list[Found] = []
        for item in found:
            if not any(k.term == item.term and item.start < k.end and k.start < item.end for k in kept):
                kept.append(item)
        kept = [self._lengthened(folded, item, end) if item.term == DURATION_TERM else item for item in kept]
        return sorted(kept, key=lambda f: (f.start, f.end, f.term))

    def _found(self, term: str, kind: str, at_most: float | None, match: re.Match[str], rule: str) -> Found | None:
        bounds = self._bounds(kind, match)
        if rule.endswith(AMOUNT) and bounds is None:
            rule += self._amount_of(match)
        elif kind != "flag" and (bounds is None or (at_most is not None and bounds[1] > at_most)):
            return None
        low, high = bounds or (None, None)
        return Found(term, match.start(), match.end(), low, high, rule)

    def _is_something_else(self, item: Found, folded: str, start: int, end: int) -> bool:
        """Tell whether what stands right beside a figure takes its role away: "… are still held"."""
        unless = self._unless.get(item.term)
        beside = max(start, item.start - _BESIDE), min(end, item.end + _BESIDE)
        return unless is not None and unless.search(folded, *beside) is not None

    def _lengthened(self, folded: str, found: Found, end: int) -> Found:
        """A duration with what it may be extended to for its upper bound: "two weeks, extendable to three or four"."""
        match = self._second.match(folded, found.end, end) or self._longer.match(folded, found.end, end)
        if match is None or not found.low:
            return found
        if match.re is self._second and match["and"] and not self._between.search(folded, max(0, found.start - 10), found.end):
            return found  # "two weeks and three days" is one after the other
        if to := match["to"]:
            whole = self._macro_duration.fullmatch(to)
            bounds = self._bounds("duration", whole) if whole else None
        else:  # in the unit just used
            unit = max((days for pattern, days in self._units if pattern.search(folded, found.start, found.end)), default=1.0)
            read = self._numbers.read(match["n"])
            bounds = (read[0] * unit, read[-1] * unit) if read else None
        if bounds is None or found.high is None or bounds[1] <= found.high:
            return found
        return replace(found, end=match.end(), high=round(bounds[1], 6))

    def _amount_of(self, match: re.Match[str]) -> str:
        """The word that stands for the figure, as the pack names it, with what narrows it: "all living"."""
        given = match["a"]  # none where the pattern has its amount elsewhere: a definite article, which means all of them
        name = next((name for pattern, name in self._amounts if given and pattern.fullmatch(given)), ALL)
        narrowed = (name for pattern, name in self._qualifiers if pattern.search(match.group()))
        return " ".join((name, *narrowed))

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
