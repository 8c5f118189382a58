"""The topic is data: a second subject costs one file, and a mistake in it is named. The subject here is fictional."""

import re

import pytest
from conftest import ROOT, TESTS

from monitor.errors import MonitorError, TopicError
from monitor.topics import Example, ExpectedMention, TopicProfile, load_topic
from monitor.topics_check import check_examples

PACKS = ROOT / "warehouse" / "topics" / "language"
PROFILE = TESTS / "data" / "topics" / "norland-sudmark.toml"
SHIPPED = sorted((ROOT / "warehouse" / "topics").glob("*.toml"))


@pytest.fixture
def edited(tmp_path):
    """Write the profile with one piece of text replaced, and load it."""

    def load(old: str, new: str) -> TopicProfile:
        text = PROFILE.read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "edited.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load_topic(path, packs_dir=PACKS)

    return load


def test_a_second_subject_costs_one_file(profile):
    assert profile.topic.id == "norland-sudmark"
    assert [party.id for party in profile.party] == ["norland", "sudmark", "vestria", "strait-league"]
    assert profile.proposal[0].terms == {"duration_days": (40, 40), "captives": (12, 12), "phases": (2, 2)}
    assert profile.pack("en").code == "en"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_profile_loads_with_its_packs(path):
    shipped = load_topic(path)
    assert set(shipped.packs) == set(shipped.topic.languages)
    assert all(pack.code == code for code, pack in shipped.packs.items())


@pytest.mark.parametrize("path", sorted(PACKS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_pack_can_count(path, tmp_path):
    """A pack without numbers, units or nouns would find nothing and say nothing."""
    other = tmp_path / "other.toml"
    other.write_text(
        PROFILE.read_text(encoding="utf-8").replace('languages = ["en"]', f'languages = ["{path.stem}"]'), encoding="utf-8"
    )
    pack = load_topic(other, packs_dir=PACKS).pack(path.stem)
    assert pack.numbers
    assert pack.units
    assert pack.truce_nouns
    assert pack.stances


@pytest.mark.parametrize("language", ["en", "en-GB", "EN", "EN-us"])
def test_a_regional_language_finds_its_pack(profile, language):
    assert profile.pack(language) is profile.packs["en"]


@pytest.mark.parametrize("language", ["", "de", "eng"])
def test_a_language_without_a_pack_has_none(profile, language):
    assert profile.pack(language) is None


def test_a_pack_beside_the_profile_goes_first(tmp_path):
    (tmp_path / "language").mkdir()
    pack = (PACKS / "en.toml").read_text(encoding="utf-8")
    (tmp_path / "language" / "en.toml").write_text(
        re.sub(r"truce_nouns = .*", 'truce_nouns = ["stillness"]', pack), encoding="utf-8"
    )
    (tmp_path / "own.toml").write_text(PROFILE.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_topic(tmp_path / "own.toml", packs_dir=PACKS).pack("en").truce_nouns == ("stillness",)


# ---------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "national"', 'knid = "national"', ["knid", "did you mean 'kind'"]),
        ("[gate.anchors]", "[gate.anchor]", ["anchor", "did you mean 'anchors'"]),
        ('role = "mediator"', 'role = "referee"', ["role"]),
        ('party = "vestria"', 'party = "westria"', ["westria"]),
        ('proposers = ["vestria"]', 'proposers = ["nobody"]', ["nobody"]),
        ("captives = [12, 12]", "capitves = [12, 12]", ["capitves"]),
        ('id = "sudmark"', 'id = "norland"', ["party id given twice", "norland"]),
        (
            "https://wire.vestria.test/feed",
            "http://gazette.norland.test/rss/world.xml/",
            ["feed address given twice", "rss/world.xml"],
        ),
        ("https://wire.vestria.test/feed", "wire.vestria.test/feed", ["wire.vestria.test/feed", "http"]),
        ('language = "en"', 'language = "english"', ["language"]),
        ('id = "norland-sudmark"', 'id = "Norland Sudmark"', ["topic.id"]),
        ('languages = ["en"]', 'languages = "en"', ["topic.languages"]),
        ("[topic]", "[topic", ["not valid TOML"]),
        ("[topic]", "[packs.en]\n[topic]", ["packs"]),
        ('name = "Norland-Sudmark ceasefire talks"', "", ["topic.name"]),
        ('kind = "count"', 'kind = "number"', ["term.0.kind"]),
    ],
)
def test_a_mistake_is_named_with_its_file_and_a_way_out(edited, old, new, told):
    with pytest.raises(TopicError) as error:
        edited(old, new)
    assert all(piece in error.value.message for piece in told), error.value.message
    assert error.value.subject.endswith("edited.toml")
    assert error.value.way_out
    assert isinstance(error.value, MonitorError)


@pytest.mark.parametrize("languages", ["5", "true", "[5]"])
def test_languages_of_the_wrong_kind_are_a_mistake_like_any_other(edited, languages):
    with pytest.raises(TopicError, match="languages"):
        edited('languages = ["en"]', f"languages = {languages}")


def test_a_language_without_a_pack_is_a_mistake(edited):
    """Else "ne" for "en" monitors nothing and tells nobody."""
    with pytest.raises(TopicError, match="ne"):
        edited('languages = ["en"]', 'languages = ["ne"]')


def test_a_pattern_that_is_no_regular_expression_is_a_mistake(edited):
    """Told when the profile is read, not in the middle of a run."""
    with pytest.raises(TopicError, match="captives"):
        edited('"{N}[\\\\s-](?:of the )?', '"{N}[\\\\s-](?:of the ')


def test_a_term_given_twice_is_a_mistake(edited):
    with pytest.raises(TopicError, match="captives"):
        edited('id = "prisoners"', 'id = "captives"')


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(TopicError) as error:
        load_topic(tmp_path / "nowhere.toml")
    assert "nowhere.toml" in str(error.value)
    assert error.value.way_out


def test_a_file_that_is_not_utf8_is_named(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes('[topic]\nname = "négociée"'.encode("latin-1"))
    with pytest.raises(TopicError, match=r"latin\.toml"):
        load_topic(path)


# ---------------------------------------------------------------------------------------- identities


def test_the_digest_changes_with_what_the_rules_read(profile, edited):
    assert edited('"Port Hallen"', '"Port Halle"').digest != profile.digest
    assert edited("at_most = 12", "at_most = 13").digest != profile.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://wire.vestria.test/feed", "https://wire.vestria.test/rss"),
        ("Vestria put a proposal", "The envoy of Vestria put a proposal"),
        ("[topic]", "# a comment\n[topic]"),
        ("[gate.anchors]", "[polling]\ninterval_minutes = 30\n\n[gate.anchors]"),
    ],
)
def test_the_digest_stays_when_only_feeds_polling_examples_or_comments_change(profile, edited, old, new):
    """Another feed must not have every article of the archive read again."""
    assert edited(old, new).digest == profile.digest


def test_the_digest_changes_with_the_language_pack(profile, tmp_path):
    (tmp_path / "language").mkdir()
    pack = (PACKS / "en.toml").read_text(encoding="utf-8")
    (tmp_path / "language" / "en.toml").write_text(pack.replace("twelve = 12", "twelve = 12\ndozen = 12"), encoding="utf-8")
    (tmp_path / "own.toml").write_text(PROFILE.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_topic(tmp_path / "own.toml", packs_dir=PACKS).digest != profile.digest


def test_a_copy_with_other_parts_has_its_own_digest(profile):
    """Compiled rules are kept by digest: a stale one would bring the wrong rules."""
    assert profile.digest
    other = profile.model_copy(update={"gate": profile.gate.model_copy(update={"anchors": {"en": ("quince",)}})})
    assert other.digest != profile.digest


def test_a_feed_keeps_its_identity_when_its_address_is_spelled_otherwise(profile, edited):
    other = edited("https://wire.vestria.test/feed", "http://WIRE.vestria.test/feed/")
    assert [feed.feed_id for feed in other.feed] == [feed.feed_id for feed in profile.feed]


def test_a_known_proposal_has_an_id_of_its_topic_and_slug(profile, edited):
    assert profile.proposal_id("lighthouse-plan") == profile.proposal_id("lighthouse-plan")
    assert profile.proposal_id("lighthouse-plan") != profile.proposal_id("harbour-plan")
    assert edited('id = "norland-sudmark"', 'id = "norland-ostland"').proposal_id("lighthouse-plan") != profile.proposal_id(
        "lighthouse-plan"
    )


def test_a_profile_cannot_be_changed_while_it_is_in_use(profile):
    with pytest.raises(ValueError, match="frozen"):
        profile.topic = None


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_example_of_a_shipped_profile_holds(path):
    """As `monitor topics check` says; one that expects something else is named with what was found."""
    shipped = load_topic(path)
    assert shipped.example
    assert check_examples(shipped) == []


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ({"gate": "off_topic"}, "gate is on_topic, expected off_topic"),
        ({"mentions": ()}, "1 mentions"),
        ({"mentions": (ExpectedMention(proposers=("sudmark",)),)}, "mention 1: proposers is ('vestria',), expected ('sudmark',)"),
        ({"mentions": (ExpectedMention(terms={"duration_days": (60, 60)}),)}, "mention 1: duration_days is (40"),
        (
            {"mentions": (ExpectedMention(stances={"norland": "rejects"}),)},
            "mention 1: stance of norland is None, expected 'rejects'",
        ),
    ],
)
def test_an_example_that_does_not_hold_says_what_was_found(profile, expected, says):
    """Gate, number of mentions, parties, terms and stances."""
    text = "Vestria has put forward a proposal for a 40-day truce in the strait between Norland and Sudmark."
    wrong = profile.model_copy(update={"example": (Example(text=text, **expected),)})
    (line,) = check_examples(wrong)
    assert line.startswith("example 1: ")
    assert says in line
