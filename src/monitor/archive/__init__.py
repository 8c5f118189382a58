"""Raw bytes: what was read from the network, kept as WARC 1.1 (ISO 28500), and read back by record.

For each exchange there are a ``response`` record (or a ``revisit`` record, where the body is that of an earlier one), the
``request`` that led to it, and a ``response`` for each redirect on the way. Files lie by day and grow to a size; whatever an
event names is on disk before the event is, and is never moved or written over (see ``appending``), except on request.
"""

import datetime as dt
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders

from ..answers import Fetched, NotModified
from ..errors import ArchiveError
from ..events import Record
from ..ids import sha256
from .appending import AppendedFile, one_writer, opened
from .records import (
    REFERS_TO_FILE,
    REFERS_TO_OFFSET,
    RETIRED,
    Original,
    digest_of,
    note,
    response_members,
    revisit_members,
    tombstone,
)

FILE_BYTES = 200_000_000
_TOMBSTONE = 4096  # bytes; a larger file is none


@dataclass(frozen=True, slots=True)
class Revisit:
    """An answer that brought what ``of`` holds already: the same bytes, or a 304."""

    answer: Fetched | NotModified
    of: Record


class Archive:
    """The WARC files below ``root``, by day. A file is followed by the next one when it has ``file_bytes``."""

    def __init__(self, root: Path, *, file_bytes: int = FILE_BYTES) -> None:
        self.root, self._file_bytes = root, file_bytes

    def write(self, answers: Sequence[Fetched | Revisit], *, name: str, at: dt.datetime) -> list[Record]:
        """Append a batch to the day's open file of that name and give each answer's record. No answers, no file.

        When it returns, all of it is on disk. Raises ArchiveError when the disk refuses.
        """
        if not answers:
            return []
        try:
            with one_writer(self.root), AppendedFile(self.root, name, at.date(), self._file_bytes) as file:
                return [self._write_one(file, answer) for answer in answers]
        except OSError as error:
            raise ArchiveError(
                f"cannot be written: {error.strerror}",
                subject=str(self.root),
                way_out="Make room or mend the rights; what was fetched is fetched again by the next run.",
            ) from error

    def _write_one(self, file: AppendedFile, item: Fetched | Revisit) -> Record:
        file.roll()
        original = self._original(item.of) if isinstance(item, Revisit) else None
        answer = item.answer if isinstance(item, Revisit) else item
        if original is not None or isinstance(answer, NotModified):
            members = revisit_members(answer, original)
        else:  # also the same bytes again, where the record that holds them is gone
            members = response_members(answer)
        digest = item.of.sha256 if isinstance(item, Revisit) else sha256(item.body)
        place: Record | None = None
        for kind, member in members:
            start = file.append(member)
            if kind in ("response", "revisit"):
                place = Record(file=file.file, offset=start, length=len(member), sha256=digest)
        assert place is not None  # noqa: S101 - each exchange has one
        return place

    def _original(self, of: Record) -> Original | None:
        """What a revisit has to say of the record that it refers to; None where that is lost or was removed."""
        try:
            head, _, file, offset = self._followed(of.file, of.offset)
        except ArchiveError:
            return None
        return Original(
            record_id=head.get_header("WARC-Record-ID"),
            url=head.get_header("WARC-Target-URI"),
            date=head.get_header("WARC-Date"),
            digest=head.get_header("WARC-Payload-Digest"),
            file=file,
            offset=offset,
        )

    def redact(self, file: str, offset: int, length: int) -> bool:
        """Overwrite one record with a note of the same length, so that the records behind it stay where they are.

        The request beside it stays: it holds no words of a page but those of its address.
        Gives whether there was a record to overwrite. Raises ArchiveError when the file cannot be written.
        """
        path = self.root / file
        try:
            with one_writer(self.root), path.open("r+b") as stream:
                stream.seek(offset)
                if stream.read(length) == note(length):
                    return False
                stream.seek(offset)
                stream.write(note(length))
                stream.flush()
                os.fsync(stream.fileno())
        except FileNotFoundError:
            return False
        except OSError as error:
            raise ArchiveError(
                f"cannot be written: {error.strerror}", subject=str(path), way_out="Mend the rights, then start again."
            ) from error
        return True

    def files(self) -> list[str]:
        """The names of all files, oldest day first."""
        return sorted(str(path.relative_to(self.root)) for path in self.root.glob("[0-9]*/[0-9]*/[0-9]*/*.warc.gz"))

    def size_of(self, file: str) -> int:
        """Bytes of a file; 0 for one that was let go or is not there."""
        path = self.root / file
        return path.stat().st_size if path.is_file() and not self.is_retired(file) else 0

    def is_retired(self, file: str) -> bool:
        """Whether a tombstone stands in the place of a file."""
        path = self.root / file
        if not path.is_file() or path.stat().st_size > _TOMBSTONE:
            return False
        with path.open("rb") as stream, suppress(EOFError, ValueError, ArchiveLoadFailed):
            return any(
                record.rec_type == "metadata" and record.content_stream().read() == RETIRED for record in ArchiveIterator(stream)
            )
        return False

    def retire(self, file: str) -> int:
        """Let a whole file go: a tombstone takes its name, and says so to whoever looks there. Gives the bytes freed.

        Raises ArchiveError when the folder cannot be written.
        """
        path = self.root / file
        partial = path.with_name(f"{path.name}.new")
        try:
            with one_writer(self.root):
                freed = self.size_of(file)
                if not freed:
                    return 0
                for state in (self.root / ".open").glob("*.json"):
                    if opened(state)[0] == file:
                        state.unlink()  # nothing is appended to it any more
                with partial.open("wb") as out:
                    out.write(tombstone(path.name))
                    out.flush()
                    os.fsync(out.fileno())
                partial.replace(path)
        except OSError as error:
            raise ArchiveError(
                f"cannot be written: {error.strerror}", subject=str(path), way_out="Mend the rights, then start again."
            ) from error
        return freed

    def read(self, file: str, offset: int) -> bytes:
        """The body of one record; of a revisit that of the record it refers to.

        Raises ArchiveError when the file is gone or damaged there.
        """
        return self._followed(file, offset)[1]

    def _followed(self, file: str, offset: int) -> tuple[StatusAndHeaders, bytes, str, int]:
        """Head, body and place of the record there, or of the one that it refers to."""
        head, body = self._whole(file, offset)
        if head.get_header("WARC-Type") == "revisit":
            target, place = head.get_header(REFERS_TO_FILE), head.get_header(REFERS_TO_OFFSET)
            if not target:
                raise _lost(self.root / file, offset, "stands for a record that was lost before")
            file, offset = target, int(place)
            head, body = self._whole(file, offset)
        if head.get_header("WARC-Payload-Digest") != digest_of(body):
            raise _lost(self.root / file, offset)  # torn or damaged: warcio gives what it could read of it
        return head, body, file, offset

    def _whole(self, file: str, offset: int) -> tuple[StatusAndHeaders, bytes]:
        """Head and body of the record that begins there, as far as they can be read."""
        path = self.root / file
        try:
            if gone := self._gone(file):  # asked first: by chance a place in the tombstone reads like a record
                raise gone
            with path.open("rb") as stream:
                stream.seek(offset)
                for record in ArchiveIterator(stream):
                    if record.rec_type == "metadata":
                        raise ArchiveError(
                            "was removed on request",
                            subject=f"{path}@{offset}",
                            way_out="Nothing to do: `article.redacted` in the log says why.",
                        )
                    return record.rec_headers, bytes(record.content_stream().read())
        except (OSError, EOFError, ValueError, ArchiveLoadFailed) as error:
            raise _lost(path, offset, f"cannot be read: {error}") from error
        raise _lost(path, offset)

    def _gone(self, file: str) -> ArchiveError | None:
        if not self.is_retired(file):
            return None
        return ArchiveError(
            "was removed since its time was over",
            subject=str(self.root / file),
            way_out="Nothing to do: `retired_file` in the warehouse says when.",
        )


def _lost(path: Path, offset: int, why: str = "holds no whole record there") -> ArchiveError:
    return ArchiveError(why, subject=f"{path}@{offset}", way_out="Restore the archive folder from a backup.")


__all__ = ["FILE_BYTES", "Archive", "Revisit"]
