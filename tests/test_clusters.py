"""Clusters: what copies of one text are together, whose it is, and how two become one or one leaves. All fictional."""

import datetime as dt
from pathlib import Path

import pytest
from test_duplicates import NOW, article, judge, prose, text

from monitor.duplicates import DuplicateIndex, MarkedText, VetoRules, judge_duplicate
from monitor.duplicates.clusters import changes, merge, split
from monitor.duplicates.datelines import credited_agency
from monitor.errors import QueryError
from monitor.events import ArticleExtracted, ClusterMerged, ClusterSplit, Event, EventData
from monitor.ids import text_sha256
from monitor.pipeline.analysing import judge as judge_texts
from monitor.pipeline.clustering import merge_clusters, split_article
from monitor.pipeline.shared import Pipeline, load_pipeline
from monitor.settings import Settings
from monitor.warehouse import query_copy

PROFILE = Path(__file__).parent / "data" / "topics" / "norland-sudmark.toml"


@pytest.mark.parametrize(
    ("begins", "agency"),
    [
        ("PORT HALLEN (Vestria Wire) - The envoys", "Vestria Wire"),
        ("PORT HALLEN, March 3 (VW) -- The envoys", "VW"),
        ("VERE, le 3 mars (Agence du Nord) – Les envoyés", "Agence du Nord"),
        ("بورت هالين (وكالة فيستريا) - قال المبعوثون", "وكالة فيستريا"),
        ("The envoys (all five of them) - and their aides - met", None),
        ("The envoys met the council in the town hall (Brant) - again", None),
        ("PORT HALLEN - The envoys", None),
        ("PORT HALLEN (2031) - The envoys", None),
        ("", None),
    ],
)
def test_a_dateline_credits_an_agency(begins, agency):
    assert credited_agency(f"{begins} met at the customs house.") == agency


def test_a_text_nearly_the_same_as_two_clusters_makes_them_one():
    """The second report cut and reworded the first beyond recognition of the rule; the third stands between them."""
    known = (article("a", prose(1), cluster="article-a"), article("b", prose(1) + " " + prose(5, 60), cluster="article-b"))
    bodies = (prose(1), prose(1) + " " + prose(5, 60))
    index = DuplicateIndex(known, {text_sha256(body): body for body in bodies}.get)
    judgement = judge_duplicate(MarkedText.of(text("c", prose(1) + " " + prose(6, 15))), index, VetoRules(), at=NOW)
    assert (judgement.verdict.cluster_id, judgement.bridged) == ("article-a", ("article-b",))
    moves = changes([judgement], [("article-b", "article-b"), ("article-x", "article-b")], at=NOW)
    assert [(type(move), move.article_id, move.from_cluster_id, move.cluster_id) for move in moves] == [
        (ClusterMerged, "article-b", "article-b", "article-a"),
        (ClusterMerged, "article-x", "article-b", "article-a"),
    ]


def test_a_copy_edited_into_a_report_of_its_own_leaves_its_cluster():
    wire = prose(1)
    index = DuplicateIndex([article("a", wire)], {text_sha256(wire): wire}.get)
    edit = judge_duplicate(MarkedText.of(text("b", prose(2), own_cluster="a")), index, VetoRules(), at=NOW)
    still = judge_duplicate(MarkedText.of(text("c", wire + " " + prose(3, 20), own_cluster="a")), index, VetoRules(), at=NOW)
    assert (edit.verdict.verdict, edit.has_left) == ("revision", True)
    assert (still.verdict.verdict, still.has_left) == ("revision", False)
    assert [(type(move), move.article_id, move.cluster_id) for move in changes([edit, still], [], at=NOW)] == [
        (ClusterSplit, "b", "b")
    ]


def test_unlike_clusters_are_left_apart():
    verdicts = judge(text("a", prose(1)), text("b", prose(2)), text("c", prose(1) + " " + prose(3, 15)))
    assert [v.cluster_id for v in verdicts] == ["a", "b", "a"]


# ------------------------------------------------------------------------------------------ in the warehouse


def extracted(name: str, outlet: str, body: str, hours: float) -> ArticleExtracted:
    at = NOW + dt.timedelta(hours=hours)
    return ArticleExtracted(
        article_id=f"article-{name}", url=f"https://{outlet}/{name}", outlet=outlet, feed_id="feed-a", first_seen_at=at, title=name,
        title_origin="feed", published_at=None, published_origin="none", published_precision="none", author=None, language="en",
        body_sha256=text_sha256(body), words=len(body.split()), page_sha256="0" * 64, page_event=f"page-{name}", method="m", extracted_at=at,
    )  # fmt: skip


def stored(folder: Path, texts: list[tuple[str, str, str, float]]) -> Pipeline:
    """A warehouse with texts, judged."""
    pipeline = load_pipeline(Settings(data=folder, topic=str(PROFILE)), clock=lambda: NOW + dt.timedelta(days=1))
    with pipeline.warehouse() as live:
        events: list[Event] = [wrapped for item in texts for wrapped in pipeline.wrap([extracted(*item)])]
        pipeline.append(live, events, [(text_sha256(body), body) for _, _, body, _ in texts])
    judge_texts(pipeline)
    with pipeline.warehouse() as live:
        live.publish()
    return pipeline


def clusters(pipeline: Pipeline) -> list[tuple[object, ...]]:
    asked = "SELECT cluster_id, articles, independent_texts, origin, origin_by FROM cluster ORDER BY ALL"
    return [tuple(row) for row in query_copy(pipeline.files, asked).rows]


def test_the_origin_is_the_agency_that_a_dateline_credits_else_the_first_outlet(tmp_path: Path) -> None:
    pipeline = stored(
        tmp_path,
        [
            ("a", "gazette.test", prose(1), 0),
            ("b", "herald.test", "PORT HALLEN (Vestria Wire) - " + prose(1), 1),
            ("c", "coast.test", prose(2), 0),
            ("d", "north.test", prose(2) + "\nShare this story.", 2),
        ],
    )
    assert clusters(pipeline) == [
        ("article-a", 2, 1, "Vestria Wire", "dateline"),
        ("article-c", 2, 1, "coast.test", "first seen"),
    ]


def test_a_person_merges_and_splits_and_what_comes_later_follows(tmp_path: Path) -> None:
    """Every relation that counts texts goes by it, and a rebuild from the log gives the same."""
    pipeline = stored(
        tmp_path, [("a", "gazette.test", prose(1), 0), ("b", "coast.test", prose(2), 1), ("c", "isle.test", prose(2), 2)]
    )
    assert [row[:3] for row in clusters(pipeline)] == [("article-a", 1, 1), ("article-b", 2, 1)]
    assert len(merge_clusters(pipeline, "article-b", "article-a", "one statement")) == 2
    assert [row[:3] for row in clusters(pipeline)] == [("article-a", 3, 2)]
    later = extracted("d", "vere.test", prose(2) + "\nMore soon.", 5)
    with pipeline.warehouse() as live:
        body = prose(2) + "\nMore soon."
        pipeline.append(live, pipeline.wrap([later]), [(text_sha256(body), body)])
    judge_texts(pipeline)
    with pipeline.warehouse() as live:
        live.publish()
    assert [row[:3] for row in clusters(pipeline)] == [("article-a", 4, 2)]
    split_article(pipeline, "article-c", "its own report")
    assert [row[:3] for row in clusters(pipeline)] == [("article-a", 3, 2), ("article-c", 1, 1)]
    before = clusters(pipeline)
    with pipeline.warehouse() as live:
        live.rebuild(("article",))
        live.publish()
    assert clusters(pipeline) == before


@pytest.mark.parametrize("ids", [("article-z", "article-a"), ("article-a", "article-z")])
def test_what_is_no_cluster_is_named(tmp_path: Path, ids: tuple[str, str]) -> None:
    pipeline = stored(tmp_path, [("a", "gazette.test", prose(1), 0)])
    with pytest.raises(QueryError, match="article-z"):
        merge_clusters(pipeline, *ids, why="")
    with pytest.raises(QueryError, match="article-a"):
        split_article(pipeline, "article-a", "")


def test_doing_it_twice_adds_nothing() -> None:
    def ids(events: list[EventData]) -> list[object]:
        return [Event.of(event, at=NOW, run_id="r").event_id for event in events]

    given = {"because_of": "t", "why": "w", "method": "m"}
    once, again = (merge([("x", "b"), ("y", "a")], "a", **given, at=NOW + n * dt.timedelta(hours=1)) for n in (0, 1))
    assert ids(list(once)) == ids(list(again))
    assert ids([split("x", "a", **given, at=NOW)]) == ids([split("x", "a", **given, at=NOW + dt.timedelta(hours=1))])
