"""The published copy as pages read it: opened once for each publication, shared by many readers, asked by the files in ``page/``.

Each publication is a new file at the same path. The next question opens it; questions at work keep the one that they began with,
which is closed when the last of them is done.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb

from ..errors import WarehouseError
from .files import WarehouseFiles, sql
from .query import READING, damaged_copy

Row = dict[str, Any]
_KEPT = 512  # answers of one publication that are kept: a page that everybody opens is asked once


@dataclass(slots=True)
class _Opened:
    """One publication, open, with the answers that it gave."""

    version: str
    connection: duckdb.DuckDBPyConnection
    readers: int = 0
    is_current: bool = True
    answers: "OrderedDict[Hashable, list[Row]]" = field(default_factory=OrderedDict)


class ShownCopy:
    """Rows of the files in ``warehouse/page``; may be asked from several threads at once."""

    def __init__(self, files: WarehouseFiles, *, memory: str = "1GB") -> None:
        """``memory`` is what all questions together may use."""
        self._files, self._memory = files, memory
        self._lock = threading.Lock()
        self._current: _Opened | None = None

    def version(self) -> str:
        """What tells this publication from others. Raises WarehouseError when there is none."""
        try:
            found = self._files.copy.stat()
        except OSError as error:
            raise WarehouseError(
                "there is no warehouse here yet", subject=str(self._files.copy), way_out="`monitor run` fills it."
            ) from error
        return f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"

    def rows(self, name: str, **variables: object) -> list[Row]:
        """The rows of ``warehouse/page/<name>.sql``; the keywords stand in it as variables, those not given are NULL.

        Raises WarehouseError when there is no copy or it is damaged.
        """
        key = name, tuple(sorted((variable, str(value)) for variable, value in variables.items() if value is not None))
        with self._opened() as opened:
            with self._lock:
                if key in opened.answers:
                    opened.answers.move_to_end(key)
                    return opened.answers[key]
            rows = self._ask(opened, sql("page", name), variables)
            with self._lock:
                opened.answers[key] = rows
                while len(opened.answers) > _KEPT:
                    opened.answers.popitem(last=False)
            return rows

    def _ask(self, opened: _Opened, statement: str, variables: dict[str, object]) -> list[Row]:
        with opened.connection.cursor() as cursor:  # a connection of its own, with variables of its own
            cursor.execute("USE shown")
            for variable, value in variables.items():
                if value is not None:
                    cursor.execute(f"SET VARIABLE {variable} = ?", [value])
            result = cursor.execute(statement)
            names = [column[0] for column in result.description or []]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    @contextmanager
    def _opened(self) -> Iterator[_Opened]:
        version = self.version()
        with self._lock:
            if self._current is None or self._current.version != version:
                fresh = self._open(version)
                self._retire()
                self._current = fresh
            opened = self._current
            opened.readers += 1
        try:
            yield opened
        finally:
            with self._lock:
                opened.readers -= 1
                if not opened.is_current and not opened.readers:
                    opened.connection.close()

    def _open(self, version: str) -> _Opened:
        # One path cannot be open twice in a process with two contents, so each publication is attached to a database of its own.
        try:
            connection = duckdb.connect(config={**READING, "memory_limit": self._memory, "threads": "2"})
            connection.execute(f"ATTACH '{str(self._files.copy).replace(chr(39), chr(39) * 2)}' AS shown (READ_ONLY)")
        except duckdb.Error as error:
            raise damaged_copy(self._files, error) from error
        return _Opened(version, connection)

    def _retire(self) -> None:
        if self._current is not None:
            self._current.is_current = False
            if not self._current.readers:
                self._current.connection.close()
            self._current = None

    def close(self) -> None:
        """Let go of the copy."""
        with self._lock:
            self._retire()
