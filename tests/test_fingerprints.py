"""Fingerprints: what is left of a text for comparing. The texts are fictional."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fingerprints import (
    INDEX_ONE_IN,
    LEAD,
    LEAD_ONE_IN,
    MOST_STORED,
    containment,
    fingerprint,
    jaccard,
    packed,
    sampled,
    shingles,
    tokens,
    unpacked,
)

WORDS = ["Vestria", "tabled", "a", "40-day", "truce", "Norland's", "«draft»", "هدنة", "négociée", "وقف", "שביתה", "Größe", "12,5"]
prose = st.lists(st.sampled_from(WORDS), max_size=40)
gaps = st.sampled_from(
    [" ", "  ", "\n\n", "\t", "\N{NO-BREAK SPACE}", ", ", ". ", " – ", " \N{RIGHT DOUBLE QUOTATION MARK}", "… ", "\u200f "]
)
sets = st.sets(st.integers(0, 40))


@given(prose, st.data())
def test_spacing_punctuation_and_case_do_not_count(words, data):
    """The same words under other typography are the same text."""
    other = "".join(data.draw(st.sampled_from([word, word.upper(), word.lower()])) + data.draw(gaps) for word in words)
    assert fingerprint(other) == fingerprint(" ".join(words))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Norland’s “final” offer", 'norland\'s "final" offer'),
        ("a 40‑day truce", "a 40-day truce"),
        ("cease\N{SOFT HYPHEN}fire now", "ceasefire now"),
        ("هُدْنَة مؤقتة", "هدنة مؤقته"),
    ],
)
def test_typography_of_a_publishers_system_does_not_count(a, b):
    assert fingerprint(a) == fingerprint(b)


def test_composed_and_decomposed_letters_give_one_fingerprint():
    text = "La trêve négociée à l'aube a été signée"
    assert fingerprint(unicodedata.normalize("NFD", text)) == fingerprint(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("a 40-day truce", "a 60-day truce"),
        ("Sudmark accepted it", "Sudmark rejected it"),
        ("truce in Norland", "Norland in truce"),
    ],
)
def test_words_numbers_and_their_order_count(a, b):
    assert fingerprint(a).content_sha256 != fingerprint(b).content_sha256


@given(st.text(max_size=200))
def test_tokens_hold_no_space_and_no_punctuation(text):
    assert all(token and not any(c.isspace() or c in "_'.,-" for c in token) for token in tokens(text))


@given(prose)
def test_a_fingerprint_counts_what_it_says(words):
    mark = fingerprint(" ".join(words))
    assert mark.words == len(tokens(" ".join(words)))
    assert mark.shingles <= max(mark.words - 2, min(mark.words, 1))
    sample = unpacked(mark.sample)
    assert sample == tuple(sorted(set(sample)))
    assert all(value % LEAD_ONE_IN == 0 and 0 <= value < 2**32 for value in sample)


@given(st.sets(st.integers(0, 2**32 - 1)))
def test_a_packed_sample_is_unpacked_as_it_was(values):
    assert unpacked(packed(values)) == tuple(sorted(values))


def test_a_finer_sample_contains_the_coarser_one():
    """So that a seed sampled at one in four can be looked up in an index of one in sixteen."""
    text = " ".join(str(number) for number in range(2000))
    coarse, fine, full = (set(unpacked(fingerprint(text, one_in=rate).sample)) for rate in (INDEX_ONE_IN, 4, 1))
    assert coarse < fine < full
    assert len(full) == 1998
    assert sampled(full, INDEX_ONE_IN) == sampled(coarse, INDEX_ONE_IN)


def test_the_lead_is_sampled_twice_as_densely():
    """What is cut short keeps its beginning."""
    words = [str(number) for number in range(2000)]
    lead = shingles(words[: LEAD + 2])
    assert sampled(lead, LEAD_ONE_IN) <= set(unpacked(fingerprint(" ".join(words)).sample))


def test_a_sample_is_about_its_share_of_the_text():
    text = " ".join(str(number) for number in range(16_000))
    assert 800 < len(unpacked(fingerprint(text).sample)) < 1200  # one in sixteen of 16,000 is 1,000


def test_a_very_long_text_gets_a_coarser_sample_that_fits():
    mark = fingerprint(" ".join(str(number) for number in range(20_000)), one_in=1)
    assert mark.one_in == INDEX_ONE_IN
    assert 0 < len(unpacked(mark.sample)) <= MOST_STORED + LEAD


@pytest.mark.parametrize("text", ["", " ", "…", "\u200f", "'"])
def test_a_text_without_words_has_no_shingles(text):
    mark = fingerprint(text)
    assert (mark.words, mark.shingles, mark.sample) == (0, 0, "")


def test_a_text_of_one_or_two_words_is_one_shingle():
    assert len(shingles(tokens("truce"))) == len(shingles(tokens("truce signed"))) == len(shingles(tokens("a truce signed"))) == 1
    assert shingles(["truce", "signed"]) != shingles(["truce"])


@given(sets, sets)
def test_resemblance_is_a_share_and_symmetric(a, b):
    assert 0 <= jaccard(a, b) == jaccard(b, a) <= 1
    assert 0 <= containment(a, b) <= 1
    assert jaccard(a, b) <= max(containment(a, b), containment(b, a))


@given(sets.filter(bool), sets)
def test_a_text_is_wholly_contained_in_itself_and_in_what_wraps_it(a, more):
    assert jaccard(a, a) == containment(a, a) == containment(a, a | more) == 1


def test_nothing_resembles_nothing():
    """Two empty texts are no copies of each other."""
    assert (jaccard(set(), set()), containment(set(), {1}), containment({1}, set())) == (0, 0, 0)


def test_independent_texts_share_no_shingles():
    rng = random.Random(7)
    a, b = (" ".join(str(rng.randrange(10**6)) for _ in range(500)) for _ in "ab")
    assert jaccard(shingles(tokens(a)), shingles(tokens(b))) == 0
