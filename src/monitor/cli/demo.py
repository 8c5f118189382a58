"""The demo: the real flow, four polls, against a newsroom on this machine; then what came of it, in words."""

import asyncio
import datetime as dt
import json
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from ..newsroom import NewsroomSite, load_newsroom
from ..newsroom.script import Newsroom
from ..pipeline.running import run_cycle
from ..pipeline.shared import load_pipeline
from ..settings import load_settings
from ..topics import FeedSource
from ..warehouse import WarehouseFiles, open_live, query_copy, shipped
from .show import console, err, print_table, summary

Run = Callable[[Path, dt.datetime], Awaitable[dict[str, int]]]
_AGAIN = dt.timedelta(days=1)
_QUESTIONS = (
    ("How many articles, by day and source?", "FROM report.articles_daily"),
    (
        "Which proposals, first reported when and by whom?",
        "SELECT label, first_seen, first_reported_by, according_to, terms FROM report.proposal_ledger",
    ),
    (
        "Which alerts, from which sentence of which page?",
        "SELECT label, sentence, url, archive_file, archive_offset FROM report.alert_evidence",
    ),
)


def run_demo(folder: Path, *, with_prefect: bool, quiet: bool) -> dict[str, Any]:
    """Poll the demo newsroom four times and give the counts of each poll and the relations that matter.

    On a warehouse that has seen the demo before, the newsroom stays as it was left: the polls then find nothing new.
    """
    newsroom = load_newsroom(shipped("newsroom", newsroom_of_topic()))
    folder.mkdir(parents=True, exist_ok=True)
    files = WarehouseFiles(folder)
    with NewsroomSite(newsroom) as site:
        config = _write_settings(folder, site.connect_to, newsroom.feed_sources())
        moments = _moments(files, newsroom, config)
        if not quiet:
            _introduce(newsroom, is_again=moments[0][0] == newsroom.polls)
        runs = asyncio.run(_polls(site, moments, config, _runner(with_prefect=with_prefect), quiet=quiet))
    result: dict[str, Any] = {"warehouse": str(files.copy), "polls": runs, **_what_came_of_it(files)}
    if not quiet:
        _tell(files, result, config)
    return result


def newsroom_of_topic() -> str:
    """The name of the newsroom that comes with the program."""
    return min(path.name for path in shipped("newsroom").iterdir() if path.is_dir())


def _runner(*, with_prefect: bool) -> Run:
    async def flow(config: Path, now: dt.datetime) -> dict[str, int]:
        os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")  # the demo tells its story itself
        cycle = entry_points(group="monitor.flows")["cycle"].load()
        counts: dict[str, int] = await cycle({"config": str(config), "now": now})
        return counts

    async def plain(config: Path, now: dt.datetime) -> dict[str, int]:
        return dict(await run_cycle(load_pipeline(load_settings(config), clock=lambda: now)))

    return flow if with_prefect else plain


def _write_settings(folder: Path, connect_to: dict[str, str], feeds: tuple[FeedSource, ...]) -> Path:
    """The demo's own settings and feed list, so that `monitor --config …` works on its warehouse."""
    config = folder / "monitor.toml"
    hosts = "\n".join(f"{json.dumps(host)} = {json.dumps(address)}" for host, address in connect_to.items())
    config.write_text(
        "# Written by `monitor demo`: its fictional outlets live on this machine only.\n"
        f'data = "."\nfeeds = "feeds.toml"\n\n[fetch]\npause_seconds = 0\n\n[fetch.connect_to]\n{hosts}\n\n'
        "# Four polls are all there is: nothing would come after the time for a second look.\n[alerts]\nhold_minutes = 0\n",
        encoding="utf-8",
    )
    tables = []
    for feed in feeds:
        values = "\n".join(
            f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in feed.model_dump(exclude_none=True).items()
        )
        tables.append(f"[[feed]]\n{values}\n")
    (folder / "feeds.toml").write_text(
        "# Written by `monitor demo`: fictional outlets.\n\n" + "\n".join(tables), encoding="utf-8"
    )
    return config


def _moments(files: WarehouseFiles, newsroom: Newsroom, config: Path) -> list[tuple[int, dt.datetime]]:
    """Which state of the newsroom is polled when: on a virtual clock, which the articles' dates fit."""
    first = newsroom.moment(1)
    last: dt.datetime | None = None
    if files.live.exists():
        topic = load_pipeline(load_settings(config)).topic
        with open_live(files) as live:
            last = live.read.last_poll(topic)
    if last is None or last < first:
        return [(poll, newsroom.moment(poll)) for poll in range(1, newsroom.polls + 1)]
    step = newsroom.moment(2) - first
    if last < newsroom.moment(newsroom.polls):  # a demo that was cut off goes on
        return [(poll, newsroom.moment(poll)) for poll in range(1, newsroom.polls + 1) if newsroom.moment(poll) >= last]
    return [(newsroom.polls, last + _AGAIN + step * number) for number in range(newsroom.polls)]


def _introduce(newsroom: Newsroom, *, is_again: bool) -> None:
    console.print(f"A newsroom of {len(newsroom.feed)} outlets on this machine. [bold]Everything in it is fictional.[/]")
    if is_again:
        console.print(
            "This warehouse has seen it before; the newsroom stays as it was left: no article and no alert should be new. "
            "Pages are read again, for edits."
        )


async def _polls(
    site: NewsroomSite, moments: list[tuple[int, dt.datetime]], config: Path, run: Run, *, quiet: bool
) -> list[dict[str, Any]]:
    runs = []
    for number, (poll, moment) in enumerate(moments, start=1):
        site.poll = poll
        if quiet:
            counts = await run(config, moment)
        else:
            console.rule(f"poll {number} of {len(moments)}, as if at {moment:%d %b %Y %H:%M} UTC", align="left")
            with err.status("the flow runs" + (" (Prefect starts)" if number == 1 else "")):
                counts = await run(config, moment)
            summary(counts)
        runs.append({"at": moment.isoformat(), "counts": counts})
    return runs


def _what_came_of_it(files: WarehouseFiles) -> dict[str, Any]:
    def records(statement: str) -> list[dict[str, Any]]:
        table = query_copy(files, statement)
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    return {
        "outcomes": records("SELECT outcome, count(*) AS entries FROM report.entry_outcome GROUP BY ALL ORDER BY ALL"),
        "copies": records("SELECT outlet, verdict, relation, of_outlet, of_title, score FROM report.copies"),
        "proposals": records("FROM report.proposal_ledger"),
        "positions": records("FROM position"),
        "alerts": records("FROM report.alert_evidence"),
    }


def _program() -> str:
    """What a person types to call this program: its name, or its path where the name alone does not find it."""
    here = Path(sys.argv[0])
    if shutil.which(here.name) or not here.is_file():
        return here.name if here.is_file() else "monitor"
    return os.path.relpath(here) if here.resolve().is_relative_to(Path.cwd()) else str(here)


_SUMMARY = (
    (
        "What was seen: every entry has one outcome",
        """SELECT outcome, count(*) AS entries, any_value(why) AS "for example because"
           FROM report.entry_outcome GROUP BY ALL ORDER BY entries DESC""",
    ),
    (
        "What was judged a copy of what",
        """SELECT outlet, verdict, relation, of_outlet AS "of", of_title AS "whose title is", score FROM report.copies""",
    ),
    (
        "Which proposals are in the ledger",
        """SELECT label, terms, varies, first_reported_by AS "first reported by", articles,
               independent_texts AS "independent" FROM report.proposal_ledger WHERE articles > 0""",
    ),
    (
        "Who is said to stand where, and who says so",
        """SELECT label, party, CASE WHEN is_negated THEN 'not ' ELSE '' END || act AS act, said_by AS "according to", articles
           FROM position WHERE act <> 'proposed' ORDER BY ALL""",
    ),
    (
        "Which alerts were raised, from which sentence, and why they are not a known proposal",
        """SELECT kind, label, by_an_edit AS "by an edit", outlet, sentence, varies, nearest_known AS "nearest known",
               why_not_that AS "points for and against" FROM report.alert_evidence""",
    ),
)


def _tell(files: WarehouseFiles, result: dict[str, Any], config: Path) -> None:
    """The summary for a person."""
    for heading, statement in _SUMMARY:
        console.print(f"\n[bold]{heading}[/]")
        print_table(query_copy(files, statement))
    known = sum(1 for row in result["proposals"] if not row["articles"])
    console.print(f"\n{known} more proposals are in the ledger, which the profile knows; nobody wrote of them here.")
    console.print("\n[bold]Three questions to try[/]")
    for question, statement in _QUESTIONS:
        console.print(f'  {question}\n    {_program()} --config {config} sql "{statement}"', markup=False, soft_wrap=True)
