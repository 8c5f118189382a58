"""Pages read in worker processes of this machine, each with a wall-clock limit; one that ends its process costs no other."""

import atexit
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from threading import Lock, Thread
from typing import Any

from pebble import ProcessExpired, ProcessPool

from ..articles.extraction import extract_article
from ..articles.model import Extraction, NoText
from ..settings import ExtractSettings

AHEAD = 200  # pages: some seconds of work for two processes, and some dozens of megabytes
Page = tuple[bytes, dict[str, Any]] | NoText  # bytes and options of ``extract_article``; or what it came to without a worker


def extract_apart(settings: ExtractSettings, asked: Iterable[Page]) -> Iterator[Extraction | NoText]:
    """Read pages in the worker processes: bytes and options of ``extract_article`` in, outcomes in the same order out.

    A page that takes longer than the limit, or ends two processes, is a NoText; what is one already passes through. Two, since a
    process also ends for what another program does: the system kills the largest when memory is short.
    So many pages as AHEAD wait in the workers' queue, so that they go on while the caller does something with the outcomes.
    """
    waiting: deque[tuple[Page, Any]] = deque()
    for page in asked:
        waiting.append((page, page if isinstance(page, NoText) else _scheduled(settings, page)))
        if len(waiting) > AHEAD:
            yield _awaited(settings, *waiting.popleft())
    while waiting:
        yield _awaited(settings, *waiting.popleft())


def _awaited(settings: ExtractSettings, page: Page, future: Any) -> Extraction | NoText:
    outcome = future if isinstance(future, NoText) else _outcome(future, settings.timeout_seconds)
    if not isinstance(page, NoText) and isinstance(outcome, NoText) and outcome.reason == "crashed":
        outcome = _outcome(_scheduled(settings, page), settings.timeout_seconds)
    return outcome


def start_apart(settings: ExtractSettings) -> None:
    """Let the worker processes start, where they have not; in a thread, since their server must answer first."""
    if settings not in _POOLS:
        Thread(target=_scheduled, args=(settings, (b"", {"url": ""})), name="workers", daemon=True).start()


def _scheduled(settings: ExtractSettings, page: tuple[bytes, dict[str, Any]]) -> Any:
    with _STARTING:
        workers = _workers(settings)
    return workers.schedule(extract_article, args=[page[0]], kwargs=page[1], timeout=settings.timeout_seconds)


def _workers(settings: ExtractSettings) -> ProcessPool:
    """The processes that read pages; started at the first page and kept.

    They are forked from a server process that has imported what they need and nothing else: the parent has threads, which a fork
    of it could leave locked, and a spawned process would import for more than a second, each one and again when it is recycled.
    """
    pool = _POOLS.get(settings)
    if pool is None or not pool.active:  # a pool that broke is replaced, not asked again
        pool = _POOLS[settings] = ProcessPool(
            max_workers=settings.workers,
            max_tasks=settings.recycle_after,
            context=_context(),
            initializer=partial(extract_article, b"", url=""),
        )
        atexit.register(_end, pool)
    return pool


def _context() -> BaseContext:
    context = get_context("forkserver")
    context.set_forkserver_preload([extract_article.__module__])
    return context


_POOLS: dict[ExtractSettings, ProcessPool] = {}
_STARTING = Lock()


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _outcome(future: Any, limit: float) -> Extraction | NoText:
    try:
        outcome: Extraction | NoText = future.result()
    except TimeoutError:
        return NoText("timeout", f"over {limit:g} s")
    except ProcessExpired as error:
        return NoText("crashed", f"exit code {error.exitcode}")
    except Exception as error:  # noqa: BLE001 - whatever a page does to a worker costs that page and nothing else
        return NoText("crashed", f"{type(error).__name__}: {error}"[:200])
    return outcome
