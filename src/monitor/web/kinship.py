"""What ties a proposal to others and what tells it from them: its family with the terms that changed, its neighbours' points."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import EventError
from ..events import MentionDetected, Reading, read_event
from ..scoring import LedgerEntry, Scorer, figure
from ..topics import TopicProfile

Row = dict[str, Any]
_NEAREST = 4  # neighbours that a proposal is held against


def family_tree(kin: Sequence[Row], terms: Mapping[str, Sequence[Row]], proposal_id: str) -> list[Row]:
    """Of the rows of ``page/kin`` the family of one proposal, as a tree, with ``depth`` and the terms that are not its parent's.

    The family is the first of its line and all that vary or answer it, at whatever distance.
    """
    known = {row["proposal_id"]: row for row in kin}
    children: defaultdict[str, list[Row]] = defaultdict(list)
    for row in kin:
        children[row["parent_id"] or ""].append(row)
    first, seen = proposal_id, {proposal_id}
    while (parent := known[first]["parent_id"]) in known and parent not in seen:  # a ring of parents must end
        first = parent
        seen.add(parent)
    found: list[Row] = []
    told: set[str] = set()
    waiting = [(known[first], 0)]
    while waiting:
        row, depth = waiting.pop()
        if row["proposal_id"] in told:
            continue
        told.add(row["proposal_id"])
        changed = differences(terms.get(row["parent_id"], ()), terms.get(row["proposal_id"], ())) if depth else []
        found.append(row | {"depth": depth, "changed": changed})
        waiting += [(child, depth + 1) for child in reversed(children[row["proposal_id"]])]
    return found


def differences(before: Sequence[Row], after: Sequence[Row]) -> list[Row]:
    """Terms of one proposal that another has otherwise, or has not: term, ``low`` and ``high``, and ``was`` (its range there).

    Only what the later one states counts: that a text is silent on a term is no change of it.
    """
    theirs = {row["term"]: row for row in before}
    found = []
    for row in after:
        old = theirs.get(row["term"])
        if old is not None and (old["low"], old["high"]) == (row["low"], row["high"]):
            continue
        was = None if old is None or old["low"] is None else figure((old["low"], old["high"]))
        found.append({"term": row["term"], "low": row["low"], "high": row["high"], "was": was, "is_added": old is None})
    return found


def neighbours(
    profile: TopicProfile, opening: Row, parties: Sequence[Row], terms: Mapping[str, Sequence[Row]], *, apart_from: str
) -> list[Row]:
    """The proposals nearest to the words that opened one, with the points for and against each, as the profile gives them today.

    ``opening`` is the row of ``page/opening``. What varies the proposal itself is left out. Empty where the event is of a
    version that this program does not know: the page then shows the recorded decision alone.
    """
    try:
        mention = read_event(MentionDetected.wire, opening["version"], opening["data"])
    except EventError:
        return []
    if not isinstance(mention, MentionDetected):
        return []
    scorer = Scorer(profile)
    scored = [
        scorer.score(mention, _entry(row, terms.get(row["proposal_id"], ())), None)
        for row in parties
        if row["proposal_id"] != apart_from and row["parent_id"] != apart_from
    ]
    scored.sort(key=lambda one: (-one.score, one.entry.proposal_id))
    return [
        {
            "proposal_id": one.entry.proposal_id,
            "label": one.entry.label,
            "score": round(one.score, 2),
            "needed": profile.resolution.known,
            "rows": [row.model_dump() for row in one.rows],
        }
        for one in scored[:_NEAREST]
    ]


def _entry(row: Row, terms: Sequence[Row]) -> LedgerEntry:
    """A proposal as the scorer takes it; of its readings the ranges, which is all that points depend on."""
    return LedgerEntry(
        proposal_id=row["proposal_id"],
        label=row["label"],
        proposers=set(row["proposers"] or ()),
        claimed_by=set(row["claimed_by"] or ()),
        mediators=set(row["mediators"] or ()),
        nicknames=set(row["nicknames"] or ()),
        active_from=_aware(row["active_from"]),
        active_until=_aware(row["active_until"]),
        parent_id=row["parent_id"],
        readings=[
            Reading(start=0, end=0, text="", term=term["term"], low=term["low"], high=term["high"], rule="ledger")
            for term in terms
        ],
    )


def _aware(moment: dt.datetime | None) -> dt.datetime | None:
    return moment.replace(tzinfo=dt.UTC) if moment is not None else None
