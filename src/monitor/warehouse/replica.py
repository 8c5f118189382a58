"""A live file whose log is a lake's: it follows before it reads, and what it appends goes into the lake first.

Killed between the lake's commit and its own, it lacks a batch and takes it in when it is opened next; killed before, the batch waits
in its spool and is sifted again. The spool is each machine's own: what it holds is known to the lake or offered to it.
"""

import time
import uuid
from collections.abc import Sequence

import duckdb

from ..errors import ConflictError, WarehouseError
from ..events import RECURRING
from . import lake as shared
from .files import WarehouseFiles, sql
from .live import LiveWarehouse
from .spool import Batch


class ReplicaWarehouse(LiveWarehouse):
    """The open live file of one of the machines that share a lake."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, files: WarehouseFiles) -> None:
        super().__init__(connection, files)
        if files.lake is None:
            raise WarehouseError("no lake is set", subject="lake.catalog", way_out="docs/settings.md has the settings of a lake.")
        self.lake = files.lake
        self.conflicts = 0
        shared.attach(connection, files.lake)

    def follow(self, until: int | None = None) -> int:
        """Take in all that the lake has, or up to a batch; gives the number of events. Raises WarehouseError."""
        taken = 0
        try:
            while True:
                with self._transaction():
                    piece = shared.follow(self._connection, self._advance, until=until)
                taken += piece
                if not piece:
                    break
            self._follow_redactions()
        except duckdb.Error as error:
            raise shared.unreachable(error, self.lake) from error
        self.is_changed = self.is_changed or taken > 0
        return taken

    def commit(self, number: int, batch: Batch) -> list[tuple[uuid.UUID, str]]:
        """Put the batch of a file of the spool into the lake, and take it in; gives the ids and types of what was new, in order."""
        end = time.monotonic() + shared.CONFLICT_PATIENCE
        while True:
            self.follow()
            added = self._sift(number, batch)
            try:
                if added:
                    shared.offer(self._connection)
                break
            except shared.SlowerError as slower:
                self.conflicts += 1
                if time.monotonic() > end:
                    raise WarehouseError(f"others were faster for {shared.CONFLICT_PATIENCE:g} s, or a compaction is at work", subject=str(self.lake.data),
                                         way_out="The batch waits in the spool, and the next run offers it again.") from slower
                shared.wait_a_little(min(self.conflicts, 6))
            except duckdb.Error as error:  # the lake's fault: whether it was committed shows when it is followed again
                raise shared.unreachable(error, self.lake) from error
        if added:
            self.follow()
        self._connection.execute("UPDATE log.head SET spooled = greatest(spooled, ?)", [number])
        return added

    def _sift(self, number: int, batch: Batch) -> list[tuple[uuid.UUID, str]]:
        """What of the batch the replica, and so the lake, does not have; what cannot be read or is for another state is set aside."""
        run = self._connection.execute
        try:
            for name, value in (("events", batch.events), ("bodies", batch.bodies), ("recurring", list(RECURRING))):
                run(f"SET VARIABLE {name} = ?", [value])
            run(sql("log", "sift"))
            added = run("SELECT event_id, type FROM fresh ORDER BY position").fetchall()
            if added:
                self._check(batch.expected, {event_id for event_id, _ in added})
        except (duckdb.Error, ConflictError):
            self._set_aside(number)
            raise
        return added

    def redact(self, masked: str, texts: Sequence[str]) -> None:
        """Take words out of the lake, then out of this replica; other replicas follow when they are opened next."""
        while True:
            self.follow()
            try:
                self._redact_lake(masked, texts)
                break
            except duckdb.Error as error:
                if not shared.is_conflict(error):
                    raise shared.unreachable(error, self.lake) from error
                shared.wait_a_little(1)
        super().redact(masked, texts)

    def _redact_lake(self, masked: str, texts: Sequence[str]) -> None:
        with self._transaction():
            self._connection.execute("SET VARIABLE masked = ?", [masked])
            self._connection.execute("SET VARIABLE removed = ?", [list(texts)])
            self._connection.execute(sql("lake", "redact"))

    def _follow_redactions(self) -> None:
        """Take out what was taken out of the lake since."""
        ((here,),) = self._connection.execute("SELECT count(*) FROM log.redaction").fetchall()
        if shared.head_of(self._connection).redactions <= here:
            return
        ((masked,),) = self._connection.execute(f"""
            SELECT coalesce(json_group_array(json_object('event_id', event_id, 'data', data::VARCHAR)), '[]') FROM {shared.ALIAS}.log.event
            SEMI JOIN (SELECT event_id FROM {shared.ALIAS}.log.redaction ANTI JOIN log.redaction AS known USING (event_id)) AS taken USING (event_id)""").fetchall()
        texts = self._connection.execute(f"SELECT sha256 FROM log.body ANTI JOIN {shared.ALIAS}.log.body AS kept USING (sha256)").fetchall()
        super().redact(str(masked), [sha256 for (sha256,) in texts])
        with self._transaction():  # the hashes that were kept are the lake's: what an event said before it lost its words
            self._connection.execute("DELETE FROM log.redaction")
            self._connection.execute(f"INSERT INTO log.redaction SELECT event_id, data_sha256 FROM {shared.ALIAS}.log.redaction")
