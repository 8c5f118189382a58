"""Pages to articles, verdicts, mentions and proposals."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from flows.cycle import Cycle
from monitor import pipeline


@task(retries=1, retry_delay_seconds=5, cache_policy=NO_CACHE, persist_result=False)
def analyse(cycle: Cycle) -> dict[str, int]:
    """All of the analysis, over the work lists that the warehouse keeps: no text passes through Prefect."""
    opened = cycle.pipeline()
    pipeline.analyse(opened)
    return dict(opened.counts)
