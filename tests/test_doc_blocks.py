"""Every command and every SQL statement in the documents, found by themselves and run on the demo, in the order of the text.

What cannot be run here stands in NOT_RUN with its reason; a new line in any document is run, or has to be put there.
"""

import glob
import gzip
import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from command import Command

from monitor.settings import AlertSettings
from monitor.subscriptions import Subscription
from monitor.warehouse import WarehouseFiles, query_copy

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAM = re.compile(r"^(?:\.venv/bin/)?(?:monitor|demo)\s")

NOT_RUN = {  # the beginning of a line, or of a statement → why
    r"make ": "installs; the Makefile's targets are tested in test_docs.py",
    r"(\.venv/bin/)?pip ": "needs a package index",
    r"(\.venv/bin/)?pip-audit": "needs the network",
    r"(\.venv/bin/)?prefect ": "needs Prefect's server; test_orchestrator.py starts one",
    r"alias demo=": "what it stands for is put in",
    r"monitor (run|watch)\b": "needs the network or goes on for ever; test_cli.py and test_orchestrator.py run them on loopback",
    r"monitor (serve|server|shell)\b": "goes on until it is stopped; test_web.py, test_server.py",
    r"monitor trace ARTICLE --otlp": "needs a collector; test_measuring.py has one on loopback",
    r"LOAD httpfs": "needs a running server; test_server.py",
    r"monitor cluster": "corrects by hand; test_clusters.py",
    r"monitor (deploy|lake)\b": "needs a system's folders or PostgreSQL; test_deploy.py, test_lake.py",
    r"monitor (backup|restore|retain|--data restored)\b": "writes outside the folder or lets pages go; test_backup.py, test_retention.py",
}
ENDS = {r"monitor doctor": 1, r"monitor sql .*artcle": 2}  # the demo's clock is in 2025; a mistake that the text shows


def blocks(*languages: str) -> Iterator[tuple[Path, str]]:
    for path in DOCUMENTS:
        for language, body in FENCE.findall(path.read_text(encoding="utf-8")):
            if language in languages:
                yield path, body


def lines() -> list[tuple[str, str]]:
    """(document, command) of every block of commands, as a user would type it; `demo` is the tutorial's alias."""
    found = []
    for path, body in blocks("sh", "bash", "console", ""):
        for line in body.replace("\\\n", " ").splitlines():
            command = re.sub(r"^(\.venv/bin/monitor|demo)\b", "monitor", re.sub(r"\s+#.*$", "", line.strip()))
            if re.match(r"(monitor|make|prefect|alias|(\.venv/bin/)?pip)", command):
                found.append((path.name, command))
    return found


def statements() -> list[tuple[str, str]]:
    return [(path.name, body.strip()) for path, body in blocks("sql")]


def reason(text: str) -> str | None:
    return next((why for pattern, why in NOT_RUN.items() if re.match(pattern, text)), None)


@pytest.fixture(scope="module")
def demo(original_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo, and files of the names that the documents use beside it."""
    folder = Path(shutil.copytree(original_demo, tmp_path_factory.mktemp("docs") / "demo"))
    ((url,),) = query_copy(WarehouseFiles(folder), "SELECT url FROM article ORDER BY url LIMIT 1").rows
    page = f"<!doctype html><html><head><title>A pier</title></head><body><article>{'<p>A word of fishermen.</p>' * 60}</article></body></html>"
    (folder / "page.html").write_text(page, encoding="utf-8")
    (folder / "pages").mkdir()
    (folder / "pages" / "one.html.gz").write_bytes(gzip.compress(page.encode()))
    shutil.copyfile(min(folder.glob("archive/**/pages-*.warc.gz")), folder / "pages.warc.gz")
    row = {
        "id": "a",
        "url": "http://pier.example/a",
        "title": "A pier",
        "published": "2025-06-10",
        "date": "2025-06-10",
        "text": "A word of fishermen. " * 40,
    }
    (folder / "list.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    for name in ("seed.jsonl.gz", "incoming.jsonl.gz"):
        (folder / name).write_bytes(gzip.compress(json.dumps(row).encode() + b"\n"))
    (folder / "their-articles.csv").write_text(f"url,title,published\n{url},,2025-06-10\n", encoding="utf-8")
    (folder / "their-feeds.opml").write_text(
        '<opml version="2.0"><body><outline text="x" xmlUrl="http://x.example/f"/></body></opml>', encoding="utf-8"
    )
    (folder / "article.txt").write_text("A truce in the strait\n\nFishermen sold crates.\n", encoding="utf-8")
    (folder / "node_exporter").mkdir()
    return folder


def filled(command: str, folder: Path) -> list[str]:
    """The words of a command, with a real id where the text says ALERT, a file list where it has a star."""
    ((alert, article),) = query_copy(
        WarehouseFiles(folder), "SELECT alert_id, article_id FROM alert ORDER BY raised_at LIMIT 1"
    ).rows
    ((feed, url),) = query_copy(
        WarehouseFiles(folder), "SELECT name, url FROM feed WHERE kind <> 'import' ORDER BY name LIMIT 1"
    ).rows
    names = {"ALERT": alert, "ARTICLE": article, "Outlet": feed, "URL": f"{url}2", "https://…": "https://pier.example/a"}
    words = [names.get(word, word) for word in shlex.split(command)[1:]]
    if ">" in words:
        words = words[: words.index(">")]
    return [found for word in words for found in (sorted(glob.glob(word)) if "*" in word and "/" in word else [word])]


def test_every_command_in_the_documents_runs(monitor: Command, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the documents, in a folder with the demo's settings, each with the exit code that it should have."""
    monkeypatch.chdir(demo)
    run = [(document, command) for document, command in lines() if reason(command) is None]
    assert len(run) > 30
    for document, command in run:
        if command.startswith("monitor export") and "--check" not in command:  # it never overwrites
            shutil.rmtree(shlex.split(command)[2], ignore_errors=True)
        ended = monitor(*filled(command, demo))
        expected = next((code for pattern, code in ENDS.items() if re.match(pattern, command)), 0)
        assert ended.code == expected, f"{document}: {command}\n{ended.out[-500:]}{ended.err[-500:]}"


def test_every_statement_in_the_documents_runs(demo: Path) -> None:
    """On the demo's copy; the dictionary's examples, too."""
    run = [(document, text) for document, text in statements() if reason(text) is None]
    assert len(run) > 40
    for document, text in run:
        try:
            query_copy(WarehouseFiles(demo), text)
        except Exception as error:
            raise AssertionError(f"{document}: {text}\n{error}") from error


def test_every_piece_of_settings_in_the_documents_is_read() -> None:
    """By the models that will read the user's."""
    found = [tomllib.loads(body) for _, body in blocks("toml")]
    assert found
    for tables in found:
        for one in tables.get("subscription", ()):
            Subscription.model_validate(one)
        if "alerts" in tables:
            AlertSettings.model_validate(tables["alerts"])


def test_the_whole_profile_in_the_documents_holds(monitor: Command, tmp_path: Path) -> None:
    """As it would be copied into a file; its examples, too."""
    profiles = [body for _, body in blocks("toml") if "topic" in tomllib.loads(body)]
    assert profiles
    for body in profiles:
        (tmp_path / "my-topic.toml").write_text(body, encoding="utf-8")
        ended = monitor("topics", "check", "my-topic.toml")
        assert ended.code == 0, ended.err
        assert "2 of 2 examples hold" in ended.out


def test_what_is_not_run_is_still_there() -> None:
    """A reason for a line that is gone would hide the next one."""
    everything = [text for _, text in [*lines(), *statements()]]
    assert [pattern for pattern in NOT_RUN if not any(re.match(pattern, text) for text in everything)] == []


def test_every_language_of_a_block_is_known() -> None:
    """A block in a language that nobody runs would be passed over in silence."""
    assert {language for path in DOCUMENTS for language, _ in FENCE.findall(path.read_text(encoding="utf-8"))} <= {
        "",
        "sh",
        "sql",
        "toml",
    }


def test_every_file_that_the_documents_name_is_there() -> None:
    """Links and names in backticks of documents, tests, benchmarks and the warehouse's SQL."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        named = re.findall(
            r"`((?:docs|tests|benchmarks|src|warehouse/(?:page|report|macro|check|todo|projection|topics))/[\w./-]+\.\w+)", text
        )
        named += [name for name in re.findall(r"\]\(([^)#:]+)\)", text) if not name.startswith("http")]
        for name in named:
            assert (ROOT / name).exists() or (path.parent / name).exists(), f"{path.name}: {name}"


def test_statements_are_read_as_duckdb_reads_them() -> None:
    """The blocks really hold SQL."""
    assert all(duckdb.extract_statements(text) for _, text in statements())
