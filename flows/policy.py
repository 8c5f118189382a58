"""How the tasks of a run behave when something fails: the same for all of them, stated once."""

from typing import Any

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from monitor.errors import ConflictError, WarehouseLockedError


def may_help(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Whether doing it again can go better: when somebody else was at the file, and in no other case.

    A failed request, page or message is recorded and comes up again by its own schedule; a wrong setting, a full disk or a
    mistake of ours is the same in ten seconds. A task that took too long is cut off, and the next run takes up what it left.
    """
    del task, run
    error = getattr(state.data, "result", state.data)
    return isinstance(error, WarehouseLockedError | ConflictError)


# No tags: for each task with one, Prefect asks its server for a place under that tag's limit, two seconds where there is none.
# No cache and no results in files: what a task did is in the warehouse, whose event ids make doing it twice harmless.
STAGE: dict[str, Any] = {
    "retries": 3,
    "retry_delay_seconds": [5, 20, 60],
    "retry_jitter_factor": 0.5,  # two that waited for one lock do not come back at one moment
    "retry_condition_fn": may_help,
    "cache_policy": NO_CACHE,
    "persist_result": False,
}
