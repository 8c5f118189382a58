"""Raise and deliver alerts."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from flows.cycle import Cycle
from monitor import pipeline


@task(retries=1, retry_delay_seconds=5, cache_policy=NO_CACHE, persist_result=False)
async def alert(cycle: Cycle) -> dict[str, int]:
    """Raise what is owed and deliver it; a refused delivery is recorded and tried again by the next run."""
    opened = cycle.pipeline()
    await pipeline.alert(opened)
    return dict(opened.counts)
