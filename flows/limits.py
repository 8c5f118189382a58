"""One writer to a warehouse, as far as Prefect can see: a global concurrency limit that all flows share."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.concurrency.asyncio import concurrency
from prefect.exceptions import ObjectAlreadyExists

LEASE = 60.0  # seconds after which the place of a process that died is free again; the least that Prefect takes
PATIENCE = 120.0  # seconds that a flow waits for its place; longer than a lease


def writer_limit(data: Path) -> str:
    """The name of the limit: one for each folder of a warehouse."""
    return f"monitor-writer-{hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:8]}"


@asynccontextmanager
async def one_writer(data: Path) -> AsyncIterator[None]:
    """Hold the place of the writer. Raises AcquireConcurrencySlotTimeoutError when another flow keeps it over ``PATIENCE``.

    This only schedules: a lease can be lost with the server, and then the lock of the operating system decides, as it does
    between a flow and a `monitor run` by hand. So a lease that cannot be renewed ends no run.
    """
    name = writer_limit(data)
    async with get_client() as client:
        with suppress(ObjectAlreadyExists):  # another flow made it in between
            await client.upsert_global_concurrency_limit_by_name(name, 1)
    place = concurrency(
        name, occupy=1, timeout_seconds=PATIENCE, lease_duration=LEASE, strict=True, raise_on_lease_renewal_failure=False
    )
    await place.__aenter__()
    try:
        yield
    finally:
        with suppress(Exception):  # a server that was started anew knows no lease of before, and the run is done all the same
            await place.__aexit__(None, None, None)
