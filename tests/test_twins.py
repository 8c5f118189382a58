"""Reports that are alike but for what matters, and the same report in another outlet's frame. All of it is fictional.

The pairs are data (``data/twins/reports.toml``): a report, and pairs of phrases that make its twin.
"""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest

from monitor.duplicates import DuplicateIndex, MarkedText, TextToJudge, VetoRules, judge_duplicate
from monitor.events import DuplicateJudged
from monitor.ids import text_sha256
from monitor.topics import TopicProfile, load_topic
from monitor.warehouse import shipped

DATA = Path(__file__).parent / "data"
WRITTEN: dict[str, Any] = tomllib.loads((DATA / "twins" / "reports.toml").read_text(encoding="utf-8"))
REPORTS = [
    (number, report["language"], report["text"].strip().replace("\n", "\n\n")) for number, report in enumerate(WRITTEN["report"])
]
TWINS = [
    pytest.param(language, text, was, now, id=f"{number}-{was}-{now}")
    for (number, language, text), report in zip(REPORTS, WRITTEN["report"], strict=True)
    for was, now in report["twins"]
]
COPIES = [
    pytest.param(language, text, furniture, id=f"{number}-{frame}")
    for number, language, text in REPORTS
    for frame, furniture in enumerate(WRITTEN["furniture"])
]
NOW = dt.datetime(2031, 3, 11, 8, 0, tzinfo=dt.UTC)


def profile() -> TopicProfile:
    """The fictional topic with every language pack, and its parties' names in Arabic."""
    packs = shipped("topics", "language")
    known = load_topic(DATA / "topics" / "norland-sudmark.toml", packs_dir=packs)
    every = load_topic(next(iter(sorted(shipped("topics").glob("*.toml")))), packs_dir=packs).packs
    names = {"norland": ("نورلاند",), "sudmark": ("سودمارك",)}
    parties = tuple(
        party.model_copy(update={"aliases": {**party.aliases, "ar": names[party.id]}}) if party.id in names else party
        for party in known.party
    )
    return known.model_copy(update={"packs": every, "party": parties})


RULES = VetoRules(profile())


def judged(old: str, new: str, language: str) -> DuplicateJudged:
    """The verdict on a text that another outlet carries two hours after the old one."""
    store = {text_sha256(text): text for text in (old, new)}
    index = DuplicateIndex([], store.get)
    verdicts = [
        judge_duplicate(
            MarkedText.of(
                TextToJudge(
                    article_id=name,
                    text_event="text-1",
                    body_sha256=text_sha256(text),
                    text=text,
                    outlet=f"{name}.test",
                    seen_at=NOW + hours * dt.timedelta(hours=1),
                    own_cluster_id=None,
                    language=language,
                )
            ),
            index,
            RULES,
            at=NOW,
        )
        for name, text, hours in (("old", old, 0), ("new", new, 2))
    ]
    return verdicts[1].verdict


def framed(text: str, furniture: dict[str, str]) -> str:
    """The report in an outlet's frame."""
    paragraphs = text.split("\n\n")
    if "between" in furniture:
        paragraphs = [part for n, p in enumerate(paragraphs) for part in ([furniture["between"], p] if n == 2 else [p])]
    return furniture.get("before", "") + "\n\n".join(paragraphs) + ("\n\n" + furniture["after"] if "after" in furniture else "")


def test_there_are_sixty_of_each():
    assert len(TWINS) >= 60
    assert len(COPIES) >= 60


@pytest.mark.parametrize(("language", "text", "was", "now"), TWINS)
def test_a_twin_is_never_the_same_report(language, text, was, now):
    """It is told what it resembles, and why it is not that; and it counts as a text of its own."""
    assert text.count(was) == 1
    verdict = judged(text, text.replace(was, now), language)
    assert verdict.relation != "same"
    assert (verdict.verdict, verdict.of, verdict.cluster_id) == ("twin", "old", "new")
    assert verdict.vetoes


@pytest.mark.parametrize(("language", "text", "was", "now"), TWINS)
def test_a_twin_in_another_frame_is_never_the_same_report(language, text, was, now):
    verdict = judged(framed(text, WRITTEN["furniture"][0]), framed(text.replace(was, now), WRITTEN["furniture"][8]), language)
    assert verdict.relation != "same"
    assert verdict.cluster_id == "new"


@pytest.mark.parametrize(("language", "text", "furniture"), COPIES)
def test_a_report_in_another_frame_is_the_same_report(language, text, furniture):
    verdict = judged(text, framed(text, furniture), language)
    assert (verdict.relation, verdict.of, verdict.cluster_id, verdict.vetoes) == ("same", "old", "old", ())


@pytest.mark.parametrize(("language", "text", "furniture"), COPIES)
def test_a_report_in_two_frames_is_the_same_report(language, text, furniture):
    """Neither outlet has the bare text."""
    verdict = judged(framed(text, WRITTEN["furniture"][0]), framed(text, furniture), language)
    assert (verdict.relation, verdict.cluster_id, verdict.vetoes) == ("same", "old", ())


def test_a_veto_says_what_either_text_has():
    text = REPORTS[0][2]
    verdict = judged(text, text.replace("60-day truce", "90-day truce"), "en")
    assert [(veto.kind, veto.was, veto.now) for veto in verdict.vetoes] == [("number", "60", "90")]


@pytest.mark.parametrize(
    ("was", "now"), [("nine", "9"), ("4,500", "4500"), ("criticised", "criticized"), ("Vladinov", "Vladinow")]
)
def test_another_spelling_is_no_other_report(was, now):
    """What a house style changes says the same."""
    text = REPORTS[1][2].replace("4,500 families", "4,500 families of nine villages, Bela Vladinov among them,")
    verdict = judged(text, text.replace(was, now), "en")
    assert (verdict.cluster_id, verdict.vetoes) == ("old", ())


def test_the_passages_that_both_have_are_given_with_their_places():
    text = REPORTS[0][2]
    new = framed(text, WRITTEN["furniture"][0])
    verdict = judged(text, new, "en")
    assert verdict.passages
    for passage in verdict.passages:
        assert new[passage.start : passage.end].split()[:3] == text[passage.of_start : passage.of_end].split()[:3]
    assert sum(passage.end - passage.start for passage in verdict.passages) > 0.9 * len(text)
