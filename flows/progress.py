"""A progress artifact for a stage that takes long: nothing for the many that do not."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.logging import get_run_logger

from monitor.pipeline.shared import Pipeline

EVERY = 10.0  # seconds between two updates
FIRST = 0.5  # seconds between two looks for something to show


@contextmanager
def shown(opened: Pipeline, stage: str, *, after: float) -> Iterator[None]:
    """Show how far ``opened`` is, from ``after`` seconds on, in a thread: a stage may keep the event loop to itself."""
    seen: list[tuple[str, int, int]] = []
    over = threading.Event()

    def note(what: str, done: int, total: int) -> None:
        seen[:] = [(what, done, total)]

    opened.progress = note
    thread = threading.Thread(target=copy_context().run, args=(_show, stage, seen, over, after), name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _show(stage: str, seen: list[tuple[str, int, int]], over: threading.Event, after: float) -> None:
    artifact: Any = None
    is_over = over.wait(after)
    if is_over:
        return
    while not is_over:
        is_over = over.wait(FIRST if artifact is None else EVERY)
        if not seen:
            continue
        what, done, total = seen[0]
        share = 100.0 if is_over else min(100.0, 100.0 * done / max(total, 1))
        said = f"{what}: {done:,} of {total:,}"
        try:
            if artifact is None:
                artifact = create_progress_artifact(share, key=f"progress-{stage}", description=said, _sync=True)  # type: ignore[call-arg]
            else:
                update_progress_artifact(artifact, share, description=said, _sync=True)  # type: ignore[call-arg]
        except Exception as error:  # noqa: BLE001 - a picture of the run is not the run
            get_run_logger().warning("progress could not be shown: %s", error)
            return
