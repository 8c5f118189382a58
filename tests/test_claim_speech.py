"""Who says so where the text does not write "said": acts that are words, silence, requests, votes. All texts are fictional."""

import datetime as dt
from pathlib import Path

import pytest

from monitor.claims import detect_claims
from monitor.ids import text_sha256
from monitor.mentions import Rules, TextToRead, detect_mentions
from monitor.topics import load_topic

NOW = dt.datetime(2031, 4, 2, 9, tzinfo=dt.UTC)
PACKS = Path(__file__).parents[1] / "warehouse" / "topics" / "language"
ABROAD = """
[topic]
id = "norland-abroad"
name = "Norland-Sudmark talks in papers of other languages"
languages = ["fr", "de", "es", "ar"]

[gate.anchors]
fr = ["Norland", "Sudmark"]

[gate.cues]
fr = ["proposition"]

[[party]]
id = "norland"
name = "Norland"
role = "party"
aliases = { fr = ["Norland"], de = ["Norland"], es = ["Norland"], ar = ["نورلاند"] }

[[party]]
id = "sudmark"
name = "Sudmark"
role = "party"
aliases = { fr = ["Sudmark"], de = ["Sudmark"], es = ["Sudmark"], ar = ["سودمارك"] }

[[party]]
id = "vestria"
name = "Vestria"
role = "mediator"
aliases = { fr = ["Vestria"], de = ["Vestria"], es = ["Vestria"], ar = ["فستريا"] }
"""


@pytest.fixture(scope="module")
def rules(profile):
    return Rules(profile)


@pytest.fixture(scope="module")
def abroad(tmp_path_factory):
    file = tmp_path_factory.mktemp("topics") / "abroad.toml"
    file.write_text(ABROAD, encoding="utf-8")
    return Rules(load_topic(file, packs_dir=PACKS))


def claims(rules, text, language="en"):
    """(party, act, source) of all claims; "" is the writer."""
    found, reader = detect_mentions(TextToRead("a", "t", text_sha256(text), "", text, language, NOW), rules, at=NOW)
    return {(c.party, c.act, c.source) for mention in found for c in detect_claims(mention, reader, rules, at=NOW)}


def answers(rules, text, language="en"):
    """The claims but for the one that the proposer proposed."""
    return {claim for claim in claims(rules, text, language) if claim[1] != "proposed"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two Sudmark officials rejected the Norland proposal.", ("sudmark", "rejected", "Two Sudmark officials")),
        (
            "Two Sudmark officials rejected the Norland proposal, the Harbour Herald reported.",
            ("sudmark", "rejected", "Two Sudmark officials (Harbour Herald)"),
        ),
        ("After talks with Vestrian officials Sudmark rejected the Norland proposal.", ("sudmark", "rejected", "")),
        ("Sudmark welcomed the Norland proposal.", ("sudmark", "supports", "Sudmark")),
        ("Sudmark rejected the Norland proposal.", ("sudmark", "rejected", "")),
    ],
)
def test_whoever_rejects_or_welcomes_in_person_says_so(rules, text, expected):
    """Officials speak by rejecting; a party that welcomes has spoken; that a party rejected is what the writer knows."""
    assert answers(rules, text) == {expected}


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Sudmark spokesman Jan Berg said that Sudmark rejected the Norland proposal.", "Jan Berg"),
        ("Jan Berg, a spokesman for the army, said that Sudmark rejected the Norland proposal.", "Jan Berg"),
        ("In Port Hallen, a spokesman said that Sudmark rejected the Norland proposal.", "a spokesman"),
        (
            "The Harbour Herald reported, citing an official, that Sudmark rejected the Norland proposal.",
            "an official (Harbour Herald)",
        ),
        (
            "Citing an official, the Harbour Herald reported that Sudmark rejected the Norland proposal.",
            "an official (Harbour Herald)",
        ),
        ("The two officials said that Sudmark rejected the Norland proposal.", "The two officials"),
        ("The army chief's office said that Sudmark rejected the Norland proposal.", "The army chief's office"),
        ("According to diplomats Sudmark rejected the Norland proposal.", "diplomats"),
        ("Sudmark rejected the Norland proposal, said Jan Berg.", "Jan Berg"),
        ("“Sudmark rejected the Norland proposal,” Sudmark's Jan Berg told the Herald.", "Jan Berg (Herald)"),
        ("Reports said Sudmark had rejected the Norland proposal.", "Reports"),
        ("State television said Sudmark rejected the Norland proposal.", "State television"),
        ("Sudmark rejects Norland proposal: officials", "officials"),
        ("The Herald quoted Sudmark sources as saying that Sudmark rejected the Norland proposal.", "Sudmark sources (Herald)"),
        (
            "A Sudmark official who asked not to be named said that Sudmark rejected the Norland proposal.",
            "A Sudmark official (unnamed)",
        ),
        ("On Monday the Harbour Herald wrote that Sudmark rejected the Norland proposal.", "Harbour Herald"),
    ],
)
def test_a_source_is_its_whole_name_and_no_more(rules, text, source):
    """A name before an office, an outlet beside whom it cites, a phrase from its article on, no words of the cue."""
    assert {claim[2] for claim in answers(rules, text)} == {source}


@pytest.mark.parametrize(
    "answer",
    ["Sudmark has accepted it, she added.", "She said that Sudmark has accepted it."],
)
def test_he_and_she_are_whoever_spoke_before(rules, answer):
    """A pronoun right beside the verb of saying is the speaker, not the party named nearer to it."""
    text = f"Norland made a proposal, Ilse Varn said. {answer}"
    assert answers(rules, text) == {("sudmark", "accepted", "Ilse Varn")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Norland made a proposal, Ilse Varn said. Sudmark has not commented on what Sudmark said before.",
            {("sudmark", "no_response", "")},
        ),
        ("Norland made a proposal. A Sudmark official told the Herald that Sudmark has not answered.", None),
        (
            "Ilse Varn said that Norland accepted the Lighthouse plan. She asked Sudmark to accept as well.",
            {("sudmark", "no_response", "")},
        ),
    ],
)
def test_nobody_is_the_source_of_their_own_silence(rules, text, expected):
    """Who has not answered has not said that either; who asks them to does not say so; an official who says it does."""
    found = {claim for claim in answers(rules, text) if claim[1] == "no_response"}
    assert found == (expected or {("sudmark", "no_response", "A Sudmark official (Herald)")})


def test_who_presses_for_a_yes_stands_behind_the_proposal(rules):
    """Urging a party to accept is a stance of the one who urges, and an open answer of the one urged."""
    text = "Norland made a proposal. Vestria urged Sudmark to accept it, the Harbour Herald reported."
    assert answers(rules, text) == {
        ("vestria", "supports", "Harbour Herald"),
        ("sudmark", "no_response", "Harbour Herald"),
    }


def test_who_says_that_others_must_accept_supports_it(rules):
    """ "They must accept" is the speaker's stance and no acceptance."""
    text = 'Norland made a proposal. "Sudmark must accept the proposal," Ilse Varn said.'
    assert answers(rules, text) == {("vestria", "supports", "Ilse Varn")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fourteen members voted for the resolution.", {("14 members", "voted_for", "")}),
        (
            "The 14 other states, Norland among them, voted in favour of the resolution and Vestria abstained.",
            {("14 members", "voted_for", ""), ("vestria", "abstained", "")},
        ),
    ],
)
def test_counted_voters_are_one_party(rules, text, expected):
    """A vote is reported by its count; those named as examples do not stand for all."""
    assert answers(rules, "The Straits League adopted a draft resolution on a 30-day truce. " + text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Some council members questioned whether Sudmark accepted the Norland proposal.",
            {("sudmark", "doubted", "Some council members")},
        ),
        ("Questioned whether Sudmark accepted the Norland proposal, the minister left.", set()),
    ],
)
def test_a_doubted_yes_is_no_yes(rules, text, expected):
    """Whoever doubts is the source; a question put to somebody doubts nothing."""
    assert answers(rules, text) == expected


@pytest.mark.parametrize(
    ("text", "is_claim"),
    [
        ("Vestria proposed a truce of 30 days, Sudmark officials said.", True),
        ("Vestria proposed a truce of 30 days, the Harbour Herald reported.", False),
        ("Vestria proposed a truce of 30 days.", False),
        ("Vestria is working on a proposal for a truce of 30 days, Sudmark officials said.", False),
    ],
)
def test_a_mediators_offer_is_a_claim_where_a_party_says_so(rules, text, is_claim):
    """From the writer or an outlet it is how the offer came about, and work under way is no offer."""
    assert any(party == "vestria" and act == "proposed" for party, act, _ in claims(rules, text)) == is_claim


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "fr",
            "Deux responsables de Sudmark ont rejeté la proposition de Norland.",
            ("sudmark", "rejected", "Deux responsables de Sudmark"),
        ),
        ("fr", "Sudmark a salué la proposition de Norland.", ("sudmark", "supports", "Sudmark")),
        ("es", "Sudmark celebró la propuesta de Norland.", ("sudmark", "supports", "Sudmark")),
        ("es", "Sudmark rechazó la propuesta de Norland.", ("sudmark", "rejected", "")),
        ("de", "Sudmark begrüßte den Vorschlag von Norland.", ("sudmark", "supports", "Sudmark")),
        ("ar", "رحبت سودمارك بمقترح نورلاند.", ("sudmark", "supports", "Sudmark")),
    ],
)
def test_acts_that_are_words_in_other_languages(abroad, language, text, expected):
    """The same rules read from the packs: officials who reject, parties that welcome, verbs that stand first."""
    assert expected in answers(abroad, text, language)


def test_who_refuses_a_part_does_not_refuse_the_whole(rules):
    """A term is not the proposal."""
    text = "Norland proposed a 20-day truce to Sudmark. Sudmark rejected a clause of the proposal."
    assert ("sudmark", "rejected") not in {claim[:2] for claim in answers(rules, text)}
    assert ("sudmark", "rejects_term") in {claim[:2] for claim in answers(rules, text)}


def test_before_is_no_acceptance_in_arabic(abroad):
    """قبل is both "before" and "accepted": without vowel signs only what follows tells them apart."""
    before = "قدمت نورلاند مقترحا لهدنة. وأبلغت سودمارك قبل تسليم المقترح."
    assert ("sudmark", "accepted") not in {claim[:2] for claim in answers(abroad, before, "ar")}
    accepted = "قدمت نورلاند مقترحا لهدنة. وقالت سودمارك إن وزيرها قبل بالمقترح. سودمارك قبلت المقترح."
    assert ("sudmark", "accepted") in {claim[:2] for claim in answers(abroad, accepted, "ar")}


def test_the_silence_of_the_proposer_is_no_answer_to_its_own_proposal(rules):
    """It is silence on the report, or on something else."""
    text = "Norland proposed a 20-day truce to Sudmark. There was no comment on the proposal from Norland. Sudmark has not responded to the proposal."
    assert {claim[:2] for claim in answers(rules, text) if claim[1] == "no_response"} == {("sudmark", "no_response")}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Norland a présenté une proposition. Vestria a appelé Sudmark à accepter la proposition."),
        ("es", "Norland presentó una propuesta. Vestria instó a Sudmark a aceptar la propuesta."),
        ("de", "Norland legte einen Vorschlag vor. Vestria drängte Sudmark, den Vorschlag anzunehmen."),
    ],
)
def test_urging_in_other_languages(abroad, language, text):
    """Who urges supports, who is urged has not answered."""
    assert answers(abroad, text, language) >= {("vestria", "supports", ""), ("sudmark", "no_response", "")}
