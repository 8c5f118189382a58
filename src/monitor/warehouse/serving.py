"""The process that answers: an in-memory database of views over the published copy, spoken to over Quack.

``server`` starts it, feeds it lines of JSON and ends it by closing the pipe. Nothing in here may be written to, and users
reach no file at all, since DuckDB's own access to files is off: only the copy is exempt.

Each publication is a new file at the same path. It is attached beside the old one (read-only, DuckDB attaches one path twice,
and opens it anew); the views are switched in one transaction, and the old file is detached. A query at work keeps the file
that it began with. Views hold the copy's own text, not ``FROM copy.view``: names inside it are looked up
here.
"""

import datetime as dt
import json
import os
import queue
import re
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from .answering import answers_only
from .files import literal, relations, sql

_TICK = 0.25  # seconds between two looks at the copy, and between two reports
_NICE = 5  # runs go before readers

# Table functions that people, and DuckDB when it attaches, need: they make rows or read the catalogue. Of all others one reads
# files, one runs SQL from a text, one stops the server; a new one is denied until it stands here. Hence no deny-list.
_TABLE_FUNCTIONS = (
    "duckdb_columns", "duckdb_constraints", "duckdb_databases", "duckdb_indexes", "duckdb_schemas", "duckdb_tables",
    "duckdb_types", "duckdb_views", "generate_series", "generate_subscripts", "json_each", "json_tree", "pragma_table_info",
    "pragma_version", "range", "repeat", "repeat_row", "unnest",
)  # fmt: skip
# Scalar functions only calculate, but for these: they tell of the process, write, or plan SQL from a text.
_DENIED = (
    r"getenv|current_setting|getvariable|nextval|currval|setseed|write_log|quack_.*|.*secret.*|sleep.*|json_serialize_plan"
    r"|may_(ask|come)"
)
_LONGEST = 100_000  # characters of a statement; a parser and a serialiser that recurse have their depths

# The statement is parsed, not searched. Only a SELECT can be serialised: everything else (COPY, ATTACH, SET, PRAGMA, EXPLAIN,
# writes, also inside WITH) is an error. A table named like a path would be a file; pg_proc tells the guard's own text.
_MAY_ASK = r"""
CREATE OR REPLACE MACRO guard.may_ask(session, asked) AS (
    SELECT coalesce(length(asked::VARCHAR) <= {longest}
        AND json_extract_string(tree, '$.error') = 'false' AND json_array_length(tree, '$.statements') = 1
        AND len(list_filter(json_extract_string(tree, '$..function_name'),
            lambda name : regexp_full_match(lower(name), '{denied}'))) = 0
        AND len(list_filter(json_extract_string(tree, '$..function.function_name'),
            lambda name : lower(name) NOT IN ({allowed}))) = 0
        AND len(list_filter(json_extract_string(tree, '$..table_name'),
            lambda name : regexp_matches(lower(name), '[./\\:*?\[]|^pg_proc$'))) = 0, false)
    FROM (SELECT json_serialize_sql(left(asked::VARCHAR, {longest})) AS tree))
"""
_MAY_COME = """
CREATE OR REPLACE MACRO guard.may_come(session, given, own) AS (coalesce(sha256(given::VARCHAR) IN ({digests}), false))
"""


class Serving:
    """The database, its server, and the publication that it shows."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._copy = Path(order["copy"])
        self._shown: tuple[int, int, int] | None = None
        self._number = 0
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "python_enable_replacements": "false",
            "memory_limit": order["memory"], "temp_directory": "",
        }  # fmt: skip
        self._connection = duckdb.connect(config=config)
        run = self._connection.execute
        # Loaded by path: nothing is copied into the home folder. Session ids are drawn by the cryptography in httpfs; without it,
        # loaded before access to files goes off, each ATTACH is answered with HTTP 500.
        run(f"LOAD {literal(order['httpfs'])}")
        run(f"LOAD {literal(order['quack'])}")
        # DuckDB does not tell default values of a macro's parameters, so the program's own macros come from its own files.
        self._macros = {name: sql("macro", name) for name in relations("macro")}
        if order["user"]:
            _become(*order["user"])
        run("CREATE SCHEMA guard")
        self.let_in(order["digests"])
        run(f"SET allowed_paths = [{literal(str(self._copy))}, {literal(f'{self._copy}.wal')}]")
        run("SET enable_external_access = false")
        run("SET GLOBAL quack_authentication_function = 'guard.may_come'")
        run("SET GLOBAL quack_authorization_function = 'guard.may_ask'")
        run("SET lock_configuration = true")
        self.follow()
        run(f"CALL quack_serve({literal(order['address'])}, token = {literal(os.urandom(32).hex())})")

    def let_in(self, digests: list[str]) -> None:
        """Whose token has one of these SHA-256 digests may open a session. No table holds them: nothing could be added."""
        self._connection.execute(_MAY_COME.format(digests=", ".join(literal(digest) for digest in digests)))

    def follow(self) -> bool:
        """Show the copy as it is now; False when it is shown already."""
        found = self._copy.stat()
        state = (found.st_ino, found.st_mtime_ns, found.st_size)
        if state == self._shown:
            return False
        number = self._number + 1
        run = self._connection.execute
        run(f"ATTACH {literal(str(self._copy))} AS copy_{number} (READ_ONLY)")
        try:
            run("BEGIN")
            self._show(f"copy_{number}")
            run("COMMIT")
        except BaseException:
            run("ROLLBACK")
            run(f"DETACH copy_{number}")
            raise
        if self._number:
            run(f"DETACH copy_{self._number}")
        self._number, self._shown = number, state
        return True

    def _show(self, copy: str) -> None:
        """Views for the copy's tables, and its views and macros as they are, in place of what was shown before."""
        run = self._connection.execute
        for kind, schema, name in run("""
                SELECT 'VIEW', schema_name, view_name FROM duckdb_views() WHERE database_name = 'memory' AND NOT internal
                UNION ALL SELECT DISTINCT if(function_type = 'macro', 'MACRO', 'MACRO TABLE'), schema_name, function_name
                FROM duckdb_functions() WHERE database_name = 'memory' AND NOT internal AND schema_name <> 'guard'""").fetchall():
            run(f"DROP {kind} {_name(schema)}.{_name(name)}")
        tables = run(
            """
            SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? AND NOT internal""",
            [copy],
        ).fetchall()
        views = run(
            """
            SELECT schema_name, view_name, sql FROM duckdb_views() WHERE database_name = ? AND NOT internal
            ORDER BY view_oid""",
            [copy],
        ).fetchall()
        macros = run(
            """
            SELECT schema_name, function_name, parameters, function_type = 'table_macro', macro_definition
            FROM duckdb_functions() WHERE database_name = ? AND NOT internal ORDER BY function_oid""",
            [copy],
        ).fetchall()
        for schema in {row[0] for row in [*tables, *views, *macros]}:
            run(f"CREATE SCHEMA IF NOT EXISTS {_name(schema)}")
        for schema, name in tables:
            run(f"CREATE VIEW {_name(schema)}.{_name(name)} AS FROM {copy}.{_name(schema)}.{_name(name)}")
        texts = [text for _, _, text in views]
        for schema, name, parameters, is_table, text in macros:
            head = f"CREATE MACRO {_name(schema)}.{_name(name)}({', '.join(_name(parameter) for parameter in parameters)})"
            texts.append(self._macros.get(name) or f"{head} AS {f'TABLE {text}' if is_table else f'({text})'}")
        self._create([_of_tables(text, copy, tables) for text in texts])
        allowed = {*_TABLE_FUNCTIONS, *(name.lower() for _, name, _, is_table, _ in macros if is_table)}
        run(_MAY_ASK.format(denied=_DENIED, longest=_LONGEST, allowed=", ".join(literal(name) for name in sorted(allowed))))
        self._comment(copy)

    def _create(self, statements: list[str]) -> None:
        """Create what may name one another, in any order that works; what does not work is said and left out."""
        while statements:
            waiting: list[str] = []
            problem = ""
            for statement in statements:
                try:
                    self._connection.execute(statement)
                except (duckdb.CatalogException, duckdb.BinderException) as error:
                    waiting.append(statement)
                    problem = problem or str(error).splitlines()[0]
            if len(waiting) == len(statements):
                _tell(news=f"{len(waiting)} views or macros of the copy are not served: {problem}")
                return
            statements = waiting

    def _comment(self, copy: str) -> None:
        """The copy's comments on what is served of it."""
        run = self._connection.execute
        served = set(run("SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'memory'").fetchall())
        for schema, name, column, comment in run(
            """
                SELECT schema_name, table_name, NULL, comment FROM duckdb_tables()
                    WHERE database_name = $copy AND comment IS NOT NULL
                UNION ALL SELECT schema_name, view_name, NULL, comment FROM duckdb_views()
                    WHERE database_name = $copy AND comment IS NOT NULL
                UNION ALL SELECT schema_name, table_name, column_name, comment FROM duckdb_columns()
                    WHERE database_name = $copy AND comment IS NOT NULL""",
            {"copy": copy},
        ).fetchall():
            what = f"{_name(schema)}.{_name(name)}"
            if (schema, name) in served:
                run(f"COMMENT ON {f'COLUMN {what}.{_name(column)}' if column else f'VIEW {what}'} IS {literal(comment)}")

    def at_work(self) -> dict[str, float]:
        """Each session that has a statement at work or not read to the end, and for how many seconds."""
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        rows = self._connection.execute(
            "SELECT connection_id, query_started_at FROM quack_active_connections() WHERE state = 'active'"
        ).fetchall()
        return {session: (now - started).total_seconds() for session, started in rows if started is not None}


def _become(user: int, group: int) -> None:
    """Give up root's rights for good, before the first request; what is imported and loaded stays, wherever it lies."""
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def _of_tables(text: str, copy: str, tables: list[tuple[str, str]]) -> str:
    """Let a view or macro read the copy's tables themselves where it names their schema: a view over them has no ``rowid``."""
    for schema, name in tables:
        text = re.sub(
            rf'\b(FROM|JOIN) +"?{re.escape(schema)}"?\."?{re.escape(name)}"?(?!\w)', rf"\1 {copy}.{schema}.{name}", text
        )
    return text


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _tell(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _listen(orders: "queue.Queue[dict[str, Any]]") -> None:
    """Take orders until the supervisor closes the pipe, or dies; then end at once, whatever queries are at work."""
    for line in sys.stdin:
        orders.put(json.loads(line))
    os._exit(0)


def main() -> None:
    """Serve until the supervisor closes standard input; tell it four times a second that all is well."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides
    sys.stdout = answers_only()  # the supervisor's pipe is for reports
    order = json.loads(sys.stdin.readline())
    orders: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    os.nice(_NICE)
    with suppress(OSError):  # if memory runs out, this process goes, not a run
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    try:
        serving = Serving(order)
    except (duckdb.Error, OSError) as error:
        _tell(failed=str(error).splitlines()[0])
        os._exit(1)
    _tell(ready=True)
    trouble = ""
    while True:
        try:
            if serving.follow():
                _tell(news="a new copy is shown")
            trouble = ""
        except (duckdb.Error, OSError) as error:  # the old copy is shown on
            if str(error) != trouble:
                trouble = str(error)
                _tell(news=f"the new copy cannot be shown: {trouble.splitlines()[0]}")
        _tell(active=serving.at_work(), cpu=time.process_time())
        with suppress(queue.Empty):
            serving.let_in(orders.get(timeout=_TICK)["digests"])


if __name__ == "__main__":
    main()
