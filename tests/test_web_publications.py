"""What a page shows is of one publication, whatever is published while it is made; and a new one is prepared before it is shown."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from webserver import demo_warehouse, options_for, serving

from monitor.warehouse import WarehouseFiles
from monitor.warehouse.shown import Shown, ShownCopy

pytestmark = pytest.mark.xdist_group("web")


@pytest.fixture
def files(original_demo: Path, tmp_path: Path) -> WarehouseFiles:
    return demo_warehouse(original_demo, tmp_path / "demo")


def publish(files: WarehouseFiles, label: str) -> None:
    """Another copy at the same path, in which every proposal bears one name and every feed, too."""
    following = files.copy.with_name("next.duckdb")
    shutil.copyfile(files.copy, following)
    with duckdb.connect(str(following)) as file:
        file.execute("UPDATE proposal SET label = ?", [label])
        file.execute("UPDATE feed SET name = ?", [label])
    following.rename(files.copy)


def test_all_rows_of_a_page_are_of_one_publication(files: WarehouseFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy is published after each of a page's questions: what it shows is all of the publication that it began with."""
    publish(files, "copy 0")
    asked, number, one_at_a_time = Shown.rows, iter(range(1, 1000)), threading.Lock()  # the server itself may still be preparing

    def rows(shown: Shown, name: str, **variables: object) -> list[dict[str, Any]]:
        found = asked(shown, name, **variables)
        with one_at_a_time:
            publish(files, f"copy {next(number)}")
        return found

    with serving(options_for(files, look_every=3600)) as address, httpx.Client(base_url=address, timeout=300) as client:
        client.get("/now.json")  # shown from here on: the server prepares a new copy once an hour
        monkeypatch.setattr(Shown, "rows", rows)
        page = client.get("/now.json").json()
    names = {card["label"] for card in [*page["proposals"], *page["others"]]}
    names |= {row["label"] for row in page["alerts"]} & {f"copy {one}" for one in range(1000)}
    names |= {row["subject"] for row in page["changes"] if row["what"] == "stance"}
    assert len(names) == 1
    assert next(number) > 5, "a page that asks once shows nothing here"


def test_without_a_preparing_server_the_next_page_is_of_the_newest_publication(files: WarehouseFiles) -> None:
    copy = ShownCopy(files)
    with copy.pinned() as first:
        publish(files, "another")
        with copy.pinned() as second:
            assert {row["label"] for row in second.rows("proposals")} == {"another"}
        assert "another" not in {row["label"] for row in first.rows("proposals")}
        assert first.version != second.version
    copy.close()


def test_a_new_publication_is_shown_when_what_readers_ask_is_answered(
    files: WarehouseFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is prepared readers have the old one, and nothing of it waits."""
    copy = ShownCopy(files, usual=lambda shown: [shown.rows(name) for name in ("proposals", "feeds")])
    before = copy.prepare()
    publish(files, "another")
    asked: list[tuple[str, str]] = []
    ask = Shown.rows

    def rows(shown: Shown, name: str, **variables: object) -> list[dict[str, Any]]:
        with copy.pinned() as current:
            asked.append((shown.version, current.version))
        return ask(shown, name, **variables)

    monkeypatch.setattr(Shown, "rows", rows)
    after = copy.prepare()
    # Other servers of this process prepare their own publications meanwhile.
    assert [current for of, current in asked if of == after] == [before, before]
    with copy.pinned() as shown:
        assert shown.version == after
        assert {row["label"] for row in shown.rows("proposals")} == {"another"}
    assert copy.prepare() == after
    copy.close()


def test_a_damaged_publication_leaves_readers_the_one_before(files: WarehouseFiles) -> None:
    copy = ShownCopy(files, usual=lambda shown: shown.rows("proposals"))
    copy.prepare()
    broken = files.copy.with_name("broken.duckdb")
    broken.write_bytes(b"no database" * 1000)
    broken.rename(files.copy)
    with pytest.raises(Exception, match="monitor rebuild"):
        copy.prepare()
    with copy.pinned() as shown:
        assert shown.rows("proposals")
    copy.close()
