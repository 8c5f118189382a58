"""What is done at night: checks, a backup, retention of raw pages, Prefect's own history."""

import uuid
from pathlib import Path

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.states import Failed
from pydantic import Field

from flows.cycle import Cycle, Parameters
from flows.history import KEEP_DAYS, clear_history
from flows.limits import one_writer
from flows.policy import STAGE
from monitor.pipeline.backing_up import back_up_one_more
from monitor.pipeline.reporting import failed_checks
from monitor.pipeline.retaining import retain


class Maintenance(Parameters):
    """What a night does. Nothing is backed up without a folder, and no raw page let go without ``archive.keep_days``."""

    backups: str | None = Field(None, description="Folder that gets a backup, linked to the one before.")
    keep_backups: int = Field(7, ge=1, description="How many of them are kept.")
    history_days: float = Field(KEEP_DAYS, gt=0, description="Days that Prefect's own history of runs is kept.")


@flow(name="monitor-maintenance", persist_result=False, validate_parameters=True, timeout_seconds=6 * 3600)
async def maintain(what: Maintenance = Maintenance()) -> dict[str, int] | State:  # noqa: B008 - frozen
    """Check what is published, keep a copy of it, let old pages go. Gives what each did; fails when a check finds something."""
    this = Cycle(**what.model_dump(include=set(Parameters.model_fields)), run_id=uuid.uuid4().hex)
    done = {"checks": check(this)}
    if what.backups:
        done["backup"] = back_up_to(this, Path(what.backups), what.keep_backups)
    async with one_writer(this.pipeline().files):
        done["retained"] = let_go(this)
    done["history"] = await clear_history(what.history_days)
    if done["checks"]:
        return Failed(message=f"{done['checks']} checks find something: `monitor verify` shows what")
    return done


@task(timeout_seconds=3600, **STAGE)
def check(cycle: Cycle) -> int:
    """Run every check on the copy and emit an event for each that finds something; gives how many do."""
    found = failed_checks(cycle.pipeline().files)
    for name, rows in found.items():
        resource = {"prefect.resource.id": f"monitor.check.{name}", "prefect.resource.name": name}
        emit_event("monitor.check.failed", resource=resource, payload={"rows": rows, "run_id": cycle.run_id})
    return len(found)


@task(timeout_seconds=4 * 3600, **STAGE)
def back_up_to(cycle: Cycle, folder: Path, keep: int) -> int:
    """Write a backup named by the moment, linked to the one before; remove the oldest. Gives the number of files in it."""
    return len(back_up_one_more(cycle.pipeline().settings, folder, keep)["files"])


@task(timeout_seconds=3600, **STAGE)
def let_go(cycle: Cycle) -> int:
    """Let raw pages go as the settings say; gives the number of files."""
    opened = cycle.pipeline()
    days = opened.settings.archive.keep_days
    return retain(opened, days).files if days is not None else 0
