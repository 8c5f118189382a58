"""Test support, no tests: a process that raises and delivers alerts and is killed again and again, between raising and recording.

It delivers to a real mail server and a real HTTP receiver on this machine and to a file. It dies by SIGKILL: at a moment drawn at
random, or by the hand of a receiver at the worst one, when a message has arrived and its outcome is not written down. Lives follow each
other on a clock that moves on, so that the claims of the dead end. Run as a program it prints figures::

    .venv/bin/python tests/alert_kill_driver.py --kills 200
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import email
import email.policy
import json
import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from monitor.alerts.text import REPEAT
from monitor.events import AlertRaised, Event
from monitor.fetch import Fetcher  # noqa: F401 - what a child needs is imported once
from monitor.notify import services  # noqa: F401
from monitor.pipeline.alerting import alert
from monitor.pipeline.shared import load_pipeline
from monitor.settings import AlertSettings, Settings
from monitor.warehouse import WarehouseFiles, open_live, query_copy

START = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)
STEP = dt.timedelta(minutes=10)  # between two lives; longer than a claim lasts
PROFILE = Path(__file__).parent / "data" / "topics" / "norland-sudmark.toml"


def raised(number: int, at: dt.datetime) -> AlertRaised:
    """An alert about an invented proposal; its label says which, in every channel."""
    return AlertRaised(
        alert_id=f"alert-{number:020x}", kind="new", proposal_id=f"proposal-{number}", parent_id=None, mention_id=f"mention-{number}",
        article_id=f"article-{number}", is_edit=False, label=f"Plan {number:05}", said_by="writer", outlet="wire.vestria.test",
        title="The envoy’s plan", url=f"https://wire.vestria.test/{number}", quote="Vestria proposed a truce.", readings=(), nearest_label=None,
        nearest_why=(), raised_at=at, parties=("vestria",),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Life:
    """What one process does: raise the alerts from ``first`` on, then deliver what is due at its moment."""

    folder: str
    hook: str
    mail: str
    number: int
    first: int
    new: int


def live(life: Life) -> None:
    """Raise and deliver, as a run does."""
    now = START + life.number * STEP
    alerts = AlertSettings(
        console=False, webhook=SecretStr(life.hook), channels={"desk": SecretStr(life.mail)}, hold_minutes=0, timeout_seconds=20, pause_seconds=0
    )  # fmt: skip
    pipeline = load_pipeline(Settings(data=Path(life.folder), topic=str(PROFILE), alerts=alerts), clock=lambda: now)
    if life.new:
        with pipeline.warehouse() as warehouse:
            wanted = [raised(number, now) for number in range(life.first, life.first + life.new)]
            warehouse.append([Event.of(one, at=now, run_id=f"life-{life.number}", topic=pipeline.topic) for one in wanted])
    os.write(1, b"raised\n")
    asyncio.run(alert(pipeline))


def serve_forks() -> None:
    """Fork a child for each life on standard input; tell its pid and, when it is dead, how it died."""
    for line in sys.stdin:
        life = Life(**json.loads(line))
        pid = os.fork()
        if not pid:
            os.write(1, f"pid {os.getpid()}\n".encode())  # by the child, so that it stands before what it says later
            try:
                live(life)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        _, status = os.waitpid(pid, 0)
        os.write(1, f"dead {os.waitstatus_to_exitcode(status)}\n".encode())


class Children:
    """Lives, one at a time, forked by a process that is kept for it."""

    def __init__(self, errors: Path) -> None:
        self._errors = errors.open("a+", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--forks"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        self.pid = 0
        self._rest = b""

    def start(self, life: Life) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(life)).encode() + b"\n")
        self._process.stdin.flush()
        self.pid = int(str(self._line(None)).split()[1])

    def has_raised(self) -> None:
        """Wait until the child has written down what it raises."""
        assert self._line(60) == "raised"

    def ended(self, patience: float | None) -> int | None:
        """How the child ended; None when it has not within so many seconds."""
        line = self._line(patience)
        if line is None:
            return None
        self.pid = 0
        return int(line.split()[1])

    def kill(self) -> None:
        """Kill the child, if there is one; it is waited for by ``ended``, so the number cannot be another's."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def _line(self, patience: float | None) -> str | None:
        assert self._process.stdout is not None
        handle = self._process.stdout.fileno()
        while b"\n" not in self._rest:
            if not select.select([handle], [], [], patience)[0]:
                return None
            got = os.read(handle, 4096)
            if not got:
                self._errors.seek(0)
                raise AssertionError(self._errors.read()[-4000:])
            self._rest += got
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()


@dataclass
class Receivers:
    """What arrived, in order: the mails as they came, and key and body of each POST. ``on_arrival`` is called then, with "mail" or "hook"."""

    mails: list[email.message.EmailMessage] = field(default_factory=list)
    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    on_arrival: Any = None
    hook: str = ""
    mail: str = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Called by aiosmtpd for each mail."""
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        if self.on_arrival:
            self.on_arrival("mail")
        return "250 OK"

    @contextmanager
    def open(self) -> Iterator[Receivers]:
        """Both servers, on ports of this machine, while the block runs."""
        from aiosmtpd.controller import Controller

        receivers = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receivers.posts.append((self.headers["Idempotency-Key"], json.loads(body)))
                if receivers.on_arrival:
                    receivers.on_arrival("hook")
                try:
                    self.send_response(204)
                    self.end_headers()
                except OSError:
                    pass  # whoever asked is dead

            def log_message(self, *_: object) -> None:
                """Quiet."""

        with socket.socket() as free:  # aiosmtpd asks its own port before it begins, so it must be told one
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        smtp = Controller(self, hostname="127.0.0.1", port=port)
        web = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        thread = threading.Thread(target=web.serve_forever, daemon=True)
        smtp.start()
        thread.start()
        self.mail = f"mailto://127.0.0.1:{port}?from=monitor@desk.test&to=ana@desk.test&mode=insecure"
        self.hook = f"http://127.0.0.1:{web.server_address[1]}/hook"
        try:
            yield self
        finally:
            web.shutdown()
            web.server_close()
            smtp.stop()


@dataclass(slots=True)
class Figures:
    """What a round of kills came to."""

    kills: int = 0
    lives: int = 0
    raised: int = 0
    lost: list[str] = field(default_factory=list)
    mail_copies: int = 0
    unmarked: list[str] = field(default_factory=list)
    post_copies: int = 0
    file_copies: int = 0
    ways: Counter[str] = field(default_factory=Counter)


def run_kills(kills: int, *, seed: int, folder: Path, calm: float = 0.0) -> Figures:
    """So many kills on one warehouse, then peace; gives what arrived where.

    ``calm`` is the share of kills behind which a run is left alone, as most are; without it what waits grows from kill to kill.
    """
    chance, figures = random.Random(seed), Figures()
    warehouse = str(folder / "warehouse")
    usual = 1.0  # seconds that an undisturbed life takes; measured as we go
    with Receivers().open() as receivers:
        children = Children(folder / "errors.txt")
        try:
            peace(children, Life(warehouse, receivers.hook, receivers.mail, 0, 0, 0))  # turns the channels on
            figures.lives += 1
            while figures.kills < kills:
                new = chance.randint(1, 3)
                way = chance.choice(["moment", "moment", "mail", "hook"])
                after = chance.randint(1, 2)  # messages of that kind that arrive before the receiver kills
                seen = Counter[str]()

                def arrived(kind: str, way: str = way, after: int = after, seen: Counter[str] = seen) -> None:
                    seen[kind] += 1
                    if kind == way and seen[kind] == after:
                        children.kill()

                receivers.on_arrival = arrived
                life = Life(warehouse, receivers.hook, receivers.mail, figures.lives, figures.raised, new)
                children.start(life)
                children.has_raised()
                began = time.monotonic()
                figures.lives += 1
                figures.raised += new
                code = children.ended(chance.uniform(0, usual) if way == "moment" else 60)
                if code is None:
                    children.kill()
                    code = children.ended(60)
                if code == -signal.SIGKILL:
                    figures.kills += 1
                    figures.ways[way] += 1
                    if chance.random() < calm:
                        receivers.on_arrival = None
                        peace(children, Life(warehouse, receivers.hook, receivers.mail, figures.lives, figures.raised, 0))
                        figures.lives += 1
                else:
                    assert code == 0, (code, (folder / "errors.txt").read_text()[-4000:])
                    usual = (usual + time.monotonic() - began) / 2
            receivers.on_arrival = None
            for _ in range(8):  # longer than the longest pause after a refusal
                peace(children, Life(warehouse, receivers.hook, receivers.mail, figures.lives, figures.raised, 0))
                figures.lives += 1
        finally:
            children.close()
        _count(figures, receivers, folder)
    return figures


def peace(children: Children, life: Life) -> None:
    """A life that nobody disturbs."""
    children.start(life)
    children.has_raised()
    assert children.ended(120) == 0


def _count(figures: Figures, receivers: Receivers, folder: Path) -> None:
    with open_live(WarehouseFiles(folder / "warehouse")) as warehouse:
        warehouse.publish()
    kept = {label for (label,) in query_copy(WarehouseFiles(folder / "warehouse"), "SELECT label FROM alert").rows}
    assert len(kept) == figures.raised, (len(kept), figures)
    mails: dict[str, list[bool]] = {}
    for mail in receivers.mails:
        body = mail.get_body(("plain",))
        assert body is not None
        text = " ".join(body.get_content().split("\r\n")).replace("\n", " ")
        for label in re.findall(r"New proposal reported: (Plan \d{5})", text):
            is_marked = str(mail["Subject"]).startswith("[repeat]") or any(
                f"{mark} New proposal reported: {label}" in text for mark in (REPEAT, "[repeat]")
            )
            mails.setdefault(label, []).append(is_marked)
    keys: dict[str, set[str]] = {}
    for key, event in receivers.posts:
        assert key == event["id"]
        for story in event["data"]["alerts"]:
            keys.setdefault(story["label"], set()).add(key)
    lines = [
        json.loads(line)["label"] for line in (folder / "warehouse" / "alerts" / "alerts.jsonl").read_text("utf-8").splitlines()
    ]
    figures.lost = [
        f"{label} {name}"
        for label in sorted(kept)
        for name, got in (("mail", mails), ("hook", keys), ("file", lines))
        if label not in got
    ]
    figures.mail_copies = sum(len(marks) - 1 for marks in mails.values())
    figures.unmarked = [label for label, marks in mails.items() if not all(marks[1:])]
    figures.post_copies = sum(len(found) - 1 for found in keys.values())  # under another key: the receiver cannot tell
    figures.file_copies = len(lines) - len(set(lines))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--calm", type=float, default=0.0, help="share of kills behind which a run is left alone")
    parser.add_argument("--forks", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.forks:
        serve_forks()
        return
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        figures = run_kills(given.kills, seed=given.seed, folder=Path(folder), calm=given.calm)
    print(
        f"{figures.kills} kills {dict(figures.ways)}, {figures.lives} lives, {figures.raised} alerts raised, {time.monotonic() - began:.0f} s"
    )
    print(f"lost: {len(figures.lost)} {figures.lost[:5]}")
    print(
        f"mail: {figures.mail_copies} copies too many, of these not marked as a repeat: {len(figures.unmarked)} {figures.unmarked[:5]}"
    )
    print(f"webhook: {figures.post_copies} copies under another key; file: {figures.file_copies} copies")
    sys.exit(bool(figures.lost or figures.unmarked or figures.post_copies or figures.file_copies))


if __name__ == "__main__":
    main()
