"""What one run did, for a person who looks at it afterwards: figures, failures by reason, the slowest hosts, what is new."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..warehouse import WarehouseFiles, read_copy
from ..warehouse.files import relations

SLOWEST = 10  # hosts that are named
_NEWS = {
    "proposal.opened": "monitor.proposal.opened",
    "proposal.varied": "monitor.proposal.varied",
    "feed.fell_silent": "monitor.feed.fell-silent",
}


@dataclass(frozen=True, slots=True)
class SlowHost:
    """A host's requests in a run. ``seconds`` is their sum, ``longest`` the slowest one; waiting for a turn is in neither."""

    host: str
    requests: int
    seconds: float
    longest: float


@dataclass(frozen=True, slots=True)
class News:
    """Something that others may want to act upon. ``event_id`` is that of the log, so telling it twice is telling it once."""

    name: str
    event_id: str
    subject: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunReport:
    """Figures by name, failures as (stage, reason, number), slowest hosts first."""

    run_id: str
    figures: Mapping[str, int]
    failures: Sequence[tuple[str, str, int]]
    slowest: Sequence[SlowHost] = ()


def slowest_hosts(seconds: Mapping[str, Sequence[float]], most: int = SLOWEST) -> list[SlowHost]:
    """The hosts with the slowest single requests; ``seconds`` are those of each request by host."""
    hosts = [SlowHost(host, len(taken), sum(taken), max(taken)) for host, taken in seconds.items() if taken]
    return sorted(hosts, key=lambda slow: (-slow.longest, slow.host))[:most]


def report_run(files: WarehouseFiles, run_id: str, slowest: Sequence[SlowHost] = ()) -> RunReport:
    """What the published copy tells of a run. Raises WarehouseError when there is no copy."""
    with read_copy(files) as connection:
        figures = dict(connection.execute("FROM run_report(?)", [run_id]).fetchall())
        failures = connection.execute("FROM run_failures(?)", [run_id]).fetchall()
    return RunReport(run_id, figures, failures, tuple(slowest))


def news_of_run(files: WarehouseFiles, run_id: str) -> list[News]:
    """The proposals that a run's texts opened, and the feeds found silent, in the order of the log."""
    with read_copy(files) as connection:
        rows = connection.execute("FROM run_news(?)", [run_id]).fetchall()
    return [
        News(_NEWS[wire], str(event_id), str(subject), {"label": label, "why": why, "run_id": run_id})
        for wire, event_id, subject, label, why in rows
    ]


def failed_checks(files: WarehouseFiles) -> dict[str, int]:
    """The checks that find something in the published copy, with the number of rows that they find."""
    with read_copy(files) as connection:
        found = {
            name: int(connection.execute(f'SELECT count(*) FROM "check"."{name}"').fetchall()[0][0])
            for name in relations("check")
        }
    return {name: number for name, number in found.items() if number}


def as_markdown(report: RunReport) -> str:
    """The report as Markdown (CommonMark with tables): three tables, those that are empty left out."""
    parts = [f"# Run {report.run_id[:8]}", _table(("figure", "number"), report.figures.items())]
    if report.failures:
        parts += ["## Failures by reason", _table(("stage", "reason", "number"), report.failures)]
    if report.slowest:
        rows = [(slow.host, slow.requests, f"{slow.seconds:.1f}", f"{slow.longest:.1f}") for slow in report.slowest]
        parts += ["## Slowest hosts", _table(("host", "requests", "seconds", "longest"), rows)]
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Any) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    """What a server said may stand in a reason: neither a bar nor a line break nor HTML may leave its cell."""
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
