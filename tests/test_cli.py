"""The command line: what programs and people get, exit codes, and that nothing is loaded or coloured without need."""

import csv
import io
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web
from command import ENVIRONMENT, RUN, Command
from loopback import PROFILE, Loopback, answer, feeds_file, rss
from rich.console import Console

from monitor.cli.app import MODULES, with_commands
from monitor.pipeline.shared import one_run_at_a_time
from monitor.warehouse import WarehouseFiles

COMMANDS = [
    ["run"], ["watch"], ["demo"], ["seed", "import"], ["seed", "describe"], ["rebuild"], ["recover"], ["export"], ["verify"],
    ["redact"], ["sql"], ["shell"], ["feeds"], ["feeds", "add"], ["feeds", "import"], ["feeds", "export"], ["feeds", "move"],
    ["import"], ["archive", "check"], ["proposals"], ["alerts"], ["topics", "list"], ["topics", "check"], ["server"],
    ["server", "token"], ["serve"], ["report"], ["alerts", "list"], ["alerts", "why"], ["alerts", "resend"],
    ["alerts", "ack"], ["alerts", "mute"], ["alerts", "test"], ["detect"], ["extract"], ["dedup"],
    ["cluster", "merge"], ["cluster", "split"], ["backup"], ["restore"], ["retain"], ["doctor"], ["recall"], ["metrics"], ["trace"],
    ["timeline"], ["proposals", "show"], ["proposals", "review"], ["proposals", "export"], ["proposals", "merge"], ["proposals", "split"],
    ["proposals", "rename"], ["proposals", "dismiss"], ["proposals", "confirm"], ["alerts", "confirm"], ["alerts", "dismiss"],
    ["deploy", "units"], ["deploy", "containers"], ["lake", "init"], ["lake", "migrate"], ["lake", "compact"], ["lake", "status"],
    ["lake", "at"],
]  # fmt: skip


# ---- help


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(monitor: Command, command: list[str]) -> None:
    """--help ends well, says what the command does and shows how it is called."""
    ended = monitor(*command, "--help")
    assert ended.code == 0
    assert "Usage:" in ended.out
    assert re.search(rf"Example: +monitor {' '.join(command)}", re.sub(r"[\s│]+", " ", ended.out))


def test_help_lists_every_command(monitor: Command) -> None:
    """Nothing is hidden, and nothing stands there that is not tested above."""
    listed = set(re.findall(r"^│ ([a-z]+) ", monitor("--help").out, re.MULTILINE))
    assert listed == {command[0] for command in COMMANDS}


def test_without_a_command_the_help_is_shown(monitor: Command) -> None:
    """And the exit code says that nothing was done."""
    ended = monitor()
    assert "Usage:" in ended.out + ended.err
    assert ended.code == 2


def test_the_version_is_printed(monitor: Command) -> None:
    """A number and nothing else."""
    ended = monitor("--version")
    assert (ended.code, ended.err) == (0, "")
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", ended.out)


@pytest.mark.parametrize(
    "arguments", [["fly"], ["run", "--fast"], ["sql"], ["sql", "SELECT 1", "--limit", "-1"], ["watch", "--every", "1"]]
)
def test_wrong_usage_is_exit_code_2(monitor: Command, arguments: list[str]) -> None:
    """Unknown commands and options, missing and impossible values."""
    ended = monitor(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err


# ---- run


def test_run_prints_its_counts_as_json(store: Path) -> None:
    """--json: one document on standard output, nothing on standard error."""
    result = json.loads((store / "ended.json").read_text(encoding="utf-8"))
    assert result["run_id"]
    counts = result["counts"]
    assert (counts["feed.polled"], counts["feed.poll_failed"], counts["article.extracted"], counts["alert.raised"]) == (
        1,
        1,
        1,
        1,
    )
    assert (store / "errors.txt").read_text(encoding="utf-8") == ""


def test_run_says_in_words_what_it_did(monitor: Command, tmp_path: Path) -> None:
    """Without --json: a line for each kind of thing; a second run finds nothing due, and says so."""
    with Loopback({"/feed": answer(rss(), "application/rss+xml")}) as server:
        feeds_file(tmp_path / "feeds.toml", server.url("/feed"))
        (tmp_path / "monitor.toml").write_text(
            f'topic = "{PROFILE}"\nfeeds = "feeds.toml"\n[fetch]\nallow = ["127.0.0.1"]\n', encoding="utf-8"
        )
        first, second = monitor("run"), monitor("run")
    assert (first.code, second.code) == (0, 0)
    assert "feeds polled" in first.out
    assert second.out == "nothing was due\n"


def test_run_never_imports_prefect(tmp_path: Path) -> None:
    """The pipeline itself needs no orchestrator: `monitor run` loads not one module of it, in a process of its own."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        feeds_file(tmp_path / "feeds.toml", f"http://127.0.0.1:{closed.getsockname()[1]}/feed")
        (tmp_path / "monitor.toml").write_text(f'topic = "{PROFILE}"\nfeeds = "feeds.toml"\n', encoding="utf-8")
        script = (
            "import sys\nfrom monitor.cli import main\n"
            "try:\n    main(['run', '--json'])\nexcept SystemExit as ended:\n    assert not ended.code, ended.code\n"
            "print([name for name in sys.modules if name.split('.')[0] in ('prefect', 'fastapi', 'sqlalchemy', 'flows')], file=sys.stderr)"
        )
        ended = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["counts"]["feed.poll_failed"] == 1
    assert ended.stderr == "[]\n"


def test_a_second_run_beside_the_first_is_exit_code_3(monitor: Command, tmp_path: Path) -> None:
    """The lock is another run's: said at once, nothing is done."""
    (tmp_path / "monitor.toml").write_text(f'topic = "{PROFILE}"\n', encoding="utf-8")
    with one_run_at_a_time(WarehouseFiles(tmp_path / "warehouse")):
        ended = monitor("run")
    assert (ended.code, ended.out) == (3, "")
    assert "another run is at work" in ended.err
    assert not WarehouseFiles(tmp_path / "warehouse").live.exists()


def test_an_interrupt_is_exit_code_130(store: Path, tmp_path: Path) -> None:
    """SIGTERM in the middle of a run: no stack, and the next run takes up."""
    with Loopback() as server:

        async def hold(request: web.Request) -> web.StreamResponse:
            process.send_signal(signal.SIGTERM)
            await server.held()
            return web.Response()

        server.routes["/feed"] = hold
        feeds_file(tmp_path / "feeds.toml", server.url("/feed"))
        (tmp_path / "monitor.toml").write_text(
            f'topic = "{PROFILE}"\nfeeds = "feeds.toml"\n[fetch]\nallow = ["127.0.0.1"]\n', encoding="utf-8"
        )
        process = subprocess.Popen(
            [*RUN, "run"], cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "interrupted; the next run takes up where this one stopped\n"


# ---- sql


def test_sql_prints_a_table(asked: Command) -> None:
    """Header, values, and brackets and quotes of the data as they are."""
    ended = asked("sql", "SELECT title, 3 AS number FROM article")
    assert (ended.code, ended.err) == (0, "")
    assert re.split(r"[\s┃|]+", ended.out.splitlines()[0].strip()) == ["title", "number"]
    assert "Vestria proposes truce to Norland, “now” [live]" in ended.out


def test_sql_prints_json(asked: Command) -> None:
    """One array of objects, values of lists and moments readable for a program."""
    ended = asked("sql", "SELECT title, [1, 2] AS list, first_seen_at, NULL AS nothing FROM article", "--json")
    (row,) = json.loads(ended.out)
    assert row["title"] == "Vestria proposes truce to Norland, “now” [live]"
    assert (row["list"], row["nothing"]) == ([1, 2], None)
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d", row["first_seen_at"])


def test_sql_prints_csv(asked: Command) -> None:
    """Header and rows as the csv module reads them back, also with commas, quotes and line breaks."""
    ended = asked(
        "sql", "--csv", """SELECT 'a,"b"' || chr(10) || 'c' AS text, 7 AS number UNION ALL SELECT 'd', NULL ORDER BY ALL"""
    )
    assert list(csv.reader(io.StringIO(ended.out))) == [["text", "number"], ['a,"b"\nc', "7"], ["d", ""]]


def test_sql_reads_standard_input(store: Path) -> None:
    """`-` in the place of the statement, through a real pipe."""
    ended = subprocess.run(
        [*RUN, "sql", "-", "--json"],
        cwd=store,
        env=ENVIRONMENT,
        input="SELECT 1 AS one;\nSELECT 2 AS two;",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, json.loads(ended.stdout)) == (0, [{"two": 2}])


def test_sql_shows_as_many_rows_as_asked_and_says_how_many_more(asked: Command) -> None:
    """--limit cuts the table, 0 shows all; JSON and CSV are never cut."""
    statement = "SELECT range AS number FROM range(300)"
    assert "… 100 more rows" in asked("sql", statement).out
    assert "… 290 more rows" in asked("sql", statement, "--limit", "10").out
    assert "more rows" not in asked("sql", statement, "--limit", "0").out
    assert len(json.loads(asked("sql", statement, "--json").out)) == 300
    assert len(asked("sql", statement, "--csv").out.splitlines()) == 301


@pytest.mark.parametrize("name", ["[/x]", "[bold]x", "list[1]", "a\\[b]", "[x for x in y]"])
def test_sql_prints_any_column_name_and_value_as_it_is(asked: Command, name: str) -> None:
    """What looks like markup is data: it neither vanishes nor breaks the table."""
    ended = asked("sql", f"""SELECT '{name} value' AS "{name}" """)
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0].strip() == name
    assert lines[-1].strip() == f"{name} value"


@pytest.mark.parametrize("statement", ["DELETE FROM article", "DROP TABLE article", "CREATE TABLE x AS SELECT 1"])
def test_sql_refuses_to_write(asked: Command, statement: str) -> None:
    """Exit code 2, and why."""
    ended = asked("sql", statement)
    assert (ended.code, ended.out) == (2, "")
    assert "only runs write" in ended.err


def test_sql_passes_on_what_duckdb_says(asked: Command) -> None:
    """A misspelt name: DuckDB's message with the nearest name, and where to look. Exit code 2."""
    ended = asked("sql", "SELECT * FROM artcle")
    assert ended.code == 2
    assert "artcle" in ended.err
    assert "article" in ended.err
    assert "SHOW ALL TABLES" in ended.err


@pytest.mark.parametrize(
    "command",
    [
        ["sql", "SELECT 1"],
        ["feeds"],
        ["proposals"],
        ["alerts"],
        ["shell"],
        ["verify"],
        ["rebuild"],
        ["recover"],
        ["export", "out"],
    ],
    ids=lambda c: c[0],
)
def test_a_missing_warehouse_is_exit_code_4_with_the_way_out(monitor: Command, command: list[str]) -> None:
    """Commands that read say that there is nothing yet, where, and how to get it."""
    ended = monitor(*command)
    assert (ended.code, ended.out) == (4, "")
    assert "no warehouse here yet" in ended.err
    assert "monitor run" in ended.err


# ---- options before and after the command


def test_global_options_may_stand_after_the_command(monitor: Command, store: Path) -> None:
    """--config and --data mean the same in both places, with and without the equals sign."""
    statement = "SELECT count(*) AS articles FROM article"
    for arguments in (
        ["--config", store / "monitor.toml", "sql", statement, "--json"],
        ["sql", statement, "--json", "--config", store / "monitor.toml"],
        ["sql", statement, "--json", f"--data={store / 'store'}"],
        [f"--data={store / 'store'}", "sql", "--json", "--", statement],
    ):
        assert json.loads(monitor(*arguments).out) == [{"articles": 1}]


def test_the_environment_names_the_warehouse(monitor: Command, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MONITOR_DATA."""
    monkeypatch.setenv("MONITOR_DATA", str(store / "store"))
    assert json.loads(monitor("sql", "SELECT 1 AS one FROM article", "--json").out) == [{"one": 1}]


@pytest.mark.parametrize(
    "command",
    [
        ["run"],
        ["verify"],
        ["sql", "SELECT 1"],
        ["topics", "check"],
        ["rebuild"],
        ["recover"],
        ["export", "out"],
        ["demo"],
        ["watch"],
    ],
    ids=" ".join,
)
def test_an_unknown_setting_is_exit_code_2_before_anything_runs(monitor: Command, tmp_path: Path, command: list[str]) -> None:
    """File, key and nearest key; nothing was made."""
    (tmp_path / "monitor.toml").write_text("[fetch]\ntimeout_second = 3\n", encoding="utf-8")
    ended = monitor(*command)
    assert (ended.code, ended.out) == (2, "")
    message = " ".join(ended.err.split())
    assert "monitor.toml" in message
    assert "unknown key 'fetch.timeout_second'; did you mean 'timeout_seconds'?" in message
    assert [path.name for path in tmp_path.iterdir()] == ["monitor.toml"]


def test_an_unknown_topic_names_the_nearest(monitor: Command) -> None:
    """Exit code 2, and those that there are."""
    ended = monitor("run", "--topic", "gaza-ceasefires")
    assert ended.code == 2
    assert "did you mean 'gaza-ceasefire'?" in " ".join(ended.err.split())


# ---- the other commands that read


def test_feeds_proposals_and_alerts_answer_as_json(asked: Command) -> None:
    """A row for each feed with its state, each proposal, each alert with its sentence and page."""
    feeds = {row["feed"]: (row["state"], row["reason"] or "") for row in json.loads(asked("feeds", "--json").out)}
    assert feeds == {"Outlet 1": ("parsed", ""), "Outlet 2": ("failed", "http_error")}
    proposals = [row for row in json.loads(asked("proposals", "--json").out) if row["articles"]]
    assert [(row["proposers"], row["articles"]) for row in proposals] == [(["vestria"], 1)]
    (alert,) = json.loads(asked("alerts", "--json").out)
    assert alert["sentence"].startswith("Vestria put forward a new proposal for a 20-day truce")
    assert alert["url"].endswith("/one")
    assert alert["archive_file"].endswith(".warc.gz")


def test_feeds_proposals_and_alerts_print_tables(asked: Command) -> None:
    """For people, the same."""
    assert "Outlet 2" in asked("feeds").out
    assert "Vestria" in asked("proposals").out
    assert "20-day" in asked("alerts").out


def test_a_table_too_wide_for_a_terminal_is_told_row_by_row(asked: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids stay whole, so that they can be copied into the next command; a narrow answer is still a table."""
    narrow = Console(force_terminal=True, color_system=None, width=80)
    monkeypatch.setattr("monitor.cli.show.console", narrow)
    (proposal,) = json.loads(asked("sql", "--json", "SELECT proposal_id FROM proposal WHERE mention_id IS NOT NULL").out)
    told = asked("proposals").out
    assert re.search(rf"^  proposal_id +{proposal['proposal_id']}$", told, re.MULTILINE)
    assert "│" in asked("sql", "SELECT 1 AS one, 'x' AS two").out


def test_verify_holds_on_a_good_warehouse(asked: Command) -> None:
    """Exit code 0, a line for each check; as JSON, a number for each."""
    ended = asked("verify")
    assert ended.code == 0
    assert ended.out.count("ok  ") >= 5
    proof = json.loads(asked("verify", "--json").out)
    assert len(proof["checks"]) >= 5
    assert set(proof["checks"].values()) == {0}
    assert proof["relations_that_differ"] == []
    assert proof["batches"] > 0
    assert len(proof["chain"]) == 64
    assert "made afresh" not in asked("verify", "--quick").out


def test_verify_fails_on_a_bad_one(asked: Command, store: Path, tmp_path: Path) -> None:
    """A text is missing from the log: exit code 1, the check and its row."""
    import duckdb

    shutil.copytree(store / "store", tmp_path / "bad")
    with duckdb.connect(str(tmp_path / "bad" / "monitor.duckdb")) as connection:
        connection.execute("DELETE FROM log.body")
    ended = asked("verify", "--data", tmp_path / "bad")
    assert ended.code == 1
    assert re.search(r"wrong +texts_kept", ended.out)
    ended = asked("verify", "--json", "--data", tmp_path / "bad")
    assert (ended.code, json.loads(ended.out)["checks"]["texts_kept"]) == (1, 1)


def test_rebuild_publishes_a_new_copy_with_the_same_rows(asked: Command, store: Path, tmp_path: Path) -> None:
    """Also where the copy was lost."""
    shutil.copytree(store / "store", tmp_path / "again")
    (tmp_path / "again" / "monitor.duckdb").unlink()
    assert asked("rebuild", "--data", tmp_path / "again").code == 0
    statement = "SELECT * FROM article"
    assert asked("sql", statement, "--json", "--data", tmp_path / "again").out == asked("sql", statement, "--json").out


# ---- topics and seeds


def test_topics_check_holds_for_the_shipped_profile(monitor: Command) -> None:
    """Every embedded example of the profile in force holds."""
    ended = monitor("topics", "check", "--json")
    assert ended.code == 0, ended.out
    result = json.loads(ended.out)
    assert result["wrong"] == []
    assert result["examples"] >= 5
    assert result["feeds"] >= 40
    assert re.search(r"(\d+) of \1 examples hold", monitor("topics", "check").out)


def test_topics_check_fails_where_an_example_does(monitor: Command, tmp_path: Path) -> None:
    """Exit code 1, the example and what it gave instead."""
    text = PROFILE.read_text(encoding="utf-8")
    text += '\n[[example]]\ntext = "The bakers of Ostervik won a prize for rye bread."\ngate = "on_topic"\n'
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    ended = monitor("topics", "check", "mine.toml")
    assert ended.code == 1
    message = " ".join(ended.err.split())
    assert re.search(r"example \d+: gate is off_topic, expected on_topic", message)
    assert re.search(r"mine\.toml: \d+ expectations? of its examples fail", message)


@pytest.mark.parametrize(
    ("text", "says"), [("[topic\n", "not valid TOML"), ("[topc]\nid = 'x'\n", "unknown key 'topc'; did you mean 'topic'?")]
)
def test_topics_check_of_a_wrong_profile_is_exit_code_2(monitor: Command, tmp_path: Path, text: str, says: str) -> None:
    """File, key and way out."""
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    ended = monitor("topics", "check", "mine.toml")
    assert ended.code == 2
    message = " ".join(ended.err.split())
    assert "mine.toml" in message
    assert says in message


def test_topics_check_of_a_missing_profile_is_exit_code_2(monitor: Command) -> None:
    """A command that is named as the way out must exist."""
    ended = monitor("topics", "check", "nowhere.toml")
    assert ended.code == 2
    (named,) = re.findall(r"`monitor ([a-z ]+)`", " ".join(ended.err.split()))
    assert monitor(*named.split()).code == 0


def test_topics_list_names_the_shipped_profiles(monitor: Command) -> None:
    """One a line."""
    assert monitor("topics", "list").out.splitlines() == ["gaza-ceasefire", "sudan-talks"]


def test_seeds_are_described_and_imported(monitor: Command, tmp_path: Path) -> None:
    """Facts are printed as JSON lines without the text; importing says how many were new, and twice adds nothing."""
    (tmp_path / "seed.txt").write_text("A text of several words about the harbour and its three old bridges.", encoding="utf-8")
    (tmp_path / "monitor.toml").write_text(f'topic = "{PROFILE}"\n', encoding="utf-8")
    described = monitor("seed", "describe", "seed.txt")
    assert json.loads(described.out)["name"] == "seed.txt"
    assert "harbour" not in described.out
    assert monitor("seed", "import", "seed.txt").out == "1 imported, 0 known already\n"
    assert monitor("seed", "import", "seed.txt").out == "0 imported, 1 known already\n"
    missing = monitor("seed", "import", "nowhere.txt")
    assert missing.code == 2
    assert "nowhere.txt" in missing.err


# ---- how it looks


@pytest.mark.parametrize("arguments", [["verify"], ["feeds"], ["sql", "SELECT * FROM artcle"], ["--help"]], ids=lambda a: a[0])
def test_nothing_is_coloured_in_a_pipe(store: Path, arguments: list[str]) -> None:
    """No escape sequence on standard output or error, whatever the terminal claims to be."""
    environment = {**ENVIRONMENT, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    ended = subprocess.run([*RUN, *arguments], cwd=store, env=environment, capture_output=True, text=True, check=False)
    assert ended.stdout + ended.stderr
    assert "\x1b" not in ended.stdout + ended.stderr


def test_a_closed_pipe_is_no_error(store: Path) -> None:
    """`monitor sql … | head -1`: the reader goes away in the middle, nothing is said about it, and the exit code is 0."""
    command = (
        f"'{sys.executable}' -c 'from monitor.cli import main; main()' sql 'SELECT repeat(chr(120), 100) FROM range(50000)' --csv"
    )
    script = f"({command}; echo $? >&2) | head -1"
    ended = subprocess.run(["bash", "-c", script], cwd=store, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert len(ended.stdout.splitlines()) == 1
    assert ended.stderr == "0\n"


def test_a_command_is_found_without_importing_the_others(tmp_path: Path) -> None:
    """Each command stands under the module that holds it, wherever options that stand for all are put; a question to the warehouse does
    not import what reads feeds and pages, which takes longer than most answers."""
    held: dict[str, set[str]] = {}
    commands = with_commands([])
    for group in commands.registered_groups:
        known = group.typer_instance
        callbacks = [command.callback for command in known.registered_commands]
        callbacks += [known.registered_callback.callback] if known.registered_callback else []
        held[str(group.name)] = {callback.__module__ for callback in callbacks if callback}
    for command in commands.registered_commands:
        if command.callback:
            held[command.name or command.callback.__name__] = {command.callback.__module__}
    told = {name: {f"monitor.cli.{module}" for module, names in MODULES.items() if name in names} for name in held}
    assert told == held
    assert {name for names in MODULES.values() for name in names} == set(held)
    for given in (["sql", "SELECT 1"], ["--data", "feeds", "sql", "SELECT 1"], ["sql", "run", "--data", "run"]):
        script = (
            "import sys\nfrom monitor.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit:\n    print(*sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", script, *given], cwd=tmp_path, capture_output=True, text=True, check=True)
        loaded = done.stdout.split()
        assert "monitor.cli.sql" in loaded
        assert {"monitor.cli.running", "trafilatura", "feedparser", "aiohttp", "numpy", "dateparser"}.isdisjoint(loaded)
