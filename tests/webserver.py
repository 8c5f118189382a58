"""Test support, no tests: the pages served by a real server on loopback, in a thread, over a warehouse that the demo filled."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from monitor.pipeline.shared import topic_path
from monitor.topics import load_topic
from monitor.warehouse import WarehouseFiles, shipped
from monitor.warehouse.asking import Limits
from monitor.web import WebOptions, create_app

ENDLESS = "SELECT max(sin(a.range) + cos(b.range)) FROM range(3000000) a, range(3000000) b"  # days of work in little memory


def demo_warehouse(original: Path, folder: Path) -> WarehouseFiles:
    """A copy of the demo's warehouse."""
    shutil.copytree(original, folder, dirs_exist_ok=True)
    return WarehouseFiles(folder)


def options_for(files: WarehouseFiles, **given: Any) -> WebOptions:
    """Options with the names of the shipped profile."""
    profile = load_topic(topic_path("gaza-ceasefire"), packs_dir=shipped("topics", "language"))
    folder = files.root
    known: dict[str, Any] = {
        "limits": Limits(seconds=120),  # where many tests run, a process may take seconds to start
        "profile": profile,
        "archive": folder / "archive",
        "atom": folder / "alerts" / "alerts.atom",
        "json_feed": folder / "alerts" / "alerts.json",
    }
    return WebOptions(files, profile.topic.name, profile.party_names, **(known | given))


@contextmanager
def serving(options: WebOptions) -> Iterator[str]:
    """The address of the server while it runs."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(options), host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.02)
    assert server.started, "the server did not start"
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def browser() -> str | None:
    """A browser of this machine, or None."""
    return next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
