"""The sieve never loses a match: it only spares patterns that cannot match. All texts are fictional."""

import re

import pytest

from monitor.mentions import Reader, Rules
from monitor.sieve import Sieve, required_strings


@pytest.mark.parametrize(
    ("pattern", "strings"),
    [
        (r"[0-9]+ (?:[a-z]+ )?captives?", {"captive", "captives"}),
        (r"(?<!\w)(?:offer|plans?)(?!\w)", {"offer", "plan", "plans"}),
        (r"(?:will|would) not (?:take|sign)", {"will not take", "will not sign", "would not take", "would not sign"}),
        (r"\d+", None),
        (r"(?:a|b)", None),  # single letters stand everywhere
        (r"(?:truce)?", None),  # nothing need stand there
        (r"(?<!\w)(?:(?!))(?!\w)", set()),  # an empty list of words matches nothing
    ],
)
def test_the_strings_that_every_match_holds(pattern, strings):
    found = required_strings(pattern)
    assert found == (None if strings is None else frozenset(strings))


def test_each_sentence_gets_the_patterns_that_may_match_in_it():
    offer, truce, digits = re.compile("offer(?:s|ed)?"), re.compile("truce|calm"), re.compile(r"\d")
    sieve = Sieve([offer, truce, digits])
    text = "norland offered much. sudmark wants calm."
    first, second = sieve.sift(text, [0, 22])
    assert first & sieve.bits[id(offer)]
    assert not first & sieve.bits[id(truce)]
    assert second & sieve.bits[id(truce)]
    assert id(digits) not in sieve.bits, "a pattern without such a string is always tried"


def test_nothing_is_found_without_the_sieve_that_is_not_found_with_it(profile):
    """For every pattern of the language, in every sentence."""
    rules = Rules(profile).languages["en"]
    text = (
        "Vestria has proposed a 40-day truce. Five captives would be freed for 30 prisoners, two officials told the Herald.\n"
        "Norland rejected what Sudmark put forward, but both are studying the counter-proposal; it was turned down before."
    )
    reader = Reader.of(text, rules)
    own = [value for value in vars(rules).values() if isinstance(value, re.Pattern)]
    for pattern in (*own, *rules.terms.patterns, *(pattern for *_, pattern in rules.stances)):
        for sentence in reader.sentences:
            spans = [m.span() for m in pattern.finditer(reader.folded.text, sentence.start, sentence.end)]
            assert [m.span() for m in reader.finditer(pattern, sentence.start, sentence.end)] == spans
