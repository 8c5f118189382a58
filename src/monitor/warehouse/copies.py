"""The copy for reading: what people open, replaced atomically, at the price of what changed.

A copy of a live file without the writer's lock was silently wrong in 10 of 60 tries; under the lock, after a checkpoint, the
file is at rest. Copying all of it costs up to four seconds a gigabyte, so the copy before last is kept as a spare and only the
blocks that differ are written into it: DuckDB's file is three headers of 4 KiB and then blocks, each of which begins with a
checksum of its content, so equal checksums are equal blocks and eight bytes tell. A spare that a reader still has open (DuckDB
readers hold a lock on the file) is left to that reader, and the whole file is copied.
"""

import fcntl
import os
import shutil
import struct
import time
from contextlib import suppress
from pathlib import Path

from ..errors import WarehouseError
from .files import sync_folder

SMALL = 64 * 2**20  # bytes; below that a whole copy takes a moment, and no spare is kept
GRACE = 1.0  # seconds in which a reader that has just opened the file may not have locked it yet
WORTH_WAITING = 64 * 2**20  # bytes; the time of grace is waited for rather than copy so much
_HEADERS = 3 * 4096
_STRIDE = 2**20


def publish_copy(live: Path, copy: Path, spare: Path) -> int:
    """Make ``copy`` what ``live`` is; the caller holds the writer's lock and has checkpointed. Gives the bytes written.

    A reader sees the file of before or the new one, never half of one. Raises WarehouseError when the disk refuses; ``copy``
    is then what it was.
    """
    partial = copy.with_name(f".{copy.name}.{os.getpid()}.new")
    try:
        _clear_up(copy, spare)
        if live.stat().st_size < SMALL:
            spare.unlink(missing_ok=True)
            written = _copy(live, partial)
        else:
            written = _renew(live, spare, partial)
            if copy.exists():
                with suppress(OSError):  # a file system without hard links: no spare, whole copies
                    os.link(copy, spare)
        partial.replace(copy)
        sync_folder(copy.parent)  # the spool lets go of what the copy holds
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise WarehouseError(f"the copy for reading could not be written: {error.strerror}", subject=str(copy),
                             way_out="Make room or mend the rights; nothing is lost, the next run publishes.") from error
    return written


def _clear_up(copy: Path, spare: Path) -> None:
    """Remove what a publication left that was cut off, or somebody who wrote into the copy; the writer's lock is held."""
    for left in copy.parent.glob(f".{copy.name}.*.new"):
        left.unlink()
    copy.with_name(f"{copy.name}.wal").unlink(missing_ok=True)  # DuckDB would apply it to the next copy
    if spare.exists() and copy.exists() and spare.samefile(copy):
        spare.unlink()  # cut off between the link and the replacement: writing into it would be writing into the copy


def _copy(live: Path, partial: Path) -> int:
    shutil.copyfile(live, partial)
    with partial.open("rb") as done:
        os.fsync(done.fileno())
    return partial.stat().st_size


def _renew(live: Path, spare: Path, partial: Path) -> int:
    """Turn the spare into the new copy by its differing blocks, or copy the whole file when it cannot be had."""
    young = GRACE - (time.time() - spare.stat().st_ctime) if spare.exists() else 0.0
    if young > 0 and live.stat().st_size >= WORTH_WAITING:
        time.sleep(min(young, GRACE))
    elif young > 0 or not spare.exists():
        spare.unlink(missing_ok=True)
        return _copy(live, partial)
    with spare.open("r+b") as out, live.open("rb") as source:
        try:
            _lock(out.fileno())
        except OSError:
            spare.unlink()
            return _copy(live, partial)
        written = _write_differences(source.fileno(), out.fileno(), _block_size(source.fileno()))
        os.fsync(out.fileno())
        spare.rename(partial)  # still under the lock: nobody can have opened it under this name
    return written


def _lock(handle: int) -> None:
    """Lock a file against every reader, at once or not at all. Raises OSError.

    Linux can lock the open file instead of the process: then a reader in this process counts too.
    """
    if hasattr(fcntl, "F_OFD_SETLK"):
        whole = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, whole)
    else:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _block_size(source: int) -> int:
    """Bytes a block, as the file's own headers have it; 256 KiB unless somebody set another."""
    sizes = [struct.unpack_from("<Q", os.pread(source, 4096, 4096 * number), 8 + 4 * 8)[0] for number in (1, 2)]
    size = max(sizes)
    return int(size) if size in {2**power for power in range(14, 19)} else 0


def _write_differences(source: int, out: int, block: int) -> int:
    """Make ``out`` equal to ``source``; without a known block size every byte is compared."""
    size = os.fstat(source).st_size
    os.ftruncate(out, size)
    written = _write(source, out, 0, min(size, _HEADERS))
    step = block or _STRIDE
    for start in range(_HEADERS, size, step):
        tell = 8 if block else step
        if os.pread(source, tell, start) != os.pread(out, tell, start):
            written += _write(source, out, start, step)
    return written


def _write(source: int, out: int, start: int, length: int) -> int:
    return os.pwrite(out, os.pread(source, length, start), start)
