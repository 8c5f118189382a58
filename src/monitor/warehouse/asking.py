"""One statement of a stranger in a process of its own: it reads the published copy and nothing else, and can be ended for certain.

A statement can keep DuckDB busy where no interrupt reaches it (a regular expression, a sort in memory), so a limit on time within
this process would be none. A process that is killed takes nothing with it. ``ask`` starts it; run as a program it is the process.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ..errors import MonitorError, QueryError
from .files import WarehouseFiles
from .query import query_copy

MOST_ROWS = 10_000
_LARGEST = 64 * 1024 * 1024  # bytes of an answer
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT")  # no secret of the server's is handed on
_ADDRESS_SPACE = 3  # times the memory that DuckDB may use: what the process may ask of the system


@dataclass(frozen=True, slots=True)
class Limits:
    """``seconds`` of wall-clock, ``memory`` in bytes for DuckDB, ``rows`` that are given back."""

    seconds: float = 10.0
    memory: int = 1_000_000_000
    rows: int = MOST_ROWS


def ask(
    files: WarehouseFiles, statement: str, limits: Limits, *, started: Callable[["subprocess.Popen[bytes]"], None] = lambda _: None
) -> dict[str, Any]:
    """Columns, types, rows (as JSON values) and ``is_cut`` of one read-only statement.

    ``started`` is given the process, so that somebody can end it. Raises QueryError with what is wrong and the way out: also
    when the time is over, the memory does not suffice, or the process was ended.
    """
    order = {"root": str(files.root.resolve()), "statement": statement, "memory": limits.memory, "rows": limits.rows}
    with tempfile.TemporaryFile() as given:
        # -P: a folder named monitor where the server is started must not stand for the package
        with subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-P", "-m", f"{__package__}.asking"],
            stdin=subprocess.PIPE,
            stdout=given,
            stderr=subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        ) as process:
            started(process)
            try:
                process.communicate(json.dumps(order).encode(), timeout=limits.seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise QueryError(f"stopped after {limits.seconds:g} s", way_out="Ask for fewer days or rows, or use `monitor sql`.") from None
        given.seek(0)
        told = given.read()
    if process.returncode or not told:
        why = "was stopped" if process.returncode and process.returncode < 0 else "ended without an answer"
        raise QueryError(f"the statement {why}", way_out="It may have wanted more memory than it may have; ask for less at once.")
    answer: dict[str, Any] = json.loads(told)
    if "error" in answer:
        raise QueryError(answer["error"], way_out=answer["way_out"])
    return answer


def main() -> int:
    """Read an order from standard input, answer on standard output."""
    order = json.load(sys.stdin)
    most = int(order["memory"]) * _ADDRESS_SPACE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST, _LARGEST))
    os.nice(5)  # runs, and the pages of others, go first
    try:
        table = query_copy(
            WarehouseFiles(Path(order["root"])), order["statement"], memory=int(order["memory"]), most=int(order["rows"]) + 1
        )
        answer: dict[str, Any] = {
            "columns": table.columns,
            "types": table.types,
            "rows": table.rows[: order["rows"]],
            "is_cut": len(table.rows) > order["rows"],
        }
    except MonitorError as error:
        answer = {"error": error.message, "way_out": error.way_out}
    except (MemoryError, duckdb.OutOfMemoryException):
        answer = {"error": "out of memory", "way_out": "Ask for fewer rows at once."}
    json.dump(answer, sys.stdout, default=str, ensure_ascii=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
