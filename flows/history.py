"""Prefect's own history of runs, which nobody needs for long: the truth about a run is in the warehouse."""

import datetime as dt

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES
from prefect.exceptions import ObjectNotFound

KEEP_DAYS = 30
_BATCH = 100


async def clear_history(keep_days: float = KEEP_DAYS) -> int:
    """Delete runs that ended over ``keep_days`` days ago, with their tasks, logs and artifacts; gives how many.

    A server of its own can do that by itself (PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED, see docs/running.md); the one that
    `monitor watch` brings along clears its events only.
    """
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=keep_days)
    over = FlowRunFilter(
        end_time=FlowRunFilterEndTime(before_=before),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(TERMINAL_STATES))),
    )
    cleared = 0
    async with get_client() as client:
        while runs := await client.read_flow_runs(flow_run_filter=over, limit=_BATCH):
            of_runs = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id for run in runs]))
            while artifacts := await client.read_artifacts(artifact_filter=of_runs, limit=_BATCH):
                for artifact in artifacts:
                    await client.delete_artifact(artifact.id)
            for run in runs:
                try:
                    await client.delete_flow_run(run.id)
                except ObjectNotFound:  # a vacuum of the server's own was faster
                    continue
            cleared += len(runs)
    return cleared
