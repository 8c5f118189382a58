"""Which proposals of the ledger are nearest to a mention, in the order of their points, without scoring all of them with reasons.

The ledger is kept field by field in arrays, so that the sums of all entries take some dozens of operations on whole columns; the
reasons are worked out only for entries that somebody looks at. The sums are added up in the order of ``Scorer.score`` in the
same double precision, so they are its very sums: a property test holds points, order and ties against scoring all and sorting.

Not taken: candidates by shared fields only, since the nearest proposal is named beside every decision, also where nothing is
shared; shelves opened by the most that they can hold (the threshold algorithm of Fagin, Lotem and Naor 2003): where all
proposals are on the table at once nothing bounds them apart, and it took 15 ms among 2,000.
"""

import datetime as dt
from collections import UserDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from .events import MentionDetected
from .mentions import RESOLUTION, bounds
from .readings import DURATION_TERM
from .scoring import ALIKE, EARLY, FAR, FRESH, JUST_MADE, LATE, MONTH, LedgerEntry, Range, Scored, Scorer

_EPOCH, _MICROSECOND = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.timedelta(microseconds=1)
_AHEAD, _BEHIND, _RECENT, _A_MONTH = (span // _MICROSECOND for span in (EARLY, LATE, FRESH, MONTH))
_JUST = tuple(span // _MICROSECOND for span in JUST_MADE)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Parties = tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]  # proposers, claimed by, mediators, nicknames


class _Columns:
    """The entries' fields: a row each, in no order. Moments are microseconds since 1970, exact as doubles; NaN is unknown."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self._since, self._until = np.empty(0), np.empty(0)
        self._kind = np.empty(0, np.int64)
        self._low: dict[str, Floats] = {}  # term → smallest figure read for it
        self._high: dict[str, Floats] = {}
        self._stated: dict[str, Bools] = {}  # term → whether it is spoken of at all

    def put(self, row: int, entry: LedgerEntry, kind: int) -> None:
        """Write an entry into its row; ``row`` is an old one or the one after the last."""
        if row == len(self._since):
            self._grow(2 * row + 64)
        self._since[row], self._until[row] = _moment(entry.active_from), _moment(entry.active_until)
        self._kind[row] = kind
        for stated in self._stated.values():
            stated[row] = False
        for term, span in entry.spans.items():
            if term not in self._stated:
                size = len(self._since)
                self._low[term], self._high[term] = np.full(size, np.nan), np.full(size, np.nan)
                self._stated[term] = np.zeros(size, np.bool_)
            self._stated[term][row] = True
            self._low[term][row], self._high[term][row] = span or (np.nan, np.nan)

    def move(self, row: int, to: int) -> None:
        """Copy a row over another one."""
        for column in (self._since, self._until, self._kind, *self._low.values(), *self._high.values(), *self._stated.values()):
            column[to] = column[row]

    def _grow(self, size: int) -> None:
        more = size - len(self._since)
        self._since, self._until = (np.append(column, np.empty(more)) for column in (self._since, self._until))
        self._kind = np.append(self._kind, np.zeros(more, np.int64))
        for figures in (self._low, self._high):
            figures.update({term: np.append(column, np.full(more, np.nan)) for term, column in figures.items()})
        self._stated = {term: np.append(column, np.zeros(more, np.bool_)) for term, column in self._stated.items()}

    # ---- as they are read: as many as there are entries

    @property
    def since(self) -> Floats:
        """When each came onto the table."""
        return self._since[: len(self.keys)]

    @property
    def until(self) -> Floats:
        """When each left it."""
        return self._until[: len(self.keys)]

    @property
    def kind(self) -> NDArray[np.int64]:
        """The number of each one's parties and names."""
        return self._kind[: len(self.keys)]

    def term(self, term: str) -> tuple[Bools, Floats, Floats] | None:
        """Which speak of a term, and the smallest and largest figure of each; None where nobody does."""
        if term not in self._stated:
            return None
        count = len(self.keys)
        return self._stated[term][:count], self._low[term][:count], self._high[term][:count]


@dataclass(slots=True)
class _Kind:
    """Entries with the same parties and names: one that stands for all of them, and how many there are."""

    example: LedgerEntry
    count: int = 0


class LedgerEntries(UserDict[str, LedgerEntry]):
    """The ledger's entries by id. Whoever changes one that stands here calls ``changed`` after."""

    def __init__(self, entries: Iterable[LedgerEntry] = ()) -> None:
        self._columns = _Columns()
        self._rows: dict[str, int] = {}
        self._numbers: dict[Parties, int] = {}
        self._kinds: list[_Kind] = []
        self._have_proposers: list[bool] = []  # a flag for each kind
        self._known_as: dict[str, set[int]] = {}  # party or nickname → kinds with it
        super().__init__()
        for entry in entries:
            self[entry.proposal_id] = entry

    def __setitem__(self, key: str, entry: LedgerEntry) -> None:
        """Put an entry in, or write its row anew."""
        super().__setitem__(key, entry)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = len(self._columns.keys)
            self._columns.put(row, entry, self._number(entry))
            self._columns.keys.append(key)
        else:
            self._leave(row)
            self._columns.put(row, entry, self._number(entry))

    def __delitem__(self, key: str) -> None:
        """Take an entry out; the last row takes its place."""
        super().__delitem__(key)
        row, columns = self._rows.pop(key), self._columns
        self._leave(row)
        columns.move(len(columns.keys) - 1, row)
        last = columns.keys.pop()
        if last != key:
            columns.keys[row] = last
            self._rows[last] = row

    def changed(self, entry: LedgerEntry) -> None:
        """Write an entry anew whose readings or parties grew."""
        self[entry.proposal_id] = entry

    def on_table(self, moment: dt.datetime) -> Iterator[LedgerEntry]:
        """The entries that were on the table then: the latest first, of those that came at once the one with the last id."""
        is_early, is_late = _outside(self._columns, _moment(moment))
        rows = np.flatnonzero(~(is_early | is_late))
        since = np.nan_to_num(self._columns.since, nan=-np.inf)
        newest = rows[np.argsort(-since[rows], kind="stable")]
        for _, same in groupby(newest, key=since.__getitem__):
            yield from sorted((self[self._columns.keys[row]] for row in same), key=lambda e: e.proposal_id, reverse=True)

    def ranked(self, scorer: Scorer, mention: MentionDetected, linked: tuple[str, str] | None) -> Iterator[Scored]:
        """Every entry with its points, most first, equal ones by proposal id; reasons are made for as many as are asked for."""
        sums = _Sums(self, self._columns, scorer, mention).all(self._linked_rows(scorer, mention, linked))
        order = np.argsort(-sums, kind="stable")
        begin = 0
        while begin < len(order):
            end = begin + int(np.searchsorted(-sums[order[begin:]], -sums[order[begin]], side="right"))
            alike = [self._columns.keys[row] for row in order[begin:end]]
            for key in sorted(alike, key=lambda key: (self[key].proposal_id, key)):
                yield scorer.score(mention, self[key], linked)
            begin = end

    def _linked_rows(self, scorer: Scorer, mention: MentionDetected, linked: tuple[str, str] | None) -> list[int]:
        """The rows of what the text spoke of last, where the mention is so vague that this counts."""
        if linked is None or linked[0] != mention.article_id or mention.specificity >= scorer.profile.resolution.specific:
            return []
        return [row for key, row in self._rows.items() if self[key].proposal_id == linked[1]]

    def _number(self, entry: LedgerEntry) -> int:
        """The number of an entry's kind, one of which it is from now on."""
        sets = (entry.proposers, entry.claimed_by, entry.mediators, entry.nicknames)
        named: Parties = (frozenset(sets[0]), frozenset(sets[1]), frozenset(sets[2]), frozenset(sets[3]))
        number = self._numbers.setdefault(named, len(self._kinds))
        if number == len(self._kinds):
            copies = [set(one) for one in sets]  # the entry itself may grow
            self._kinds.append(_Kind(LedgerEntry("", "", copies[0], copies[1], copies[2], copies[3], None, None)))
            self._have_proposers.append(bool(copies[0]))
        kind = self._kinds[number]
        if not kind.count:
            for name in set().union(*sets):
                self._known_as.setdefault(name, set()).add(number)
        kind.count += 1
        return number

    def _leave(self, row: int) -> None:
        """The entry of a row is one of its kind no longer."""
        number = int(self._columns.kind[row])
        kind = self._kinds[number]
        kind.count -= 1
        if not kind.count:
            gone = kind.example
            for name in set().union(gone.proposers, gone.claimed_by, gone.mediators, gone.nicknames):
                self._known_as[name].discard(number)

    # ---- for the sums

    def acquainted(self, names: Iterable[str]) -> Iterator[tuple[int, LedgerEntry]]:
        """The kinds of entries that have one of the parties or nicknames, each by its number with an example."""
        numbers = set().union(*(self._known_as.get(name, ()) for name in names))
        return ((number, self._kinds[number].example) for number in numbers)

    def have_proposers(self) -> Bools:
        """Of each kind, by its number, whether it is somebody's."""
        return np.array(self._have_proposers, np.bool_)


class _Sums:
    """The sums of one mention over all entries: what ``Scorer.score`` gives, in its order, column by column."""

    def __init__(self, entries: LedgerEntries, columns: _Columns, scorer: Scorer, mention: MentionDetected) -> None:
        self._entries, self._columns, self._scorer, self._mention = entries, columns, scorer, mention
        self._weights = scorer.profile.resolution.weights

    def all(self, linked: list[int]) -> Floats:
        """One sum a row; ``linked`` are the rows of what the text last spoke of."""
        weights = self._weights
        by_name, by_proposer, is_body, is_shared, by_mediator = self._by_parties()
        kind = self._columns.kind
        sums = by_name[kind] + by_proposer[kind]
        for points in self._by_dates(is_body[kind], is_shared[kind]):
            sums += points
        sums += by_mediator[kind]
        for term in sorted({reading.term for reading in self._mention.readings}):
            if (known := self._columns.term(term)) is not None:
                sums += self._by_term(term, bounds(self._mention.readings, term), *known)
        sums[linked] += weights.same_document
        return sums

    def _by_parties(self) -> tuple[Floats, Floats, Bools, Bools, Floats]:
        """Of each kind: points for name and proposers, whether both are a body's and proposers are shared, points for mediators.

        Strangers, which have none of the mention's parties, all get the same.
        """
        weights, mention, scorer = self._weights, self._mention, self._scorer
        has_proposers = self._entries.have_proposers()
        count = len(has_proposers)
        is_named = bool(mention.nicknames) and mention.lineage is None
        by_name = np.full(count, weights.other_nickname if is_named else 0.0)
        by_proposer = np.where(
            has_proposers, weights.other_proposer if mention.proposers or RESOLUTION in mention.rules else 0.0, 0.0
        )
        is_body, is_shared, by_mediator = np.zeros(count, np.bool_), np.zeros(count, np.bool_), np.zeros(count)
        ours = scorer.spelt_out(set(mention.proposers))
        for number, kind in self._entries.acquainted(self._parties_of_interest() | set(mention.nicknames)):
            if is_named and kind.nicknames & set(mention.nicknames):
                by_name[number] = weights.nickname
            by_proposer[number] = scorer.proposer_points(mention, kind)[0]
            is_body[number] = scorer.is_of_body(mention, kind)
            is_shared[number] = bool(ours & scorer.spelt_out(kind.proposers))
            if kind.mediators & set(mention.mediators):
                by_mediator[number] = weights.mediator
        return by_name, by_proposer, is_body, is_shared, by_mediator

    def _parties_of_interest(self) -> set[str]:
        """Every party with which an entry has something to do with the mention."""
        scorer, mention = self._scorer, self._mention
        named = {*mention.proposers, *mention.mediators} | (scorer.bodies if RESOLUTION in mention.rules else set())
        members = scorer.spelt_out(named)
        return named | members | {group for group, listed in scorer.members.items() if members & set(listed)}

    def _by_dates(self, is_body: Bools, is_shared: Bools) -> Iterator[Floats]:
        """The points for dates, row by row of the score."""
        weights, mention, now = self._weights, self._mention, _moment(self._mention.reported_at)
        since, until = self._columns.since, self._columns.until
        age = now - since
        yield np.where(is_body & (np.abs(age) <= _RECENT), weights.body_at_the_time, 0.0)
        yield np.where(is_shared & (_JUST[0] <= age) & (age <= _JUST[1]), weights.just_made, 0.0)
        is_early, is_late = _outside(self._columns, now)
        months = np.where(is_early, since - _AHEAD - now, now - until - _BEHIND) / _A_MONTH
        outside = np.maximum(weights.inactive_floor, weights.inactive_a_month * months)
        active = np.where(is_early | is_late, outside, weights.active)
        yield np.where(now < since - _AHEAD - _A_MONTH // 2, weights.not_yet, active)
        if mention.is_called_new:
            yield np.where(age > _RECENT, weights.called_new, 0.0)
        if mention.is_proposing and not mention.nicknames:
            yield np.where(age > _RECENT + _AHEAD, weights.fresh_act, 0.0)

    def _by_term(self, term: str, new: Range | None, stated: Bools, low: Floats, high: Floats) -> Floats:
        """The points for a term that both state."""
        weights = self._weights
        unsaid = np.where(stated, weights.rare_term if term in self._scorer.rare else 0.0, 0.0)
        if new is None:
            return unsaid
        is_alike = (new[0] <= high * (1 + ALIKE)) & (new[1] >= low * (1 - ALIKE))
        if term == DURATION_TERM:
            ratio = np.maximum(new[0] / np.maximum(high, 0.01), low / max(new[1], 0.01))
            off = np.where(ratio > FAR, weights.duration_far_off, weights.duration_off)
            points = np.where(is_alike, weights.duration, off)
        else:
            points = np.where(is_alike, weights.count, weights.phases_off if term == "phases" else weights.count_off)
        return np.where(stated & ~np.isnan(low), points, unsaid)


def _outside(columns: _Columns, now: float) -> tuple[Bools, Bools]:
    """Which entries were not yet on the table at a moment, and which no longer."""
    is_early = now < columns.since - _AHEAD
    return is_early, ~is_early & (now > columns.until + _BEHIND)


def _moment(moment: dt.datetime | None) -> float:
    """Microseconds since 1970, which a double holds exactly until the year 2255; NaN where no moment is known."""
    return float("nan") if moment is None else float((moment - _EPOCH) // _MICROSECOND)


class Ranking:
    """The entries in their order, scored as far as somebody looks."""

    def __init__(self, ranked: Iterator[Scored]) -> None:
        self._ranked, self._seen = ranked, list[Scored]()

    def at(self, number: int) -> Scored | None:
        """The one at a place from 0; None where there are fewer."""
        while len(self._seen) <= number:
            if (following := next(self._ranked, None)) is None:
                return None
            self._seen.append(following)
        return self._seen[number]

    def down_to(self, score: float) -> Iterator[Scored]:
        """Those with as many points or more, most first."""
        number = 0
        while (scored := self.at(number)) is not None and scored.score >= score:
            yield scored
            number += 1
