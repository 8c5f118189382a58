"""What works, what is degraded and what to do: the rules of ``monitor doctor``. Pure: facts and the present in, findings out."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["ok", "degraded", "broken", "off", "unknown"]

# A run is due every ten minutes in all schedules that the documents give; six that did not end are no accident.
LATE = dt.timedelta(hours=1)
AHEAD = dt.timedelta(minutes=2)  # by which the log may be ahead of the clock: machines differ
LITTLE, TOO_LITTLE = 2 * 2**30, 200 * 2**20  # bytes free: a day of 132 feeds brings about 100 MB, an upgrade needs the file twice
FAILING_LONG = 0.25  # share of failing feeds that is more than the usual: of 132 public feeds about one in ten fails at any time
WAITING = 2_000  # pages or articles: more than some runs get through


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the screen: what was looked at, how it is, in words, and what to do."""

    what: str
    state: State
    says: str
    way_out: str = ""


def exit_code(findings: Sequence[Finding]) -> int:
    """4 when something is broken (a run or a reader cannot go on), 1 when something is degraded, else 0."""
    states = {finding.state for finding in findings}
    return 4 if "broken" in states else 1 if "degraded" in states else 0


def judge_runs(facts: Mapping[str, Any], now: dt.datetime) -> Finding:
    """When the last run came to its end. ``facts`` is the row of ``warehouse/page/health.sql``; moments are naive UTC."""
    started, finished = facts["last_started_at"], facts["last_finished_at"]
    if finished is None:
        return Finding("runs", "degraded", "no run has come to its end yet", "`monitor run` does one.")
    age = now - finished
    if age > LATE:
        return Finding(
            "runs",
            "degraded",
            f"the last one ended {ago(age)} ago",
            "Is `monitor watch` or cron at work? `monitor run` does one now.",
        )
    if started > finished and now - started > LATE:
        return Finding(
            "runs", "degraded", f"one began {ago(now - started)} ago and did not end", "`monitor run` takes up its work."
        )
    return Finding("runs", "ok", f"the last one ended {ago(age)} ago")


def judge_clock(facts: Mapping[str, Any], now: dt.datetime) -> Finding:
    """Whether the log has events from the future: the clock went back, or it was wrong before."""
    last = facts["last_event_at"]
    if last is not None and last - now > AHEAD:
        return Finding(
            "clock",
            "degraded",
            f"the newest event was recorded {ago(last - now)} in the future",
            "Set this machine's clock; until it is past that moment feeds wait. Nothing is lost or doubled.",
        )
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC, not before the newest event")


def judge_feeds(facts: Mapping[str, Any]) -> Finding:
    """How many feeds fail, are silent or lost entries."""
    feeds, failing, silent, gaps = (int(facts[key]) for key in ("feeds", "feeds_failing", "feeds_silent", "feeds_with_gaps"))
    if not feeds:
        return Finding("feeds", "degraded", "none has been polled yet", "`monitor run` polls those of the profile.")
    said = f"{feeds - failing - silent} of {feeds} do; {failing} failing, {silent} silent, {gaps} with a gap in the last day"
    if failing == feeds:
        return Finding("feeds", "broken", f"all {feeds} fail", "Is this machine online? `monitor feeds` has each reason.")
    if failing > feeds * FAILING_LONG:
        worst = ", ".join(facts["worst_feeds"] or ())
        return Finding("feeds", "degraded", said, f"`monitor feeds` has each reason, the worst first: {worst}.")
    return Finding("feeds", "ok", said, "`monitor feeds` has each reason." if failing + silent + gaps else "")


def judge_backlog(facts: Mapping[str, Any]) -> Finding:
    """What is collected and not read yet."""
    pages, articles = int(facts["pages_waiting"]), int(facts["articles_waiting"])
    said = f"{pages:,} pages to fetch, {articles:,} articles to read"
    if max(pages, articles) > WAITING:
        return Finding("backlog", "degraded", said, "Run more often, or give `extract.workers` and `fetch.at_once` more.")
    return Finding("backlog", "ok", said)


def judge_channels(facts: Mapping[str, Any], settings: Sequence[str]) -> Finding:
    """Whether alerts get to where they should; ``settings`` are the channels that are on."""
    failing = sorted(set(facts["channels_failing"] or ()) & set(settings))
    if failing:
        return Finding(
            "channels", "degraded", f"alerts did not get to {', '.join(failing)}", f"`monitor alerts test {failing[0]}` tries it."
        )
    outside = [name for name in settings if name not in ("console", "file", "feed")]
    if not settings:
        return Finding("channels", "degraded", "no channel is on: nobody is told", "docs/alerts.md says how to turn one on.")
    return Finding("channels", "ok", ", ".join(settings) + ("" if outside else "; none that leaves this machine"))


def judge_disk(free: int, warehouse: int) -> Finding:
    """Whether there is room: for what comes, and for the file once more (upgrades, ``verify`` and ``recover`` need that)."""
    said = f"{size(free)} free, the warehouse has {size(warehouse)}"
    if free < TOO_LITTLE:
        return Finding("disk", "broken", said, "Make room: the next run may find none. Nothing that is recorded is lost.")
    if free < max(LITTLE, warehouse):
        return Finding(
            "disk", "degraded", said, "Make room: upgrades, `monitor verify` and `monitor recover` need the file twice."
        )
    return Finding("disk", "ok", said)


def judge_spool(waiting: int, refused: int, *, is_held: bool) -> Finding:
    """What has not come into the live file yet; ``is_held`` when runs work on a stand-in since somebody has the file open."""
    if is_held:
        return Finding(
            "spool",
            "degraded",
            f"somebody has the live file open; {waiting} batches wait",
            "Close that program; the next run takes them in.",
        )
    if refused:
        return Finding(
            "spool",
            "degraded",
            f"{refused} batches could not be read and were set aside",
            "Keep them, and look at .live/spool/refused.",
        )
    if waiting:
        return Finding("spool", "degraded", f"{waiting} batches wait", "The next run takes them in: `monitor run`.")
    return Finding("spool", "ok", "nothing waits")


def judge_schema(found: int, known: int) -> Finding:
    """Whether this program and the copy fit."""
    if found > known:
        return Finding(
            "schema", "broken", f"the warehouse has schema {found}, this program knows {known}", "Upgrade the program."
        )
    if found < known:
        return Finding(
            "schema",
            "degraded",
            f"the warehouse has schema {found}, this program {known}",
            "`monitor run` upgrades it, after a backup.",
        )
    return Finding("schema", "ok", f"{found}, as this program has it")


def size(number: float) -> str:
    """Bytes for people."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"


def ago(span: dt.timedelta) -> str:
    """A span for people."""
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
