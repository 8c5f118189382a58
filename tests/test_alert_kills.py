"""A process that delivers alerts may die at any moment: none is lost, and whatever comes twice says so. More: alert_kill_driver.py."""

import multiprocessing
import os
from pathlib import Path
from typing import Any

import alert_kill_driver
import pytest
from alert_kill_driver import START, Life, Receivers, live, raised, run_kills

from monitor.events import Event
from monitor.pipeline.shared import load_pipeline
from monitor.settings import AlertSettings, Settings
from monitor.warehouse import WarehouseFiles, open_live

pytestmark = pytest.mark.processes


def test_kills_between_raising_and_recording_lose_nothing_and_every_copy_is_marked(tmp_path: Path) -> None:
    """Twelve deaths with a real mail server and a real receiver: every alert in every channel; webhook and file have no copy."""
    figures = run_kills(12, seed=3, folder=tmp_path)
    assert figures.kills == 12
    assert set(figures.ways) == {"moment", "mail", "hook"}
    assert (figures.lost, figures.unmarked, figures.post_copies, figures.file_copies) == ([], [], 0, 0)


def _deliver(life: Life, start: Any) -> None:
    start.wait()
    live(life)


@pytest.mark.parametrize("turn", range(int(os.environ.get("ALERT_TURNS", "2"))))
def test_two_processes_that_deliver_at_once_send_each_alert_once(tmp_path: Path, turn: int) -> None:
    """Both find the same alerts waiting; the log decides who sends which. ALERT_TURNS says how often."""
    processes = multiprocessing.get_context("spawn")
    with Receivers().open() as receivers:
        folder = str(tmp_path / "warehouse")
        live(Life(folder, receivers.hook, receivers.mail, 0, 0, 0))
        pipeline = load_pipeline(
            Settings(data=Path(folder), topic=str(alert_kill_driver.PROFILE), alerts=AlertSettings()), clock=lambda: START
        )
        with open_live(WarehouseFiles(Path(folder))) as warehouse:
            waiting = [raised(number, START) for number in range(4)]
            warehouse.append([Event.of(one, at=START, run_id="earlier", topic=pipeline.topic) for one in waiting])
        barrier = processes.Barrier(2)
        both = [
            processes.Process(target=_deliver, args=(Life(folder, receivers.hook, receivers.mail, 0, 0, 0), barrier))
            for _ in range(2)
        ]
        for one in both:
            one.start()
        for one in both:
            one.join(120)
            assert one.exitcode == 0
    subjects = sorted(str(mail["Subject"]) for mail in receivers.mails)
    assert subjects == [f"New proposal reported: Plan {number:05}" for number in range(4)]
    assert sorted(key for key, _ in receivers.posts) == [one.alert_id for one in waiting]
    assert len((tmp_path / "warehouse/alerts/alerts.jsonl").read_text().splitlines()) == 4
