"""The schedule in one process: the same flow, started every so often, until the process is told to stop."""

import asyncio
import logging
import signal

from flows.monitor import cycle

log = logging.getLogger("monitor.watch")


async def watch(*, every: int, config: str | None = None, data: str | None = None, topic: str | None = None) -> None:
    """Run the flow each ``every`` seconds, counted from start to start.

    A slot missed (a long run, a sleeping machine) is made up for once, not once for each slot. SIGTERM and SIGINT let
    the run at work end; a second one stops at once.
    """
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, loop, stop)
    while not stop.is_set():
        due = loop.time() + every
        try:
            await cycle(config=config, data=data, topic=topic)
        except Exception:
            log.exception("a run failed; the next one takes up what it left")
        try:
            async with asyncio.timeout_at(due):
                await stop.wait()
        except TimeoutError:
            continue


def _stop(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    stop.set()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)
