"""One writer to a warehouse, as far as Prefect can see: a global concurrency limit that all flows share."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.concurrency.asyncio import concurrency
from prefect.exceptions import ObjectAlreadyExists
from prefect.logging import get_logger

from monitor.errors import RunInProgressError
from monitor.pipeline.shared import one_run_at_a_time
from monitor.warehouse import WarehouseFiles

LEASE = 60.0  # seconds after which the place of a process that died is free again; the least that Prefect takes
PATIENCE = 120.0  # seconds that a flow waits for its place; longer than a lease
_GAP = 2.0  # seconds between two looks at the lock: who has the place takes the lock at once


def writer_limit(data: Path) -> str:
    """The name of the limit: one for each folder of a warehouse."""
    return f"monitor-writer-{hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:8]}"


@asynccontextmanager
async def one_writer(files: WarehouseFiles) -> AsyncIterator[None]:
    """Hold the place of the writer. Raises AcquireConcurrencySlotTimeoutError when another flow keeps it over ``PATIENCE``.

    This only schedules: a lease can be lost with the server, and then the lock of the operating system decides, as it does
    between a flow and a `monitor run` by hand. So a lease that cannot be renewed ends no run.
    """
    name = writer_limit(files.root)
    async with get_client() as client:
        with suppress(ObjectAlreadyExists):  # another flow made it in between
            await client.upsert_global_concurrency_limit_by_name(name, 1)
        await _free_if_nobody_works(client, name, files)
    place = concurrency(
        name, occupy=1, timeout_seconds=PATIENCE, lease_duration=LEASE, strict=True, raise_on_lease_renewal_failure=False
    )
    await place.__aenter__()
    try:
        yield
    finally:
        with suppress(Exception):  # a server that was started anew knows no lease of before, and the run is done all the same
            await place.__aexit__(None, None, None)


async def _free_if_nobody_works(client: PrefectClient, name: str, files: WarehouseFiles) -> None:
    """Free a place whose holder is dead, as the lock of the operating system shows.

    Prefect's server keeps leases in its memory by default, and the number of places taken in its database: where both a run and
    the server die (a machine that loses power, `monitor watch` with its own server), nobody knows the lease any more, and the
    place would be taken for ever.
    """
    if not (await client.read_global_concurrency_limit_by_name(name)).active_slots or _is_at_work(files):
        return
    await asyncio.sleep(_GAP)
    if not _is_at_work(files):
        await client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(active_slots=0))
        get_logger("monitor").info("a run that died had the writer's place; it is free again")


def _is_at_work(files: WarehouseFiles) -> bool:
    """Whether somebody holds the lock of runs."""
    try:
        with one_run_at_a_time(files):
            return False
    except RunInProgressError:
        return True
