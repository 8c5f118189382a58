"""The scheduled whole: collect → analyse → alert → publish, a task for each, one run at a time."""

import datetime as dt
import uuid
from collections import Counter

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.alert import alert
from flows.analyse import analyse
from flows.collect import collect
from flows.cycle import Cycle
from flows.publish import publish
from monitor.errors import RunInProgressError
from monitor.pipeline import one_run_at_a_time


@flow(name="monitor-cycle", persist_result=False, validate_parameters=True)
async def cycle(
    config: str | None = None, data: str | None = None, topic: str | None = None, now: dt.datetime | None = None
) -> dict[str, int] | State:
    """One run of the pipeline; gives how many events of each type it appended.

    The lock of the operating system decides that one run works at a time; Prefect's limits only schedule. A run that
    finds another one at work ends as completed: that run takes what is due.
    """
    this = Cycle(config=config, data=data, topic=topic, now=now, run_id=uuid.uuid4().hex)
    try:
        with one_run_at_a_time(this.pipeline().files):
            counts = Counter(await collect(this))
            counts.update(analyse(this))
            counts.update(await alert(this))
            return publish(this, dict(counts))
    except RunInProgressError as error:
        return Completed(message=error.message, name="Skipped")
