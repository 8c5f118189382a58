"""The spool: every batch is a durable file before the warehouse sees it, so that no state of the warehouse can lose one.

A file is written whole, synced and only then named, with the next number; the numbers are the order of the batches. The
warehouse records the number of the last file it took in, in the transaction that took it, so a file that is there twice or
was taken in before a crash adds nothing. A file stays until the copy for reading holds its batch too: the copy and the files
behind it are the whole warehouse, whatever becomes of the live file.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import BatchError, WarehouseError
from ..events import Event, as_json_batch
from ..ids import text_sha256
from .files import sync_folder

_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Batch:
    """What one append brings, as JSON arrays: envelopes and texts; and how many events a stream must have for it to hold."""

    events: str
    bodies: str = "[]"
    expected: Mapping[str, int] | None = None

    @classmethod
    def of(cls, events: Sequence[Event], bodies: Iterable[tuple[str, str]] = (), expected: Mapping[str, int] | None = None) -> "Batch":
        """A batch of events, with pairs of SHA-256 and text."""
        texts = json.dumps([{"sha256": sha256, "text": text} for sha256, text in bodies], ensure_ascii=False)
        return cls(as_json_batch(events), texts, expected)


class Spool:
    """The files of batches below ``folder``, numbered from 1."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, batch: Batch, *, after: int) -> int:
        """Make a batch durable and give its number, above ``after`` and every number there. Raises WarehouseError when the disk refuses."""
        number = max([after, *(number for number, _ in self.waiting())]) + 1
        path = self.folder / f"{number:0{_DIGITS}}.json"
        partial = path.with_suffix(".new")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with partial.open("w", encoding="utf-8") as out:
                # One value a line: a batch of megabytes is read without parsing it twice.
                out.write(f"{json.dumps(batch.expected)}\n{batch.events}\n{batch.bodies}\n")
                out.flush()
                os.fsync(out.fileno())
            partial.rename(path)
            sync_folder(self.folder)
        except UnicodeEncodeError as error:
            raise WarehouseError(f"a text of the batch is no Unicode: {error.reason}", subject=str(path),
                                 way_out="Nothing of this batch was kept; replace lone surrogates before it is appended.") from error
        except OSError as error:
            raise WarehouseError(f"a batch could not be kept: {error.strerror}", subject=str(path),
                                 way_out="Make room or mend the rights; nothing of this batch was kept, the next run does its work again.") from error
        return number

    def waiting(self, after: int = 0) -> list[tuple[int, Path]]:
        """Numbers and files above ``after``, in order."""
        files = [(int(path.stem), path) for path in self.folder.glob("*.json") if path.stem.isdigit()]
        return sorted((number, path) for number, path in files if number > after)

    def read(self, path: Path) -> Batch:
        """One file. Raises BatchError when it is not a batch."""
        try:
            expected, events, bodies, end = path.read_text(encoding="utf-8").split("\n")
            if end:
                raise ValueError("has more than three lines")
            if any(row["sha256"] != text_sha256(row["data"]) for row in json.loads(events)):
                raise ValueError("an event is not what its hash says")
            return Batch(events, bodies, dict(json.loads(expected) or {}))
        except (OSError, TypeError, KeyError, ValueError) as error:
            raise BatchError(f"is not a batch: {error}", subject=str(path), way_out="It was set aside; the batches behind it go on.") from error

    def refuse(self, path: Path) -> Path:
        """Set a file aside that the warehouse cannot take, so that those behind it go on; gives where it is now."""
        aside = self.folder / "refused" / path.name
        aside.parent.mkdir(exist_ok=True)
        again = 1
        while aside.exists():  # a refused number is given again
            aside, again = aside.with_name(f"{path.stem}-{again}.json"), again + 1
        return path.rename(aside)

    def remove(self, through: int) -> None:
        """Remove the files up to a number: the published copy holds them."""
        for number, path in self.waiting():
            if number <= through:
                path.unlink(missing_ok=True)
