"""Pages to articles, verdicts, mentions and proposals."""

from prefect import task

from flows.cycle import Cycle, Done
from flows.policy import STAGE
from flows.progress import shown
from monitor.pipeline import analysing


@task(timeout_seconds=3600, **STAGE)
def analyse(cycle: Cycle) -> Done:
    """All of the analysis, over the work lists that the warehouse keeps: no text passes through Prefect."""
    opened = cycle.pipeline()
    with shown(opened, "analyse", after=cycle.progress_after):
        analysing.analyse(opened)
    return Done(counts=dict(opened.counts))
