"""Is a text worth reading? A wrong "no" is a loss for ever. All texts are fictional (tests/data/topics)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.gate import gate
from monitor.topics import GateWords, TopicProfile


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Norland weighs truce", ""),
        ("Talks go on", "Negotiators from Sudmark arrived on Monday."),
        ("NORLAND: CEASE\N{NO-BREAK SPACE}FIRE IN SIGHT", ""),
        ("Norland’s mediator", "The envoy spoke for an hour."),
        ("Fighting at the Hallen\nstrait", "A cease–fire was spoken of."),
    ],
)
def test_place_and_matter_together_are_on_topic(profile, title, text):
    assert gate(profile, title, text).gate == "on_topic"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Norland budget passes", "Parliament voted late on Tuesday."),  # place only: the matter may be in the page
        ("Mediator hopeful of truce", "Talks resumed in the harbour town."),  # matter only: the place may be in the page
        ("A night of hope", ""),  # a bare headline names nothing
    ],
)
def test_half_of_it_is_undecided_so_that_the_page_is_read(profile, title, text):
    assert gate(profile, title, text).gate == "undecided"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Harbour museum opens", "Visitors queued from the early morning to see the new wing."),
        ("Kelmar truce holds", "Ostland and Kelmar observed the truce."),
    ],
)
def test_other_matters_and_other_wars_are_off_topic(profile, title, text):
    assert gate(profile, title, text).gate == "off_topic"


def test_a_text_mostly_on_a_rival_war_that_names_ours_is_read_before_it_is_dropped(profile):
    text = "Ostland and Kelmar agreed on a truce; Ostland said that Norland could learn from it."
    assert gate(profile, "", text).gate == "undecided"


def test_our_war_outweighs_a_rival_named_in_passing(profile):
    text = "Norland and Sudmark sent negotiators. Ostland welcomed it."
    assert gate(profile, "", text).gate == "on_topic"


def test_a_word_inside_another_word_is_no_sign(profile):
    assert gate(profile, "Trucebreaker wins regatta", "The yacht from Norlandia came first, the judges said.").gate == "off_topic"


def test_a_long_headline_alone_may_rule_itself_out(profile):
    """The shield of bare headlines ends at the profile's own length."""
    words = " ".join(["harbour"] * profile.gate.short_text_words)
    assert gate(profile, words, "").gate == "off_topic"


def test_the_decision_names_the_words_that_it_rests_on(profile):
    decision = gate(profile, "Sudmark and the truce", "Kelmar watches Sudmark and Norland.")
    assert set(decision.why) == {"anchor:sudmark", "anchor:norland", "cue:truce", "rival:ostland:kelmar"}


@pytest.mark.parametrize(("title", "text"), [("", ""), ("Harbour museum opens", "A new wing."), ("Norland", "truce")])
def test_every_decision_has_a_reason(profile, title, text):
    assert gate(profile, title, text).why


@pytest.mark.parametrize(
    "anchors",
    [
        dict.fromkeys(("en", "de", "es"), ("Hallen strait",)),
        {"en": ("Hallen strait",), "de": ("Hallen",), "es": ("Hallen", "strait")},
    ],
)
def test_a_word_spelled_alike_in_two_languages_counts_once(profile, anchors):
    """Else a profile of six languages outweighs any rival by spelling alone."""
    text = "Ostland and Kelmar agreed on a truce, and the Hallen strait was calm."
    words = GateWords(anchors=anchors, cues={"en": ("truce",)})
    assert gate(profile, "", text).gate == "undecided"
    assert gate(changed(profile, gate=words), "", text).gate == "undecided"


def test_changed_word_lists_take_effect_at_once(profile):
    """Compiled lists are kept by the content of the profile, not by its name."""
    assert gate(profile, "Quince harvest and truce", "Nothing else happened.").gate == "undecided"
    other = changed(profile, gate=GateWords(anchors={"en": ("quince",)}, cues=profile.gate.cues))
    assert gate(other, "Quince harvest and truce", "Nothing else happened.").gate == "on_topic"


@given(title=st.text(max_size=80), text=st.text(max_size=200))
def test_any_text_gets_the_same_decision_twice(profile, title, text):
    assert gate(profile, title, text) == gate(profile, title, text)


def changed(profile: TopicProfile, **parts: object) -> TopicProfile:
    """The profile with other parts, made anew so that nothing computed from the old ones is carried over."""
    values = {name: getattr(profile, name) for name in TopicProfile.model_fields}
    return TopicProfile(**values | parts)
