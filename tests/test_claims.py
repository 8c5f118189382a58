"""Who says that which party stands where. All parties and texts are fictional."""

import datetime as dt

import pytest

from monitor.claims import detect_claims
from monitor.ids import text_sha256
from monitor.mentions import Rules, TextToRead, detect_mentions

NOW = dt.datetime(2031, 4, 2, 9, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def rules(profile):
    return Rules(profile)


def stances(rules, text):
    """(party, act, who says so) of all claims in a text, with "not" where negated; the act of proposing left out."""
    found, reader = detect_mentions(TextToRead("article-1", "text-1", text_sha256(text), "", text, "en", NOW), rules, at=NOW)
    claims = [claim for mention in found for claim in detect_claims(mention, reader, rules, at=NOW)]
    return {(c.party, ("not " if c.is_negated else "") + c.act, c.said_by) for c in claims if c.act != "proposed"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sudmark rejected the Norland proposal.", ("sudmark", "rejected", "writer")),
        ("A Sudmark official said that Sudmark accepted the Norland proposal.", ("sudmark", "accepted", "official:sudmark")),
        ("The Norland proposal was rejected by Sudmark.", ("sudmark", "rejected", "writer")),
        ("Sudmark accepted in principle the Norland proposal.", ("sudmark", "accepted_in_principle", "writer")),
        ("Sudmark did not reject the Norland proposal.", ("sudmark", "not rejected", "writer")),
        ("Sudmark has not accepted the Norland proposal.", ("sudmark", "not accepted", "writer")),
        ("Sudmark is studying the Norland proposal.", ("sudmark", "studying", "writer")),
        ("Sudmark would have accepted the Norland proposal.", None),
        ("If Sudmark accepts the Norland proposal, talks go on.", None),
        ("Sudmark rejected the notion that it had seen the Norland proposal.", ("sudmark", "denies_report", "writer")),
    ],
)
def test_stances(rules, text, expected):
    """Active, passive, in principle, negated, studied; conditions give none; denying a notion denies a report."""
    assert stances(rules, text) == ({expected} if expected else set())


def test_a_stance_on_a_counter_proposal_is_none_on_what_it_answers(rules):
    """The nearest noun is the object; getting this wrong would turn a party's position round."""
    found, reader = detect_mentions(
        TextToRead(
            "a",
            "t",
            "b",
            "",
            "Norland rejected the counter-proposal that Sudmark sent in answer to the Lighthouse plan.",
            "en",
            NOW,
        ),
        rules,
        at=NOW,
    )
    by_mention = {m.nicknames or m.proposers: {c.act for c in detect_claims(m, reader, rules, at=NOW)} for m in found}
    assert "rejected" in by_mention[("sudmark",)]
    assert "rejected" not in by_mention.get(("lighthouse-plan",), set())


def test_answers_in_later_sentences_count(rules):
    """Answers follow a proposal; "the proposal" points back to it."""
    text = "Norland has presented a proposal for a 30-day truce. Sudmark rejected the proposal on Tuesday."
    assert ("sudmark", "rejected", "writer") in stances(rules, text)


def test_a_party_of_another_clause_is_not_the_subject(rules):
    """ "… by Vestria after both sides had agreed" says nothing of Vestria's agreement."""
    text = (
        "Norland has presented a proposal for a 30-day truce. "
        "A list would be drawn up by Vestria after both had agreed to the proposal."
    )
    assert stances(rules, text) == set()


def test_proposing_is_a_claim_too(rules):
    """Its source is kept: somebody says that Norland proposes."""
    text = "Norland has presented a proposal for a 30-day truce, a Vestria official said."
    found, reader = detect_mentions(TextToRead("a", "t", "b", "", text, "en", NOW), rules, at=NOW)
    [claim] = detect_claims(found[0], reader, rules, at=NOW)
    assert (claim.party, claim.act, claim.said_by) == ("norland", "proposed", "official:vestria")
    assert text[claim.span.start : claim.span.end] == claim.span.text
