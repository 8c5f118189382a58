"""The whole warehouse at one moment, for a backup: the copy, held so that nobody writes into it, and the spool behind it.

The copy and the spool are always the whole (``spool.py``), so a backup needs the writer's lock only until it has both in hand:
milliseconds, however large the file is. Runs then go on; the next publication leaves this copy to its reader (``copies.py``).
"""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from filelock import FileLock, Timeout

from ..errors import WarehouseError, WarehouseLockedError
from .files import WarehouseFiles
from .live import LOCK_PATIENCE
from .query import read_copy
from .spool import Spool
from .verify import chain_head


@dataclass(frozen=True, slots=True)
class Pinned:
    """The copy as an open file, the batches behind it by the names of their files, and where the copy's log ends."""

    copy: BinaryIO
    size: int
    spool: dict[str, bytes]
    head: int  # position of the copy's last event; -1 for none
    batches: int
    chain: str


@contextmanager
def pinned(files: WarehouseFiles) -> Iterator[Pinned]:
    """Hold the warehouse as it is now. Raises WarehouseError when there is no copy, WarehouseLockedError while a writer keeps its lock."""
    if not files.live.parent.is_dir():
        with read_copy(files):
            pass  # says that there is nothing here, with the way out; a copy alone is as good as all
    files.live.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(files.lock, timeout=LOCK_PATIENCE):
            with read_copy(files) as connection:
                head = int(connection.execute("SELECT position FROM log.head").fetchall()[0][0])
                batches, chain = chain_head(connection)
            stream = files.copy.open("rb")
            try:
                _keep_from_writers(stream.fileno())
                spool = {path.name: path.read_bytes() for _, path in Spool(files.spool).waiting()}
            except BaseException:
                stream.close()
                raise
    except Timeout as error:
        raise WarehouseLockedError(f"another process writes to it for more than {LOCK_PATIENCE:g} s", subject=str(files.live),
                                   way_out="Wait for that run to end, then start again.") from error
    except OSError as error:
        raise WarehouseError(f"cannot be read: {error.strerror}", subject=str(files.root), way_out="Mend the rights.") from error
    with stream:
        yield Pinned(stream, os.fstat(stream.fileno()).st_size, spool, head, batches, chain)


def _keep_from_writers(handle: int) -> None:
    """Lock the copy as a reader does, by the open file: a lock of this process would go with any other that it closes."""
    if hasattr(fcntl, "F_OFD_SETLK"):
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0))
    else:
        fcntl.lockf(handle, fcntl.LOCK_SH)
