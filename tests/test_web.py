"""The pages over the demo's warehouse: what they show is what the relations say, they are safe to open, and strangers' SQL is held."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from lxml import etree
from webserver import ENDLESS, demo_warehouse, options_for, serving

from monitor.warehouse import WarehouseFiles, read_copy
from monitor.warehouse.asking import Limits
from monitor.web import WebOptions, write_briefing
from monitor.web.passages import Mark, changes, pieces
from monitor.web.words import Names

pytestmark = pytest.mark.xdist_group("web")
PAGES = [
    "/",
    "/timeline",
    "/timeline?days=7",
    "/trends",
    "/trends?term=truce&bucket=hour&days=2",
    "/articles",
    "/articles?q=truce",
    "/alerts",
    "/feeds",
    "/sql",
]
PICTURES = ["/charts/timeline.svg", "/charts/trend.svg?term=truce", "/charts/languages.svg?theme=dark", "/charts/timeline.png"]
PICTURES += ["/charts/trend.svg?value=counts", "/charts/outlets.svg", "/charts/outlets.svg?by=day", "/charts/coverage.svg"]


@pytest.fixture(scope="module")
def files(original_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> WarehouseFiles:
    return demo_warehouse(original_demo, tmp_path_factory.mktemp("web") / "demo")


@pytest.fixture(scope="module")
def client(files: WarehouseFiles) -> Iterator[httpx.Client]:
    with opened(options_for(files)) as running:
        yield running


@contextmanager
def opened(options: WebOptions) -> Iterator[httpx.Client]:
    """A client of a server of its own."""
    with serving(options) as address, httpx.Client(base_url=address, timeout=120) as client:
        yield client


def rows(files: WarehouseFiles, statement: str) -> list[tuple[Any, ...]]:
    with read_copy(files) as connection:
        return connection.execute(statement).fetchall()


# --------------------------------------------------------------------------- what is shown


@pytest.mark.parametrize("address", [*PAGES, *PICTURES])
def test_every_page_and_picture_is_answered(client: httpx.Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert len(answer.content) > 500


def test_the_first_page_shows_the_ledger_as_the_relations_have_it(client: httpx.Client, files: WarehouseFiles) -> None:
    """Cards, figures and stances against SQL, and all of them stand in the HTML."""
    page, html = client.get("/now.json").json(), client.get("/").text
    expected = rows(
        files,
        "SELECT proposal_id, label, articles, independent_texts FROM report.proposal_ledger "
        "WHERE first_seen IS NOT NULL AND status = 'open' ORDER BY proposal_id",
    )
    shown = sorted(
        (card["proposal_id"], card["label"], card["articles"], card["independent_texts"]) for card in page["proposals"]
    )
    assert shown == expected
    stances = {
        (row["proposal_id"], row["party"], row["act"], row["is_negated"])
        for card in page["proposals"]
        for row in card["positions"]
    }
    ids = ", ".join(f"'{proposal_id}'" for proposal_id, *_ in expected)
    assert stances == set(
        rows(files, f'SELECT DISTINCT proposal_id, party, act, is_negated FROM "position" WHERE proposal_id IN ({ids})')
    )
    for card in page["proposals"]:
        assert card["label"] in html
    assert rows(files, "SELECT count(*) FROM report.feed_health") == [(page["coverage"]["feeds"],)]


def test_a_proposal_shows_every_reading_and_its_source(client: httpx.Client, files: WarehouseFiles) -> None:
    ((proposal_id,),) = rows(
        files, "SELECT proposal_id FROM report.proposal_ledger ORDER BY independent_texts DESC, proposal_id LIMIT 1"
    )
    page = client.get(f"/proposals/{proposal_id}.json").json()
    expected = rows(
        files,
        f"SELECT term, outlet, asserted_by, count(*) FROM report.proposal_reading WHERE proposal_id = '{proposal_id}' GROUP BY ALL",
    )
    found: dict[tuple[str, str, str | None], int] = {}
    for row in page["readings"]:
        key = row["term"], row["outlet"], row["asserted_by"]
        found[key] = found.get(key, 0) + row["times"]
    assert found == {(term, outlet or "the profile", by): count for term, outlet, by, count in expected}
    html = client.get(f"/proposals/{proposal_id}").text
    for row in page["mentions"]:
        assert row["article_id"] in html


def test_a_trend_shows_the_macro_and_its_raw_counts(client: httpx.Client, files: WarehouseFiles) -> None:
    page = client.get("/trends.json?term=truce&bucket=hour&days=2").json()
    expected = rows(files, "SELECT articles, texts, per_feed, gap FROM trend('truce', bucket := 'hour', days := 2)")
    assert [(row["articles"], row["texts"], row["per_feed"], row["gap"]) for row in page["rows"]] == expected


def test_an_edit_is_shown_side_by_side_with_its_words(client: httpx.Client, files: WarehouseFiles) -> None:
    """Both versions can be put together again from the changes, and the alert that came by an edit has its words among the new ones."""
    ((article_id, sentence),) = rows(files, "SELECT article_id, quote FROM alert WHERE is_edit")
    page = client.get(f"/articles/{article_id}.json").json()
    (edit,) = page["edits"]
    assert "".join(change["before"] for change in edit["changes"]) == edit["before"]["text"]
    assert "".join(change["after"] for change in edit["changes"]) == edit["after"]["text"]
    added = " ".join(change["after"] for change in edit["changes"] if change["kind"] == "changed")
    assert " ".join(sentence.split()[:6]) in added
    assert "<ins>" in client.get(f"/articles/{article_id}").text


def test_marked_passages_are_those_of_the_relations(client: httpx.Client, files: WarehouseFiles) -> None:
    ((article_id,),) = rows(files, "SELECT article_id FROM mention WHERE proposal_id IS NOT NULL ORDER BY article_id LIMIT 1")
    page = client.get(f"/articles/{article_id}.json").json()
    for row in page["mentions"]:
        assert page["article"]["text"][row["frame_start"] : row["frame_end"]]
    assert "<mark" in client.get(f"/articles/{article_id}").text


def test_what_is_not_there_is_a_404_and_no_warehouse_a_503(client: httpx.Client, tmp_path: Path) -> None:
    for address in ("/proposals/none", "/articles/none"):
        assert client.get(address).status_code == 404
        assert client.get(f"{address}.json").json()["id"] == "none"
    with opened(options_for(WarehouseFiles(tmp_path))) as empty:
        answer = empty.get("/")
        assert answer.status_code == 503
        assert "monitor run" in answer.text


def test_a_page_that_the_reader_has_is_not_sent_again_until_a_new_copy_is_published(
    files: WarehouseFiles, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copyfile(files.copy, folder / "monitor.duckdb")
    with opened(options_for(WarehouseFiles(folder))) as client:
        first = client.get("/")
        assert client.get("/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        assert "ETag" not in client.get("/sql.json?q=SELECT+1").headers
        shutil.copyfile(files.copy, folder / "next.duckdb")
        with duckdb.connect(str(folder / "next.duckdb")) as file:
            file.execute("UPDATE proposal SET label = 'Another name' WHERE label LIKE 'Egypt%'")
        (folder / "next.duckdb").rename(folder / "monitor.duckdb")
        again = first
        until = time.monotonic() + 120
        while (again := client.get("/", headers={"If-None-Match": first.headers["ETag"]})).status_code == 304:
            assert time.monotonic() < until, "the new copy is never shown"
        assert again.status_code == 200
        assert "Another name" in again.text


def test_readers_are_answered_while_copies_are_published(files: WarehouseFiles, tmp_path: Path) -> None:
    """Fifty readers at once over thirty publications: every page is whole, and of one publication."""
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copyfile(files.copy, folder / "monitor.duckdb")
    done = threading.Event()

    def publish() -> None:
        for _ in range(30):
            shutil.copyfile(files.copy, folder / "next.duckdb")
            (folder / "next.duckdb").rename(folder / "monitor.duckdb")
        done.set()

    with serving(options_for(WarehouseFiles(folder), look_every=0.05)) as address, ThreadPoolExecutor(50) as pool:
        publisher = threading.Thread(target=publish)
        publisher.start()

        def read(number: int) -> list[tuple[int, int]]:
            found = []
            with httpx.Client(base_url=address, timeout=60) as reader:
                while not found or not done.is_set():
                    page = reader.get("/now.json" if number % 2 else "/feeds.json")
                    body = page.json()
                    found.append((page.status_code, len(body["proposals"] if number % 2 else body["rows"])))
            return found

        answers = [answer for one in pool.map(read, range(50)) for answer in one]
        publisher.join()
    assert {status for status, _ in answers} == {200}
    assert len({count for _, count in answers}) == 2  # so many proposals, so many feeds, always


def test_an_open_page_is_told_of_a_new_publication(files: WarehouseFiles, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copyfile(files.copy, folder / "monitor.duckdb")
    with (
        serving(options_for(WarehouseFiles(folder), look_every=0.05)) as address,
        httpx.stream("GET", f"{address}/events", timeout=30) as stream,
    ):
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event:")) == "event: version"
        shutil.copyfile(files.copy, folder / "next.duckdb")
        (folder / "next.duckdb").rename(folder / "monitor.duckdb")
        assert next(line for line in lines if line.startswith("event:")) == "event: published"


def test_the_briefing_is_one_file_that_needs_nothing_else(files: WarehouseFiles, tmp_path: Path) -> None:
    target = tmp_path / "new" / "briefing.html"
    options = options_for(files)
    write_briefing(files, target, topic=options.topic, parties=options.parties, days=7)
    text = target.read_text(encoding="utf-8")
    for (label,) in rows(files, "SELECT label FROM report.proposal_ledger WHERE first_seen IS NOT NULL AND status = 'open'"):
        assert label in text
    assert "data:image/svg+xml;base64," in text
    for loaded in ('src="/', 'href="/static', "<script", "@import"):
        assert loaded not in text


# --------------------------------------------------------------------------- pure parts


@pytest.mark.parametrize(
    ("act", "is_negated", "said"),
    [
        ("rejected", False, "Norland rejected"),
        ("rejected", True, "Norland has not rejected"),
        ("studying", True, "Norland is not studying it"),
        ("no_response", False, "Norland has not answered"),
        ("voted_for", True, "Norland has not voted for"),
    ],
)
def test_stances_are_told_in_words_and_denials_stay_denials(act: str, is_negated: bool, said: str) -> None:
    assert Names({"norland": "Norland"}).stance({"party": "norland", "act": act, "is_negated": is_negated}) == said


def test_pieces_put_together_are_the_text_and_carry_all_marks_over_them() -> None:
    text = "Norland offers a truce.\n\nSudmark studies it, an envoy says."
    marks = [
        Mark(0, 23, "claim", "Norland proposed"),
        Mark(17, 22, "mention", "a truce", "/proposals/x"),
        Mark(60, 999, "mention", "outside"),
    ]
    paragraphs = pieces(text, marks)
    assert ["".join(piece.text for piece in paragraph) for paragraph in paragraphs] == [
        "Norland offers a truce.",
        "Sudmark studies it, an envoy says.",
    ]
    (both,) = [piece for piece in paragraphs[0] if "mention" in piece.kind]
    assert (both.text, both.kind, both.href) == ("truce", "claim mention", "/proposals/x")


def test_changes_of_two_long_versions_are_the_words_that_changed() -> None:
    before = "The envoys of Norland met again and again. " * 3000
    after = before.replace("Norland", "Sudmark", 1) + "They will meet on Friday."
    found = changes(before, after)
    assert "".join(change.before for change in found) == before
    assert "".join(change.after for change in found) == after
    assert [(change.before, change.after.strip()) for change in found if change.kind == "changed"] == [
        ("Norland", "Sudmark"),
        ("", "They will meet on Friday."),
    ]


# --------------------------------------------------------------------------- safe to open


def test_every_answer_forbids_inline_script_and_foreign_loads(client: httpx.Client) -> None:
    for address in ["/", "/static/style.css", "/proposals/none", "/charts/timeline.svg", "/openapi.json"]:
        policy = client.get(address).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "'unsafe-inline'" not in policy.partition("style-src")[0]
        assert "http" not in policy
    for address in PAGES:
        text = client.get(address).text
        assert "<script>" not in text
        assert "style=" not in text
        assert " onclick" not in text


def test_script_in_titles_texts_and_labels_is_shown_and_not_run(files: WarehouseFiles, tmp_path: Path) -> None:
    """The same hostile words in every text column of a copy: nothing of them is markup on any page."""
    hostile = '</title><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\u0007{{7*7}}" onmouseover="x'
    folder = tmp_path / "hostile"
    folder.mkdir()
    shutil.copyfile(files.copy, folder / "monitor.duckdb")
    with duckdb.connect(str(folder / "monitor.duckdb")) as file:
        file.execute("UPDATE proposal SET label = ? || proposal_id", [hostile])
        file.execute("UPDATE article SET title = ?, author = ?, outlet = ?", [hostile, hostile, hostile])
        file.execute("UPDATE mention SET quote = ?", [hostile])
        file.execute("UPDATE claim SET sentence = ?, party = ?", [hostile, hostile])
        file.execute("UPDATE feed SET name = ?, last_detail = ?", [hostile, hostile])
        file.execute("UPDATE log.body SET text = ? || text", [hostile])
        ((proposal, article),) = file.execute("SELECT proposal_id, article_id FROM alert LIMIT 1").fetchall()
    with opened(options_for(WarehouseFiles(folder))) as client:
        own = [f"/charts/proposals/{proposal}/{what}.svg" for what in ("reports", "stances", "lineage")]
        drawn = [address for address in PICTURES if ".png" not in address] + own
        for address in [*PAGES, *drawn, f"/proposals/{proposal}", f"/articles/{article}"]:
            answer = client.get(address)
            assert answer.status_code == 200, address
            if address in drawn:  # a browser shows nothing of a picture that is no XML
                etree.fromstring(answer.content)
            for markup in ("<script>alert", "<img src=x", '" onmouseover="x'):
                assert markup not in answer.text, address
            assert "49" not in answer.text or "{{7*7}}" in answer.text or "svg" in address


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test:8080", ""])
def test_names_that_are_not_of_this_machine_are_refused(client: httpx.Client, host: str) -> None:
    """A page elsewhere whose name was made to lead here reads nothing."""
    answer = client.get("/now.json", headers={"Host": host})
    assert answer.status_code == 421
    assert "proposals" not in answer.text


def test_a_token_lets_in_once_and_stays_out_of_the_address(files: WarehouseFiles) -> None:
    with opened(options_for(files, token="a" * 32)) as client:
        assert client.get("/").status_code == 401
        assert client.get("/?token=wrong").status_code == 401
        assert client.get("/events").status_code == 401
        assert client.get("/feeds.json", headers={"Authorization": f"Bearer {'a' * 32}"}).status_code == 200
        entered = client.get(f"/feeds?token={'a' * 32}")
        assert entered.status_code == 303
        assert "token" not in entered.headers["location"]
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert client.get("/feeds").status_code == 200


def test_nothing_can_be_written(client: httpx.Client) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        assert client.request(method, "/now.json").status_code == 405
    assert client.post("/now.json").status_code == 405


# --------------------------------------------------------------------------- SQL of strangers

BOMBS = [
    "SELECT count(*) FROM range(1000000000) a, range(1000000000) b",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "SELECT sum(length(repeat('x', 10000 + i % 7))) FROM range(100000000000) t(i)",
    "SELECT repeat('x', 2000000000)",
    "SELECT list(i) FROM range(3000000000) t(i)",
    "SELECT count(*) FROM range(1000000000) t(i) WHERE regexp_matches(repeat('a', 1000) || i, '(a+)+$')",
    "SELECT i, repeat('x', 1000000) FROM range(10000) t(i)",
    "SELECT count(DISTINCT hash(a.range, b.range)) FROM range(1000000) a, range(100000) b",
]


def test_bombs_are_stopped_within_their_limit_while_pages_are_served(files: WarehouseFiles) -> None:
    """Time, memory, size of the answer: each ends in a message; a page asked for meanwhile does not wait for them."""
    with (
        serving(options_for(files, limits=Limits(seconds=6, memory=300_000_000))) as address,
        ThreadPoolExecutor(len(BOMBS)) as pool,
    ):
        waiting = [pool.submit(httpx.get, f"{address}/sql.json", params={"q": bomb}, timeout=300) for bomb in BOMBS]
        pages = []
        while not all(future.done() for future in waiting):
            pages.append(httpx.get(f"{address}/feeds.json", timeout=120).status_code)
        answers = [future.result() for future in waiting]
    assert set(pages) == {200}
    assert [(bomb, answer.text[:200]) for bomb, answer in zip(BOMBS, answers, strict=True) if answer.status_code != 400] == []


def test_a_statement_whose_reader_goes_away_is_ended(files: WarehouseFiles) -> None:
    """The place that it held is free again long before its time is over."""
    with serving(options_for(files, limits=Limits(seconds=600), at_once=1)) as address:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{address}/sql.json", params={"q": ENDLESS}, timeout=3)
        began = time.monotonic()
        assert httpx.get(f"{address}/sql.json", params={"q": "SELECT 42 AS x"}, timeout=120).json()["rows"] == [[42]]
        assert time.monotonic() - began < 120  # not the ten minutes that the first one had


def test_a_question_by_address_gives_a_table_json_and_csv(client: httpx.Client, files: WarehouseFiles) -> None:
    statement = "SELECT label, independent_texts FROM report.proposal_ledger ORDER BY label"
    expected = [list(row) for row in rows(files, statement)]
    answer = client.get("/sql.json", params={"q": statement}).json()
    assert (answer["columns"], answer["rows"], answer["is_cut"]) == (["label", "independent_texts"], expected, False)
    lines = client.get("/sql.csv", params={"q": statement}).text.splitlines()
    assert len(lines) == len(expected) + 1
    page = client.get("/sql", params={"q": statement}).text
    assert expected[0][0] in page
    wrong = client.get("/sql", params={"q": "SELECT titel FROM article"}).text
    assert "article has:" in wrong


def test_moments_are_utc_and_say_so_in_json(client: httpx.Client, files: WarehouseFiles) -> None:
    ((moment,),) = rows(files, "SELECT max(last_polled_at) FROM feed")
    assert dt.datetime.fromisoformat(client.get("/now.json").json()["moment"]) == moment.replace(tzinfo=dt.UTC)
