"""Who says it, in the text's own words; and stances whose party stands elsewhere. All parties and texts are fictional."""

import datetime as dt

import pytest

from monitor.claims import detect_claims
from monitor.ids import text_sha256
from monitor.mentions import Rules, TextToRead, detect_mentions

NOW = dt.datetime(2031, 4, 2, 9, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def rules(profile):
    return Rules(profile)


def claims(rules, text):
    found, reader = detect_mentions(TextToRead("article-1", "text-1", text_sha256(text), "", text, "en", NOW), rules, at=NOW)
    return [c for mention in found for c in detect_claims(mention, reader, rules, at=NOW) if c.act != "proposed"]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Sudmark rejected the Norland proposal, two officials told the Harbour Herald.", "two officials (Harbour Herald)"),
        ("Sudmark rejected the Norland proposal, according to a draft seen by the Herald.", "a draft seen by the Herald"),
        ("Sudmark rejected the Norland proposal, the Harbour Herald reported.", "Harbour Herald"),
        ("Sudmark has reportedly rejected the Norland proposal.", 'unattributed ("reportedly")'),
        ("Sudmark is said to have rejected the Norland proposal.", 'unattributed ("is said")'),
        ("Sudmark: we rejected the Norland proposal.", "Sudmark"),
        ("Sudmark rejected the Norland proposal.", ""),
        (
            "An official said on condition of anonymity that Sudmark rejected the Norland proposal.",
            "An official (anonymous)",
        ),
    ],
)
def test_the_source_in_its_own_words(rules, text, source):
    """The outlet in brackets, statements and drafts as they stand, hearsay told apart from the writer's word."""
    assert {c.source for c in claims(rules, text)} == {source}


def test_a_definite_source_is_the_one_named_before(rules):
    """Whoever reads the claim alone would not know which officials are meant."""
    text = "Norland made a proposal, two Vestria officials told the Herald. Sudmark rejected the proposal, the officials said."
    assert {c.source for c in claims(rules, text) if c.act == "rejected"} == {"two Vestria officials (Herald)"}


def test_the_nearest_speaker_before_an_act_is_its_source(rules):
    """Of "A said that B announced that it accepts", B."""
    text = "A Norland official said that Sudmark announced that Sudmark accepted the Norland proposal."
    assert {c.source for c in claims(rules, text) if c.act == "accepted"} == {"Sudmark"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vestria made a proposal to Norland and Sudmark, though both rejected it.", {"norland", "sudmark"}),
        ("Vestria made a proposal. Neither Norland nor Sudmark has commented.", {"norland", "sudmark"}),
        ("The Norland proposal was rejected.", set()),
        ("Norland made a proposal. It was passed to Sudmark through Vestria; the group has not answered.", {"sudmark"}),
        ("Asked whether Sudmark accepted the Norland proposal, the minister left.", set()),
        ("Norland approved the Norland proposal.", set()),
    ],
)
def test_whose_stance_it_is(rules, text, expected):
    """Both, neither, a passive without an agent, a group in place of a name, a question, one's own proposal."""
    assert {c.party for c in claims(rules, text)} == expected
