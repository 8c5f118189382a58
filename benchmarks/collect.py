"""How fast feeds and pages are fetched with all rules, beside the same requests in a plain aiohttp loop without any; and memory.

    .venv/bin/python benchmarks/collect.py [--pages N] [--page-bytes N] [--rounds N] [--no-speed] [--no-memory]

The outlets are a server in a process of its own: 300 hosts on loopback, each with a feed (20 kB) that is answered after 20 ms,
a robots.txt, and pages of 180 kB (the median of 207 real news pages; half of them lie between 92 and 333 kB), all gzipped as
outlets do. With smaller pages the rules weigh more: try --page-bytes. Ours asks every robots.txt, which the plain loop does not; no
pause, since a pause is waiting and no work. The two take turns, so that what else the machine does hits both. Memory is
measured in a process of its own, at 1,000 pages and at N, in batches of 200 as the pipeline takes them.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import gzip
import multiprocessing
import os
import platform
import random
import resource
import socket
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from machine import processor

from monitor.answers import Fetched
from monitor.fetch import open_fetcher
from monitor.settings import FetchSettings

HOSTS = [f"outlet-{number}.test" for number in range(300)]
BATCH = 200
AT_ONCE = 32


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure fetching against a plain loop.")
    parser.add_argument("--pages", type=int, default=30_000, help="up to how many pages memory is measured")
    parser.add_argument("--page-bytes", type=int, default=180_000, help="size of a page, decoded")
    parser.add_argument("--rounds", type=int, default=5, help="how often the two take turns")
    parser.add_argument("--no-speed", action="store_true", help="leave out the comparison")
    parser.add_argument("--no-memory", action="store_true", help="leave out memory")
    asked = parser.parse_args()
    say("machine", f"{os.cpu_count()} x {processor()}, {platform.system()} {platform.release()}")
    say("date", f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC")
    say("python, aiohttp", f"{platform.python_version()}, {version('aiohttp')}")
    say("load average at the start", " ".join(f"{load:.1f}" for load in os.getloadavg()))
    with outlets(asked.page_bytes) as address:
        if not asked.no_speed:
            speed(address, asked.rounds)
        if not asked.no_memory:
            memory(address, asked.pages)
    say("load average at the end", " ".join(f"{load:.1f}" for load in os.getloadavg()))
    return 0


def speed(address: str, rounds: int) -> None:
    """300 feeds and then 3,000 pages, ours and plain in turn; medians, and the ratio of the whole times."""
    feeds = [f"http://{host}/feed" for host in HOSTS]
    pages = [f"http://{host}/{number}" for number in range(10) for host in HOSTS]
    ways: dict[str, Callable[[], Awaitable[list[tuple[float, float]]]]] = {
        "ours": lambda: with_rules(address, feeds, pages),
        "plain": lambda: without_rules(address, feeds, pages),
    }
    taken: dict[str, list[list[tuple[float, float]]]] = {"ours": [], "plain": []}
    for number in range(rounds + 1):
        for name in ("ours", "plain") if number % 2 else ("plain", "ours"):
            measured = asyncio.run(_awaited(ways[name]))
            if number:  # the first round warms up
                taken[name].append(measured)
    for name, runs in taken.items():
        for which, (kind, count) in enumerate((("feeds", len(feeds)), ("pages", len(pages)))):
            wall = statistics.median(one[which][0] for one in runs)
            cpu = statistics.median(one[which][1] for one in runs)
            say(f"{name}: {kind}", f"{count / wall:,.0f} a second, {1e6 * cpu / count:,.0f} µs of CPU each")
    ratios = [
        sum(wall for wall, _ in plain) / sum(wall for wall, _ in ours)
        for ours, plain in zip(taken["ours"], taken["plain"], strict=True)
    ]
    say("ratio", f"{statistics.median(ratios):.2f} of the plain loop's speed (at least 0.8; rounds {_span(ratios)})")


async def _awaited(way: Callable[[], Awaitable[list[tuple[float, float]]]]) -> list[tuple[float, float]]:
    return await way()


async def with_rules(address: str, feeds: list[str], pages: list[str]) -> list[tuple[float, float]]:
    """Wall and CPU seconds of both kinds, through the fetcher: guards, turns, robots.txt, redirects by hand, limits."""
    settings = FetchSettings(pause_seconds=0, robots=True, at_once=AT_ONCE, connect_to=dict.fromkeys(HOSTS, address))
    async with open_fetcher(settings, contact="", clock=lambda: dt.datetime.now(dt.UTC)) as fetcher:

        async def feed(url: str) -> int:
            return len(_body(await fetcher.fetch(url, at_most=settings.feed_bytes)))

        async def page(url: str) -> int:
            return len(_body(await fetcher.fetch(url, at_most=settings.page_bytes, is_page=True)))

        return [await _timed(feed, feeds), await _timed(page, pages)]


def _body(answer: object) -> bytes:
    if not isinstance(answer, Fetched):
        raise TypeError(f"not fetched: {answer}")
    return answer.body


async def without_rules(address: str, feeds: list[str], pages: list[str]) -> list[tuple[float, float]]:
    """The same by aiohttp alone: its redirects, its inflating, as many at once."""
    at_once = asyncio.Semaphore(AT_ONCE)
    connector = aiohttp.TCPConnector(limit=AT_ONCE, resolver=_Fixed(address), ttl_dns_cache=300)
    async with aiohttp.ClientSession(connector=connector, headers={"Accept-Encoding": "gzip, deflate"}) as session:

        async def get(url: str) -> int:
            async with at_once, session.get(url) as response:
                response.raise_for_status()
                return len(await response.read())

        return [await _timed(get, feeds), await _timed(get, pages)]


async def _timed(get: Callable[[str], Awaitable[int]], urls: list[str]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    sizes = await asyncio.gather(*map(get, urls))
    if min(sizes) < 10_000:
        raise ValueError("a body is not whole")
    return time.perf_counter() - wall, time.process_time() - cpu


class _Fixed(AbstractResolver):
    """Every name is the server's address, as ``connect_to`` does it for ours."""

    def __init__(self, address: str) -> None:
        self._host, port = address.rsplit(":", 1)
        self._port = int(port)

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        del port, family
        return [
            ResolveResult(
                hostname=host, host=self._host, port=self._port, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None:
        pass


# ---- memory


def memory(address: str, pages: int) -> None:
    """Resident memory at 1,000 pages and at the end, and the most of it."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_read_pages, args=(address, pages, theirs))
    process.start()
    theirs.close()
    early, late, most, seconds = ours.recv()
    process.join()
    say(f"memory at {min(1000, pages):,} and {pages:,} pages", f"{early:.0f} MB and {late:.0f} MB (under 300, and flat)")
    say("  most of it", f"{most:.0f} MB")
    say("  pages a second on the way", f"{pages / seconds:,.0f}")


def _read_pages(address: str, pages: int, result: Connection) -> None:
    async def work() -> tuple[float, float, float, float]:
        settings = FetchSettings(pause_seconds=0, robots=True, at_once=AT_ONCE, connect_to=dict.fromkeys(HOSTS, address))
        early, before = 0.0, time.perf_counter()
        async with open_fetcher(settings, contact="", clock=lambda: dt.datetime.now(dt.UTC)) as fetcher:
            for start in range(0, pages, BATCH):
                urls = [f"http://{HOSTS[number % len(HOSTS)]}/{number}" for number in range(start, min(pages, start + BATCH))]
                answers = await asyncio.gather(*(fetcher.fetch(url, at_most=settings.page_bytes, is_page=True) for url in urls))
                for answer in answers:
                    _body(answer)
                del answers
                if not early and start + BATCH >= min(1000, pages):
                    early = _resident()
            seconds = time.perf_counter() - before
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1024 if sys.platform == "linux" else 1) / 1e6
        return early, _resident(), most, seconds

    result.send(asyncio.run(work()))


def _resident() -> float:
    """Megabytes of this process in memory now; where the system does not tell, the most so far."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # bytes on macOS


# ---- the outlets


@contextmanager
def outlets(page_bytes: int = 180_000) -> Iterator[str]:
    """The server, in a process of its own; gives its host and port."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, page_bytes), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join(10)


def _serve(told: Connection, page_bytes: int) -> None:
    chance = random.Random(4)
    words = [bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(3000)]

    def text(size: int) -> bytes:
        """Words and markup, of which gzip leaves about a fifth, as of real pages."""
        parts = (
            b'<div class="story-body__text" data-component="text-block"><p>'
            + b" ".join(chance.choices(words, k=12))
            + b"</p></div><script>window.dataLayer = window.dataLayer || [];</script>\n"
            for _ in range(size // 180)
        )
        return gzip.compress(b"".join(parts).ljust(size)[:size], 6)

    page, feed = text(page_bytes), text(20_000)
    rules = b"User-agent: *\nDisallow: /admin/\nDisallow: /*?print=\n\nUser-agent: OtherBot\nDisallow: /\n" * 5

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(body=rules, content_type="text/plain")
        if request.path == "/feed":
            await asyncio.sleep(0.02)
        headers = {
            "Content-Encoding": "gzip",
            "Content-Type": "text/html; charset=utf-8",
            "ETag": '"one"',
            "Cache-Control": "max-age=60",
        }
        return web.Response(body=feed if request.path == "/feed" else page, headers=headers)

    async def serve() -> None:
        runner = web.ServerRunner(web.Server(answer, access_log=None))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        host, port = runner.addresses[0][:2]
        told.send(f"{host}:{port}")
        await asyncio.Event().wait()

    asyncio.run(serve())


def say(name: str, value: str) -> None:
    print(f"{name:<42} {value}", flush=True)


def _span(values: list[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"


if __name__ == "__main__":
    sys.exit(main())
