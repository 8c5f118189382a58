"""SQL by the command line: what is said about a statement that fails, how old the copy is, and how a long one is ended."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import duckdb
import pytest
from command import ENVIRONMENT, LINUX, RUN, Command, cpu, until
from rich.console import Console

from monitor.warehouse.query import (
    Catalog,
    explain,
    is_damage,
    missing_extension,
    named_relations,
    nearest,
    place_of_end,
)

CATALOG = Catalog(
    {"article": ("outlet", "title"), "claim": ("said_by",), "log.event": ("position", "type"), "report.copies": ("outlet",)},
    ("article_as_known_at", "trend"),
)
LONG = "SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range * b.range % 7 = 3"


# ---- what could have been meant


@pytest.mark.parametrize(
    ("message", "statement"),
    [
        ('Binder Error: Referenced column "outlt" not found in FROM clause!', "SELECT outlt FROM article"),
        ('Binder Error: Table "a" does not have a column named "titl"', "SELECT a.titl FROM article a"),
        ("Binder Error: Cannot extract field 'x' from expression \"a\" because it is not a struct", "SELECT a.x FROM article a"),
        ('Binder Error: Column "foo" does not exist on left side of join!', "FROM article JOIN claim USING (foo)"),
        ('Binder Error: Referenced table "x" not found!', "SELECT x.title FROM article"),
    ],
)
def test_a_column_that_is_not_there_gives_the_columns(message: str, statement: str) -> None:
    """In all of DuckDB's wordings, of the relations that the statement names, in its order."""
    error = explain(message, statement, CATALOG, ["article", "nowhere", "LOG.event"])
    assert str(error) == f"{message}\n  article has: outlet, title\n  log.event has: position, type"


def test_a_column_without_a_known_relation_says_where_to_look() -> None:
    """As of a table that the statement itself makes."""
    error = explain(
        'Binder Error: Referenced column "x" not found in FROM clause!', "WITH t AS (SELECT 1) SELECT x FROM t", CATALOG
    )
    assert "DESCRIBE" in error.way_out


def test_a_table_that_is_not_there_gives_the_nearest_first() -> None:
    """Also of another schema."""
    error = explain("Catalog Error: Table with name artcle does not exist!", "FROM artcle", CATALOG)
    assert error.way_out.startswith("Nearest: article, ")
    error = explain('Catalog Error: Table with name "lg.event" does not exist because schema', "FROM lg.event", CATALOG)
    assert error.way_out.startswith("Nearest: log.event, ")
    assert nearest("evnt", CATALOG.columns)[0] == "log.event"
    assert nearest("COPYS", CATALOG.columns, most=1) == ["report.copies"]


def test_the_hint_is_about_the_relation_asked() -> None:
    """Also where the statement cannot be read at all."""
    error = explain('Parser Error: syntax error at or near ","', "SELECT at, url FROM report.copies", CATALOG, ["report.copies"])
    assert '"DESCRIBE report.copies"' in error.way_out


def test_a_function_that_is_not_there_gives_the_warehouses_own() -> None:
    """DuckDB's own are in its message already."""
    error = explain("Catalog Error: Table Function with name trnd does not exist!", "FROM trnd('x')", CATALOG)
    assert error.way_out == "The warehouse's own: trend, article_as_known_at."
    assert "SHOW ALL" in explain("Catalog Error: Function with name f does not exist!", "SELECT f()", Catalog({})).way_out


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        ("SELECT (1", ["LINE 1: SELECT (1", "                 ^"]),
        ("SELECT 1,\n(2\n", ["LINE 2: (2", "          ^"]),
        ("", ["LINE 1: ", "        ^"]),
    ],
)
def test_the_place_of_an_end_that_comes_too_early(statement: str, lines: list[str]) -> None:
    """DuckDB shows none for it."""
    assert place_of_end(statement).splitlines() == lines


@pytest.mark.parametrize(
    ("message", "statement", "name"),
    [
        (
            'Scalar Function with name "st_point" is not in the catalog, but it exists in the spatial extension.',
            "SELECT 1",
            "spatial",
        ),
        ("File http://a/b.csv requires the extension httpfs to be loaded", "FROM 'http://a/b.csv'", "httpfs"),
        ('Extension "/x/fts.duckdb_extension" not found.\nExtension "fts" is an existing extension.', "LOAD fts", "fts"),
        ("Permission Error: Loading external extensions is disabled through configuration", "load 'fts'", "fts"),
        ('Permission Error: Cannot access directory "/x/.duckdb/extensions/v1.5.5/y"', "INSTALL vss FROM community", "vss"),
        ("Permission Error: Loading external extensions is disabled through configuration", "ATTACH 'x' (TYPE sqlite)", "sqlite"),
        ("Catalog Error: Table with name fts does not exist!", "FROM fts", ""),
    ],
)
def test_the_missing_extension_is_named(message: str, statement: str, name: str) -> None:
    """From DuckDB's message, or else from the statement."""
    assert missing_extension(message, statement) == name


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("SELECT 1", []),
        ("SELECT position FROM article a, log.event JOIN main.claim USING (x) WHERE EXISTS (FROM report.copies)",
         ["article", "log.event", "claim", "report.copies"]),
        ("DESCRIBE article; FROM claim; FROM article", ["article", "claim"]),
        ('EXPLAIN SELECT x FROM report."copies" JOIN article', ["report.copies", "article"]),
    ],
)  # fmt: skip
def test_the_relations_of_a_statement(statement: str, names: list[str]) -> None:
    """By DuckDB's own reading, and by words where it gives none: no column is taken for a relation."""
    ((serialized,),) = duckdb.execute("SELECT json_serialize_sql(?)", [statement]).fetchall()
    assert named_relations(serialized, statement) == names


def test_damage_is_told_from_a_wrong_statement() -> None:
    """By the kind of error and its words."""
    assert is_damage(duckdb.IOException("Corrupt database file: computed checksum 1 does not match stored checksum 2"))
    assert not is_damage(duckdb.InvalidInputException("corrupt"))
    assert not is_damage(duckdb.IOException("Could not write file: no space left"))


# ---- by the command


def test_a_mistyped_column_shows_its_place_and_the_columns(asked: Command) -> None:
    """DuckDB's line and mark, unbroken, then all columns of the relations named."""
    ended = asked("sql", "SELECT url,\n  outlt\nFROM article JOIN report.copies USING (article_id)")
    assert (ended.code, ended.out) == (2, "")
    lines = ended.err.splitlines()
    place = lines.index("LINE 2:   outlt")
    assert lines[place + 1].index("^") == lines[place].index("outlt")
    assert re.search(r"^  article has: article_id, topic, url, outlet, .*title", ended.err, re.MULTILINE)
    assert re.search(r"^  report\.copies has: .*outlet", ended.err, re.MULTILINE)


def test_a_mistyped_relation_and_macro_show_the_nearest(asked: Command) -> None:
    """With the place."""
    ended = asked("sql", "FROM propsal")
    assert ended.code == 2
    assert "LINE 1: FROM propsal\n             ^\n  Nearest: proposal, " in ended.err
    assert "LINE 1: FROM nosuch(1)" in asked("sql", "FROM nosuch(1)").err


def test_lines_are_counted_over_several_statements(asked: Command) -> None:
    """Left to itself, DuckDB shows a place in the first one."""
    ended = asked("sql", "SELECT 1;\n\nSELECT 'a;b';\nSELECT outlt\nFROM article; SELECT 2")
    assert "LINE 4: SELECT outlt\n               ^\n" in ended.err
    assert "LINE 2: SELEC 2\n        ^\n" in asked("sql", "SELECT 1;\nSELEC 2").err
    assert "LINE 1: SELECT (1\n                 ^\n" in asked("sql", "SELECT (1").err


def test_several_statements_give_the_last_result(asked: Command) -> None:
    """Also such as DuckDB makes several of."""
    assert json.loads(asked("sql", "SELECT 1 AS a; SELECT 2 AS b;", "--json").out) == [{"b": 2}]
    assert json.loads(asked("sql", "CREATE TEMP TABLE t AS SELECT 'x' AS k; PIVOT t ON k; SELECT 3 AS c", "--json").out) == [
        {"c": 3}
    ]


@pytest.mark.parametrize("statement", ["", " ; ", "/* nothing */"])
def test_no_statement_is_exit_code_2(asked: Command, statement: str) -> None:
    """Said, not a stack."""
    ended = asked("sql", statement)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: there is no statement\n")


@pytest.mark.parametrize(
    "statement", ["LOAD fts", "INSTALL fts", "PRAGMA create_fts_index('article', 'article_id', 'title')", "LOAD 'fts'"]
)
def test_a_missing_extension_is_one_line_with_the_way_out(asked: Command, statement: str) -> None:
    """Nothing is downloaded either. Exit code 2."""
    ended = asked("sql", statement)
    assert (ended.code, ended.out) == (2, "")
    first, way_out = ended.err.splitlines()
    assert first == "error: DuckDB's extension 'fts' is not here, and this command loads none"
    assert "READ_ONLY" in way_out


@pytest.mark.parametrize("statement", ["DELETE FROM article", "CREATE VIEW x AS SELECT 1", "UPDATE feed SET url = ''"])
def test_a_write_is_refused_in_one_line(asked: Command, statement: str) -> None:
    """With the reason."""
    ended = asked("sql", statement)
    assert ended.code == 2
    assert ended.err.splitlines() == [f"error: {statement.split()[0]} is refused", "  The copy is for reading; only runs write."]


def test_a_file_outside_is_out_of_reach(asked: Command, tmp_path: Path) -> None:
    """And the way to a file of one's own is named."""
    ended = asked("sql", f"COPY article TO '{tmp_path / 'x.parquet'}'")
    assert ended.code == 2
    assert "out of reach" in ended.err
    assert "monitor export" in ended.err


# ---- how old the copy is


def test_the_age_of_the_copy_is_said_on_a_terminal_or_when_asked(asked: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard error, so that it is in nobody's JSON or CSV."""
    for form in ([], ["--json"], ["--csv"]):
        assert asked("sql", "SELECT 1", *form).err == ""
        assert re.fullmatch(r"copy of .* ago\n", asked("sql", "SELECT 1", "--verbose", *form).err)
    monkeypatch.setattr("monitor.cli.sql.err", Console(stderr=True, force_terminal=True, color_system=None))
    ended = asked("sql", "SELECT 1 AS one", "--json")
    assert json.loads(ended.out) == [{"one": 1}]
    assert "copy of" in ended.err


def test_the_plain_shell_says_it_first_and_goes_on_after_a_mistake(store: Path) -> None:
    """Without DuckDB's own shell."""
    ended = subprocess.run(
        [*RUN, "shell"], cwd=store, env={**ENVIRONMENT, "PATH": "/nowhere"}, input="SELECT outlt\nFROM article;\nSELECT 41 + 1;\n.quit\n",
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0
    first, *rest = ended.stderr.splitlines()
    assert re.fullmatch(r"copy of .* ago, for reading: store/monitor\.duckdb", first)
    assert "  article has: article_id" in "\n".join(rest)
    assert "42" in ended.stdout


def test_duckdbs_own_shell_is_started_for_reading(store: Path, tmp_path: Path) -> None:
    """After the one line; a program of that name stands in for it."""
    program = tmp_path / "duckdb"
    program.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    ended = subprocess.run(
        [*RUN, "shell"], cwd=store, env={**ENVIRONMENT, "PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "-readonly store/monitor.duckdb\n")
    assert ended.stderr.startswith("copy of ")


# ---- Ctrl-C


@LINUX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_long_query_is_ended_by_ctrl_c(store: Path, number: signal.Signals) -> None:
    """At once, with exit code 130 and one line."""
    with subprocess.Popen(
        [*RUN, "sql", "-"],
        cwd=store,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(LONG + " --" + "x" * 2**18)  # more than a pipe holds: written when the program reads
        process.stdin.close()
        process.stdin = None
        imported = cpu(process.pid)
        until(lambda: cpu(process.pid) > imported + 1)  # the statement works, on as many threads as there are
        start = time.monotonic()
        process.send_signal(number)
        try:
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()  # or leaving this block would wait for it for ever
    assert (process.returncode, out, err) == (130, "", "interrupted; nothing is left half done\n")
    assert time.monotonic() - start < 10
