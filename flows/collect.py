"""Poll feeds and fetch pages."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from flows.cycle import Cycle
from monitor import pipeline


@task(retries=1, retry_delay_seconds=5, cache_policy=NO_CACHE, persist_result=False)
async def collect(cycle: Cycle) -> dict[str, int]:
    """Record the run, poll what is due, fetch what entries ask for. Retried once: it takes up where it was cut off."""
    opened = cycle.pipeline()
    pipeline.begin(opened)
    await pipeline.collect(opened)
    return dict(opened.counts)
