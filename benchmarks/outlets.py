"""Invented outlets on loopback, in a process of their own, for benchmarks of whole runs. Everything in them is fictional.

Each host has a feed with its latest entries and pages of some four hundred words, half of them on talks between Norland and Sudmark.
How many entries an outlet has shown so far is set with a request to ``/show/N``.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import multiprocessing
import random
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from aiohttp import web

START = dt.datetime(2031, 3, 1, 6, tzinfo=dt.UTC)
PROFILE = Path(__file__).resolve().parents[1] / "tests" / "data" / "topics" / "norland-sudmark.toml"
_SUBJECTS = ("The harbour council", "A delegate from Norland", "The Sudmark ministry", "An observer at the talks", "The bridge committee",
             "A farmer near the line", "The ferry company", "The truce commission")  # fmt: skip
_VERBS = (
    "said on Tuesday that",
    "denied that",
    "repeated that",
    "heard from the envoys that",
    "wrote in a letter that",
    "doubted whether",
)
_OBJECTS = ("the ceasefire would hold for {} days", "the ferries carried {} people last month", "{} prisoners were to be exchanged",
            "the harvest brought {} tonnes", "the crossing opened for {} lorries", "a proposal of {} points was on the table",
            "the council met for {} hours", "the road was closed for {} weeks")  # fmt: skip


def article(host: str, number: int) -> tuple[str, str]:
    """Title and page of one article: the same for the same host and number."""
    chance = random.Random(int.from_bytes(hashlib.sha256(f"{host} {number}".encode()).digest()[:8]))
    sentences = [
        f"{chance.choice(_SUBJECTS)} {chance.choice(_VERBS)} {chance.choice(_OBJECTS).format(chance.randint(2, 9000))}."
        for _ in range(35)
    ]
    about = "Norland and Sudmark: ceasefire talks" if number % 2 else "Harvest and ferries"
    title = f"{about}, {chance.choice(_OBJECTS).format(chance.randint(2, 9000))} ({number})"
    paragraphs = "".join(f"<p>{' '.join(sentences[start : start + 5])}</p>" for start in range(0, 35, 5))
    return (
        title,
        f"<html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>",
    )


def _feed(host: str, last: int, window: int) -> str:
    items = "".join(
        f"<item><title>{article(host, number)[0]}</title><link>http://{host}/a/{number}</link><guid>{host}-{number}</guid>"
        f"<pubDate>{START + dt.timedelta(minutes=number):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for number in range(last, max(0, last - window), -1)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'


def _serve(window: int, pipe: Connection) -> None:
    shown = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal shown
        host, path = request.host.partition(":")[0], request.path
        if path.startswith("/show/"):
            shown = int(path.rpartition("/")[2])
            return web.Response()
        if path == "/feed":
            return web.Response(text=_feed(host, shown, window), content_type="application/rss+xml")
        if path.startswith("/a/"):
            return web.Response(text=article(host, int(path.rpartition("/")[2]))[1], content_type="text/html")
        return web.Response(status=404)

    async def serve() -> None:
        application = web.Application()
        application.router.add_get("/{path:.*}", answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        listening = socket.create_server(("127.0.0.1", 0), backlog=1000)
        await web.SockSite(runner, listening).start()
        pipe.send(listening.getsockname()[1])
        await asyncio.Event().wait()

    asyncio.run(serve())


@contextmanager
def outlets(window: int) -> Iterator[str]:
    """Serve feeds with the last ``window`` entries; gives host and port."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(window, there), daemon=True)
    process.start()
    try:
        yield f"127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()


def show(address: str, entries: int) -> None:
    """Let every outlet have shown so many entries."""
    urllib.request.urlopen(f"http://{address}/show/{entries}", timeout=30).close()


def write_settings(folder: Path, address: str, hosts: list[str]) -> Path:
    """A settings file for a warehouse in ``folder`` that these hosts feed."""
    folder.mkdir(parents=True)
    feeds = "\n".join(
        f'[[feed]]\nurl = "http://{host}/feed"\nname = "{host}"\nlanguage = "en"\ncountry = "ZZ"\nkind = "wire"\n'
        for host in hosts
    )
    (folder / "feeds.toml").write_text(feeds, encoding="utf-8")
    hosts_at = "".join(f"{json.dumps(host)} = {json.dumps(address)}\n" for host in hosts)
    config = folder / "monitor.toml"
    config.write_text(
        f'data = "data"\nfeeds = "feeds.toml"\ntopic = {json.dumps(str(PROFILE))}\n\n[alerts]\nconsole = false\n\n'
        f"[fetch]\npause_seconds = 0\nper_host = 8\n\n[fetch.connect_to]\n{hosts_at}",
        encoding="utf-8",
    )
    return config
