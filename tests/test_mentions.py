"""What opens a mention and what must not; who proposes; which terms belong to it. All parties and texts are fictional."""

import datetime as dt

import pytest

from monitor.ids import text_sha256
from monitor.mentions import Rules, TextToRead, bounds, detect_mentions

NOW = dt.datetime(2031, 4, 2, 9, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def rules(profile):
    return Rules(profile)


def mentions(rules, text, *, language="en", article_id="article-1"):
    reading = TextToRead(article_id, "text-1", text_sha256(text), "A headline", text, language, NOW)
    return detect_mentions(reading, rules, at=NOW)[0]


@pytest.mark.parametrize(
    ("text", "proposers"),
    [
        ("Norland has presented a new proposal for a 30-day truce.", ("norland",)),
        ("Sudmark's offer of a 30-day truce was discussed.", ("sudmark",)),
        ("A proposal put forward by Norland calls for a 30-day truce.", ("norland",)),
        ("Negotiators studied the offer that Sudmark presented for a 30-day truce.", ("sudmark",)),
        ("The envoy Varn proposed a truce of 30 days.", ("vestria",)),
    ],
)
def test_who_proposes(rules, text, proposers):
    """Before the noun, after "by", in a relative clause, before the verb, and through a person who speaks for a party."""
    [mention] = mentions(rules, text)
    assert mention.proposers == proposers
    assert bounds(mention.readings) == (30, 30)


@pytest.mark.parametrize(
    "text",
    [
        "Mediators have put proposals to Norland and Sudmark.",
        "Norland may soon present a proposal for a 30-day truce.",
        "Norland said that it had not received any proposal for a 30-day truce.",
        "Norland has repeatedly rejected every proposal for a truce of 30 days.",
        "Norland presented an aid proposal for the port.",
        "Ostland presented a proposal for a 30-day truce to Kelmar.",
        "The war between Norland and Sudmark entered its 30th day.",
        "Read more: https://gazette.norland.test/norland-presents-new-proposal-for-30-day-truce-deal",
        "Norland Airlines presented a proposal for 30 days of discounts.",
    ],
)
def test_what_is_no_mention(rules, text):
    """Plurals, possibilities, denials, habits, other plans, other wars and mere numbers open nothing by a party of this one."""
    assert not [m for m in mentions(rules, text) if m.proposers]


def test_terms_of_the_following_sentences_belong_to_it(rules):
    """A proposal's terms stand behind it more often than beside it."""
    [mention] = mentions(
        rules,
        "Norland has presented a new proposal. Under the proposal, five to six captives would be freed in exchange for "
        "1,150 prisoners. The truce would last 30 days. Talks go on in Vestria.",
    )
    assert bounds(mention.readings) == (30, 30)
    assert bounds(mention.readings, "captives") == (5, 6)
    assert bounds(mention.readings, "prisoners") == (1150, 1150)


def test_another_proposers_terms_stay_apart(rules):
    """Two proposals in one text keep their own figures."""
    first, second = mentions(
        rules,
        "Norland has presented a proposal for a 30-day truce. Sudmark has submitted a counter-proposal for a truce of 90 days.",
    )
    assert (first.proposers, bounds(first.readings)) == (("norland",), (30, 30))
    assert (second.proposers, bounds(second.readings), second.lineage) == (("sudmark",), (90, 90), "responds_to")


def test_a_nickname_names_the_known_proposal(rules):
    """Its proposer need not be said."""
    [mention] = mentions(rules, "Sudmark discussed the Lighthouse plan on Monday.")
    assert mention.nicknames == ("lighthouse-plan",)
    assert mention.proposers == ("vestria",)


def test_a_counter_proposal_knows_what_it_answers(rules):
    """The plan named beside it is its parent and takes none of its terms."""
    counter, parent = mentions(rules, "Sudmark has submitted a counter-proposal to the Lighthouse plan for a 70-day truce.")
    assert counter.answers == ("lighthouse-plan",)
    assert bounds(counter.readings) == (70, 70)
    assert parent.nicknames == ("lighthouse-plan",)
    assert parent.readings == ()


def test_past_agreements_are_background(rules):
    """What is said of an agreement of the past is not a proposal."""
    found = mentions(rules, "Under the Hallen Accord, 40 captives were freed in two phases.")
    assert [m.background for m in found] == ["hallen-accord"]


def test_spans_point_into_the_original_text(rules):
    """Offsets are code points over the text as it is, also where folding changes its length."""
    text = "“Oﬃcials” in Nordholm — Norland’s new proposal for a 30‑day truce ﬁnds support."
    [mention] = mentions(rules, text)
    for span in (mention.frame, *mention.readings):
        assert text[span.start : span.end] == span.text
    assert mention.frame.text == "proposal"
    assert mention.readings[0].text == "30‑day truce"


def test_reading_twice_gives_the_same_ids(rules):
    """Ids come from the text and the rules, so that a replay adds nothing."""
    text = "Norland has presented a new proposal for a 30-day truce."
    assert mentions(rules, text)[0].mention_id == mentions(rules, text)[0].mention_id
    assert mentions(rules, text)[0].mention_id != mentions(rules, text, article_id="article-2")[0].mention_id


def test_a_language_without_a_pack_yields_nothing(rules):
    """It is not read with another language's words."""
    assert mentions(rules, "Norland has presented a new proposal for a 30-day truce.", language="de") == []


@pytest.mark.parametrize(
    ("text", "said_by"),
    [
        ("Norland has presented a proposal for a 30-day truce, a Sudmark official said.", "official:sudmark"),
        ("According to Vestria, Norland has presented a proposal for a 30-day truce.", "vestria"),
        ("Norland has presented a proposal for a 30-day truce, two officials said.", "anonymous"),
        ("Norland has presented a proposal for a 30-day truce.", "writer"),
    ],
)
def test_who_says_so(rules, text, said_by):
    """Every mention names its source; without one it is the writer's."""
    assert [m.said_by for m in mentions(rules, text)] == [said_by]


def test_a_claimed_proposal_is_the_claimers_word(rules):
    """That Vestria says that Norland proposes is kept as just that."""
    [mention] = mentions(rules, "According to Vestria, Norland has presented a proposal for a 30-day truce.")
    assert (mention.proposers, mention.claimed_by) == (("norland",), ("vestria",))
