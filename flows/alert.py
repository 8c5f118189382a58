"""Raise and deliver alerts."""

from prefect import task

from flows.cycle import Cycle, Done
from flows.policy import STAGE
from monitor.pipeline import alerting


@task(timeout_seconds=900, **STAGE)
async def alert(cycle: Cycle) -> Done:
    """Raise what is owed and deliver it; a refused delivery is recorded and tried again by the next run."""
    opened = cycle.pipeline()
    await alerting.alert(opened)
    return Done(counts=dict(opened.counts))
