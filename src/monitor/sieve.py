"""Which patterns can match where: one pass of an automaton instead of one of each pattern.

A regular expression matches only where one of the strings stands that every match of it must hold ("hostage" for
``[0-9]+ (?:[a-z]+ )?hostages?``). These strings are read off the parsed expressions, all go into one automaton (Aho and
Corasick 1975), and its hits say for each sentence which expressions are worth trying. RE2's FilteredRE2 and the literal
optimisations of Rust's regex do the same. Nothing is lost: an expression without such a string is always tried.

The parser is that of ``re`` itself, which Python keeps private; a second one would be longer and could differ from it.
"""

import bisect
import re
from collections.abc import Iterable, Sequence
from itertools import product
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import ahocorasick_rs

_MOST_STRINGS = 64  # of a run spelt out; longer lists are cut there
_SHORTEST = 2  # a single letter stands in every sentence

Strings = frozenset[str]


def required_strings(pattern: str) -> Strings | None:
    """Strings of which one stands in every match of a regular expression; None where none can be told.

    Of an expression that matches nothing, none at all.
    """
    items = _parser.parse(pattern)
    return frozenset() if _is_never(items) else _required(items)


def _is_never(items: Iterable[tuple[Any, Any]]) -> bool:
    """Tell whether a sequence holds ``(?!)``, which stands for an empty list of words."""
    return any(
        (op is ops.ASSERT_NOT and not list(value[1]))
        or (op is ops.SUBPATTERN and _is_never(value[-1]))
        or (op is ops.BRANCH and all(map(_is_never, value[1])))
        for op, value in items
    )


def _required(items: Iterable[tuple[Any, Any]]) -> Strings | None:
    """The best set of a sequence: runs that can be spelt out, and what single items require."""
    found: list[Strings] = []
    run: Strings = frozenset([""])
    for item in items:
        spelt = _spelt(item)
        joined = frozenset(a + b for a, b in product(run, spelt)) if spelt and len(run) * len(spelt) <= _MOST_STRINGS else None
        if joined is not None:
            run = joined
            continue
        found.append(run)
        run = spelt or frozenset([""])
        if (inner := _inside(item)) is not None:
            found.append(inner)
    best = max((*found, run), key=lambda strings: (min(map(len, strings)), -len(strings)))
    return best if min(map(len, best)) >= _SHORTEST else None


def _spelt(item: tuple[Any, Any]) -> Strings | None:
    """All strings that an item may match, where they are few; an assertion matches the empty one."""
    op, value = item
    match op:
        case ops.LITERAL:
            return frozenset([chr(value)])
        case ops.AT | ops.ASSERT | ops.ASSERT_NOT:
            return frozenset([""])
        case ops.IN:
            return frozenset(chr(c) for _, c in value) if len(value) <= 4 and all(o is ops.LITERAL for o, _ in value) else None
        case ops.SUBPATTERN:
            return _spelt_run(value[-1])
        case ops.BRANCH:
            branches = [_spelt_run(branch) for branch in value[1]]
            if any(branch is None for branch in branches):
                return None
            strings = frozenset(s for branch in branches if branch for s in branch)
            return strings if len(strings) <= _MOST_STRINGS else None
        case ops.MAX_REPEAT | ops.MIN_REPEAT:
            least, most, inner = value
            spelt = _spelt_run(inner) if most == 1 else None
            return spelt | {""} if spelt is not None and least == 0 else spelt
    return None


def _spelt_run(items: Iterable[tuple[Any, Any]]) -> Strings | None:
    run: Strings = frozenset([""])
    for item in items:
        spelt = _spelt(item)
        if spelt is None or len(run) * len(spelt) > _MOST_STRINGS:
            return None
        run = frozenset(a + b for a, b in product(run, spelt))
    return run


def _inside(item: tuple[Any, Any]) -> Strings | None:
    """What an item requires that cannot be spelt out."""
    op, value = item
    match op:
        case ops.SUBPATTERN:
            return _required(value[-1])
        case ops.MAX_REPEAT | ops.MIN_REPEAT:
            return _required(value[2]) if value[0] > 0 else None
        case ops.BRANCH:
            branches = [_required(branch) for branch in value[1]]
            return None if any(b is None for b in branches) else frozenset(s for branch in branches if branch for s in branch)
    return None


class Sieve:
    """The patterns of one language, by the strings that they require. Build once, use for many texts."""

    def __init__(self, patterns: Iterable[re.Pattern[str]]) -> None:
        self.bits: dict[int, int] = {}  # id of a pattern → its bit; of those that are worth sifting
        self._patterns = list(patterns)  # keeps them alive, and with them their ids
        masks: dict[str, int] = {}
        for number, pattern in enumerate(self._patterns):
            if (strings := required_strings(pattern.pattern)) is None or id(pattern) in self.bits:
                continue
            self.bits[id(pattern)] = 1 << number
            for string in strings:
                masks[string] = masks.get(string, 0) | 1 << number
        self._masks = list(masks.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(masks)) if masks else None

    def sift(self, folded: str, starts: Sequence[int]) -> list[int]:
        """For each part of a text the bits of the patterns that may match in it; ``starts`` are where the parts begin, rising."""
        found = [0] * len(starts)
        if self._automaton is None or not found:
            return found
        masks, part, until = self._masks, 0, -1
        for index, start, _ in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if not (starts[part] <= start < until):
                part = max(0, bisect.bisect_right(starts, start) - 1)
                until = starts[part + 1] if part + 1 < len(starts) else len(folded) + 1
            found[part] |= masks[index]
        return found
