"""Where the warehouse's files and the shipped SQL lie."""

import os
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb

from ..errors import WarehouseError
from ..settings import LakeSettings, Settings

# In this order: a relation may read those before it.
PROJECTIONS = ("topic", "feed", "entry", "page", "article", "article_version", "quarantine", "alias", "live_post", "document", "fingerprint",
               "shingle", "duplicate", "story", "mention", "claim", "proposal", "ruling", "alert", "delivery", "acknowledgement", "judgement", "mute",
               "channel", "run", "retired_file")


def shipped(*parts: str) -> Path:
    """A file or folder that comes with the program: beside the package when installed, ``warehouse/`` in a checkout."""
    inside = Path(str(files("monitor"))) / "_shipped"
    root = inside if inside.is_dir() else Path(__file__).parents[3] / "warehouse"
    path = root.joinpath(*parts)
    if not path.exists():
        raise WarehouseError("is missing from the installation", subject="/".join(parts), way_out="Install the program again.")
    return path


@cache
def sql(folder: str, name: str) -> str:
    """The text of ``warehouse/<folder>/<name>.sql``."""
    return shipped(folder, f"{name}.sql").read_text(encoding="utf-8")


def literal(value: str | Path) -> str:
    """A text as SQL writes it, for the statements that take no parameters (ATTACH, LOAD, SET, COMMENT)."""
    return "'" + str(value).replace("'", "''") + "'"


@cache
def relations(folder: str) -> tuple[str, ...]:
    """Names of the SQL files in a folder, sorted; a file's name is its relation's."""
    return tuple(sorted(path.stem for path in shipped(folder).glob("*.sql")))


@cache
def statements(projection: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """A projection's statements, each with the event types that it reads; the one that makes the table reads none.

    As they stand the files read the view ``log.fresh``; here they read the table ``fresh``, in which the program has the same
    events at hand: the log's data are compressed, and each statement would unpack them again.
    """
    found = [statement.query.replace("log.fresh", "fresh") for statement in duckdb.extract_statements(sql("projection", projection))]
    return tuple((statement, frozenset(re.findall(r"'([a-z]+\.[a-z_]+)'", statement))) for statement in found)


@cache
def event_types(projection: str) -> frozenset[str]:
    """The event types that a projection's SQL names."""
    return frozenset[str]().union(*(types for _, types in statements(projection)))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, as fsync does for a file's content."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class WarehouseFiles:
    """The files of one warehouse below ``root``: the live file that nobody opens, its lock, and the copy for reading.

    With a ``lake``, the live file is a replica of the log that is there.
    """

    root: Path
    lake: LakeSettings | None = None

    @classmethod
    def of(cls, settings: Settings) -> "WarehouseFiles":
        """The warehouse that the settings name."""
        return cls(settings.data, settings.lake if settings.lake.catalog.get_secret_value() else None)

    @property
    def copy(self) -> Path:
        """What people open."""
        return self.root / "monitor.duckdb"

    @property
    def live(self) -> Path:
        """What the program writes."""
        return self.root / ".live" / "monitor.duckdb"

    @property
    def spare(self) -> Path:
        """The copy before last, into which the next one is written."""
        return self.root / ".live" / "spare.duckdb"

    @property
    def standin(self) -> Path:
        """What runs work on while somebody else holds the live file: the copy and the spool behind it."""
        return self.root / ".live" / "standin.duckdb"

    @property
    def spool(self) -> Path:
        """Batches on their way into the live file."""
        return self.root / ".live" / "spool"

    @property
    def backups(self) -> Path:
        """The file as it was before each upgrade of its schema."""
        return self.root / ".live" / "backups"

    @property
    def lock(self) -> Path:
        """Held while the live file is open."""
        return self.root / ".live" / "writer.lock"

    @property
    def run_lock(self) -> Path:
        """Held by one run at a time."""
        return self.root / ".live" / "run.lock"
