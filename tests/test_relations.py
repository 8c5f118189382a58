"""The relations for people: what was known when, in the demo; what clusters hold; and that every column says what it means."""

import datetime as dt
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from monitor.cli import demo as demo_module
from monitor.cli.demo import run_demo
from monitor.warehouse import WarehouseFiles, open_live, shipped
from monitor.warehouse.files import relations
from monitor.warehouse.staging import dictionary, signature

KNOWN_AT = sorted(name.removesuffix("_as_known_at") for name in relations("macro") if name.endswith("_as_known_at"))
ROOT = Path(__file__).parents[1]
PEOPLE = ("feed", "entry", "page", "article", "cluster", "duplicate", "mention", "claim", "proposal", "position", "alert", "run")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[dt.datetime, Path]]:
    """The demo, run once: the moment of each poll, and the published copy kept from then. The last one is the newest."""
    folder, copies = tmp_path_factory.mktemp("demo"), tmp_path_factory.mktemp("kept")
    found: list[tuple[dt.datetime, Path]] = []
    original = demo_module._runner

    def keeping(*, with_prefect: bool) -> Any:
        plain = original(with_prefect=with_prefect)

        async def run(config: Path, now: dt.datetime) -> dict[str, int]:
            counts: dict[str, int] = await plain(config, now)
            copy = copies / f"{len(found)}.duckdb"
            shutil.copyfile(WarehouseFiles(config.parent).copy, copy)
            found.append((now.replace(tzinfo=None), copy))
            return counts

        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_module, "_runner", keeping)
        run_demo(folder, with_prefect=False, quiet=True)
    return found


def asked(path: Path, statement: str) -> tuple[list[tuple[str, str]], Counter[str]]:
    """Columns with their types, and the rows as a bag."""
    with duckdb.connect(str(path), read_only=True) as connection:
        result = connection.execute(statement)
        columns = [(column[0], str(column[1])) for column in result.description or []]
        return columns, Counter(map(repr, result.fetchall()))


@pytest.mark.parametrize("poll", range(4))
@pytest.mark.parametrize("relation", KNOWN_AT)
def test_what_was_known_then_is_what_the_copy_kept_from_then_says(
    kept: list[tuple[dt.datetime, Path]], relation: str, poll: int
) -> None:
    """Every row and every column, for every poll of the demo; asked of the newest copy."""
    moment, copy = kept[poll]
    known = asked(kept[-1][1], f"FROM {relation}_as_known_at(TIMESTAMP '{moment}')")
    assert known == asked(copy, f"FROM {relation}")
    assert known[1]


@pytest.mark.parametrize("relation", KNOWN_AT)
def test_nothing_was_known_before_the_first_poll(kept: list[tuple[dt.datetime, Path]], relation: str) -> None:
    """A moment before the log begins."""
    before = kept[0][0] - dt.timedelta(seconds=1)
    assert asked(kept[-1][1], f"FROM {relation}_as_known_at(TIMESTAMP '{before}')")[1] == Counter()


def test_the_demo_changes_between_its_polls(kept: list[tuple[dt.datetime, Path]]) -> None:
    """Otherwise the comparison above would show nothing: an article known at one poll has another text or verdict at the next."""
    first = "SELECT article_id FROM article"
    with duckdb.connect(str(kept[-1][1]), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM article WHERE revisions > 0").fetchall()[0][0] > 0
    assert len({len(asked(path, first)[1]) for _, path in kept}) == len(kept)


def test_clusters_hold_the_articles_that_carry_one_text(kept: list[tuple[dt.datetime, Path]]) -> None:
    """Counted one by one from the articles."""
    with duckdb.connect(str(kept[-1][1]), read_only=True) as connection:
        articles = connection.execute(
            "SELECT cluster_id, article_id, outlet, language, verdict, first_seen_at FROM article ORDER BY first_seen_at, position"
        ).fetchall()
        clusters = connection.execute("""
            SELECT cluster_id, first_article_id, first_seen_at, last_seen_at, articles, outlets, outlet_names, languages, exact_copies,
                near_copies, is_from_corpus FROM cluster""").fetchall()
    expected: dict[str, list[tuple[Any, ...]]] = {}
    for cluster, *article in articles:
        expected.setdefault(cluster, []).append(tuple(article))
    assert len(clusters) == len(expected) < len(articles)
    for cluster, first, first_seen, last_seen, count, outlets, names, languages, exact, near, is_from_corpus in clusters:
        of = expected[cluster]
        assert (first, first_seen, last_seen) == (of[0][0], of[0][4], of[-1][4])
        assert (count, outlets, names) == (len(of), len({row[1] for row in of}), sorted({row[1] for row in of}))
        assert languages == sorted({row[2] for row in of})
        assert (exact, near) == (sum(row[3] == "exact" for row in of), sum(row[3] == "near" for row in of))
        assert is_from_corpus is False


# ---- what everything means


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A fresh warehouse, as the program makes it."""
    files = WarehouseFiles(tmp_path_factory.mktemp("empty"))
    with open_live(files) as live:
        live.publish()
    with duckdb.connect(str(files.copy), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("kind", ["table", "view"])
def test_every_relation_says_what_it_is(empty: duckdb.DuckDBPyConnection, kind: str) -> None:
    """Tables and views of main and report; those for people are among them."""
    found = dict(
        empty.execute(f"""
            SELECT {kind}_name, comment FROM duckdb_{kind}s() WHERE schema_name IN ('main', 'report') AND NOT internal""").fetchall()
    )
    assert [name for name, comment in found.items() if not re.match(r"[A-Z].+\.$", comment or "")] == []


def test_the_relations_for_people_are_there(empty: duckdb.DuckDBPyConnection) -> None:
    """By name, in main: no schema need be written."""
    names = {
        name
        for (name,) in empty.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'").fetchall()
    }
    assert set(PEOPLE) <= names


def test_every_column_says_what_it_means(empty: duckdb.DuckDBPyConnection) -> None:
    """One sentence or more; a column of which nobody knows the meaning is used wrongly."""
    rows = empty.execute("""
        SELECT schema_name, table_name, column_name, comment FROM duckdb_columns()
        WHERE schema_name IN ('main', 'report') AND NOT internal""").fetchall()
    assert [row[:3] for row in rows if not re.match(r"\w.+\.$", row[3] or "")] == []


def test_every_relation_has_its_comment_file() -> None:
    """One file each, and none for a relation that is gone."""
    assert set(relations("comment")) == {name for folder in ("projection", "relation", "report") for name in relations(folder)}


@pytest.mark.parametrize("name", relations("comment"))
def test_a_comment_file_speaks_of_its_relation_only(name: str) -> None:
    """Each statement is a comment on the file's relation or one of its columns."""
    text = (shipped("comment") / f"{name}.sql").read_text(encoding="utf-8")
    for line in text.splitlines()[1:]:
        assert re.match(rf"COMMENT ON (TABLE|VIEW|COLUMN) (main|report)\.{name}\b", line), line


def test_the_dictionary_is_that_of_the_files() -> None:
    """`make generated` was run after a relation, column, comment or macro changed."""
    assert (ROOT / "docs/dictionary.md").read_text(encoding="utf-8") == dictionary()


@pytest.mark.parametrize("name", relations("macro"))
def test_a_macro_is_documented_by_an_example_that_runs(empty: duckdb.DuckDBPyConnection, name: str) -> None:
    """Its signature is found in its file, and its example answers on an empty warehouse; it says what a row is."""
    assert signature(name).startswith(f"{name}(")
    text = (shipped("macro") / f"{name}.sql").read_text(encoding="utf-8")
    assert re.match(r"-- One (row per|value:) .+", text)
    example = re.search(r"^-- Example: (.+)$", text, re.MULTILINE)
    assert example
    empty.execute(example.group(1)).fetchall()
