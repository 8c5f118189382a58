"""The warehouse: the event log, the relations made from it, and the copy that people read. The only door to DuckDB.

DuckDB lets one process write a file and no other even read it meanwhile. So the live file is opened late, for
milliseconds, under a lock of our own that is taken first; people are given a copy, replaced atomically.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .files import WarehouseFiles, shipped
from .query import Table, query_copy, read_copy

if TYPE_CHECKING:
    from .live import Appended, LiveWarehouse, open_live
    from .rows import WorkLists

__all__ = ["Appended", "LiveWarehouse", "Table", "WarehouseFiles", "WorkLists", "open_live", "query_copy", "read_copy", "shipped"]

# Writing knows every kind of event and its rules, extraction included: over a second of imports that a reader does not need.
_WRITING = {"Appended": ".live", "LiveWarehouse": ".live", "open_live": ".live", "WorkLists": ".rows"}


def __getattr__(name: str) -> Any:
    if name in _WRITING:
        return getattr(import_module(_WRITING[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
