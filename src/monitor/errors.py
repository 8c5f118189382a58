"""One root error; every message names the input, what is wrong with it and the way out.

An expected failure of one item (a page, a feed, an entry) is an event with a reason, never one of these.
An exception means that the command cannot go on.
"""

import difflib
from collections.abc import Iterable
from typing import get_args

from pydantic import BaseModel, ValidationError


class MonitorError(Exception):
    """Root of all errors raised by this package.

    ``subject`` is the input concerned (a path, a key, an address); ``way_out`` tells what to do about it.
    """

    exit_code = 1

    def __init__(self, message: str, *, subject: str = "", way_out: str = "") -> None:
        self.message, self.subject, self.way_out = message, subject, way_out
        super().__init__(message)

    def __str__(self) -> str:
        head = f"{self.subject}: {self.message}" if self.subject else self.message
        return f"{head}\n  {self.way_out}" if self.way_out else head


class SettingsError(MonitorError):
    """A setting is unknown or out of range."""

    exit_code = 2


class TopicError(MonitorError):
    """A topic profile cannot be read, or one of its own examples fails."""

    exit_code = 2


class EventError(MonitorError):
    """An event is of an unknown type or version, or its data does not fit its model."""


class ParseError(MonitorError):
    """A feed document cannot be read as a feed; ``reason`` is the outcome recorded for the poll."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class ArchiveError(MonitorError):
    """A raw record cannot be written or read back."""

    exit_code = 4


class WarehouseError(MonitorError):
    """The warehouse is missing, foreign, damaged or cannot be written."""

    exit_code = 4


class WarehouseLockedError(WarehouseError):
    """Somebody else holds the live file open."""

    exit_code = 3


class BatchError(WarehouseError):
    """A file of the spool is not the batch that was written."""


class ConflictError(WarehouseError):
    """A stream has another number of events than a batch was made for: another process was faster."""

    exit_code = 3


class RunInProgressError(MonitorError):
    """Another run holds this warehouse."""

    exit_code = 3


class ExhaustedError(MonitorError):
    """This machine is out of something that all work needs, such as file descriptors: no fault of what was asked."""

    exit_code = 4


class QueryError(MonitorError):
    """A statement of the user is wrong or not allowed."""

    exit_code = 2


class AlertError(MonitorError):
    """There is no such alert or channel, or a channel does not work."""

    exit_code = 2


class BackupError(MonitorError):
    """A backup cannot be written, is damaged, or would be restored over a warehouse."""

    exit_code = 4


class RulingError(MonitorError):
    """What a person wants to decide about the ledger cannot be decided so."""

    exit_code = 2


class ModelError(MonitorError):
    """A language model gave no answer that can be read."""


class NewsroomError(MonitorError):
    """The material of the demo newsroom is inconsistent."""

    exit_code = 2


class PageError(MonitorError):
    """A file with a page cannot be read."""

    exit_code = 2


class CorpusError(MonitorError):
    """A document of the seed corpus cannot be read."""

    exit_code = 2


class SourceError(MonitorError):
    """A list of feeds or a file of pages cannot be read, or an address has no feed."""

    exit_code = 2


# What a model calls a tuple or a dictionary is written so in a file of the user's.
_IN_TOML = {
    "tuple_type": "write a list in brackets, such as [90, 90]",
    "list_type": "write a list in brackets, such as [90, 90]",
    "dict_type": 'write a table in braces, such as { en = ["truce"] }',
    "model_type": "write a table in braces, such as { name = … }",
}


def explain_validation(error: ValidationError, known_keys: Iterable[str]) -> str:
    """One line for each complaint of pydantic: the key's path, what is wrong, and the nearest known key.

    ``known_keys`` are all field names of the file's model, for the guess at what was meant.
    """
    lines = []
    for complaint in error.errors():
        path = ".".join(str(part) for part in complaint["loc"]) or "(the whole file)"
        if complaint["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(complaint["loc"][-1]), list(known_keys), n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            lines.append(f"unknown key {path!r}{hint}")
        else:
            lines.append(f"{path}: {_IN_TOML.get(complaint['type']) or complaint['msg'].lower()}")
    return "\n  ".join(lines)


def field_names(model: type[BaseModel]) -> set[str]:
    """All field names of a model and of the models inside it."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        names.add(name)
        for inner in _models_in(field.annotation):
            names |= field_names(inner)
    return names


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
