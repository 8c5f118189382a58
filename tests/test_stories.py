"""The same story in other words: linked, never called a copy. Everything is fictional."""

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_clusters import extracted, stored

from monitor.duplicates import DuplicateIndex, MarkedText, TextToJudge, VetoRules, judge_duplicate
from monitor.events import StoryLinked
from monitor.ids import text_sha256
from monitor.pipeline.analysing import link_stories
from monitor.stories import LINK_AT, StoryIndex, TextToLink, ToldText, decay, link_story
from monitor.warehouse import query_copy

NOW = dt.datetime(2031, 3, 10, 8, 0, tzinfo=dt.UTC)
FERRY = """The ferry between Lerum and Brant sails again after three weeks, the harbour office said. Fishermen welcomed the first crossing,
and the harbour master of Brant promised two crossings a day while the envoys go on talking about the strait."""
FERRY_TOLD_AGAIN = """After three weeks at the quay a ferry left Brant for Lerum this morning. Two crossings a day are planned, said the harbour
office, and fishermen who depend on the strait were relieved; the envoys have not finished their talks."""
ORCHARD = """Growers in the southern valleys expect the best apple harvest in a decade. Mild nights in spring and steady rain have filled the
orchards, and the cooperative is looking for two hundred pickers before the first frost arrives."""
BUDGET = """The council of Nordholm passed its budget with a narrow majority on Monday. Schools and libraries get more money, the theatre
gets less, and the tax on second homes rises; the opposition called the vote a missed chance for reform."""


def linked(*texts: tuple[str, str, float]) -> list[StoryLinked]:
    index = StoryIndex([])
    return [link_story(TextToLink(name, "t", text, NOW + dt.timedelta(days=days)), index, at=NOW) for name, text, days in texts]


def test_one_event_in_other_words_is_one_story():
    first, other, again = linked(("a", FERRY, 0), ("b", ORCHARD, 0.1), ("c", FERRY_TOLD_AGAIN, 0.2))
    assert (first.story_id, first.like, other.story_id) == ("a", None, "b")
    assert (again.story_id, again.like) == ("a", "a")
    assert again.score >= LINK_AT


def test_it_is_no_duplicate():
    index = DuplicateIndex([], {text_sha256(FERRY): FERRY}.get)
    given = {"text_event": "t", "seen_at": NOW, "own_cluster_id": None}
    told = [
        judge_duplicate(
            MarkedText.of(TextToJudge(article_id=name, body_sha256=text_sha256(text), text=text, outlet=f"{name}.test", **given)),
            index,
            VetoRules(),
            at=NOW,
        ).verdict
        for name, text in (("a", FERRY), ("c", FERRY_TOLD_AGAIN))
    ]
    assert [verdict.verdict for verdict in told] == ["original", "original"]


def test_unlike_reports_begin_stories_of_their_own():
    assert [link.story_id for link in linked(("a", FERRY, 0), ("b", ORCHARD, 0), ("c", BUDGET, 0))] == ["a", "b", "c"]


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcdefghijklmnopqrstuvwx"), st.integers(1, 4), min_size=1), min_size=1, max_size=15
    ),
    st.dictionaries(st.sampled_from("abcdefghijklmnopqrstuvwx"), st.integers(1, 4), min_size=1),
)
def test_no_text_that_could_be_linked_is_passed_over(told, mine):
    """The likeliest of all texts, compared one by one, is found through the rare words alone."""
    index = StoryIndex(ToldText(f"a{number}", f"a{number}", NOW, terms) for number, terms in enumerate(told))
    sizes = {word: sum(word in terms for terms in told) for word in "abcdefghijklmnopqrstuvwx"}

    def vector(counts):
        raw = {word: (1 + math.log(count)) * math.log((len(told) + 2) / (1 + sizes[word])) for word, count in counts.items()}
        length = math.hypot(*raw.values())
        return {word: weight / length for word, weight in raw.items()} if length else {}

    here = vector(mine)
    likeness = [sum(weight * here.get(word, 0) for word, weight in vector(terms).items()) for terms in told]
    found = index.nearest(mine, seen_at=NOW, but="")
    assert (found[1] if found else 0) == pytest.approx(max(likeness)) or max(likeness) < LINK_AT


def test_time_wears_a_likeness_out():
    """What is told again after days is another event in the same words."""
    assert decay(dt.timedelta(days=2)) == pytest.approx(0.5)
    scores = [linked(("a", FERRY, 0), ("x", ORCHARD, 0), ("b", FERRY_TOLD_AGAIN, days))[-1].score for days in (0, 1)]
    assert scores[1] < scores[0]
    assert linked(("a", FERRY, 0), ("b", FERRY_TOLD_AGAIN, 6))[-1].like is None


def test_a_story_goes_on_from_link_to_link():
    links = linked(("a", FERRY, 0), ("x", ORCHARD, 0), ("b", FERRY_TOLD_AGAIN, 0.5), ("c", FERRY + " " + FERRY_TOLD_AGAIN, 1))
    assert [link.story_id for link in links] == ["a", "x", "a", "a"]


def test_a_few_words_tell_no_story():
    assert linked(("a", "The ferry sails.", 0), ("b", "The ferry sails.", 0.1))[1].like is None


def test_the_pipeline_links_each_text_once_and_no_copies(tmp_path):
    texts = [
        ("a", "gazette.test", FERRY, 0),
        ("b", "isle.test", ORCHARD, 1),
        ("c", "coast.test", FERRY_TOLD_AGAIN, 2),
        ("d", "vere.test", FERRY, 3),
    ]
    pipeline = stored(tmp_path, texts)
    link_stories(pipeline)
    later = extracted("e", "north.test", BUDGET, 5)
    with pipeline.warehouse() as live:
        pipeline.append(
            live,
            pipeline.wrap([later.model_copy(update={"body_sha256": text_sha256(FERRY_TOLD_AGAIN + " Again.")})]),
            [(text_sha256(FERRY_TOLD_AGAIN + " Again."), FERRY_TOLD_AGAIN + " Again.")],
        )
    link_stories(pipeline)
    with pipeline.warehouse() as live:
        live.publish()
    rows = query_copy(pipeline.files, "SELECT article_id, story_id, like_id FROM story ORDER BY article_id").rows
    assert [tuple(row) for row in rows] == [
        ("article-a", "article-a", None),
        ("article-b", "article-b", None),
        ("article-c", "article-a", "article-a"),
    ]
