"""The scheduled whole: collect → analyse → alert → publish, a task for each, one run at a time."""

import uuid
from collections import Counter

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.concurrency.asyncio import AcquireConcurrencySlotTimeoutError
from prefect.states import Completed

from flows.alert import alert
from flows.analyse import analyse
from flows.collect import collect, fetch
from flows.cycle import Cycle, Parameters
from flows.limits import one_writer
from flows.publish import publish
from flows.telling import tell
from monitor.errors import RunInProgressError
from monitor.pipeline.reporting import SlowHost
from monitor.pipeline.shared import one_run_at_a_time


@flow(name="monitor-cycle", persist_result=False, validate_parameters=True, timeout_seconds=3 * 3600)
async def cycle(where: Parameters = Parameters()) -> dict[str, int] | State:  # noqa: B008 - frozen
    """One run of the pipeline; gives how many events of each type it appended.

    The lock of the operating system decides that one run works at a time; Prefect's limits only schedule. A run that
    finds another one at work ends as completed: that run takes what is due.
    """
    this = Cycle(**where.model_dump(), run_id=uuid.uuid4().hex)
    files = this.pipeline().files
    try:
        async with one_writer(files):
            with one_run_at_a_time(files):
                counts, slowest = await _stages(this)
    except RunInProgressError as error:
        return Completed(message=error.message, name="Skipped")
    except AcquireConcurrencySlotTimeoutError:
        return Completed(message="another flow writes to this warehouse", name="Skipped")
    await tell(this, slowest)
    return counts


async def _stages(this: Cycle) -> tuple[dict[str, int], list[SlowHost]]:
    """Batch by batch where many pages are new, so that no alert waits for the last of them; one fetcher for all batches."""
    counts: Counter[str] = Counter()
    async with this.one_fetcher() as slowest:
        fetched = await collect(this)
        while True:
            for done in (fetched, analyse(this), await alert(this)):
                counts.update(done.counts)
            if not fetched.is_more:
                break
            fetched = await fetch(this)
    return publish(this, dict(counts)).counts, slowest
