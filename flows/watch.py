"""The schedule in one process: the same flow, started every so often, until the process is told to stop."""

import asyncio
import logging
import signal
import threading

from flows.monitor import cycle

log = logging.getLogger("monitor.watch")
_STOPPING = (signal.SIGTERM, signal.SIGINT)


async def watch(*, every: int, config: str | None = None, data: str | None = None, topic: str | None = None) -> None:
    """Run the flow each ``every`` seconds, counted from start to start.

    A slot missed (a long run, a sleeping machine) is made up for once, not once for each slot. SIGTERM and SIGINT let
    the run at work end; a second one stops at once.
    """
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in _STOPPING:
        loop.add_signal_handler(number, _stop, loop, stop)
    # Not in the main thread: there Prefect would make SIGTERM the crash of the run at work.
    runs = asyncio.new_event_loop()
    thread = threading.Thread(target=_be_the_thread, args=(runs,), name="runs", daemon=True)
    thread.start()
    while not stop.is_set():
        due = loop.time() + every
        try:
            run = asyncio.run_coroutine_threadsafe(_run(config, data, topic), runs)
            await asyncio.wrap_future(run)
        except Exception:
            log.exception("a run failed; the next one takes up what it left")
        try:
            async with asyncio.timeout_at(due):
                await stop.wait()
        except TimeoutError:
            continue
    runs.call_soon_threadsafe(runs.stop)
    thread.join()
    runs.close()


async def _run(config: str | None, data: str | None, topic: str | None) -> None:
    await cycle(config=config, data=data, topic=topic)


def _be_the_thread(runs: asyncio.AbstractEventLoop) -> None:
    """Ctrl-C goes to all of a terminal's processes; the server that Prefect starts from here must outlive the run."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    runs.run_forever()


def _stop(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    stop.set()
    for number in _STOPPING:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.default_int_handler)
