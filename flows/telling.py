"""What a run tells Prefect: its report as artifacts, and events that automations can act upon. Never an alert: those are ours."""

import uuid
from collections.abc import Iterable, Sequence

from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.events import emit_event
from prefect.logging import get_run_logger

from flows.cycle import Cycle
from monitor.pipeline.reporting import News, SlowHost, as_markdown, news_of_run, report_run


async def tell(cycle: Cycle, slowest: Sequence[SlowHost]) -> None:
    """Leave the report of a run as a table and as Markdown, and emit its news. A run that cannot tell of itself is still done."""
    try:
        files = cycle.pipeline().files
        report = report_run(files, cycle.run_id, slowest)
        table = [{"figure": figure, "number": number} for figure, number in report.figures.items()]
        table += [{"figure": f"{stage}: {reason}", "number": number} for stage, reason, number in report.failures]
        await acreate_table_artifact(table, key="run-figures", description=f"run {cycle.run_id}")
        await acreate_markdown_artifact(as_markdown(report), key="run-report", description=f"run {cycle.run_id}")
        emit(news_of_run(files, cycle.run_id))
    except Exception as error:  # noqa: BLE001 - the run is done and recorded
        get_run_logger().warning("the report of the run could not be left with Prefect: %s", error)


def emit(news: Iterable[News]) -> None:
    """Emit each as an event of Prefect, under its id in the log: the same one twice is refused."""
    for item in news:
        emit_event(
            item.name,
            resource={"prefect.resource.id": f"{item.name}.{item.subject}", "prefect.resource.name": item.payload["label"]},
            payload=dict(item.payload),
            id=uuid.UUID(item.event_id),
        )
