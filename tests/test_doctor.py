"""`monitor doctor`: each rule at its limit, and the screen over folders to which something happened."""

import datetime as dt
import json
import shutil
import urllib.error
from pathlib import Path
from typing import Any

import pytest
from command import Command

from monitor import health
from monitor.cli.doctor import _prefect
from monitor.health import Finding
from monitor.warehouse import WarehouseFiles

NOW = dt.datetime(2031, 3, 10, 12)
MINUTE = dt.timedelta(minutes=1)


def facts(**given: Any) -> dict[str, Any]:
    """A warehouse in which all is well, but for what is given."""
    well = {"last_started_at": NOW - 11 * MINUTE, "last_finished_at": NOW - 10 * MINUTE, "last_event_at": NOW - 10 * MINUTE, "feeds": 100,
            "feeds_failing": 10, "feeds_silent": 0, "feeds_with_gaps": 0, "worst_feeds": ["Gazette"], "pages_waiting": 0, "articles_waiting": 0,
            "channels_failing": []}  # fmt: skip
    return well | given


@pytest.mark.parametrize(
    ("finding", "state"),
    [
        (health.judge_runs(facts(), NOW), "ok"),
        (health.judge_runs(facts(last_finished_at=None), NOW), "degraded"),
        (health.judge_runs(facts(last_finished_at=NOW - 61 * MINUTE), NOW), "degraded"),
        (health.judge_runs(facts(last_started_at=NOW - 2 * MINUTE), NOW), "ok"),  # one is at work
        (health.judge_clock(facts(), NOW), "ok"),
        (health.judge_clock(facts(last_event_at=NOW + MINUTE), NOW), "ok"),
        (health.judge_clock(facts(last_event_at=NOW + 60 * MINUTE), NOW), "degraded"),
        (health.judge_feeds(facts()), "ok"),
        (health.judge_feeds(facts(feeds_failing=26)), "degraded"),
        (health.judge_feeds(facts(feeds_failing=100)), "broken"),
        (health.judge_feeds(facts(feeds=0, feeds_failing=0)), "degraded"),
        (health.judge_backlog(facts(pages_waiting=2_001)), "degraded"),
        (health.judge_channels(facts(), ["file"]), "ok"),
        (health.judge_channels(facts(), []), "degraded"),
        (health.judge_channels(facts(channels_failing=["desk"]), ["desk"]), "degraded"),
        (health.judge_channels(facts(channels_failing=["gone"]), ["desk"]), "ok"),  # it is no longer in the settings
        (health.judge_disk(10 * 2**30, 2**20), "ok"),
        (health.judge_disk(10 * 2**30, 11 * 2**30), "degraded"),
        (health.judge_disk(100 * 2**20, 0), "broken"),
        (health.judge_spool(0, 0, is_held=False), "ok"),
        (health.judge_spool(1, 0, is_held=False), "degraded"),
        (health.judge_spool(0, 1, is_held=False), "degraded"),
        (health.judge_spool(0, 0, is_held=True), "degraded"),
        (health.judge_schema(2, 2), "ok"),
        (health.judge_schema(1, 2), "degraded"),
        (health.judge_schema(3, 2), "broken"),
    ],
)  # fmt: skip
def test_each_rule_at_its_limit(finding: Finding, state: str) -> None:
    """And whatever is not well says what to do."""
    assert finding.state == state
    assert finding.way_out or state == "ok"


def test_the_exit_code_is_that_of_the_worst() -> None:
    """What is off or unknown is not amiss."""
    states: list[health.State] = ["ok", "off", "unknown", "degraded", "broken"]
    found = [Finding("x", state, "") for state in states]
    assert [health.exit_code(found[:number]) for number in range(1, 6)] == [0, 0, 0, 1, 4]


def test_prefect_s_server_is_asked_only_where_one_is_named() -> None:
    """It is off, it answers, or it is away."""

    def away(url: str) -> object:
        raise urllib.error.URLError("refused")

    assert _prefect("", away).state == "off"
    assert _prefect("http://127.0.0.1:4200/api", away).state == "degraded"
    assert _prefect("http://127.0.0.1:4200/api/", lambda url: url == "http://127.0.0.1:4200/api/health").state == "ok"
    assert _prefect("file:///etc/hosts", lambda url: (_ for _ in ()).throw(ValueError(url))).state == "degraded"


@pytest.fixture
def told(monitor: Command, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Findings by name, after something was done to a copy of the filled folder."""
    shutil.copytree(store, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")

    def look() -> tuple[int, dict[str, dict[str, str]]]:
        ended = monitor("doctor", "--json")
        return ended.code, {one["what"]: one for one in json.loads(ended.out)["findings"]}

    return look


def test_the_screen_over_a_warehouse_that_works(told: Any, monitor: Command) -> None:
    """Nothing is broken; one screen; and nothing was written."""
    before = {path: path.read_bytes() for path in Path("store").rglob("*") if path.is_file()}
    code, found = told()
    assert code in (0, 1)  # one of its two feeds fails, and its disk may be any
    assert {
        found[name]["state"]
        for name in ("profile", "warehouse", "live file", "spool", "schema", "archive", "copy", "clock", "runs")
    } == {"ok"}
    assert len(monitor("doctor").out.splitlines()) <= 40
    assert {path: path.read_bytes() for path in Path("store").rglob("*") if path.is_file()} == before


def test_what_is_broken_is_said_with_the_way_out_that_works(told: Any, monitor: Command) -> None:
    """A live file that is none, a copy that is none, an archive that is gone, a profile that is not there."""
    files = WarehouseFiles(Path("store"))
    files.live.write_text("something else", encoding="utf-8")
    code, found = told()
    assert (code, found["live file"]["state"]) == (4, "broken")
    assert "monitor recover" in found["live file"]["way_out"]
    assert monitor("recover").code == 0
    assert told()[1]["live file"]["state"] == "ok"
    shutil.rmtree("store/archive")
    assert told()[1]["archive"]["state"] == "broken"
    files.copy.write_text("something else", encoding="utf-8")
    code, found = told()
    assert (code, found["warehouse"]["state"]) == (4, "broken")
    assert "monitor rebuild" in found["warehouse"]["way_out"]
    Path("monitor.toml").write_text('topic = "no-such"\n', encoding="utf-8")
    code, found = told()
    assert (code, found["profile"]["state"]) == (4, "broken")


def test_an_empty_folder_is_told_how_to_begin(monitor: Command) -> None:
    """Before the first run nothing is broken."""
    ended = monitor("doctor")
    assert ended.code == 1
    assert "monitor run" in ended.out
