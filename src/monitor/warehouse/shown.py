"""The published copy as pages read it: opened once for each publication, shared by many readers, asked by the files in ``page/``.

Each publication is a new file at the same path. The next question opens it; questions at work keep the one that they began with,
which is closed when the last of them is done.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb

from ..errors import WarehouseError
from .files import WarehouseFiles, literal, sql
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
    is_prepared: bool = False
    answers: "OrderedDict[Hashable, list[Row]]" = field(default_factory=OrderedDict)


class Shown:
    """One publication, as one request sees it: whatever is published meanwhile, all of its rows are of this one."""

    def __init__(self, opened: _Opened, lock: threading.Lock) -> None:
        self._opened, self._lock = opened, lock
        self.version = opened.version

    def rows(self, name: str, **variables: object) -> list[Row]:
        """The rows of ``warehouse/page/<name>.sql``; the keywords stand in it as variables, those not given are NULL.

        Rows are shared between readers: do not change them. Raises WarehouseError when the copy is damaged.
        """
        answers = self._opened.answers
        key = name, tuple(sorted((variable, str(value)) for variable, value in variables.items() if value is not None))
        with self._lock:
            if key in answers:
                answers.move_to_end(key)
                return answers[key]
        rows = self._ask(sql("page", name), variables)
        with self._lock:
            answers[key] = rows
            while len(answers) > _KEPT:
                answers.popitem(last=False)
        return rows

    def _ask(self, statement: str, variables: dict[str, object]) -> list[Row]:
        with self._opened.connection.cursor() as cursor:  # a connection of its own, with variables of its own
            cursor.execute("USE shown")
            for variable, value in variables.items():
                if value is not None:
                    cursor.execute(f"SET VARIABLE {variable} = ?", [value])
            result = cursor.execute(statement)
            names = [column[0] for column in result.description or []]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


class ShownCopy:
    """The copy that lies at a path, publication after publication; may be asked from several threads at once."""

    def __init__(
        self, files: WarehouseFiles, *, memory: str = "1GB", usual: Callable[[Shown], None] | None = None
    ) -> None:
        """``memory`` is what all questions together may use; ``usual`` asks what ``prepare`` has answered in advance."""
        self._files, self._memory, self._usual = files, memory, usual
        self._lock = threading.Lock()
        self._preparing = threading.Lock()
        self._current: _Opened | None = None
        self._is_kept_ready = False

    def version(self) -> str:
        """What tells this publication from others. Raises WarehouseError when there is none."""
        try:
            found = self._files.copy.stat()
        except OSError as error:
            raise WarehouseError(
                "there is no warehouse here yet", subject=str(self._files.copy), way_out="`monitor run` fills it."
            ) from error
        return f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"

    def shown_version(self) -> str:
        """The version of what readers have. Raises WarehouseError when there is nothing to show."""
        newest = self.version()
        with self._lock:
            return self._current.version if self._current is not None else newest

    @contextmanager
    def pinned(self) -> Iterator[Shown]:
        """The publication that is shown, held for as long as a page asks it.

        Raises WarehouseError when there is none or it is damaged. That is the newest; or, where somebody calls ``prepare`` again and again, the newest that is prepared.
        """
        version = self.version()
        with self._lock:
            if self._current is None or (self._current.version != version and not self._is_kept_ready):
                self._show(self._open())
            opened = self._current
            assert opened is not None  # noqa: S101 - shown just now
            opened.readers += 1
        try:
            yield Shown(opened, self._lock)
        finally:
            with self._lock:
                opened.readers -= 1
                if not opened.is_current and not opened.readers:
                    opened.connection.close()

    def prepare(self) -> str:
        """Open the newest publication, ask it what readers usually ask, and only then show it; gives its version.

        Until then readers have the one before. Where there is nothing new, nothing is done. Raises WarehouseError as ``pinned``.
        """
        with self._preparing:
            self._is_kept_ready = True
            version = self.version()
            if self._current is not None and self._current.version == version and self._current.is_prepared:
                return version
            fresh = self._open()
            shown = Shown(fresh, self._lock)
            try:
                if self._usual is not None:
                    self._usual(shown)
            except duckdb.Error as error:
                fresh.connection.close()
                raise damaged_copy(self._files, error) from error
            fresh.is_prepared = True
            with self._lock:
                self._show(fresh)
            return fresh.version

    def _show(self, fresh: _Opened) -> None:
        self._retire()
        self._current = fresh

    def _open(self) -> _Opened:
        # One path cannot be open twice in a process with two contents, so each publication is attached to a database of its own.
        while True:
            version = self.version()
            try:
                connection = duckdb.connect(config={**READING, "memory_limit": self._memory, "threads": "2"})
                connection.execute(f"ATTACH {literal(self._files.copy)} AS shown (READ_ONLY)")
            except duckdb.Error as error:
                raise damaged_copy(self._files, error) from error
            if self.version() == version:
                return _Opened(version, connection)
            connection.close()  # published between the two looks: the name would be that of another content

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
