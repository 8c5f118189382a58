"""Several machines on one set of hosts, and the work on articles over a cluster: as polite and as equal as one machine alone."""

from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import sys
import uuid
import warnings
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from postgres import Postgres
from yarl import URL

from monitor.duplicates import TextToJudge
from monitor.errors import WarehouseError
from monitor.fetch import holder_of, open_shared_turns
from monitor.fetch.sharing import _address
from monitor.fetch.turns import HeldError, Turns
from monitor.mentions import TextToRead
from monitor.pipeline.spreading import Cluster, Here
from monitor.settings import ExtractSettings, FetchSettings
from monitor.topics import TopicProfile

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("scale")]
NOW = dt.datetime(2031, 3, 10, 9, tzinfo=dt.UTC)

ASKER = """
import asyncio, datetime as dt, sys, time
from yarl import URL
from monitor.fetch import open_shared_turns
from monitor.fetch.turns import Turns
from monitor.settings import FetchSettings

async def ask():
    async with open_shared_turns(sys.argv[1], "monitor", sys.argv[2]) as shared:
        turns = Turns(FetchSettings(pause_seconds=0.25, per_host=16), lambda: dt.datetime.now(dt.UTC), shared)
        print("ready", flush=True)
        sys.stdin.readline()
        async def one():
            async with turns.turn(URL("https://outlet.test/")):
                print(time.time(), flush=True)
        await asyncio.gather(*(one() for _ in range(5)))

asyncio.run(ask())
"""


@pytest.fixture
def catalog(postgres_server: Postgres) -> str:
    return postgres_server.database(f"turns_{uuid.uuid4().hex}")


def test_two_processes_keep_the_pause_of_one_host_between_them(catalog: str) -> None:
    """Ten requests of two processes start one after the other: together they take as long as ten of one process would."""
    command = [sys.executable, "-c", ASKER, catalog]
    askers = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for name in ("west", "east")
    ]
    for asker in askers:
        assert asker.stdout is not None
        assert asker.stdout.readline() == "ready\n"
    answers = []
    for asker in askers:
        assert asker.stdin is not None
        asker.stdin.write("go\n")
        asker.stdin.flush()
    for asker in askers:
        out, _ = asker.communicate()
        assert asker.returncode == 0
        answers.append([float(line) for line in out.split()])
    assert [len(starts) for starts in answers] == [5, 5]
    starts = sorted(start for found in answers for start in found)
    # A process may be late in waking up for its moment, never early: so the whole cannot be shorter than nine pauses.
    assert starts[-1] - starts[0] >= 9 * 0.25 - 0.1


def test_a_host_belongs_to_one_process_until_it_is_given_back(catalog: str) -> None:
    """Of two that want the same hosts at once each host goes to one; after the end of one, the other has them all."""

    async def scenario() -> None:
        hosts = [f"outlet-{number}.test" for number in range(40)]
        async with open_shared_turns(catalog, "monitor", "west") as west:
            async with open_shared_turns(catalog, "monitor", "east") as east:
                ours, theirs = await asyncio.gather(west.claim(hosts), east.claim(reversed(hosts)))
                assert ours | theirs == set(hosts)
                assert not ours & theirs
                assert await west.claim(ours) == ours
            assert await west.claim(hosts) == set(hosts)

    asyncio.run(scenario())


def test_a_run_has_the_hosts_of_a_killed_one_in_its_folder_at_once(catalog: str, tmp_path: Path) -> None:
    """One folder claims by one name, so what a killed run left claimed is not in the way there, but is elsewhere, and stays so while
    requests wait their turn; what another process of the folder claimed it does not give back."""
    hosts = ["outlet.test", "paper.test"]

    async def scenario() -> None:
        async with AsyncExitStack() as never_left:
            killed = await never_left.enter_async_context(open_shared_turns(catalog, "monitor", holder_of(tmp_path / "west")))
            assert await killed.claim(hosts) == set(hosts)
            async with open_shared_turns(catalog, "monitor", holder_of(tmp_path / "west" / ".." / "west")) as again:
                assert await again.claim(hosts[:1]) == set(hosts[:1])
            async with open_shared_turns(catalog, "monitor", holder_of(tmp_path / "east")) as other:
                assert await other.claim(hosts) == set(hosts[:1])
            import asyncpg

            watching = await asyncpg.connect(**_address(catalog))
            until = "SELECT claimed_until FROM monitor.host_turn WHERE host = 'paper.test'"
            before = await watching.fetchval(until)
            await killed.reserve("paper.test", 0.01)
            assert await watching.fetchval(until) > before
            await watching.close()

    asyncio.run(scenario())


def test_what_a_host_asked_of_one_machine_holds_for_all(catalog: str) -> None:
    """A 429 with Retry-After on one machine: another is refused at its next turn there, and not elsewhere."""
    settings = FetchSettings(pause_seconds=0.01)

    async def scenario() -> None:
        async with open_shared_turns(catalog, "monitor", "west") as one, open_shared_turns(catalog, "monitor", "east") as other:
            west, east = (Turns(settings, lambda: dt.datetime.now(dt.UTC), shared) for shared in (one, other))
            url = URL("https://busy.test/feed")
            async with west.turn(url):
                until = west.note(url, 429, {"retry-after": "600"})
            with pytest.raises(HeldError) as held:
                async with east.turn(url):
                    pass
            assert held.value.until == until
            async with east.turn(URL("https://calm.test/feed")):
                pass

    asyncio.run(scenario())


def test_without_the_database_nothing_is_asked_and_no_password_told() -> None:
    async def scenario() -> None:
        async with open_shared_turns("host=127.0.0.1 port=1 user=monitor password=hidden dbname=lake", "monitor", "west"):
            pass

    with pytest.raises(WarehouseError) as caught:
        asyncio.run(scenario())
    assert "hidden" not in str(caught.value)


# ---- over a cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two worker processes; they may have children, since a page is read in one of its own."""
    distributed = pytest.importorskip("distributed", reason="the extra 'scale' is not installed")
    import dask

    with warnings.catch_warnings(), dask.config.set({"distributed.worker.daemon": False}):
        warnings.simplefilter("ignore")
        with (
            distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as started,
            distributed.Client(started, set_as_default=False) as client,
        ):
            yield client


def pages() -> list[tuple[bytes, dict[str, Any]]]:
    paragraph = "Officials of Norland said on Monday that the harbour of Ostwick would stay open to ships of both countries. "
    return [
        (
            f"<html><head><title>Report {number}</title></head><body><article><h1>Report {number}</h1>"
            f"<p>{paragraph * (2 + number % 5)}</p><p>Number {number} of the series. {paragraph}</p></article></body></html>".encode(),
            {"url": f"https://outlet.test/{number}", "content_type": "text/html"},
        )
        for number in range(60)
    ]


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_answers_of_one_process_in_the_same_order(cluster: Any, profile: TopicProfile) -> None:
    """Texts, fingerprints and mentions: equal, whichever worker had them."""
    there, here = Cluster(cluster), Here()
    settings = ExtractSettings(workers=1)
    texts = [
        "Vestria has put forward a proposal for a 40-day truce between Norland and Sudmark, two officials said. "
        f"Under the offer {number} captives would be freed."
        for number in range(1, 41)
    ]
    judged = [
        TextToJudge(article_id=f"article-{number}", text_event=f"{number:032x}", body_sha256=str(number), text=text, outlet="outlet.test",
                    seen_at=NOW, own_cluster_id=None, language="en")
        for number, text in enumerate(texts)
    ]  # fmt: skip
    asked = [
        (TextToRead(article_id=f"article-{number}", text_event=f"{number:032x}", body_sha256=str(number), title="", text=text, language="en",
                    reported_at=NOW), NOW, ())
        for number, text in enumerate(texts)
    ]  # fmt: skip
    assert list(there.extract(settings, pages())) == list(here.extract(settings, pages()))
    assert [text.marks.fingerprint for text in there.mark(judged)] == [text.marks.fingerprint for text in here.mark(judged)]
    expected = [(found.mentions, found.claims, found.gate) for found in here.detect(profile, asked)]
    assert [(found.mentions, found.claims, found.gate) for found in there.detect(profile, asked)] == expected
    assert any(mentions for mentions, _, _ in expected)
