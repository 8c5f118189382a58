"""Proof that a warehouse is what its log says: the checks on the copy, and every relation against one made afresh."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from ..errors import WarehouseError
from ..events import Record
from .files import PROJECTIONS, WarehouseFiles
from .live import CONFIG
from .schema import drop_views, make_relations


def relations_that_differ(files: WarehouseFiles, progress: Callable[[str], None] = lambda _: None) -> list[str]:
    """Names of relations in the published copy that a rebuild from its log would make otherwise; none, if all is well.

    Works on a copy of the copy in a folder that is thrown away, so that nothing else is touched; needs the room.
    """
    if not files.copy.is_file():
        raise WarehouseError("there is no warehouse here yet", subject=str(files.copy), way_out="`monitor run` fills it.")
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=files.root) as folder:
        path = Path(folder) / "verify.duckdb"
        progress("copying")
        shutil.copyfile(files.copy, path)
        with duckdb.connect(str(path), config=CONFIG) as connection:
            before = {name: relation_digest(connection, name) for name in PROJECTIONS}
            progress("making every relation afresh")
            connection.execute("BEGIN")
            drop_views(connection)
            make_relations(connection, list(PROJECTIONS))
            connection.execute("COMMIT")
            return [name for name in PROJECTIONS if relation_digest(connection, name) != before[name]]


def chain_head(connection: duckdb.DuckDBPyConnection) -> tuple[int, str]:
    """Number of batches and the last one's hash: noted somewhere else, it proves that nothing before it was changed."""
    rows = connection.execute("SELECT count(*), coalesce(max_by(sha256, number), '') FROM log.batch").fetchall()
    return int(rows[0][0]), str(rows[0][1])


def relation_digest(connection: duckdb.DuckDBPyConnection, name: str, *, schema: str = "main") -> tuple[object, ...]:
    """Rows of a relation, whatever their order: their number, and the sum and the exclusive or of their hashes."""
    if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?", [schema, name]).fetchall():
        return ()
    return connection.execute(
        f'SELECT count(*), bit_xor(hash(row)), sum(hash(row)::HUGEINT) FROM (SELECT t::VARCHAR AS row FROM "{schema}"."{name}" AS t)').fetchall()[0]


def records_named(connection: duckdb.DuckDBPyConnection) -> Iterator[Record]:
    """Every raw record that an event of an open warehouse names, once, in the order of files and places in them."""
    result = connection.execute("""SELECT DISTINCT data ->> '$.record.file', (data ->> '$.record.offset')::BIGINT,
            (data ->> '$.record.length')::BIGINT, data ->> '$.record.sha256'
        FROM log.event WHERE (data ->> '$.record.file') IS NOT NULL ORDER BY ALL""")
    while rows := result.fetchmany(10_000):
        for file, offset, length, sha256 in rows:
            yield Record(file=file, offset=offset, length=length, sha256=sha256)
