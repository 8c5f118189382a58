"""The file of one kind that is being written: whole records are appended to it, made durable, and only then named.

How far a file is good is kept in ``.open/<name>.json``, written after the bytes are on disk and before any of them is
named by an event. So whatever lies behind that length is the torn tail of a writer that was killed, which nothing refers
to: it is cut off at the next opening. A file that is shorter than that length was damaged from outside; it is left as
it is and a new one begun. Roads not taken: scanning for the last whole record at each opening (seconds for a file of
200 MB, at every run), and one file for each batch (safe, but thousands of small files a day).
"""

import datetime as dt
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from filelock import FileLock, Timeout

from ..errors import ArchiveError
from .records import head_of_file

LOCK_SECONDS = 120  # another process writes its batch in far less


@contextmanager
def one_writer(root: Path) -> Iterator[None]:
    """Hold the archive's lock: two processes never write at once. Raises ArchiveError when another holds it for minutes."""
    folder = root / ".open"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "lock", timeout=LOCK_SECONDS):
            yield
    except Timeout as error:
        raise ArchiveError(
            f"another process has been writing for {LOCK_SECONDS} seconds",
            subject=str(root),
            way_out="Let it end, or end it; what was fetched is fetched again by the next run.",
        ) from error


class AppendedFile:
    """The open file of a kind, entered as a context by one writer at a time; leaving it well makes all of it durable.

    A file is closed when the day is over or when it has ``file_bytes``, between two exchanges.
    """

    def __init__(self, root: Path, name: str, day: dt.date, file_bytes: int) -> None:
        self._root, self._name, self._file_bytes = root, name, file_bytes
        self._folder = f"{day:%Y/%m/%d}"
        self._state = root / ".open" / f"{name}.json"
        self.file = ""
        self._out: BinaryIO

    def __enter__(self) -> Self:
        self.file, length = opened(self._state)
        path = self._root / self.file
        is_whole = bool(self.file) and (path.stat().st_size >= length if path.is_file() else length == 0)
        if is_whole and self.file.startswith(self._folder) and length < self._file_bytes:
            self._open(length)
        else:
            self._cut(length)
            self._begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._out:
            if kind is None:
                self._make_durable()

    def append(self, member: bytes) -> int:
        """Append one record and give where it begins."""
        start = self._out.tell()
        self._out.write(member)
        return start

    def roll(self) -> None:
        """Begin a new file when this one has its size; called between two exchanges."""
        if self._out.tell() >= self._file_bytes:
            with self._out:
                self._make_durable()
            self._begin()

    def _begin(self) -> None:
        """The next number of the day. It is noted before the file is made, so that a crash leaves none that nobody knows of."""
        numbered = re.compile(rf"{re.escape(self._name)}-(\d{{3,}})\.warc\.gz")
        here = [
            *(path.name for path in (self._root / self._folder).glob("*.warc.gz")),
            self.file.removeprefix(self._folder + "/"),
        ]
        number = 1 + max((int(found[1]) for name in here if (found := numbered.fullmatch(name))), default=-1)
        self.file = f"{self._folder}/{self._name}-{number:03}.warc.gz"
        (self._root / self._folder).mkdir(parents=True, exist_ok=True)
        self._note(0)
        self._open(0)

    def _open(self, length: int) -> None:
        path = self._root / self.file
        is_new = not path.exists()
        self._out = path.open("r+b" if not is_new else "xb")
        self._out.truncate(length)
        self._out.seek(length)
        if is_new:
            _sync_folder(path.parent)
        if not length:
            self.append(head_of_file(path.name))

    def _cut(self, length: int) -> None:
        """Take the torn tail off a file that is not written to any more."""
        path = self._root / self.file
        if self.file and path.is_file() and path.stat().st_size > length:
            with path.open("r+b") as stream:
                stream.truncate(length)
                os.fsync(stream.fileno())

    def _make_durable(self) -> None:
        self._out.flush()
        os.fsync(self._out.fileno())
        self._note(self._out.tell())

    def _note(self, length: int) -> None:
        partial = self._state.with_suffix(".new")
        with partial.open("w", encoding="utf-8") as out:
            json.dump({"file": self.file, "length": length}, out)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(self._state)
        _sync_folder(self._state.parent)


def opened(state: Path) -> tuple[str, int]:
    """The file that is being written and how far it is good; no name where nothing is known."""
    try:
        found = json.loads(state.read_text(encoding="utf-8"))
        return str(found["file"]), int(found["length"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return "", 0  # nothing to go on with: a new file is begun, and the one before stays as it is


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
