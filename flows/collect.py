"""Poll feeds and fetch pages."""

from prefect import task

from flows.cycle import Cycle, Done
from flows.policy import STAGE
from flows.progress import shown
from monitor.pipeline import collecting, fetching, running


@task(timeout_seconds=3600, **STAGE)
async def collect(cycle: Cycle) -> Done:
    """Record the run, poll what is due, fetch a first batch of pages. It may be cut off anywhere and takes up what it left."""
    opened = cycle.pipeline()
    with shown(opened, "collect", after=cycle.progress_after):
        running.begin(opened)
        is_more = await collecting.collect(opened)
    return Done(counts=dict(opened.counts), is_more=is_more)


@task(timeout_seconds=3600, **STAGE)
async def fetch(cycle: Cycle) -> Done:
    """Fetch a further batch of pages."""
    opened = cycle.pipeline()
    with shown(opened, "fetch", after=cycle.progress_after):
        is_more = await fetching.fetch_batch(opened)
    return Done(counts=dict(opened.counts), is_more=is_more)
