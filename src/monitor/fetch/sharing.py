"""Politeness among machines: whose host it is, and when the next request may start there, in the database that they share.

A start is a reserved moment, not a lock: one statement moves the host's next free moment on by the pause and tells how long to
wait, by the database's own clock. So a machine that dies holds nobody up, and one that was asleep cannot start too early.
Claims only share the work out: a host that another machine has claimed is left to it for this run, and comes free by itself five
minutes after the last request there. A claim is one warehouse folder's, in which one run works at a time: a run that takes up
what a killed one left has its hosts at once.
Roads not taken: Prefect's global limits, whose leases lie in the memory of one server and come back after five minutes; and
advisory locks, which a machine that falls off the network keeps for hours.
"""

import datetime as dt
import hashlib
import shlex
import socket
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ..errors import WarehouseError

CLAIM_SECONDS = 300  # renewed by every batch, and by each request that waits its turn
_LONGEST_KEY = 300

_TABLES = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.host_turn (
    host text PRIMARY KEY, next_at timestamptz NOT NULL, held_until timestamptz, holder text, claimed_until timestamptz
);
"""
_RESERVE = """
INSERT INTO {schema}.host_turn AS turn (host, next_at) VALUES ($1, clock_timestamp() + $2::interval)
ON CONFLICT (host) DO UPDATE SET next_at = greatest(turn.next_at, clock_timestamp()) + $2::interval,
    claimed_until = CASE WHEN turn.holder = $3 THEN greatest(turn.claimed_until, clock_timestamp() + $4::interval)
        ELSE turn.claimed_until END
RETURNING extract(epoch FROM next_at - $2::interval - clock_timestamp())::float8 AS wait, held_until
"""
_HOLD = """
INSERT INTO {schema}.host_turn AS turn (host, next_at, held_until) VALUES ($1, clock_timestamp(), $2)
ON CONFLICT (host) DO UPDATE SET held_until = greatest(turn.held_until, excluded.held_until)
"""
# In the order of their names, so that two who claim the same hosts at once wait for and do not block each other.
_CLAIM = """
INSERT INTO {schema}.host_turn AS turn (host, next_at, holder, claimed_until)
SELECT host, clock_timestamp(), $2, clock_timestamp() + $3::interval FROM unnest($1::text[]) AS asked (host) ORDER BY host
ON CONFLICT (host) DO UPDATE SET holder = excluded.holder, claimed_until = excluded.claimed_until
WHERE turn.holder = excluded.holder OR turn.claimed_until IS NULL OR turn.claimed_until < clock_timestamp()
RETURNING host
"""
_RELEASE = "UPDATE {schema}.host_turn SET claimed_until = NULL WHERE holder = $1 AND host = ANY($2::text[])"


def holder_of(folder: Path) -> str:
    """The name under which a warehouse's folder on this machine claims hosts: the same for every run in it."""
    return hashlib.sha256(f"{uuid.getnode():x} {socket.gethostname()} {folder.resolve()}".encode()).hexdigest()[:32]


class SharedTurns:
    """The turns at hosts that machines share. Use ``open_shared_turns``."""

    def __init__(self, pool: Any, schema: str, holder: str) -> None:
        self._pool, self._schema, self._holder = pool, schema, holder
        self._claimed: set[str] = set()

    async def reserve(self, host: str, pause: float) -> tuple[float, dt.datetime | None]:
        """Take the next free moment at a host: seconds until then, and until when the host asked to be left alone."""
        times = dt.timedelta(seconds=pause), self._holder, dt.timedelta(seconds=CLAIM_SECONDS)
        row = await self._ask("fetchrow", _RESERVE, host[:_LONGEST_KEY], *times)
        return max(0.0, row["wait"]), row["held_until"]

    async def hold(self, host: str, until: dt.datetime) -> None:
        """Tell all machines that a host asked to be left alone."""
        await self._ask("execute", _HOLD, host[:_LONGEST_KEY], until)

    async def claim(self, hosts: Iterable[str]) -> set[str]:
        """Those of the hosts that are this holder's for now."""
        asked = {host[:_LONGEST_KEY]: host for host in hosts}
        rows = await self._ask("fetch", _CLAIM, sorted(asked), self._holder, dt.timedelta(seconds=CLAIM_SECONDS))
        self._claimed.update(row["host"] for row in rows)
        return {asked[row["host"]] for row in rows}

    async def release(self) -> None:
        """Give back what was claimed here."""
        await self._ask("execute", _RELEASE, self._holder, sorted(self._claimed))

    async def make(self) -> None:
        """Make the table, if it is not there."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('host_turn'))")  # two at once would both make it
            await connection.execute(_TABLES.format(schema=self._schema))

    async def _ask(self, how: str, statement: str, *values: object) -> Any:
        try:
            return await getattr(self._pool, how)(statement.format(schema=self._schema), *values)
        except (OSError, _postgres_error()) as error:
            raise _away(error) from error


@asynccontextmanager
async def open_shared_turns(catalog: str, schema: str, holder: str) -> AsyncIterator[SharedTurns]:
    """The shared turns in a PostgreSQL database; claims are given back at the end. Raises WarehouseError when it is away.

    ``holder`` names who claims (``holder_of``): claims of the same name do not stand in one another's way.
    """
    try:
        import asyncpg
    except ImportError as error:
        raise WarehouseError(
            "machines that share a lake share their turns at hosts, which needs asyncpg",
            subject="lake",
            way_out="pip install -c constraints.txt 'ceasefire-monitor[lake]'",
        ) from error
    try:
        pool = await asyncpg.create_pool(min_size=1, max_size=4, **_address(catalog))
    except (OSError, asyncpg.PostgresError) as error:
        raise _away(error) from error
    try:
        turns = SharedTurns(pool, schema, holder)
        await turns.make()
        yield turns
        await turns.release()
    finally:
        pool.terminate()


def _address(catalog: str) -> dict[str, Any]:
    """Libpq's key=value words, or an address, as asyncpg wants them."""
    if "://" in catalog:
        return {"dsn": catalog}
    words = dict(word.split("=", 1) for word in shlex.split(catalog))
    names = {"host": "host", "port": "port", "user": "user", "password": "password", "dbname": "database"}
    return {names[key]: value for key, value in words.items() if key in names}


def _postgres_error() -> type[Exception]:
    import asyncpg

    error: type[Exception] = asyncpg.PostgresError
    return error


def _away(error: Exception) -> WarehouseError:
    return WarehouseError(
        f"the turns at hosts that machines share cannot be had: {type(error).__name__}",
        subject="lake.catalog",
        way_out="Is PostgreSQL running? Nothing is asked without them; the next run takes up what is due.",
    )
