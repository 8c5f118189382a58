"""The shipped profiles: the second one reads another real conflict with the same program. The texts here are invented."""

import datetime as dt

import pytest

from monitor.detection import Detector, GivenArticle
from monitor.mentions import Rules
from monitor.pipeline.shared import topic_path
from monitor.topics import TopicProfile, load_topic
from monitor.topics_check import check_examples
from monitor.warehouse import shipped

NAMES = sorted(path.stem for path in shipped("topics").glob("*.toml"))
NOW = dt.datetime(2025, 11, 10, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def sudan() -> TopicProfile:
    return load_topic(topic_path("sudan-talks"))


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_profile_holds_its_own_examples(name: str) -> None:
    assert check_examples(load_topic(topic_path(name))) == []


def test_without_a_name_the_usual_one_is_meant() -> None:
    """Which one that is stands beside the profiles, not in the program."""
    assert topic_path("").stem == shipped("topics", "default").read_text().strip()
    assert topic_path("").stem in NAMES


def test_the_second_profile_has_enough_examples_of_every_kind(sudan: TopicProfile) -> None:
    """At least forty: languages, stances, background, rivals, and texts in which nothing may be seen."""
    assert len(sudan.example) >= 40
    assert {example.language for example in sudan.example} == {"en", "ar", "fr"}
    assert {example.gate for example in sudan.example} == {"on_topic", "undecided", "off_topic"}
    assert sum(not example.mentions for example in sudan.example) >= 10
    acts = {act for example in sudan.example for mention in example.mentions for act in (mention.stances or {}).values()}
    assert {"accepted", "rejected", "studying", "no_response", "abstained"} <= acts
    terms = {term for example in sudan.example for mention in example.mentions for term in mention.terms or {}}
    assert {term.id for term in sudan.term} - terms <= {"transition"}


def outcomes(profile: TopicProfile, *texts: str) -> list[str]:
    detector = Detector(Rules.of(profile), at=NOW)
    found = []
    for number, text in enumerate(texts):
        given = GivenArticle(id=f"article-{number}", text=text, published=f"{NOW:%Y-%m-%d}")
        _, line = detector.read(given.as_text(language="en", today=NOW))
        found += [mention["outcome"] for mention in line["mentions"][:1]]
    return found


def test_the_ledger_of_the_second_profile_knows_its_own(sudan: TopicProfile) -> None:
    """What the profile names is known by its name, another party's is new, and the second report of it is known."""
    assert outcomes(
        sudan,
        "Both sides in Sudan were asked about the Quad roadmap and its three-month truce.",
        "Turkey has presented a new proposal for a 21-day truce in Sudan. Under the plan, 70 prisoners would be freed.",
        "Turkey's proposal for a 21-day truce in Sudan would free 70 prisoners, a diplomat said.",
    ) == ["known", "new", "known"]


def test_profiles_share_no_known_proposal() -> None:
    """Each conflict has its own ledger, also where mediators are the same."""
    profiles = [load_topic(topic_path(name)) for name in NAMES]
    ids = [profile.proposal_id(proposal.slug) for profile in profiles for proposal in profile.proposal]
    assert len(ids) == len(set(ids))
    assert len({profile.topic.id for profile in profiles}) == len(profiles)
