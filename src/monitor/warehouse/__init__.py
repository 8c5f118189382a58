"""The warehouse: the event log, the relations made from it, and the copy that people read. The only door to DuckDB.

DuckDB lets one process write a file and no other even read it meanwhile. So the live file is opened late, for
milliseconds, under a lock of our own that is taken first; people are given a copy, replaced atomically.
"""

from .files import WarehouseFiles, shipped
from .live import Appended, LiveWarehouse, open_live
from .query import Table, query_copy, read_copy
from .rows import WorkLists

__all__ = ["Appended", "LiveWarehouse", "Table", "WarehouseFiles", "WorkLists", "open_live", "query_copy", "read_copy", "shipped"]
