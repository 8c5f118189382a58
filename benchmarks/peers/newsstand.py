"""The outlets: what they publish in which round, and a server for it on loopback, in a process of its own.

Every outlet's feed is a window of its latest entries, somewhat larger than what it publishes between two rounds. In one round a
quarter of the outlets publish twice as much, so that half of it has left the feed before anybody comes; their news sitemaps still
list it, as sitemaps do for two days. One page in fifty answers 503 when it is first asked for. One entry in ten is
another outlet's article with a line of credit and one paragraph less. After the last round comes one in
which nothing is new, so that nobody loses by being asked no more.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import multiprocessing
import socket
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from email.utils import format_datetime
from html import escape
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from .material import Page, pages, syndicated

ROUNDS = 5
BUSY = 2  # the round in which some outlets publish twice as much
APART = dt.timedelta(minutes=50)
COPIES = 10  # one entry in so many is a copy
FAILS = 50  # one page in so many fails once


@dataclass(frozen=True, slots=True)
class Entry:
    """What an outlet publishes in a round. ``copy_of`` is the address of the original."""

    host: str
    path: str
    title: str
    language: str
    round: int
    copy_of: str | None
    fails: bool

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.host}{self.path}"


@dataclass(frozen=True, slots=True)
class Edition:
    """All that is published, and the gold texts by address; pages lie in ``folder``."""

    folder: Path
    entries: tuple[Entry, ...]
    windows: dict[str, int]  # host → entries that its feed shows
    gold: dict[str, str]

    def feeds(self) -> list[dict[str, str]]:
        """The feeds, as readers are told of them."""
        languages = {entry.host: entry.language for entry in self.entries}
        return [
            {"url": f"http://{host}/feed", "language": language, "archive": f"http://{host}/news-sitemap.xml"}
            for host, language in sorted(languages.items())
        ]


def publish(folder: Path, number: int, *, real: bool) -> Edition:
    """Write so many pages, copies among them, and decide who publishes them when. Pages are in memory one at a time."""
    folder.mkdir(parents=True)
    size = max(5, min(60, number // 4))  # of an outlet; each has one language
    by_host: dict[str, list[_Piece]] = defaultdict(list)
    gold: dict[str, str] = {}
    of_language = Counter[str]()
    for which, page in enumerate(pages(number - number // COPIES, real=real)):
        outlet, of_language[page.language] = of_language[page.language] // size, of_language[page.language] + 1
        host, other = f"{page.language}-{outlet}.test", f"{page.language}-{outlet + 1}.test"
        url = _write(folder, by_host, host, page, None)
        if page.gold is not None:
            gold[url] = page.gold
        if which % (COPIES - 1) == 0 and which < (COPIES - 1) * (number // COPIES):
            _write(folder, by_host, other, syndicated(page, host), url)
    entries, windows = list[Entry](), dict[str, int]()
    for place, (host, published) in enumerate(sorted(by_host.items())):
        is_busy = place % 4 == 0
        usual = -(-len(published) // (ROUNDS + is_busy))
        windows[host] = -(-4 * usual // 3)
        when = [each for each in range(ROUNDS) for _ in range(usual * (1 + (is_busy and each == BUSY)))]
        for piece, each in zip(published, when, strict=False):
            fails = len(entries) % FAILS == FAILS // 2
            entries.append(Entry(host, piece.path, piece.title, piece.language, each, piece.copy_of, fails))
    return Edition(folder, tuple(entries), windows, gold)


class _Piece(NamedTuple):
    path: str
    title: str
    language: str
    copy_of: str | None


def _write(folder: Path, by_host: dict[str, list[_Piece]], host: str, page: Page, copy_of: str | None) -> str:
    """Put a page into the outlet's folder; gives its address, which the page also names as its own."""
    path = f"/{len(by_host[host])}.html"
    by_host[host].append(_Piece(path, page.title, page.language, copy_of))
    url = f"http://{host}{path}"
    document = page.document.replace(page.address, url) if page.address else page.document
    (folder / host).mkdir(exist_ok=True)
    (folder / host / f"{path[1:]}.gz").write_bytes(gzip.compress(document.encode("utf-8", "replace"), 6))
    return url


# ---- the server


@contextmanager
def newsstand(edition: Edition) -> Iterator[Newsstand]:
    """Serve it, as the outlets' own server and as an HTTP proxy before them; nothing is published yet."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(_as_told(edition), there), daemon=True)
    process.start()
    try:
        yield Newsstand(f"127.0.0.1:{here.recv()}", here)
    finally:
        process.terminate()
        process.join(10)


class Newsstand:
    """The running server. ``address`` is its host and port."""

    def __init__(self, address: str, told: Connection) -> None:
        self.address, self._told = address, told

    def begin(self, which: int, now: dt.datetime) -> None:
        """Publish what belongs to this round."""
        self._told.send((which, now))
        self._told.recv()


def _as_told(edition: Edition) -> str:
    return json.dumps(
        {"folder": str(edition.folder), "windows": edition.windows, "entries": [asdict(entry) for entry in edition.entries]}
    )


class _Outlets:
    """The server's side: what stands at each address, by host and path."""

    def __init__(self, told: str) -> None:
        given = json.loads(told)
        self._folder, self._windows = Path(given["folder"]), given["windows"]
        self._entries = [Entry(**entry) for entry in given["entries"]]
        self._failing = {entry.host + entry.path for entry in self._entries if entry.fails}
        self._documents: dict[str, str] = {}

    def begin(self, which: int, now: dt.datetime) -> None:
        shown: dict[str, list[Entry]] = defaultdict(list)
        for entry in self._entries:
            if entry.round <= which:
                shown[entry.host].append(entry)
        for host, published in shown.items():
            self._documents[f"{host}/feed"] = _feed(host, published[-self._windows[host] :], which, now)
            self._documents[f"{host}/news-sitemap.xml"] = _sitemap(published, which, now)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        name = request.host.partition(":")[0] + request.path
        if name in self._documents:
            return web.Response(text=self._documents[name], content_type="application/xml")
        if (
            name in self._failing and request.method == "GET" and "Range" not in request.headers
        ):  # newspaper4k tries an address first
            self._failing.discard(name)
            return web.Response(status=503)
        page = self._folder / f"{name}.gz"
        if not request.path.endswith(".html") or not page.is_file():
            return web.Response(status=404)
        packed = page.read_bytes()
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=gzip.decompress(packed), content_type="text/html", charset="utf-8")
        return web.Response(body=packed, content_type="text/html", charset="utf-8", headers={"Content-Encoding": "gzip"})


def _serve(told: str, pipe: Connection) -> None:
    outlets = _Outlets(told)

    over = asyncio.Event()

    def listen() -> None:
        try:
            outlets.begin(*pipe.recv())
            pipe.send("published")
        except (EOFError, OSError):  # whoever asked is gone
            over.set()

    async def serve() -> None:
        runner = web.ServerRunner(web.Server(outlets.answer, access_log=None))
        await runner.setup()
        listening = socket.create_server(("127.0.0.1", 0), backlog=1000)
        await web.SockSite(runner, listening).start()
        asyncio.get_running_loop().add_reader(pipe.fileno(), listen)
        pipe.send(listening.getsockname()[1])
        await over.wait()

    asyncio.run(serve())


def _published(entry: Entry, which: int, now: dt.datetime) -> dt.datetime:
    return now - (which - entry.round) * APART - dt.timedelta(minutes=5)


def _feed(host: str, latest: list[Entry], which: int, now: dt.datetime) -> str:
    items = "".join(
        f"<item><title>{escape(entry.title)}</title><link>{entry.url}</link><guid>{entry.url}</guid>"
        f"<pubDate>{format_datetime(_published(entry, which, now))}</pubDate></item>"
        for entry in reversed(latest)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{host}</title><link>http://{host}/</link>{items}</channel></rss>'


def _sitemap(published: list[Entry], which: int, now: dt.datetime) -> str:
    addresses = "".join(
        f"<url><loc>{entry.url}</loc><news:news><news:publication><news:name>{entry.host}</news:name><news:language>{entry.language}"
        f"</news:language></news:publication><news:publication_date>{_published(entry, which, now).isoformat()}</news:publication_date>"
        f"<news:title>{escape(entry.title)}</news:title></news:news></url>"
        for entry in reversed(published)
    )
    return (
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{addresses}</urlset>'
    )
