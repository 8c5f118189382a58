"""Channels of this machine: the console, a file of JSON lines, and the feeds that readers subscribe to."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from rich.console import Console

from ..alerts import Message
from .base import Refusal

FEED = "feed"


@dataclass(frozen=True, slots=True)
class ConsoleChannel:
    """Standard error, for a person: standard output stays clean for programs."""

    name: str = "console"
    is_idempotent: bool = False
    is_record: bool = False

    async def send(self, message: Message) -> Refusal | None:
        """Print the message's text."""
        text = message.text if not message.data.get("is_test") else f"{message.subject}\n{message.text}"
        try:
            Console(stderr=True, soft_wrap=True, highlight=False, emoji=False).print(text, markup=False)
        except OSError as error:
            return Refusal(f"console: {error.strerror}", is_transient=True)
        return None


@dataclass(frozen=True, slots=True)
class FileChannel:
    """One JSON object a line. An alert already in the file is not written again, so a crash cannot double it."""

    path: Path
    name: str = "file"
    is_idempotent: bool = True
    is_record: bool = True

    async def send(self, message: Message) -> Refusal | None:
        """Append the alerts whose id does not stand there."""
        wanted = [{"id": a["id"], "type": f"alert.{a['kind']}", **a} for a in message.data["alerts"]] or [
            {"type": message.type, **message.data}
        ]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with (
                FileLock(self.path.with_name(f".{self.path.name}.lock")),
                self.path.open("a+", encoding="utf-8", errors="replace") as file,
            ):
                file.seek(0)
                lines = file.read()
                there = {_id_of(line) for line in lines.splitlines()}
                new = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in wanted if row["id"] not in there)
                torn = bool(lines) and not lines.endswith("\n")  # a crash in the middle of a line: end it, write anew
                if new:
                    file.write(("\n" if torn else "") + new)
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            return Refusal(f"file: {error.strerror}", is_transient=True)
        return None


@dataclass(frozen=True, slots=True)
class FeedChannel:
    """The Atom feed and the JSON Feed of alerts. What is taken here enters them when they are written from the warehouse."""

    atom: Path | None
    json_feed: Path | None
    name: str = FEED
    is_idempotent: bool = True
    is_record: bool = True

    async def send(self, message: Message) -> Refusal | None:
        """Take the message; see ``write``."""
        del message
        return None

    def write(self, atom: bytes, json_feed: bytes) -> None:
        """Put both documents into their places: whoever reads one meanwhile reads the old one or the new one, whole."""
        for path, content in ((self.atom, atom), (self.json_feed, json_feed)):
            if path is None or (path.is_file() and path.read_bytes() == content):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f".{path.name}.{os.getpid()}.new")
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)

    def holds(self, entry_ids: Iterable[str]) -> bool:
        """Whether both documents are there with these entries; not where a run died before it wrote them."""
        ids = [entry_id.encode() for entry_id in entry_ids]
        documents = [path.read_bytes() if path.is_file() else b"" for path in (self.atom, self.json_feed) if path is not None]
        return all(document and all(entry_id in document for entry_id in ids) for document in documents)


def _id_of(line: str) -> str | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value.get("id") if isinstance(value, dict) else None
