"""Folding and word lists: what is matched must not depend on typography, and spans must point into the text as it stands.

The sentences are fictional.
"""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.words import fold, fold_plain, phrase_pattern, word_pattern

texts = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("ﬁﷺİßأإىةؤ\u064b\u05b0\u200f\u00ad'’-–")), max_size=60)


@given(texts)
def test_every_place_in_a_folded_text_lies_inside_the_original(text):
    """Each folded code point knows where it stood; places never run backwards, never past the end."""
    folded = fold(text)
    assert len(folded.offsets) == len(folded.text) + 1
    assert folded.offsets[-1] == len(text)
    assert list(folded.offsets) == sorted(folded.offsets)
    assert all(0 <= offset < len(text) for offset in folded.offsets[:-1])


@given(texts, st.data())
def test_a_folded_span_names_original_words_that_fold_to_it(text, data):
    """What is shown as evidence is what was matched: the original span, folded, holds the folded span."""
    folded = fold(text)
    start = data.draw(st.integers(0, len(folded.text)))
    end = data.draw(st.integers(start, len(folded.text)))
    original = folded.original(start, end)
    assert 0 <= original[0] <= original[1] <= len(text)
    assert folded.text[start:end] in fold_plain(text[slice(*original)])


@given(texts)
def test_folding_with_and_without_offsets_agree(text):
    assert fold(text).text == fold_plain(text)


def test_folding_twice_is_folding_once_for_every_character_there_is():
    """Patterns are folded too: a character whose folded form folds further could never be matched. Each stands between two letters."""
    for first in range(0, 0x110000, 0x100):
        folded = fold_plain("x".join(chr(point) for point in range(first, first + 0x100)))
        assert fold_plain(folded) == folded, hex(first)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Cease-Fire", "cease–fire"),
        ("Vestria’s", "vestria's"),
        ("“truce”", '"truce"'),
        ("ﬁrm", "firm"),
        ("cease\N{SOFT HYPHEN}fire", "ceasefire"),
        ("a\N{NO-BREAK SPACE}truce", "a truce"),
        ("STRASSE", "straße"),
        ("İzmir", "izmir"),
        ("أحمد", "احمد"),  # hamza on the alef
        ("هُدْنَة", "هدنه"),  # vowel signs, final letter
        ("هـــدنة", "هدنة"),  # stretched
        ("\u200fהפסקת אש", "הפסקת אש"),  # direction mark
        ("הַפְסָקַת־אֵשׁ", "הפסקת-אש"),  # niqqud, maqaf
        ("מו״מ", 'מו"מ'),
    ],
)
def test_typography_does_not_count(a, b):
    assert fold_plain(a) == fold_plain(b)


@pytest.mark.parametrize("word", ["négociée", "Müller", "São", "Genève", "Ñandú", "أحمد", "ΐ", "ज़ोर"])
def test_composed_and_decomposed_letters_are_the_same_letters(word):
    """Some systems write "é" as two code points; readers see no difference, so matching must not either."""
    assert fold_plain(unicodedata.normalize("NFD", word)) == fold_plain(unicodedata.normalize("NFC", word))


def test_the_span_of_a_stretched_word_covers_all_of_it():
    text = "قال: هُدْنَة اليوم"
    folded = fold(text)
    start = folded.text.index("هدنه")
    assert text[slice(*folded.original(start, start + 4))] == "هُدْنَة"


def test_an_empty_text_folds_to_nothing():
    folded = fold("")
    assert (folded.text, folded.original(0, 0)) == ("", (0, 0))


@pytest.mark.parametrize(
    "text", ["cease-fire talks", "CEASE FIRE", "cease\nfire", "cease –fire", "a cease\N{NO-BREAK SPACE}fire."]
)
def test_a_phrase_is_found_however_its_words_are_joined(text):
    assert word_pattern(["cease-fire"]).search(fold_plain(text))


@pytest.mark.parametrize("text", ["peacetruce", "truces", "truce_2", "x1truce"])
def test_a_word_inside_another_is_not_found(text):
    assert not word_pattern(["truce"]).search(fold_plain(text))


def test_letters_that_a_language_joins_are_allowed_where_declared():
    """Arabic and Hebrew write "and", "in", "the" onto the word."""
    pattern = word_pattern(["هدنة"], prefix="(?:و|ب|ال)*")
    assert pattern.search(fold_plain("وبالهدنة"))
    assert not word_pattern(["هدنة"]).search(fold_plain("وبالهدنة"))


def test_the_longer_of_two_phrases_wins():
    assert word_pattern(["Sudmark", "Sudmark council"]).search("the sudmark council met").group() == "sudmark council"


def test_signs_in_a_phrase_are_taken_literally():
    assert word_pattern(["St. Orm"]).search("at st. orm today")
    assert not word_pattern(["St. Orm"]).search("at stx orm today")


@pytest.mark.parametrize("phrases", [[], [""], ["   "], ["\u200f"]])
def test_no_phrases_match_nothing(phrases):
    """An empty list in a profile must not turn into a pattern that matches everywhere."""
    assert not word_pattern(phrases).search("any text, and none")


@given(st.lists(st.text(max_size=8), max_size=5), st.text(max_size=30))
def test_any_list_of_phrases_compiles_and_never_matches_emptiness(phrases, text):
    found = word_pattern(phrases).search(fold_plain(text))
    assert found is None or found.group().strip() != "" or phrase_pattern(phrases) == "(?!)"
