"""The order of the nearest proposals is that of scoring all of them, and a few are scored for it. All parties are fictional."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.events import MentionDetected, Reading, Span
from monitor.proposals import Ledger
from monitor.ranking import LedgerEntries, Ranking
from monitor.scoring import LedgerEntry, Scored, Scorer, months_outside
from monitor.topics import Weights

NOW = dt.datetime(2031, 4, 2, 9, tzinfo=dt.UTC)
PARTIES = ("norland", "sudmark", "vestria", "strait-league")
TERMS = ("duration_days", "captives", "prisoners", "phases")

some = st.sampled_from
parties = st.sets(some(PARTIES), max_size=2)
moments = st.integers(-200, 200).map(lambda days: NOW + dt.timedelta(days=days))
points = some([-6.0, -2.5, -1.0, 0.0, 0.5, 1.0, 1.5, 3.0, 6.0])


@st.composite
def readings(draw):
    low = draw(st.none() | some([5.0, 7.0, 20.0, 21.0, 60.0]))
    return Reading(start=0, end=1, text="x", term=draw(some(TERMS)), low=low, high=low, rule="r")


@st.composite
def entries(draw):
    since = draw(st.none() | moments)
    return LedgerEntry(
        proposal_id=f"proposal-{draw(st.integers(0, 30)):02}", label="A plan", proposers=draw(parties), claimed_by=draw(parties), mediators=draw(parties),
        nicknames=draw(st.sets(some(["harbour", "lighthouse"]), max_size=1)), active_from=since,
        active_until=since and since + dt.timedelta(days=draw(some([0, 48, 300]))), parent_id=draw(st.none() | st.just("proposal-99")),
        readings=draw(st.lists(readings(), max_size=3)),
    )  # fmt: skip


@st.composite
def mentions(draw):
    return MentionDetected(
        mention_id="mention-1", article_id="article-1", body_sha256="0" * 64, ordinal=0, frame=Span(start=0, end=1, text="x"), window_start=0, window_end=1,
        quote="x", proposers=tuple(sorted(draw(parties))), claimed_by=(), mediators=tuple(sorted(draw(parties))),
        nicknames=tuple(draw(st.sets(some(["harbour", "lighthouse"]), max_size=1))), readings=tuple(draw(st.lists(readings(), max_size=4))),
        is_proposing=draw(st.booleans()), lineage=draw(st.none() | some(["variant_of", "responds_to"])), answers=(), background=None, said_by="writer",
        specificity=draw(some([1.0, 4.0])), rules=("noun",), reported_at=draw(moments), method="m", detected_at=NOW, is_called_new=draw(st.booleans()),
    )  # fmt: skip


weights = st.builds(lambda given: Weights(**given), st.dictionaries(some(sorted(Weights.model_fields)), points, max_size=8))
linked = st.none() | st.builds(lambda number: ("article-1", f"proposal-{number:02}"), st.integers(0, 30))


def weighed(profile, found):
    return profile.model_copy(update={"resolution": profile.resolution.model_copy(update={"weights": found})})


def all_scored(scorer, mention, known, last):
    return sorted((scorer.score(mention, entry, last) for entry in known), key=lambda s: (-s.score, s.entry.proposal_id))


def told(scored):
    return [(one.entry.proposal_id, one.score, one.points) for one in scored]


@settings(max_examples=150)
@given(known=st.lists(entries(), max_size=25), mention=mentions(), last=linked, found=weights, data=st.data())
def test_the_order_is_that_of_scoring_all(profile, known, mention, last, found, data):
    """Every entry, every point and every tie; whatever the weights are; also after entries have grown or gone."""
    scorer = Scorer(weighed(profile, found))
    shelved = LedgerEntries(known)
    for name in data.draw(st.lists(some(sorted(shelved)), max_size=3, unique=True) if shelved else st.just([]), label="gone"):
        del shelved[name]
    for name in data.draw(st.lists(some(sorted(shelved)), max_size=3) if shelved else st.just([]), label="grown"):
        shelved[name].readings += data.draw(st.lists(readings(), max_size=2))
        shelved[name].mediators |= data.draw(parties)
        shelved.changed(shelved[name])
    expected = all_scored(scorer, mention, shelved.values(), last)
    assert told(shelved.ranked(scorer, mention, last)) == told(expected)
    ranking = Ranking(shelved.ranked(scorer, mention, last))
    assert told(ranking.down_to(2.0)) == told([one for one in expected if one.score >= 2.0])
    assert ranking.at(len(expected)) is None


class _All(LedgerEntries):
    """The ledger without its columns: a fake for comparison."""

    def ranked(self, scorer, mention, linked):
        return iter(all_scored(scorer, mention, self.values(), linked))

    def on_table(self, moment):
        there = [entry for entry in self.values() if months_outside(entry, moment) == 0]
        return iter(
            sorted(there, key=lambda e: (e.active_from or dt.datetime.min.replace(tzinfo=dt.UTC), e.proposal_id), reverse=True)
        )


@settings(max_examples=60)
@given(
    known=st.lists(entries(), max_size=15, unique_by=lambda entry: entry.proposal_id),
    told_of=st.lists(mentions(), min_size=1, max_size=6),
)
def test_decisions_are_those_of_scoring_all(profile, known, told_of):
    """Mention after mention against a growing ledger: the same outcomes, proposals, points and leads."""
    outcomes = []
    for kind in (LedgerEntries, _All):
        ledger = Ledger(profile)
        ledger.entries = kind([LedgerEntry(
            e.proposal_id, e.label, set(e.proposers), set(e.claimed_by), set(e.mediators), set(e.nicknames), e.active_from, e.active_until, e.parent_id,
            list(e.readings)) for e in known])  # fmt: skip
        outcomes.append([
            event.model_dump()
            for number, mention in enumerate(told_of)
            for event in ledger.resolve(mention.model_copy(update={"mention_id": f"mention-{number}"}), at=NOW)
        ])  # fmt: skip
    assert outcomes[0] == outcomes[1]


@settings(max_examples=100)
@given(known=st.lists(entries(), max_size=25), moment=moments)
def test_what_is_on_the_table_comes_newest_first(known, moment):
    shelved = LedgerEntries(known)
    assert [e.proposal_id for e in shelved.on_table(moment)] == [e.proposal_id for e in _All(shelved.values()).on_table(moment)]


@pytest.mark.parametrize("size", [200, 2000])
def test_reasons_are_made_for_few_of_many(profile, size, monkeypatch):
    """Of two thousand proposals over years; counted, not timed."""
    counted = 0
    whole = Scorer.score

    def counting(self, *arguments) -> Scored:
        nonlocal counted
        counted += 1
        return whole(self, *arguments)

    monkeypatch.setattr(Scorer, "score", counting)
    ledger = Ledger(profile, many(size))
    mention = mention_of("norland", 20.0)
    ledger.resolve(mention, at=NOW)
    assert 0 < counted <= 3


def many(size):
    """Proposals of four parties over ten years, of many durations."""
    return [
        LedgerEntry(
            proposal_id=f"proposal-{number:05}", label="A plan", proposers={PARTIES[number % 4]}, claimed_by=set(), mediators={PARTIES[number % 3]}, nicknames=set(),
            active_from=NOW + dt.timedelta(days=60 - number * 3650 / size), active_until=NOW + dt.timedelta(days=108 - number * 3650 / size),
            readings=[Reading(start=0, end=1, text="x", term="duration_days", low=float(5 + number % 90), high=float(5 + number % 90), rule="r")],
        )
        for number in range(size)
    ]  # fmt: skip


def mention_of(party, days):
    return MentionDetected(
        mention_id="mention-1", article_id="article-1", body_sha256="0" * 64, ordinal=0, frame=Span(start=0, end=1, text="x"), window_start=0, window_end=1,
        quote="x", proposers=(party,), claimed_by=(), mediators=(), nicknames=(), is_proposing=True, lineage=None, answers=(), background=None,
        readings=(Reading(start=0, end=1, text="x", term="duration_days", low=days, high=days, rule="r"),), said_by="writer", specificity=4, rules=("noun",),
        reported_at=NOW, method="m", detected_at=NOW,
    )  # fmt: skip
