"""Statements of strangers that must not do what they say, by what they are after: each is refused with words that say why."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from webserver import demo_warehouse, options_for, serving

from monitor.warehouse.asking import Limits

pytestmark = pytest.mark.xdist_group("web")

# What they are after → what the answer must say, and the statements. {folder} holds files that lie there to be stolen.
HOSTILE: dict[str, tuple[str, list[str]]] = {
    "reading files": (r"out of reach|does not exist|not support lateral|No function matches|Python", [
        "FROM read_text('/etc/passwd')", "FROM read_blob('/etc/passwd')", "FROM '/etc/passwd'", "FROM 'file.csv'", 'FROM "a.parquet"',
        "FROM read_csv('/etc/passwd')", "FROM read_json('/etc/passwd')", "FROM read_parquet('/x')", "FROM parquet_metadata('/x')",
        "FROM glob('/*')", "FROM sniff_csv('/etc/passwd')", "FROM read_duckdb('/x')", "SELECT (SELECT content FROM read_text('/etc/passwd'))",
        "WITH a AS (FROM read_text('/etc/passwd')) FROM a", "FROM article, LATERAL (FROM read_text(article.title))",
        "SUMMARIZE FROM read_text('/etc/passwd')", "EXPLAIN ANALYZE SELECT * FROM read_text('/etc/passwd')", "DESCRIBE FROM '{folder}/table.csv'",
        "FROM query('FROM read_text(''/etc/passwd'')')", "FROM query_table('{folder}/table.csv')", "FROM read_text(['{folder}/table.csv', '/etc/passwd'])",
        "FROM read_text('{folder}/*')", "SELECT 1; FROM read_text('{folder}/table.csv')", "FROM read_csv_auto('{folder}/table.csv')",
        "PIVOT (FROM read_csv('{folder}/table.csv')) ON a", "FROM read_json_objects('{folder}/table.csv')",
    ]),
    "reading from the network": (r"out of reach", [
        "FROM read_csv('http://127.0.0.1:9/x.csv')", "FROM 'https://example.test/x.parquet'", "FROM 's3://bucket/x.parquet'",
        "FROM read_json('https://example.test/x.json')", "FROM read_text('hf://datasets/x')", "FROM read_parquet(['http://127.0.0.1:9/x'])",
    ]),
    "writing files": (r"out of reach|is refused", [
        "COPY article TO '{folder}/stolen.csv'", "COPY (SELECT 1) TO '{folder}/stolen.parquet'", "COPY article FROM '{folder}/table.csv'",
        "EXPORT DATABASE '{folder}/stolen'", "COPY (SELECT 1) TO '/dev/stdout'", "COPY article TO '{folder}/stolen' (FORMAT parquet, PARTITION_BY (outlet))",
    ]),
    "running what a file says": (r"out of reach", [
        "IMPORT DATABASE '{folder}'", "/* */ IMPORT DATABASE '{folder}'", "SELECT 1; IMPORT DATABASE '{folder}'", "import\n--\ndatabase '{folder}'",
    ]),
    "attaching another database": (r"out of reach|extension|is refused|not here", [
        "ATTACH '{folder}/stolen.duckdb'", "ATTACH '/etc/passwd' AS p (TYPE sqlite)", "ATTACH 'postgres://x' AS p", "ATTACH 'md:x'",
        "ATTACH '{folder}/x.db' (READ_ONLY)", "CREATE SECRET (TYPE s3)",
    ]),
    "loading extensions": (r"extension", [
        "INSTALL httpfs", "FORCE INSTALL spatial", "LOAD httpfs", "LOAD '{folder}/x.duckdb_extension'", "INSTALL x FROM 'http://127.0.0.1:9'",
    ]),
    "changing settings": (r"cannot be changed here", [
        "SET memory_limit = '900GB'", "SET threads = 64", "SET enable_external_access = true", "SET lock_configuration = false",
        "SET temp_directory = '{folder}'", "SET allow_unsigned_extensions = true", "SET custom_extension_repository = 'x'",
        "SET home_directory = '/'", "SET autoinstall_known_extensions = true", "SET GLOBAL threads = 9", "RESET enable_external_access",
        "RESET lock_configuration", "PRAGMA memory_limit = '9GB'", "PRAGMA threads = 9", "PRAGMA temp_directory = '{folder}'",
        "PRAGMA enable_external_access = true", "SELECT 1; SET lock_configuration = false", "SET SESSION allowed_directories = ['/']",
        "SET secret_directory = '{folder}'", "PRAGMA disable_verification; SET threads = 2",
    ]),
    "writing into the copy": (r"is refused|read-only|Cannot|cannot|not support", [
        "INSERT INTO article (article_id) VALUES ('x')", "UPDATE article SET title = ''", "DELETE FROM article", "TRUNCATE article",
        "DROP TABLE article", "DROP VIEW report.copies", "ALTER TABLE article ADD COLUMN x INT", "CREATE TABLE t (i INT)",
        "CREATE OR REPLACE VIEW v AS SELECT 1", "CREATE SCHEMA s", "CREATE INDEX i ON article (title)",
        "MERGE INTO article USING article AS b ON true WHEN MATCHED THEN DELETE", "COMMENT ON TABLE article IS 'x'",
        "CREATE MACRO m() AS 1", "CREATE SEQUENCE q", "CREATE TYPE t AS ENUM ('a')",
    ]),
    "what is no statement": (r"Error|no statement|does not exist|Nearest", [
        "FROM nothing", "SELEC 1", "", ";", "CALL checkpoint('x')", "FROM duckdb_secrets(redact := false)", "SELECT \u202e1 FROM", "\x00", "SELECT '",
    ]),
}  # fmt: skip


@pytest.fixture(scope="module")
def address(original_demo: Path, tmp_path_factory: pytest.TempPathFactory):
    files = demo_warehouse(original_demo, tmp_path_factory.mktemp("strangers") / "demo")
    with serving(options_for(files, limits=Limits(seconds=60))) as running:
        yield running, files


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What could be stolen, or run."""
    found = tmp_path_factory.mktemp("mine")
    (found / "table.csv").write_text("a,b\nstolen-words,2\n", encoding="utf-8")
    (found / "schema.sql").write_text("stolen-words here;", encoding="utf-8")
    (found / "load.sql").write_text("", encoding="utf-8")
    return found


def test_there_are_enough_of_them() -> None:
    assert sum(len(statements) for _, statements in HOSTILE.values()) >= 90


@pytest.mark.parametrize("aim", HOSTILE)
def test_each_is_refused_with_its_reason_while_pages_are_answered(aim: str, address, folder: Path) -> None:
    """Nothing of a file is in an answer, nothing is written, and the copy is as before."""
    server, files = address
    said, statements = HOSTILE[aim]
    before, lying = files.copy.stat(), sorted(folder.iterdir())
    done, pages = threading.Event(), []

    def read() -> None:
        with httpx.Client(base_url=server, timeout=120) as reader:
            while not pages or not done.is_set():
                pages.append(reader.get("/now.json").status_code)

    def asked(statement: str) -> tuple[str, int, str, str]:
        text = statement.replace("{folder}", str(folder))
        answer = httpx.get(f"{server}/sql.json", params={"q": text}, timeout=300)
        body = answer.json()
        return statement, answer.status_code, f"{body.get('error')} {body.get('way_out')}", answer.text

    with ThreadPoolExecutor(3) as pool:
        reader = pool.submit(read)
        answers = [pool.submit(asked, statement) for statement in statements]
        found = [answer.result() for answer in answers]
        done.set()
        reader.result()
    assert set(pages) == {200}
    # 422: what is no text for a statement at all
    assert [one for one in found if one[1] not in (400, 422)] == []
    assert [
        (statement, message) for statement, status, message, _ in found if status == 400 and not re.search(said, message)
    ] == []
    assert not any("root:" in text or "stolen-words" in text for *_, text in found)
    assert sorted(folder.iterdir()) == lying
    assert files.copy.stat().st_mtime_ns == before.st_mtime_ns
