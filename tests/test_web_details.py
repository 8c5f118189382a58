"""What the pages tell beyond the first look: lineage, neighbours, shared passages, raw bytes, zoom, files of an answer, subscriptions."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import shutil
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from webserver import demo_warehouse, options_for, serving

from monitor.warehouse import WarehouseFiles, read_copy
from monitor.warehouse.files import sql
from monitor.web.charts import axes
from monitor.web.kinship import differences, family_tree
from monitor.web.pages import views
from monitor.web.questions import ready_questions
from monitor.web.words import letter, sides

pytestmark = pytest.mark.xdist_group("web")


@pytest.fixture(scope="module")
def files(original_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> WarehouseFiles:
    return demo_warehouse(original_demo, tmp_path_factory.mktemp("details") / "demo")


@pytest.fixture(scope="module")
def client(files: WarehouseFiles) -> Iterator[httpx.Client]:
    with serving(options_for(files)) as address, httpx.Client(base_url=address, timeout=300) as running:
        yield running


def rows(files: WarehouseFiles, statement: str) -> list[tuple[Any, ...]]:
    with read_copy(files) as connection:
        return connection.execute(statement).fetchall()


# --------------------------------------------------------------------------- proposals


@pytest.mark.parametrize(
    ("said", "disputed"),
    [
        ([("accepted", True), ("rejected", True)], set()),
        ([("accepted", False), ("rejected", True)], set()),
        ([("accepted", False), ("studying", False)], set()),
        ([("accepted", False), ("rejected", False)], {("accepted", False), ("rejected", False)}),
        ([("accepted_in_principle", False), ("accepted", True)], {("accepted_in_principle", False), ("accepted", True)}),
        ([("rejected", False), ("rejected", True), ("accepted", True)], {("rejected", False), ("rejected", True)}),
    ],
)
def test_a_stance_is_disputed_where_others_say_the_contrary(
    said: list[tuple[str, bool]], disputed: set[tuple[str, bool]]
) -> None:
    """Who has neither accepted nor rejected is at odds with nobody."""
    with duckdb.connect() as connection:
        connection.execute(
            """CREATE TABLE "position" (proposal_id VARCHAR, party VARCHAR, act VARCHAR, is_negated BOOLEAN, said_by VARCHAR, articles INTEGER,
            first_claimed TIMESTAMP, last_claimed TIMESTAMP, sentence VARCHAR, outlet VARCHAR)"""
        )
        for act, is_negated in said:
            connection.execute(
                "INSERT INTO \"position\" VALUES ('p', 'norland', ?, ?, 'writer', 1, now()::TIMESTAMP, now()::TIMESTAMP, 's', 'o')",
                [act, is_negated],
            )
        told = connection.execute(sql("page", "positions")).fetchall()
        names = [column[0] for column in connection.description or ()]
    found = [dict(zip(names, row, strict=True)) for row in told]
    assert len(found) == len(said)
    assert {(row["act"], row["is_negated"]) for row in found if row["is_disputed"]} == disputed


def test_a_variant_shows_what_it_comes_from_by_which_words_and_what_is_otherwise(
    client: httpx.Client, files: WarehouseFiles
) -> None:
    ((proposal, parent, quote),) = rows(
        files,
        "SELECT p.proposal_id, p.parent_id, m.quote FROM proposal AS p JOIN mention AS m ON m.mention_id = p.mention_id WHERE p.parent_id IS NOT NULL",
    )
    page = client.get(f"/proposals/{proposal}.json").json()
    assert [(row["proposal_id"], row["depth"]) for row in page["family"]] == [(parent, 0), (proposal, 1)]
    assert page["family"][1]["words"] == quote
    changed = {row["term"] for row in page["family"][1]["changed"]}
    assert "duration_days" in changed
    html = client.get(f"/proposals/{proposal}").text
    assert f'href="/proposals/{parent}"' in html
    assert "answers it" in html
    assert client.get(f"/charts/proposals/{proposal}/lineage.svg").status_code == 200


def test_a_proposal_says_why_it_is_not_another(client: httpx.Client, files: WarehouseFiles) -> None:
    """The recorded decision with its rows, and the points against each neighbour add up to its sum, below what would be needed."""
    ((proposal, nearest, score),) = rows(
        files,
        "SELECT m.proposal_id, m.nearest_id, m.score FROM proposal AS p JOIN mention AS m ON m.mention_id = p.mention_id WHERE m.outcome = 'new' ORDER BY 1 LIMIT 1",
    )
    page = client.get(f"/proposals/{proposal}.json").json()
    (decision,) = [row for row in page["decisions"] if row["is_opening"] and row["opened_id"] == proposal]
    assert (decision["nearest_id"], decision["score"]) == (nearest, score)
    assert sum(row["points"] for row in decision["rows"]) == pytest.approx(score, abs=0.01)
    assert page["neighbours"]
    for one in page["neighbours"]:
        assert one["proposal_id"] != proposal
        assert sum(row["points"] for row in one["rows"]) == pytest.approx(one["score"], abs=0.01)
    assert "Why not" in client.get(f"/proposals/{proposal}").text


def test_what_was_nearly_taken_for_a_proposal_stands_on_its_page(client: httpx.Client, files: WarehouseFiles) -> None:
    ((nearest, texts),) = rows(
        files,
        "SELECT nearest_id, count(DISTINCT article_id) FROM mention WHERE outcome = 'possible' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1",
    )
    page = client.get(f"/proposals/{nearest}.json").json()
    shown = [row for row in page["decisions"] if row["outcome"] == "possible"]
    assert 0 < len(shown) <= texts
    assert "Left undecided" in client.get(f"/proposals/{nearest}").text


def test_quotes_stand_in_their_context(client: httpx.Client, files: WarehouseFiles) -> None:
    """The newest three with what stands before and after, the others with a link to theirs."""
    ((proposal,),) = rows(files, "SELECT proposal_id FROM report.proposal_ledger ORDER BY independent_texts DESC, 1 LIMIT 1")
    mentions = client.get(f"/proposals/{proposal}.json").json()["mentions"]
    assert len(mentions) > 6
    assert all((row["before"] is not None) == (number < 3) for number, row in enumerate(mentions))
    for row in mentions:
        text = client.get(f"/articles/{row['article_id']}.json").json()["article"]["text"]
        assert f"{row['before'] or ''}{row['quote']}{row['after'] or ''}" in text


def test_claims_of_a_proposal_are_those_of_the_timeline_macro(client: httpx.Client, files: WarehouseFiles) -> None:
    ((proposal,),) = rows(files, "SELECT proposal_id FROM report.proposal_ledger ORDER BY independent_texts DESC, 1 LIMIT 1")
    expected = rows(files, f"SELECT party, act, said_by, sentence, article_id FROM stance_timeline('{proposal}')")
    shown = client.get(f"/proposals/{proposal}.json").json()["stances"]
    found = [(row["party"], row["act"], row["said_by"], row["sentence"], row["article_id"]) for row in shown]
    assert sorted(found) == sorted(expected)


# --------------------------------------------------------------------------- articles


def test_a_copy_shows_the_passages_that_it_shares_and_both_texts_side_by_side(
    client: httpx.Client, files: WarehouseFiles
) -> None:
    ((article, original),) = rows(
        files, "SELECT article_id, copy_of FROM article WHERE verdict = 'near' AND copy_of LIKE 'article-%' ORDER BY 1 LIMIT 1"
    )
    page = client.get(f"/articles/{article}.json").json()
    assert page["passages"]
    theirs = client.get(f"/articles/{original}.json").json()["article"]["text"]
    for row in page["passages"]:
        mine = page["article"]["text"][row["span_start"] : row["span_end"]].split()
        assert mine[:5] == theirs[row["of_start"] : row["of_end"]].split()[:5]
    html = client.get(f"/articles/{article}").text
    assert f"/articles/{article}/beside/{original}" in html
    assert 'class="shared' in html or " shared" in html
    beside = client.get(f"/articles/{article}/beside/{original}.json").json()
    assert "".join(change["before"] for change in beside["changes"]) == beside["articles"][0]["text"]
    assert "".join(change["after"] for change in beside["changes"]) == beside["articles"][1]["text"]
    assert client.get(f"/articles/{article}/beside/{original}").status_code == 200
    assert client.get(f"/articles/{article}/beside/none").status_code == 404


def test_the_raw_page_is_given_as_it_was_read_and_never_as_a_page(client: httpx.Client, files: WarehouseFiles) -> None:
    """The bytes of the record that the log names, to keep: a browser must not show them on this address."""
    ((article, file, offset),) = rows(
        files, "SELECT article_id, record_file, record_offset FROM page WHERE record_file IS NOT NULL ORDER BY 1 LIMIT 1"
    )
    answer = client.get(f"/articles/{article}/raw")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["content-security-policy"] == "sandbox"
    with (files.root / "archive" / file).open("rb") as stream:
        stream.seek(offset)
        with gzip.GzipFile(fileobj=stream) as record:
            assert answer.content in record.read(len(answer.content) + 100_000)
    assert client.get("/articles/none/raw").status_code == 404


@pytest.mark.parametrize("words", ["truce proposal", "trúce", "ruce", "truce - proposal", "הפסקת אש", "هدنة", "?!", "20"])
def test_a_search_goes_through_titles_alone_when_it_is_told_to(client: httpx.Client, files: WarehouseFiles, words: str) -> None:
    all_named = " AND ".join(f"coalesce(names(title, '{word}'), true)" for word in words.split())
    expected = rows(files, f"SELECT article_id FROM article WHERE {all_named} AND '{words}' <> '?!' ORDER BY 1")
    page = client.get("/articles.json", params={"q": words, "within": "titles"}).json()
    assert page["is_titles"]
    assert sorted(row["article_id"] for row in page["rows"]) == [article for (article,) in expected]


def test_a_search_goes_through_texts_where_these_are_few(client: httpx.Client) -> None:
    titles, texts = (
        client.get("/articles.json", params={"q": "truce proposal", **more}).json() for more in ({"within": "titles"}, {})
    )
    assert titles["rows"]
    assert not texts["is_titles"]
    assert {row["article_id"] for row in titles["rows"]} <= {row["article_id"] for row in texts["rows"]}


# --------------------------------------------------------------------------- figures


def test_figures_are_those_of_their_relations(client: httpx.Client, files: WarehouseFiles) -> None:
    feeds = client.get("/feeds.json").json()
    assert [row["feed"] for row in feeds["rows"]] == [name for (name,) in rows(files, "SELECT feed FROM report.feed_health")]
    assert [(row["feeds_alive"], row["new_entries"]) for row in feeds["days"]] == rows(
        files, "SELECT feeds_alive, new_entries FROM report.coverage_daily"
    )
    trends = client.get("/trends.json").json()
    on_topic = "FROM article WHERE gate IS DISTINCT FROM 'off_topic'"
    assert [(sum(row["articles"] for row in trends["rows"]),)] == rows(files, f"SELECT count(*) {on_topic}")
    assert [(sum(row["articles"] for row in trends["sources_daily"]),)] == rows(files, f"SELECT count(*) {on_topic}")
    lag = dict(rows(files, "SELECT outlet, median_hours FROM lag_by_source(days := 30)"))
    assert {row["outlet"]: row["median_hours"] for row in trends["sources"] if row["outlet"] in lag} == lag
    alerts = client.get("/alerts.json").json()["rows"]
    assert sorted(row["alert_id"] for row in alerts) == [one for (one,) in rows(files, "SELECT alert_id FROM alert ORDER BY 1")]


def test_a_window_of_the_timeline_holds_what_was_reported_in_it(client: httpx.Client) -> None:
    whole = client.get("/timeline.json").json()
    day = whole["last_day"]
    window = client.get(f"/timeline.json?since={day}&until={day}").json()
    assert window["rows"] == [row for row in whole["rows"] if row["at"].startswith(day)]
    assert 0 < len(window["rows"]) < len(whole["rows"])
    assert "earlier" in window["views"]
    assert (
        client.get(f"/timeline.json?since={window['views']['all'][0]}&until={window['views']['all'][1]}").json()["rows"]
        == whole["rows"]
    )
    assert client.get(f"/charts/timeline.png?since={day}").content.startswith(b"\x89PNG")


def test_alerts_on_feeds_and_corrections_lead_to_pages_that_exist(files: WarehouseFiles, tmp_path: Path) -> None:
    """Alerts without a proposal or an article: no link leads to None, and each link on the page is answered."""
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copyfile(files.copy, folder / "monitor.duckdb")
    with duckdb.connect(str(folder / "monitor.duckdb")) as file:
        file.execute(
            """INSERT INTO alert (alert_id, kind, label, feed_id, feed_event, since, raised_at, is_edit, alert)
            SELECT 'alert-feed-' || kind.event, 'feed', feed.name, feed.feed_id, kind.event, TIMESTAMP '2025-06-01', TIMESTAMP '2025-06-10 20:00', false, '{}'
            FROM (SELECT * FROM feed LIMIT 1) AS feed, (VALUES ('silent'), ('gap')) AS kind(event)"""
        )
        file.execute(
            """INSERT INTO alert (alert_id, kind, label, corrects, raised_at, is_edit, alert)
            SELECT 'alert-correction', 'correction', label, alert_id, TIMESTAMP '2025-06-10 21:00', false, '{}' FROM alert WHERE kind = 'new' LIMIT 1"""
        )
    with serving(options_for(WarehouseFiles(folder))) as address, httpx.Client(base_url=address, timeout=300) as client:
        for path in ("/alerts", "/"):
            html = client.get(path).text
            assert "None" not in html
            assert "silent for longer than usual" in html
            assert "is taken back" in html
            links = {part.partition('"')[0] for part in html.split('href="/')[1:]}
            for link in sorted(link for link in links if link.startswith(("proposals/", "articles/article"))):
                assert client.get(f"/{link.partition('#')[0]}").status_code in (200, 404 if link.endswith("/raw") else 200), link


def test_alerts_can_be_subscribed_to(client: httpx.Client, files: WarehouseFiles) -> None:
    html = client.get("/alerts").text
    for address, kind in (("/alerts/feed.atom", "application/atom+xml"), ("/alerts/feed.json", "application/feed+json")):
        assert f'href="{address}"' in html
        answer = client.get(address)
        assert answer.headers["content-type"].startswith(kind)
    items = client.get("/alerts/feed.json").json()["items"]
    assert len(items) == rows(files, "SELECT count(*) FROM alert")[0][0]


# --------------------------------------------------------------------------- SQL


def test_an_answer_is_to_be_had_as_parquet_with_its_types(client: httpx.Client, files: WarehouseFiles, tmp_path: Path) -> None:
    statement = "SELECT article_id, first_seen_at, words, flags, published_at, is_to_read, 1 AS article_id, NULL AS nothing FROM article ORDER BY position"
    answer = client.get("/sql.parquet", params={"q": statement})
    target = tmp_path / "answer.parquet"
    target.write_bytes(answer.content)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT article_id, first_seen_at, words, flags, published_at, is_to_read FROM '{target}'"
        ).fetchall()
        names = [row[0] for row in connection.execute(f"DESCRIBE FROM '{target}'").fetchall()]
    assert found == rows(
        files, "SELECT article_id, first_seen_at, words, flags, published_at, is_to_read FROM article ORDER BY position"
    )
    assert names[-2:] == ["article_id_2", "nothing"]
    wrong = client.get("/sql.parquet", params={"q": "SELECT titel FROM article"})
    assert (wrong.status_code, "article has:" in wrong.text) == (400, True)


def test_a_statement_that_takes_seconds_is_answered(client: httpx.Client) -> None:
    """DuckDB prints a bar of progress after two seconds; it must not get into the answer."""
    statement = "SELECT count(*) AS n FROM range(1500) a, range(200000) b WHERE hash(a.range, b.range) % 7 = 9"
    assert client.get("/sql.json", params={"q": statement}).json()["rows"] == [[0]]


def test_an_answer_with_a_number_is_drawn_and_another_says_that_it_cannot_be(client: httpx.Client) -> None:
    statement = "SELECT outlet, count(*) AS articles FROM article GROUP BY outlet"
    assert b"<svg" in client.get("/charts/sql.svg", params={"q": statement}).content
    assert "/charts/sql.svg" in client.get("/sql", params={"q": statement}).text
    assert client.get("/charts/sql.svg", params={"q": "SELECT title FROM article"}).status_code == 400


@pytest.mark.parametrize("question", ready_questions(), ids=lambda question: question[0])
def test_each_question_to_begin_with_is_an_address_that_has_an_answer(client: httpx.Client, question: tuple[str, str]) -> None:
    answer = client.get("/sql.json", params={"q": question[1]})
    assert answer.json().get("columns"), answer.text
    assert f"/sql?q={urllib.parse.quote(question[1], safe='/')}"[:40] in client.get("/sql").text.replace("&#39;", "%27")


def test_the_description_of_the_interface_names_each_page_as_json(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/now.json", "/proposals/{proposal_id}.json", "/timeline.json", "/trends.json", "/articles.json", "/feeds.json",
                 "/alerts.json", "/articles/{article_id}.json", "/articles/{article_id}/beside/{other_id}.json", "/sql.json", "/sql.parquet"):  # fmt: skip
        assert "get" in paths[path]
        assert paths[path]["get"]["summary"]
    json.dumps(paths)


# --------------------------------------------------------------------------- pure parts


def test_a_family_is_told_from_its_first_with_each_below_what_it_varies() -> None:
    def row(name: str, parent: str | None) -> dict[str, Any]:
        return {"proposal_id": name, "parent_id": parent}

    kin = [row("a", None), row("b", "a"), row("other", None), row("c", "b"), row("d", "a")]
    told = family_tree(kin, {}, "c")
    assert [(one["proposal_id"], one["depth"]) for one in told] == [("a", 0), ("b", 1), ("c", 2), ("d", 1)]
    ring = family_tree([row("a", "b"), row("b", "a")], {}, "a")
    assert {one["proposal_id"] for one in ring} == {"a", "b"}


def test_terms_that_differ_are_those_that_are_stated_otherwise_or_for_the_first_time() -> None:
    before = [{"term": "duration_days", "low": 60.0, "high": 60.0}, {"term": "captives", "low": 10.0, "high": 10.0}]
    after = [{"term": "duration_days", "low": 70.0, "high": 70.0}, {"term": "bodies", "low": 18.0, "high": 18.0}]
    assert [(row["term"], row["was"], row["is_added"]) for row in differences(before, after)] == [
        ("duration_days", "60", False),
        ("bodies", None, True),
    ]


def test_windows_of_the_timeline_stay_within_its_reports() -> None:
    first, last = dt.date(2031, 1, 1), dt.date(2031, 3, 31)
    found = views(dt.date(2031, 2, 1), dt.date(2031, 2, 8), first, last)
    assert found["nearer"] == (dt.date(2031, 2, 3), dt.date(2031, 2, 6))
    assert found["wider"] == (dt.date(2031, 1, 28), dt.date(2031, 2, 12))
    assert found["earlier"] == (dt.date(2031, 1, 28), dt.date(2031, 2, 4))
    assert found["all"] == (first, last)
    assert set(views(first, last, first, last)) == {"nearer"}


def test_a_chart_takes_the_first_number_beside_the_first_that_is_none() -> None:
    assert axes(["n", "name", "m"], [[1, "x", 2.5], [None, "y", 3]]) == (1, 0)
    assert axes(["name", "is_true"], [["x", True]]) is None
    assert axes(["a", "b"], [[1, 2]]) == (0, 1)
    assert axes(["a"], []) is None


def test_denials_stand_on_no_side_and_letters_go_on_after_z() -> None:
    told = sides(
        [{"party": "norland", "act": "accepted", "side": "for"}, {"party": "norland", "act": "proposed", "side": "open"}]
    )
    assert [len(rows) for rows in told["norland"].values()] == [1, 0, 0]
    assert (letter(0), letter(25), letter(26)) == ("A", "Z", "27")
