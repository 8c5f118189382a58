"""Test support, no tests: the pages served by a real server on loopback, in a thread, over a warehouse that the demo filled."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from monitor.cli.demo import run_demo
from monitor.pipeline import topic_path
from monitor.topics import load_topic
from monitor.warehouse import WarehouseFiles, shipped
from monitor.web import WebOptions, create_app


def demo_warehouse(folder: Path) -> WarehouseFiles:
    """The demo's warehouse: fictional outlets and texts, three alerts, four polls.

    In a thread of its own: where a browser is driven, this one has an event loop already.
    """
    with ThreadPoolExecutor(1) as pool:
        pool.submit(run_demo, folder, with_prefect=False, quiet=True).result()
    return WarehouseFiles(folder)


def options_for(files: WarehouseFiles, **given: Any) -> WebOptions:
    """Options with the names of the shipped profile."""
    profile = load_topic(topic_path("gaza-ceasefire"), packs_dir=shipped("topics", "language"))
    return WebOptions(files, profile.topic.name, profile.party_names, **given)


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
