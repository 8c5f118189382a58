"""Given a ledger, when a mention is resolved, then known, variant, new or none. All parties and texts are fictional."""

import datetime as dt

import pytest

from monitor.alerts import AlertToRaise, raise_alert
from monitor.events import MentionResolved, ProposalOpened, ProposalVaried
from monitor.ids import text_sha256
from monitor.mentions import RESOLUTION, Rules, TextToRead, bounds, detect_mentions
from monitor.proposals import Ledger, describe_terms, evolve, open_known
from monitor.scoring import LedgerEntry

NOW = dt.datetime(2031, 4, 2, 9, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def rules(profile):
    return Rules(profile)


@pytest.fixture
def ledger(profile):
    return Ledger(profile, [evolve(None, event) for event in open_known(profile, at=NOW)])


def tell(ledger, rules, text, *, article="article-1", at=NOW):
    """Read one text and resolve its mentions; the events of all of them."""
    found, _ = detect_mentions(TextToRead(article, "text-1", text_sha256(article + text), "", text, "en", at), rules, at=at)
    return [event for mention in found for event in ledger.resolve(mention, at=at)]


def outcomes(events):
    return [event.outcome for event in events if isinstance(event, MentionResolved)]


NEW = "Norland has presented a new proposal for a 20-day truce. Five captives would be freed under the proposal."


def test_a_proposal_by_somebody_else_is_new(ledger, rules):
    """It is opened once, with the mention that opened it and its terms as read."""
    opened, resolved = tell(ledger, rules, NEW)
    assert isinstance(opened, ProposalOpened)
    assert not isinstance(opened, ProposalVaried)
    assert resolved.outcome == "new"
    assert resolved.proposal_id == opened.proposal_id
    assert opened.mention_id == resolved.mention_id
    assert bounds(opened.readings) == (20, 20)
    assert opened.label.startswith("Norland: 20 days, captives 5")


def test_other_figures_for_it_are_readings_not_a_new_one(ledger, rules):
    """Reports of one proposal differ in their numbers; the ledger keeps all of them."""
    [opened, _] = tell(ledger, rules, NEW)
    later = tell(ledger, rules, "Norland's proposal for a truce of three weeks would free six captives.", article="article-2")
    assert outcomes(later) == ["known"]
    assert later[0].proposal_id == opened.proposal_id
    entry = ledger.entries[opened.proposal_id]
    assert bounds(tuple(entry.readings)) == (20, 21)
    assert bounds(tuple(entry.readings), "captives") == (5, 6)


def test_a_nickname_is_known_and_opens_nothing(ledger, rules, profile):
    """Whoever names the plan means it."""
    events = tell(ledger, rules, "Sudmark discussed the Lighthouse plan for a 40-day truce.")
    assert outcomes(events) == ["known"]
    assert events[0].proposal_id == profile.proposal_id("lighthouse-plan")
    assert "nickname" in {row.field for row in events[0].rows}


def test_a_resolution_that_is_told_twice_is_one_proposal(ledger, rules):
    """Also where no body of the profile is named: its drafter is then the one who proposes it."""
    found, _ = detect_mentions(TextToRead("article-1", "text-1", text_sha256(NEW), "", NEW, "en", NOW), rules, at=NOW)
    first = found[0].model_copy(update={"rules": (*found[0].rules, RESOLUTION), "readings": (), "specificity": 6.0})
    again = first.model_copy(update={"article_id": "article-2", "mention_id": "mention-2"})
    events = [*ledger.resolve(first, at=NOW), *ledger.resolve(again, at=NOW)]
    assert outcomes(events) == ["new", "known"]


COUNTER = "Sudmark has submitted a counter-proposal to the Lighthouse plan for a 70-day truce."


def test_a_counter_proposal_is_a_variant_of_what_it_answers(ledger, rules, profile):
    """Its own entry, with an edge to the parent; the second report of it is known."""
    varied = [event for event in tell(ledger, rules, COUNTER) if isinstance(event, ProposalVaried)]
    assert [event.parent_id for event in varied] == [profile.proposal_id("lighthouse-plan")]
    again = tell(ledger, rules, "Sudmark's counter-proposal asks for a truce of 70 days.", article="article-2")
    assert outcomes(again) == ["known"]
    assert again[0].proposal_id == varied[0].proposal_id


@pytest.mark.parametrize(
    "text",
    [
        "The proposal was discussed in Vestria.",
        "A counter-proposal for a 70-day truce is said to exist.",
        "Norland's proposal was discussed.",
    ],
)
def test_what_is_not_specific_opens_nothing(ledger, rules, text):
    """A bare reference, one without a proposer, one without a term: recorded, never an alert."""
    events = tell(ledger, rules, text)
    assert events
    assert not [event for event in events if isinstance(event, ProposalOpened)]


def test_order_and_repetition_do_not_multiply(profile, rules):
    """The same texts, doubled or turned round, leave as many proposals."""
    texts = [NEW, COUNTER, "Norland's proposal for a truce of three weeks would free six captives."]
    sizes = set()
    for order in (texts, texts[::-1], texts + texts):
        ledger = Ledger(profile, [evolve(None, event) for event in open_known(profile, at=NOW)])
        for number, text in enumerate(order):
            tell(ledger, rules, text, article=f"article-{number}")
        sizes.add(len(ledger.entries))
    assert sizes == {3}


def test_long_after_its_window_a_like_text_is_not_taken_for_the_old_one(ledger, rules, profile):
    """Time is part of identity."""
    year_later = NOW + dt.timedelta(days=500)
    [opened, _] = tell(ledger, rules, NEW)
    events = tell(ledger, rules, NEW, article="article-9", at=year_later)
    assert events[-1].proposal_id != opened.proposal_id


def test_known_proposals_come_from_the_profile_once(profile):
    """Their ids depend on topic and slug alone."""
    first, second = open_known(profile, at=NOW), open_known(profile, at=NOW + dt.timedelta(days=1))
    assert [event.natural_key for event in first] == [event.natural_key for event in second]
    assert all(event.mention_id is None for event in first)


def test_terms_are_shown_as_ranges(ledger, rules):
    """Duration first; one figure where all agree."""
    [opened, _] = tell(ledger, rules, NEW)
    assert describe_terms(opened.readings) == "20 days, captives 5"


def owed(opened, resolved, **changes):
    values = {
        "kind": "new", "proposal_id": opened.proposal_id, "parent_id": None, "parent_label": None, "label": opened.label, "proposers": ("vestria",),
        "mediators": (), "mention_id": opened.mention_id, "article_id": "article-1", "is_edit": False, "said_by": "official:vestria",
        "outlet": "gazette.norland.test", "title": "A headline", "url": "https://gazette.norland.test/1", "language": "en", "quote": NEW,
        "readings": opened.readings, "nearest_label": "Vestria's Lighthouse plan", "nearest_rows": resolved.rows,
        "reported_at": NOW, "seen_at": NOW,
    }  # fmt: skip
    return AlertToRaise(**{**values, **changes})


def test_the_alerts_key_is_the_proposal(ledger, rules):
    """Another title, address, outlet or date is the same alert; another kind is not."""
    opened, resolved = tell(ledger, rules, NEW)
    horizon, later = dt.timedelta(days=14), NOW + dt.timedelta(days=9)
    alert = raise_alert("topic", owed(opened, resolved), at=NOW, horizon=horizon)
    bumped = {"title": "Other", "url": "https://x.test/2", "outlet": "x.test", "reported_at": later, "seen_at": later}
    same = raise_alert("topic", owed(opened, resolved, **bumped), at=later, horizon=horizon)
    variant = raise_alert(
        "topic",
        owed(opened, resolved, kind="variant", parent_id="proposal-x", parent_label="The plan of April"),
        at=NOW,
        horizon=horizon,
    )
    assert alert.alert_id == same.alert_id != variant.alert_id
    assert (alert.kind, variant.kind) == ("new", "variant")


def test_the_same_figures_from_another_party_are_another_variant(ledger, rules):
    """Who answers is part of what it is; the same party's answer, told again, is one."""
    [first] = [event for event in tell(ledger, rules, COUNTER) if isinstance(event, ProposalVaried)]
    theirs = "Norland has submitted a counter-proposal to the Lighthouse plan for a 70-day truce."
    [second] = [event for event in tell(ledger, rules, theirs, article="article-2") if isinstance(event, ProposalVaried)]
    assert second.proposal_id != first.proposal_id
    assert second.proposers == ("norland",)
    assert {*outcomes(tell(ledger, rules, theirs, article="article-3"))} == {"known"}


def test_a_proposal_taken_in_reaches_as_far_as_both():
    """From the earlier beginning to the later end; without an end where one of them has none."""

    def entry(name, since, until):
        return LedgerEntry(name, name, set(), set(), set(), set(), since, until)

    one = entry("a", NOW, NOW + dt.timedelta(days=9))
    one.take_in(entry("b", NOW - dt.timedelta(days=3), NOW + dt.timedelta(days=2)))
    assert (one.active_from, one.active_until) == (NOW - dt.timedelta(days=3), NOW + dt.timedelta(days=9))
    one.take_in(entry("c", NOW, None))
    assert one.active_until is None
