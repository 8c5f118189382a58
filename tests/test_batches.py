"""A run that meets more pages than one batch holds: each batch is read and alerted before the next is fetched."""

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web
from filelock import FileLock, Timeout
from loopback import Loopback, answer, item, page, rss, settings_for

from monitor.pipeline.running import run_cycle
from monitor.pipeline.shared import load_pipeline
from monitor.warehouse import WarehouseFiles, query_copy

OFFER = "Vestria proposed a 40-day truce between Norland and Sudmark under which 12 prisoners of war would be released, its envoy said."
FILLER = (
    "The talks of the envoys went on for the third day in a row in the capital while the roads to the border stayed closed to "
    "all but the convoys of the relief agencies, whose drivers waited for their papers in the rain until the evening came."
)


def test_an_alert_is_delivered_before_the_pages_of_the_next_batch_are_asked_for(tmp_path: Path) -> None:
    """Seven pages in batches of three; the first one's offer is in the alert file when the last page is asked for."""
    told_by_then: dict[str, list[str]] = {}

    def watching(path: str) -> None:
        given = answer(page(f"Truce talks, report {path}", *([OFFER] if path == "/0" else []), f"{path} {FILLER}", FILLER[::-1]))

        async def handle(request: web.Request) -> web.StreamResponse:
            file = tmp_path / "warehouse" / "alerts" / "alerts.jsonl"
            told_by_then[path] = file.read_text("utf-8").splitlines() if file.exists() else []
            return await given(request)

        server.routes[path] = handle

    with Loopback() as server:
        paths = [f"/{number}" for number in range(7)]
        for path in paths:
            watching(path)
        entries = [
            item(f"Truce talks, report {path}", server.url(path), date=f"Mon, 10 Mar 2031 08:0{path[1:]}:00 GMT")
            for path in paths
        ]
        server.routes["/feed"] = answer(rss(*entries), "application/rss+xml")
        settings = settings_for(tmp_path / "warehouse", server.url("/feed")).model_copy(update={"batch": 3})
        counts = asyncio.run(run_cycle(load_pipeline(settings)))
    assert counts["page.fetched"] == counts["article.read"] == 7
    assert counts["alert.raised"] == 1
    first, *others = (told_by_then[path] for path in ("/0", "/1", "/2", "/6"))
    assert first == others[0] == others[1] == []
    assert [json.loads(line)["kind"] for line in others[2]] == ["new"]
    assert query_copy(WarehouseFiles(settings.data), "SELECT count(*) FROM page WHERE outcome = 'fetched'").rows == [(7,)]


def test_pages_whose_headlines_tell_of_a_proposal_are_alerted_before_the_others_are_asked_for(tmp_path: Path) -> None:
    """Thirty pages wait; the newest two have headlines that tell of one, and both are in the alert file before any other is fetched."""
    alerted_by_then: dict[str, int] = {}

    def watching(path: str, title: str, *paragraphs: str) -> None:
        given = answer(page(title, *paragraphs, FILLER))

        async def handle(request: web.Request) -> web.StreamResponse:
            file = tmp_path / "warehouse" / "alerts" / "alerts.jsonl"
            alerted_by_then[path] = len(file.read_text("utf-8").splitlines()) if file.exists() else 0
            return await given(request)

        server.routes[path] = handle

    with Loopback() as server:
        entries = []
        for number in range(30):
            title = f"Truce talks, report {number}"
            offer: tuple[str, ...] = ()
            if number >= 28:
                days = {28: 20, 29: 90}[number]
                title = f"Vestria proposes {days}-day truce between Norland and Sudmark"
                offer = (
                    f"Vestria proposed a {days}-day truce between Norland and Sudmark under which {days * 4} prisoners would be released.",
                )
            watching(f"/{number}", title, *offer, f"Report {number}: {FILLER[number:]}")
            entries.append(item(title, server.url(f"/{number}"), date=f"Mon, 10 Mar 2031 08:{number:02}:00 GMT"))
        server.routes["/feed"] = answer(rss(*entries), "application/rss+xml")
        counts = asyncio.run(run_cycle(load_pipeline(settings_for(tmp_path / "warehouse", server.url("/feed")))))
    assert counts["page.fetched"] == 30
    assert counts["alert.raised"] == 2
    assert {path: told for path, told in alerted_by_then.items() if path in ("/28", "/29")} == {"/28": 0, "/29": 0}
    assert {told for path, told in alerted_by_then.items() if path not in ("/28", "/29")} == {2}


def test_the_warehouse_is_free_while_a_run_waits_for_the_world(tmp_path: Path) -> None:
    """Whoever wants to write meanwhile can: at each request of a feed and a page, and while texts are extracted. Where nothing is waited
    for, the run opens it once for stages that follow one another."""
    files = WarehouseFiles(tmp_path / "warehouse")
    free: list[tuple[str, bool]] = []

    def look(where: str) -> None:
        try:
            with FileLock(files.lock, blocking=False):
                free.append((where, True))
        except Timeout:
            free.append((where, False))

    def looking(path: str, body: str, kind: str = "text/html") -> None:
        given = answer(body, kind)

        async def handle(request: web.Request) -> web.StreamResponse:
            look(path)
            return await given(request)

        server.routes[path] = handle

    with Loopback() as server:
        looking("/page", page("Truce talks", OFFER, FILLER))
        looking("/feed", rss(item("Truce talks", server.url("/page"))), "application/rss+xml")
        pipeline = load_pipeline(
            settings_for(files.root, server.url("/feed")),
            progress=lambda stage, *_: look(stage) if stage == "extracting texts" else None,
        )
        asyncio.run(run_cycle(pipeline))
    assert {where for where, _ in free} == {"/feed", "/page", "extracting texts"}
    assert all(is_free for _, is_free in free), free


def test_what_fails_in_a_held_warehouse_lets_it_go(tmp_path: Path) -> None:
    """An error in the middle of a step closes the file; the next step opens it anew and finds what was appended before."""
    pipeline = load_pipeline(settings_for(tmp_path / "warehouse", "http://127.0.0.1:9/feed"))
    with pipeline.held():
        with pytest.raises(ZeroDivisionError), pipeline.warehouse():
            raise ZeroDivisionError
        with FileLock(pipeline.files.lock, blocking=False):
            pass
        with pipeline.warehouse() as first:
            pass
        with pipeline.warehouse() as second:
            assert second is first
    with FileLock(pipeline.files.lock, blocking=False):
        pass
