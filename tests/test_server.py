"""The server, with real clients over the loopback: who may come, what may be asked, and what it does about stuck queries."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from command import LINUX, cpu, until

from monitor.cli import main
from monitor.warehouse import WarehouseFiles, open_live, server
from monitor.warehouse.server import ServerError, Watch, add_token, extension_file, read_tokens

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("orchestrator")]

pytest.importorskip("duckdb_extension_quack")
pytest.importorskip("duckdb_extension_httpfs")
RUN = [sys.executable, "-W", "error", "-c", "from monitor.cli import main; main()"]
ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t"
CLIENT = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def write_copy(path: Path, *titles: str, more: str = "") -> None:
    """A small warehouse, put in place as a run does it."""
    new = path.with_name("new.duckdb")
    with duckdb.connect(str(new)) as file:
        file.execute("CREATE SCHEMA log; CREATE SCHEMA report")
        file.execute("CREATE TABLE log.event (position BIGINT); INSERT INTO log.event FROM range(3)")
        file.execute(f"CREATE TABLE article AS SELECT unnest({list(titles)!r}) AS title{more}")
        file.execute("CREATE VIEW report.articles AS SELECT count(*) AS articles FROM article")
        file.execute("CREATE MACRO titled(word) AS TABLE SELECT title FROM article WHERE contains(title, word)")
        file.execute("CREATE MACRO shout(word) AS upper(word) || '!'")
        file.execute("CREATE MACRO nth(number) AS TABLE SELECT position FROM log.event WHERE event.rowid = number")
        file.execute("CREATE MACRO peek(path) AS TABLE FROM read_text(path)")
        file.execute("COMMENT ON TABLE article IS 'One row per article'; COMMENT ON COLUMN article.title IS 'its title'")
    new.chmod(0o644)
    new.replace(path)


@dataclass
class Served:
    """A server at work."""

    process: "subprocess.Popen[bytes]"
    folder: Path
    port: int

    @property
    def said(self) -> str:
        return (self.folder / "said.txt").read_text(encoding="utf-8")

    @property
    def tokens(self) -> Path:
        return self.folder / "tokens.toml"

    @property
    def copy(self) -> Path:
        return self.folder / "monitor.duckdb"

    def child(self) -> int:
        """The process that answers."""
        return int(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii").split()[0])

    def token(self, name: str) -> str:
        return read_tokens(self.tokens)[name]

    @contextmanager
    def client(self, name: str = "ana", token: str = "") -> Iterator["Session"]:
        with duckdb.connect(config=CLIENT) as connection:
            for extension in ("httpfs", "quack"):
                connection.execute(f"LOAD '{extension_file(extension)}'")
            connection.execute(f"ATTACH 'quack:localhost:{self.port}' AS r (TOKEN '{token or self.token(name)}')")
            yield Session(connection)


@dataclass
class Session:
    """A client that has attached the server as r."""

    connection: duckdb.DuckDBPyConnection

    def here(self, statement: str) -> list[tuple[object, ...]]:
        return self.connection.execute(statement).fetchall()

    def there(self, statement: str) -> list[tuple[object, ...]]:
        return self.connection.execute("FROM quack_query_by_name('r', ?)", [statement]).fetchall()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Served]:
    """Start `monitor server` and wait for its word."""
    folder.chmod(0o755)  # for the user whom a server started by root becomes
    port = free_port()
    for name in ("ana", "ben"):
        if not (folder / "tokens.toml").exists() or name not in read_tokens(folder / "tokens.toml"):
            add_token(folder / "tokens.toml", name)
    command = [*RUN, "--data", str(folder), "server", "--port", str(port), "--tokens", str(folder / "tokens.toml"), *options]
    command += ["--user", "nobody"] if os.geteuid() == 0 else []
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MONITOR_")}
    with (folder / "said.txt").open("wb") as said, subprocess.Popen(command, stderr=said, env=environment, cwd=folder) as process:
        served = Served(process, folder, port)
        try:
            until(lambda: "is served at" in served.said or process.poll() is not None)
            assert process.poll() is None, served.said
            yield served
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="server-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    """A server that tests share; they leave it at work."""
    write_copy(folder / "monitor.duckdb", "one", "two")
    with serving(folder) as running:
        yield running


@pytest.fixture
def own() -> Iterator[Path]:
    """A folder for a server of a test's own."""
    with tempfile.TemporaryDirectory(prefix="server-") as name:
        write_copy(Path(name) / "monitor.duckdb", "one")
        yield Path(name)


# ---- who may come, and what they get


def test_each_user_comes_with_a_token_of_their_own(served):
    """Both ways of asking: the whole statement there, or a table read from here."""
    for name in ("ana", "ben"):
        with served.client(name) as session:
            assert session.there("SELECT count(*) FROM log.event") == [(3,)]
            assert session.here("FROM r.query('SELECT articles > 0 FROM report.articles')") == [(True,)]
            assert session.here("SELECT count(*) > 0 FROM r.article") == [(True,)]
            assert session.here("SELECT articles > 0 FROM r.report.articles") == [(True,)]


@pytest.mark.parametrize("token", ["x" * 43, "ana", "' OR true --xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"])
def test_a_wrong_token_opens_nothing(served, token):
    with pytest.raises(duckdb.Error, match="Authentication failed"), served.client(token=token.replace("'", "''")):
        pass


def test_macros_and_comments_are_served(served):
    """What the copy offers beside tables."""
    with served.client() as session:
        assert session.there("SELECT shout('a')") == [("A!",)]
        assert session.there("FROM titled('one')") == [("one",)]
        assert session.there("FROM nth(2)") == [(2,)]
        assert session.there("SELECT comment FROM duckdb_views() WHERE view_name = 'article' AND database_name = 'memory'") == [
            ("One row per article",)
        ]
        assert session.there("SELECT comment FROM duckdb_columns() WHERE column_name = 'title' AND database_name = 'memory'") == [
            ("its title",)
        ]


def test_a_view_that_cannot_be_served_is_named_and_the_rest_is_there(own):
    """DuckDB keeps the text of a CROSS JOIN as a comma, which binds otherwise when it is read again: that view is left out."""
    copy = own / "monitor.duckdb"
    copy.chmod(0o644)
    with duckdb.connect(str(copy)) as file:
        file.execute("""CREATE VIEW crossed AS
            WITH one AS (SELECT 1 AS moment) FROM article CROSS JOIN one LEFT JOIN (FROM article) AS other USING (title)""")
        file.execute("COMMENT ON VIEW crossed IS 'is not there'")
    with serving(own) as running, running.client() as session:
        assert session.there("SELECT count(*) FROM article") == [(1,)]
        assert session.there("SELECT count(*) FROM duckdb_views() WHERE view_name = 'crossed' AND database_name = 'memory'") == [
            (0,)
        ]
        assert "1 views or macros of the copy are not served" in running.said


def test_every_relation_of_a_real_warehouse_is_served(own):
    """The views are made again in the server, from their own text: each must find what it names."""
    files = WarehouseFiles(own)
    files.copy.unlink()
    with open_live(files) as live:
        live.publish()
    files.copy.chmod(0o644)
    with duckdb.connect(str(files.copy), read_only=True) as file:
        names = file.execute(
            "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal "
            "UNION ALL SELECT schema_name, table_name FROM duckdb_tables()"
        ).fetchall()
    assert len(names) > 40
    with serving(own) as running, running.client() as session:
        for schema, name in names:
            session.there(f'SELECT count(*) FROM "{schema}"."{name}"')
        assert session.there("SELECT count(*) FROM article_as_known_at(TIMESTAMP '2025-06-10')") == [(0,)]
        assert session.there("SELECT count(*) FROM search('truce')") == [(0,)]
        assert "not served" not in running.said


def test_tokens_are_nowhere_to_be_seen(served):
    """Not in what it says, not in its arguments, not in the catalogue, and others cannot read the file."""
    token = served.token("ana")
    assert token not in served.said
    assert served.tokens.stat().st_mode & 0o777 == 0o600
    with served.client() as session:
        for view in ("sqlite_master", "information_schema.tables", "duckdb_views()", "pg_catalog.pg_settings", "duckdb_logs"):
            text = str(session.there(f"FROM {view}"))
            assert token not in text
            assert "sha256(" not in text
    if Path("/proc/self/cmdline").exists():
        for pid in (served.process.pid, served.child()):
            assert token.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
            assert token.encode() not in Path(f"/proc/{pid}/environ").read_bytes()


# ---- what may not be asked

FILE = "'/etc/passwd'"
DENIED = [
    # files, by name, by function, in every corner of a statement
    f"FROM read_text({FILE})", f"FROM Read_Text({FILE})", f'FROM system.main."read_text"({FILE})', f"FROM read_blob({FILE})",
    "FROM glob('/*')", f"FROM {FILE}", "FROM 'file.csv'", 'FROM "a.parquet"', "FROM 'http://127.0.0.1/x.csv'", "FROM 's3://b/x.parquet'",
    f"FROM read_csv({FILE})", f"FROM sniff_csv({FILE})", f"FROM read_json({FILE})", "FROM parquet_scan('/x')",
    "FROM parquet_metadata('/x')", "FROM read_duckdb('/x')", f"WITH a AS (FROM read_text({FILE})) FROM a",
    f"SELECT (SELECT content FROM read_text({FILE}))", f"FROM article WHERE title IN (SELECT content FROM read_text({FILE}))",
    "FROM article, LATERAL (FROM read_text(article.title))", f"SELECT 1 UNION ALL SELECT length(content) FROM read_text({FILE})",
    f"FROM article LIMIT (SELECT length(content) FROM read_text({FILE}))", f"SUMMARIZE FROM read_text({FILE})", f"DESCRIBE {FILE}",
    f"WITH RECURSIVE t AS (SELECT '' AS x UNION ALL SELECT content FROM read_text({FILE})) FROM t",
    # writing, and leaving the database
    "COPY article TO '/tmp/x.csv'", "COPY (SELECT 1) TO '/tmp/x.csv'", "EXPORT DATABASE '/tmp/x'", "ATTACH '/tmp/x.duckdb'",
    "DETACH copy_1", "USE copy_1", "INSERT INTO article VALUES ('x')", "UPDATE article SET title = ''", "DELETE FROM article",
    "MERGE INTO article USING article AS b ON true WHEN MATCHED THEN DELETE", "CREATE TABLE t (i INT)", "CREATE TEMP TABLE t (i INT)",
    "CREATE VIEW v AS SELECT 1", "CREATE OR REPLACE MACRO guard.may_ask(a, b) AS true", "DROP VIEW article", "DROP MACRO guard.may_ask",
    "COMMENT ON VIEW article IS 'x'", "WITH a AS (INSERT INTO article VALUES ('x') RETURNING *) FROM a", "VACUUM", "CHECKPOINT",
    # settings, extensions, other statements
    "SET memory_limit = '9GB'", "SET GLOBAL quack_authorization_function = 'quack_nop_authorization'", "RESET memory_limit",
    "SET VARIABLE x = 1", "PRAGMA database_list", "PRAGMA enable_profiling", "CALL pragma_version()", "INSTALL spatial", "LOAD spatial",
    "BEGIN", "COMMIT", "PREPARE p AS SELECT 1", "EXECUTE p", "EXPLAIN SELECT 1", "EXPLAIN ANALYZE SELECT 1",
    f"EXPLAIN ANALYZE SELECT * FROM read_text({FILE})", "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/x.csv'",
    "SELECT 1; SELECT 2", "SELECT 1; DROP VIEW article", "SELECT 1;; DROP VIEW article", "", ";", "-- nothing",
    # SQL in a text, the process, the server itself
    "FROM query('SELECT 1')", "FROM query_table('article')", "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    f"SELECT json_serialize_plan('FROM read_text({FILE.replace(chr(39), chr(39) * 2)})')", "SELECT getenv('HOME')",
    "SELECT GETENV('HOME')", "SELECT 'HOME'.getenv()", "SELECT system.main.getenv('HOME')", "FROM article ORDER BY getenv('HOME')",
    "SELECT * REPLACE (getenv('HOME') AS title) FROM article", "SELECT list_transform([1], lambda x : getenv('HOME'))",
    "SELECT count(*) FILTER (getenv('HOME') = '') FROM article", "SELECT {'a': [getenv('HOME')]}",
    "SELECT current_setting('secret_directory')", "FROM duckdb_settings()", "FROM duckdb_secrets()", "FROM which_secret('a', 'b')",
    "FROM duckdb_functions()", "FROM pg_catalog.pg_proc", "FROM duckdb_logs()", "FROM enable_logging()", "SELECT write_log('x')",
    "FROM checkpoint()", "FROM quack_stop('quack:localhost')", "CALL quack_stop('quack:localhost')", "FROM quack_active_connections()",
    "FROM quack_serve('quack:localhost:9499')", "FROM quack_query('quack:localhost', 'SELECT 1', token = 'x')", "FROM whoami()",
    "SELECT quack_check_token('a', 'b', 'c')", "SELECT guard.may_come('a', 'b', 'c')", "SELECT " + "1 + " * 30_000 + "1",
]  # fmt: skip


def test_all_that_is_not_a_select_of_the_copy_is_denied(served):
    """By the guard, before anything of it is planned; and the session goes on."""
    answered = []
    with served.client() as session:
        for statement in DENIED:
            try:
                session.there(statement)
                answered.append(statement)
            except duckdb.Error as error:
                if "Authorization failed" not in str(error):
                    answered.append(f"{statement}: {error}")
        assert session.there("SELECT 1") == [(1,)]
    assert answered == []


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO r.article VALUES ('x')",
        "CREATE TABLE r.t AS SELECT 1",
        "CREATE SCHEMA r.s",
        "DROP TABLE r.article",
        "DELETE FROM r.article",
    ],
)
def test_nothing_is_written_through_the_attached_database(served, statement):
    """A client may also write by the protocol's own messages; there is no table that would take them."""
    with served.client() as session:
        with pytest.raises(duckdb.Error):
            session.here(statement)
        assert session.there("SELECT count(*) FROM duckdb_tables() WHERE database_name = 'memory'") == [(0,)]


def test_files_are_out_of_reach_also_without_the_guard(served):
    """The copy has a macro that reads files: the guard sees only its name, DuckDB's own lock holds."""
    (served.folder / "secret.txt").write_text("secret", encoding="utf-8")
    (served.folder / "secret.txt").chmod(0o644)
    with served.client() as session, pytest.raises(duckdb.Error, match="disabled by configuration"):
        session.there(f"FROM peek('{served.folder}/secret.txt')")


@pytest.mark.parametrize(
    "statement",
    ["DESCRIBE article", "SUMMARIZE article", "SHOW ALL TABLES", "FROM range(3)", "VALUES (1)", "SELECT json_extract('{\"a\":1}', '$.a')",
     "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) FROM t", "SELECT title FROM article; -- the end",
     "FROM information_schema.tables", "SELECT 'FROM read_text(''/etc/passwd'')'"],
)  # fmt: skip
def test_reading_is_answered(served, statement):
    """What the guard must not be in the way of."""
    with served.client() as session:
        assert session.there(statement)


@LINUX
@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_the_answering_process_is_not_root(served):
    ids = re.search(r"^Uid:\s+(\d+)\s+(\d+)", Path(f"/proc/{served.child()}/status").read_text(encoding="utf-8"), re.MULTILINE)
    assert ids is not None
    assert "0" not in ids.groups()


# ---- a new copy


@LINUX
def test_a_session_sees_the_next_copy_and_a_query_at_work_keeps_its_own(own):
    """Without attaching anew, also a new column; the old file is let go of."""
    with serving(own) as running, running.client() as session, running.client("ben") as other:
        assert session.here("SELECT title FROM r.article") == [("one",)]
        found: list[object] = []
        slow = "SELECT (SELECT count(*) FROM range(400000000) AS t(i) WHERE i % 7 = 3) > 0, count(*) FROM article"
        before = cpu(running.child())
        asking = threading.Thread(target=lambda: found.extend(other.there(slow)))
        asking.start()
        until(lambda: cpu(running.child()) > before + 0.2)
        write_copy(running.copy, "one", "two", "three", more=", 7 AS figure")
        until(lambda: session.there("SELECT count(*) FROM article") == [(3,)])
        assert session.here("SELECT sum(figure) FROM r.article") == [(21,)]
        assert session.there("SELECT articles FROM report.articles") == [(3,)]
        asking.join()
        assert found == [(True, 1)]
        assert other.there("SELECT count(*) FROM article") == [(3,)]
        until(lambda: not [name for name in open_files(running.child()) if "(deleted)" in name])
        assert "a new copy is shown" in running.said

        # A copy that cannot be read leaves the one before. It is said once, and the next good one is shown.
        (own / "new.duckdb").write_bytes(b"not a database at all" * 1000)
        (own / "new.duckdb").chmod(0o644)
        (own / "new.duckdb").replace(running.copy)
        until(lambda: "cannot be shown" in running.said)
        assert session.there("SELECT count(*) FROM article") == [(3,)]
        write_copy(running.copy, "two")
        until(lambda: session.there("FROM article") == [("two",)])
        assert running.said.count("cannot be shown") == 1


# ---- tokens that come and go


def test_a_new_user_is_let_in_and_one_that_is_gone_is_put_out(own):
    """Without starting the server again by hand; taking a token away ends the sessions."""
    with serving(own) as running:
        token = add_token(running.tokens, "cem")
        until(lambda: "tokens of 3 users" in running.said)

        def comes() -> bool:
            try:
                with running.client(token=token):
                    return True
            except duckdb.Error:
                return False

        until(comes)
        with running.client("cem") as session:
            lines = running.tokens.read_text(encoding="utf-8").splitlines(keepends=True)
            running.tokens.write_text("".join(line for line in lines if not line.startswith("cem")), encoding="utf-8")
            until(lambda: running.said.count("is served at") == 2)
            with pytest.raises(duckdb.Error):
                session.there("SELECT 1")
            assert not comes()
        assert token not in running.said


# ---- the watch


def open_files(pid: int) -> list[str]:
    return [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]


@LINUX
def test_a_query_whose_client_was_killed_does_not_keep_the_server_busy(own):
    """DuckDB would go on for ever: the answering process is replaced, and others come in again."""
    with serving(own, "--query-seconds", "1") as running:
        stuck = running.child()
        before = cpu(stuck)
        script = (
            "import duckdb, sys\n"
            "connection = duckdb.connect(config={'autoload_known_extensions': 'false'})\n"
            "for file in sys.argv[2:4]:\n    connection.execute(f\"LOAD '{file}'\")\n"
            f"connection.execute(f\"ATTACH 'quack:localhost:{running.port}' AS r (TOKEN '{{sys.stdin.read()}}')\")\n"
            "connection.execute('FROM quack_query_by_name(?, ?)', ['r', sys.argv[1]]).fetchall()\n"
        )
        command = [sys.executable, "-c", script, ENDLESS, str(extension_file("httpfs")), str(extension_file("quack"))]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as client:
            assert client.stdin is not None
            client.stdin.write(running.token("ana").encode())
            client.stdin.close()
            until(lambda: cpu(stuck) > before + 0.5)
            client.kill()
        until(lambda: running.said.count("is served at") == 2)
        assert "1 statement ran for more than 1 s" in running.said
        assert not Path(f"/proc/{stuck}").exists()
        with running.client() as session:
            assert session.there("SELECT count(*) FROM article") == [(1,)]


@LINUX
def test_an_answering_process_that_dies_is_replaced(own):
    with serving(own) as running:
        os.kill(running.child(), signal.SIGKILL)
        until(lambda: running.said.count("is served at") == 2)
        with running.client() as session:
            assert session.there("SELECT 1") == [(1,)]
        running.process.send_signal(signal.SIGINT)  # Ctrl-C is no error either
        assert running.process.wait(5) == 0


def test_a_statement_over_its_time_counts_only_while_it_works():
    """A client that went away while reading does no harm; one stuck on a machine with little time to spare does."""
    idle, busy, starved = Watch(query_seconds=10), Watch(query_seconds=10), Watch(query_seconds=10)
    for tick in range(40):
        assert idle.judge(tick, tick / 100, {"a": float(tick)}) == ""
        assert bool(starved.judge(tick, tick / 10, {"a": float(tick)})) == (tick > 10)
    reasons = [busy.judge(tick, float(tick), {"a": float(tick), "b": 1.0}) for tick in range(12)]
    assert [bool(reason) for reason in reasons] == [False] * 11 + [True]
    assert reasons[-1] == "1 statement ran for more than 10 s"


def test_a_server_that_takes_no_request_is_replaced_after_a_statements_time():
    """Its threads may all be at work on statements that are within their time."""
    watch = Watch(query_seconds=10)
    assert watch.answered(100, is_answer=True) == ""
    assert watch.answered(119, is_answer=False) == ""
    assert watch.answered(121, is_answer=False) == "no request was answered for 20 s"


@LINUX
def test_it_stops_within_two_seconds(own):
    """Also with a query at work; nothing is left behind, and it is no error."""
    with serving(own) as running:
        child = running.child()
        before = cpu(child)
        with running.client() as session:

            def ask() -> None:
                with pytest.raises(duckdb.Error):
                    session.there(ENDLESS)

            asking = threading.Thread(target=ask)
            asking.start()
            until(lambda: cpu(child) > before + 0.3)
            began = time.monotonic()
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(5) == 0
            assert time.monotonic() - began < 2
            asking.join()
        assert running.said.endswith("stopped\n")
        assert not Path(f"/proc/{child}").exists()


# ---- what is wrong is said, with the way out


@pytest.fixture
def refused(capsys, monkeypatch, own) -> Iterator[Callable[..., tuple[int, str]]]:
    """Run `monitor server` in this process, where it must refuse."""
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.chdir(own)
    add_token(own / "monitor-tokens.toml", "ana")

    def run(*arguments: str) -> tuple[int, str]:
        user = ["--user", "nobody"] if os.geteuid() == 0 and "--user" not in arguments else []
        with pytest.raises(SystemExit) as ended:
            main(["--data", str(own), "server", *arguments, *user])
        return int(ended.value.code or 0), " ".join(capsys.readouterr().err.split())

    yield run
    signal.signal(signal.SIGTERM, before)


def test_a_port_in_use_is_said(refused):
    """Quack itself would share it, and answer every other request."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, said = refused("--port", str(taken.getsockname()[1]))
    assert code == 2
    assert "the port cannot be had" in said
    assert "--port" in said


def test_other_machines_are_not_served(refused):
    code, said = refused("--host", "0.0.0.0")
    assert code == 2
    assert "not encrypted" in said


def test_a_missing_copy_is_said(refused, own):
    (own / "monitor.duckdb").unlink()
    code, said = refused("--port", str(free_port()))
    assert code == 4
    assert "there is no warehouse here yet" in said


@pytest.mark.parametrize("name", ["quack", "httpfs"])
def test_a_missing_extension_is_said(refused, monkeypatch, name):
    find = server.find_spec
    monkeypatch.setattr(server, "find_spec", lambda wanted: None if wanted.endswith(name) else find(wanted))
    code, said = refused()
    assert code == 2
    assert f"DuckDB's extension '{name}'" in said
    assert 'pip install "ceasefire-monitor[server]"' in said


def test_root_does_not_serve(refused, monkeypatch):
    """Unless it says who does."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for user in ("", "root", "nobody-of-that-name"):
        code, said = refused("--user", user)
        assert code == 2
        assert "--user NAME" in said


def test_only_root_becomes_somebody_else(refused, monkeypatch):
    """Who is not root serves as who they are."""
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    code, said = refused("--user", "root")
    assert code == 2
    assert "only root can become somebody else" in said


def test_a_memory_limit_that_is_none_is_said(refused):
    code, said = refused("--memory", "much", "--port", str(free_port()))
    assert code == 4
    assert "cannot be served" in said


@pytest.mark.parametrize(
    ("content", "mode", "complaint"),
    [
        (None, 0, "there is no tokens file"),
        ('ana = "0123456789012345678901234567890123456789"', 0o644, "others may read"),
        ("ana = 0123456789012345678901234567890123456789", 0o600, "not valid TOML at line 1"),
        ('ana = "topsecret"', 0o600, "at least 32 characters"),
        ("[ana]", 0o600, "at least 32 characters"),
        ("", 0o600, "nobody in the tokens file"),
        (b"ana = '\xff'", 0o600, "cannot be read"),
    ],
)
def test_a_tokens_file_that_is_not_right_is_refused(refused, own, content, mode, complaint):
    """And what it holds is not repeated."""
    path = own / "tokens.toml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
    code, said = refused("--tokens", str(path))
    assert code == 2
    assert complaint in said
    assert "topsecret" not in said
    assert "0123456789" not in said


def test_a_token_is_shown_once_and_never_given_twice(capsys, monkeypatch, own):
    """`monitor server token`: the statement to use, and a file that nobody else can read."""
    monkeypatch.chdir(own)
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            main(["server", "token", "ana"])
        assert not ended.value.code
        printed = capsys.readouterr().out
        path = own / "monitor-tokens.toml"
        assert printed == f"ATTACH 'quack:localhost:9494' AS monitor (TOKEN '{read_tokens(path)['ana']}');\n"
        assert path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(SystemExit) as ended:
            main(["server", "token", "ana"])
        assert ended.value.code == 2
    finally:
        signal.signal(signal.SIGTERM, before)
    path.write_text(path.read_text(encoding="utf-8").rstrip(), encoding="utf-8")
    assert len(add_token(path, "ben")) >= 32
    assert sorted(read_tokens(path)) == ["ana", "ben"]
    with pytest.raises(ServerError, match="letters, digits"):
        add_token(path, 'x = "y"')
