"""Numbers, durations and terms as texts state them. All sentences are fictional (tests/data/topics)."""

import itertools

import pytest
from conftest import ROOT, TESTS
from hypothesis import given
from hypothesis import strategies as st

from monitor.readings import AMOUNT, DURATION_TERM, NumberReader, TermReader
from monitor.topics import Term, load_topic
from monitor.words import fold_plain

PACKS = ROOT / "warehouse" / "topics" / "language"
TENS = dict(zip(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), range(20, 100, 10), strict=True))
ONES = dict(zip(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), range(1, 10), strict=True))


@pytest.fixture(scope="module")
def find(profile):
    """Terms of an English sentence as {term: (low, high)}, or the list of them all."""
    reader = TermReader(
        profile.pack("en"), (*profile.term, Term(id="exile", kind="flag", patterns={"en": ("safe passage|exile",)}))
    )

    def found(text, *, start=0, end=None):
        folded = fold_plain(text)
        return reader.find(folded, start, len(folded) if end is None else end)

    return found


def bounds(items):
    return {item.term: (item.low, item.high) for item in items}


@pytest.fixture(scope="module")
def number(profile):
    reader = NumberReader(profile.pack("en"))
    return lambda text: reader.read(fold_plain(text))


# ---------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("10", 10, 10),
        ("1,500", 1500, 1500),
        ("1.500", 1500, 1500),
        ("2.5", 2.5, 2.5),
        ("12,000,000", 12e6, 12e6),
        ("seven", 7, 7),
        ("forty", 40, 40),
        ("Hundred", 100, 100),
        ("two hundred", 200, 200),
        ("three thousand", 3000, 3000),
        ("two hundred fifty", 250, 250),
        ("one hundred thousand", 100_000, 100_000),
        ("five to ten", 5, 10),
        ("five or six", 5, 6),
        ("20-30", 20, 30),
        ("20–30", 20, 30),
        ("ten to 15", 10, 15),
        ("10 to 5", 5, 10),
        ("٣٠", 30, 30),
        ("٣٬٠٠٠", 3000, 3000),
        ("between 20 and 30", 20, 30),
        ("between five and ten", 5, 10),
    ],
)
def test_numbers_and_ranges_are_read(number, text, low, high):
    assert number(text) == (low, high)


@pytest.mark.parametrize(("tens", "ones"), [(t, o) for t in TENS for o in ("one", "four", "five", "eight")])
def test_compound_numbers_are_one_number(number, tens, ones):
    """With a hyphen, a space or another hyphen: thirty-four is not "from four to thirty"."""
    assert number(f"{tens}-{ones}") == number(f"{tens} {ones}") == number(f"{tens}‑{ones}") == (TENS[tens] + ONES[ones],) * 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("one hundred and twenty", 120),
        ("two hundred and five", 205),
        ("two thousand five hundred", 2500),
        ("two thousand five hundred and six", 2506),
    ],
)
def test_numbers_of_several_parts_are_one_number(number, text, value):
    assert number(text) == (value, value)


def test_a_range_of_compound_numbers_keeps_both_ends(number):
    assert number("twenty-five to thirty-five") == (25, 35)


@pytest.mark.parametrize("code", ["en", "ar", "he", "fr"])
def test_every_number_word_of_a_pack_is_read_as_itself(code):
    profile = load_topic(ROOT / "warehouse" / "topics" / "gaza-ceasefire.toml")
    reader = NumberReader(profile.pack(code))
    misread = {
        word: reader.read(fold_plain(word))
        for word, value in profile.pack(code).numbers.items()
        if reader.read(fold_plain(word)) != (value, value)
    }
    assert misread == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("vingt-quatre", 24),
        ("quarante-deux", 42),
        ("treize", 13),
        ("quatorze", 14),
        ("seize", 16),
        ("soixante-douze", 72),
        ("quatre-vingts", 80),
        ("quatre-vingt-dix", 90),
        ("vingt et un", 21),
        ("deux cents", 200),
    ],
)
def test_french_numbers_are_read(text, value):
    reader = NumberReader(load_topic(ROOT / "warehouse" / "topics" / "gaza-ceasefire.toml").pack("fr"))
    assert reader.read(fold_plain(text)) == (value, value)


@pytest.mark.parametrize("text", ["", "-", "to", "no number", "the"])
def test_what_is_no_number_is_none(number, text):
    assert number(text) is None


@given(st.integers(0, 999_999), st.integers(0, 999_999))
def test_digits_are_read_with_and_without_separators(a, b):
    reader = NumberReader(load_pack())
    assert reader.read(str(a)) == reader.read(f"{a:,}") == (a, a)
    assert reader.read(f"{a:,} to {b}") == (min(a, b), max(a, b))


_PACK = []


def load_pack():
    if not _PACK:
        _PACK.append(load_topic(TESTS / "data" / "topics" / "norland-sudmark.toml", packs_dir=PACKS).pack("en"))
    return _PACK[0]


# ---------------------------------------------------------------------------------------- durations


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("a 40-day truce", 40, 40),
        ("a forty-day truce", 40, 40),
        ("a 40 day humanitarian pause", 40, 40),
        ("a six-week ceasefire", 42, 42),
        ("a two-month truce", 60, 60),
        ("a 72-hour cease-fire", 3, 3),
        ("a truce of up to ten days", 10, 10),
        ("a ceasefire lasting 60 days", 60, 60),
        ("a truce of 5 to 10 days", 5, 10),
        ("a five- to ten-day truce", 5, 10),
        ("fighting would stop for at least 30 days", 30, 30),
        ("the lull would last between two and three weeks", 14, 21),
        ("a forty-five-day truce", 45, 45),
    ],
)
def test_the_length_of_a_truce_is_read(find, text, low, high):
    assert bounds(find(text))[DURATION_TERM] == pytest.approx((low, high))


@pytest.mark.parametrize(
    "text",
    [
        "the war entered its 40th day",
        "after 40 days of fighting",
        "on day 40 of the truce talks",
        "the envoy, 62 years old, spoke of a truce",
        "a truce signed 40 days ago",
        "talks went on for ten days",
        "in 2031 a truce was signed",
        "40 days",
        "a truce",
    ],
)
def test_other_spans_of_time_are_not_the_length_of_a_truce(find, text):
    """Dropped, never guessed."""
    assert DURATION_TERM not in bounds(find(text))


# ---------------------------------------------------------------------------------------- terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 captives would return", {"captives": (12, 12)}),
        ("twelve of the remaining captives", {"captives": (12, 12)}),
        ("between 20 and 30 captives", {"captives": (20, 30)}),
        ("five to ten living captives", {"captives": (5, 10)}),
        ("twenty-five captives", {"captives": (25, 25)}),
        ("one hundred and twenty captives", {"captives": (120, 120)}),
        ("1,500 Sudmark prisoners", {"prisoners": (1500, 1500)}),
        ("two phases", {"phases": (2, 2)}),
        ("a two-phase plan", {"phases": (2, 2)}),
        ("safe passage for the council", {"exile": (None, None)}),
    ],
)
def test_terms_are_read_with_their_role(find, text, expected):
    assert bounds(find(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "3,000 captives",  # more than this conflict holds: another matter
        "30 phases",
        "captives",
        "12 trucks",
        "article 12. Captives wrote letters",
        "a vote of 12 to 10",
        "2031 captives",
        "12.5.2031",
        "unsafe passages of exiled men wereexile",
    ],
)
def test_numbers_without_a_role_are_dropped(find, text):
    assert not set(bounds(find(text))) & {"captives", "prisoners", "phases", DURATION_TERM}


def test_each_alternative_of_a_pattern_stands_for_a_whole_word(find):
    """A profile's author writes "safe passage|exile" and does not think of brackets."""
    assert find("the unexiled council") == []
    assert bounds(find("asked for exile")) == {"exile": (None, None)}


def test_several_terms_of_a_sentence_are_found_in_its_order(find):
    text = "Under the two-phase plan, 12 captives would be exchanged for 150 prisoners during a 40-day truce."
    assert [(item.term, item.low) for item in find(text)] == [
        ("phases", 2),
        ("captives", 12),
        ("prisoners", 150),
        (DURATION_TERM, 40),
    ]


def test_a_term_stated_twice_is_found_twice(find):
    assert [(item.term, item.low) for item in find("12 captives at first, then 8 captives")] == [
        ("captives", 12),
        ("captives", 8),
    ]


def test_of_overlapping_readings_of_a_term_one_is_kept(find):
    items = find("a 40-day truce that would last 40 days")
    spans = [(item.start, item.end) for item in items if item.term == DURATION_TERM]
    assert spans
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))


def test_a_reading_points_at_its_words_and_names_its_rule(find):
    text = "Vestria spoke of 12 captives."
    [item] = find(text)
    assert text[item.start : item.end] == "12 captives"
    assert item.rule.startswith("en:captives:")


def test_only_the_asked_stretch_is_read(find):
    text = "12 captives. 8 captives."
    assert [item.low for item in find(text, start=13)] == [8]
    assert [item.low for item in find(text, end=12)] == [12]


@given(st.text(max_size=120))
def test_any_text_can_be_read_and_spans_lie_inside_it(text):
    folded = fold_plain(text + " a 40-day truce " + text)
    reader = TermReader(load_pack(), ())
    for item in reader.find(folded, 0, len(folded)):
        assert 0 <= item.start < item.end <= len(folded)
        assert item.low <= item.high


@pytest.mark.parametrize(
    ("code", "text", "days"),
    [
        ("ar", "هدنة لمدة شهرين", 60),
        ("ar", "هدنة لمدة 40 يوما", 40),
        ("ar", "هدنة مدتها ستة أسابيع", 42),
        ("fr", "une trêve de 40 jours", 40),
        ("fr", "une trêve de six semaines", 42),
        ("he", "הפסקת אש של 40 יום", 40),
        ("he", "הפסקת אש של חודשיים", 60),
    ],
)
def test_durations_are_read_in_the_other_packs(code, text, days):
    """Arabic and Hebrew duals hold number and unit in one word."""
    pack = load_topic(ROOT / "warehouse" / "topics" / "gaza-ceasefire.toml").pack(code)
    folded = fold_plain(text)
    assert bounds(TermReader(pack, ()).find(folded, 0, len(folded))) == {DURATION_TERM: (days, days)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a two-week truce, extendable to three or four weeks", (14, 28)),
        ("a truce of one week that could be extended to a month", (7, 30)),
        ("a truce between two days and a week", (2, 7)),
        ("a truce of two days or a week", (2, 7)),
        ("a month-long truce", (30, 30)),
        ("a truce of a month and a half", (45, 45)),
        ("a truce of two days and a week of talks", (2, 2)),
    ],
)
def test_what_a_truce_may_be_extended_to_is_its_upper_bound(find, text, expected):
    """Two durations side by side are a range only where the text joins them to one."""
    assert bounds(find(text))[DURATION_TERM] == expected


def test_words_that_stand_for_a_figure(profile):
    """All, dozens, half: kept as words, with what narrows them, and only where no figure is stated."""
    count = Term(id="captives", kind="count", patterns={"en": ("{N} captives", "{AMOUNT} (?:[a-z]+ )?captives")})
    reader = TermReader(profile.pack("en"), (count,))

    def amount(text):
        return [(f.low, f.rule.partition(AMOUNT)[2]) for f in reader.find(fold_plain(text), 0, len(text))]

    assert amount("all captives") == [(None, "all")]
    assert amount("all living captives") == [(None, "all living")]
    assert amount("dozens of captives") == [(None, "dozens")]
    assert amount("half of the captives") == [(None, "half")]
    assert amount("all 40 captives") == [(40, "")]
