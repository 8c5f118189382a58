"""One statement of a stranger in a process of its own: it reads the published copy and nothing else, and can be ended for certain.

A statement can keep DuckDB busy where no interrupt reaches it (a regular expression, a sort in memory), so a limit on time within
this process would be none. A process that is killed takes nothing with it. ``ask`` starts it; run as a program it is the process.
"""

import base64
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ..errors import MonitorError, QueryError
from .answering import answers_only
from .files import WarehouseFiles, literal
from .query import Table, query_copy

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
    files: WarehouseFiles,
    statement: str,
    limits: Limits,
    *,
    started: Callable[["subprocess.Popen[bytes]"], None] = lambda _: None,
    parquet: bool = False,
) -> dict[str, Any]:
    """Columns, types, rows (as JSON values) and ``is_cut`` of one read-only statement; with ``parquet`` that, in Base64, for the rows.

    ``started`` is given the process, so that somebody can end it. Raises QueryError with what is wrong and the way out: also
    when the time is over, the memory does not suffice, or the process was ended.
    """
    order = {"root": str(files.root.resolve()), "statement": statement, "memory": limits.memory, "rows": limits.rows, "parquet": parquet,
             "seconds": limits.seconds}
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


def as_parquet(table: Table, rows: Sequence[tuple[Any, ...]]) -> str:
    """Rows as the bytes of a Parquet file, in Base64. Raises QueryError where a value does not fit the type of its column.

    Made in a database of its own, since the one that was asked may not write files; columns of one name get numbers.
    """
    names: list[str] = []
    for name in table.columns:
        tries = (name, *(f"{name}_{number}" for number in range(2, len(table.columns) + 2)))
        names.append(next(one for one in tries if one.lower() not in {known.lower() for known in names}))
    quoted = [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in names]
    types = ["VARCHAR" if kind.strip('"') == "NULL" else kind for kind in table.types]
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as own:
        target = Path(folder) / "answer.parquet"
        try:
            columns = ", ".join(f"{name} {kind}" for name, kind in zip(quoted, types, strict=True))
            own.execute(f"CREATE TABLE answer ({columns})")
            if rows:
                own.executemany(f"INSERT INTO answer VALUES ({', '.join('?' * len(names))})", rows)
            own.execute(f"COPY answer TO {literal(target)} (FORMAT parquet)")
        except duckdb.Error as error:
            reason = str(error).strip().splitlines()[0]
            raise QueryError(f"this answer is not to be had as Parquet: {reason}", way_out="Take it as CSV or JSON.") from error
        return base64.b64encode(target.read_bytes()).decode()


def main() -> int:
    """Read an order from standard input, answer on standard output."""
    order = json.load(sys.stdin)
    out = answers_only()
    most = int(order["memory"]) * _ADDRESS_SPACE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Where the server is killed nobody ends this process: it ends itself, for it has no more time than this on any number of cores.
    ending = int(order["seconds"]) * (os.cpu_count() or 1) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (ending, ending))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST, _LARGEST))
    os.nice(5)  # runs, and the pages of others, go first
    try:
        table = query_copy(
            WarehouseFiles(Path(order["root"])), order["statement"], memory=int(order["memory"]), most=int(order["rows"]) + 1
        )
        answer: dict[str, Any] = {
            "columns": table.columns,
            "types": table.types,
            "is_cut": len(table.rows) > order["rows"],
        }
        rows = table.rows[: order["rows"]]
        answer |= {"parquet": as_parquet(table, rows)} if order.get("parquet") else {"rows": rows}
    except MonitorError as error:
        answer = {"error": error.message, "way_out": error.way_out}
    except (MemoryError, duckdb.OutOfMemoryException):
        answer = {"error": "out of memory", "way_out": "Ask for fewer rows at once."}
    with out:
        json.dump(answer, out, default=str, ensure_ascii=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
