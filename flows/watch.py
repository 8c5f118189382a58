"""The schedule in one process: the same flow, started every so often, until the process is told to stop."""

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Coroutine
from typing import Any

from flows.cycle import Parameters
from flows.history import clear_history
from flows.monitor import cycle
from monitor.cli.show import summary
from monitor.schedule import Slots

log = logging.getLogger("monitor.watch")
_STOPPING = (signal.SIGTERM, signal.SIGINT)
_GLANCE = 15.0  # seconds between two looks at the clock: a machine that slept is seen to have slept so soon
_HISTORY = Slots(24 * 3600)


def _clock() -> float:
    """Seconds that also pass while the machine sleeps; those of the event loop's clock do not."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.time()


async def watch(*, every: int, config: str | None = None, data: str | None = None, topic: str | None = None) -> None:
    """Run the flow each ``every`` seconds, counted from start to start.

    A slot missed (a long run, a sleeping machine) is made up for once, not once for each slot. SIGTERM and SIGINT let
    the run at work end; a second one stops at once.
    """
    logging.getLogger("prefect.task_runs").addFilter(_is_news)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in _STOPPING:
        loop.add_signal_handler(number, _stop, loop, stop)
    # Not in the main thread: there Prefect would make SIGTERM the crash of the run at work.
    runs = asyncio.new_event_loop()
    thread = threading.Thread(target=_be_the_thread, args=(runs,), name="runs", daemon=True)
    thread.start()
    where = Parameters(config=config, data=data, topic=topic)
    slots, history = Slots(every), _HISTORY.begun(_clock())
    while not stop.is_set():
        slots = slots.begun(_clock())
        await _be_run(_run(where), runs)
        if history.wait(_clock()) <= 0 and not stop.is_set():
            history = history.begun(_clock())
            await _be_run(clear_history(), runs)
        while not stop.is_set() and (wait := slots.wait(_clock())) > 0:
            try:
                async with asyncio.timeout(min(wait, _GLANCE)):
                    await stop.wait()
            except TimeoutError:
                continue
    runs.call_soon_threadsafe(runs.stop)
    thread.join()
    runs.close()


async def _be_run(work: Coroutine[Any, Any, object], runs: asyncio.AbstractEventLoop) -> None:
    try:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, runs))
    except Exception:
        log.exception("a run failed; the next one takes up what it left")


async def _run(where: Parameters) -> None:
    counts = await cycle(where)
    if isinstance(counts, dict):  # else another run was at work
        summary(counts)


def _is_news(record: logging.LogRecord) -> bool:
    """Leaves out what Prefect says of every stage here: that a limit cannot cut off a thread. Its steps have limits."""
    return not str(record.msg).startswith("Timeout of %s seconds configured for this task")


def _be_the_thread(runs: asyncio.AbstractEventLoop) -> None:
    """Ctrl-C goes to all of a terminal's processes; the server that Prefect starts from here must outlive the run."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    runs.run_forever()


def _stop(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    stop.set()
    for number in _STOPPING:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.default_int_handler)
