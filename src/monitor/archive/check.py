"""Reading an archive to its end: what is in it, what is damaged, and whether what events name is there."""

import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.limitreader import LimitReader
from warcio.recordloader import ArcWarcRecord

from ..errors import ArchiveError
from ..events import Record
from . import Archive
from .appending import opened
from .records import REMOVED, RETIRED

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """A record of a file. ``sha256`` is that of its payload; ``why`` says what is wrong with it, if anything is."""

    offset: int
    length: int
    kind: str  # its WARC type, or "removed"
    sha256: str
    why: str = ""


@dataclass(slots=True)
class Checked:
    """What a check found. ``damaged`` are places in files, ``lost`` records that events name and that do not read back."""

    files: int = 0
    bytes: int = 0
    records: Counter[str] = field(default_factory=Counter)
    payload_bytes: int = 0
    unfinished_bytes: int = 0  # behind what is known to be good: a killed writer's, cut off when the file is written next
    named: int = 0
    removed: int = 0  # named records that were taken out on request
    damaged: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is damaged and nothing lost."""
        return not self.damaged and not self.lost


def check_archive(
    archive: Archive, named: Iterable[Record], *, progress: Callable[[str, int, int], None] = lambda _what, _done, _total: None
) -> Checked:
    """Read every file to its end and compare with the records that events name, which come in the order of their files.

    Whatever else lies in the folder is not looked at. A named record that a damaged place before it hides is read by itself.
    """
    checked = Checked()
    wanted = _by_file(named)
    expected = next(wanted, None)
    lengths = dict(opened(path) for path in sorted((archive.root / ".open").glob("*.json")))
    files = sorted(str(path.relative_to(archive.root)) for path in archive.root.glob("[0-9]*/[0-9]*/[0-9]*/*.warc.gz"))
    for number, file in enumerate(files, start=1):
        while expected is not None and expected[0] < file:
            _compare(checked, archive, {}, expected[1])
            expected = next(wanted, None)
        found = {record.offset: record for record in _read(checked, archive.root, file, lengths.get(file))}
        if expected is not None and expected[0] == file:
            _compare(checked, archive, found, expected[1])
            expected = next(wanted, None)
        progress("reading files", number, len(files))
    while expected is not None:
        _compare(checked, archive, {}, expected[1])
        expected = next(wanted, None)
    return checked


def _by_file(named: Iterable[Record]) -> Iterator[tuple[str, list[Record]]]:
    own: list[Record] = []
    for record in named:
        if own and own[0].file != record.file:
            yield own[0].file, own
            own = []
        own.append(record)
    if own:
        yield own[0].file, own


def _read(checked: Checked, root: Path, file: str, length: int | None) -> Iterator[Found]:
    """Count a file's records and give them; ``length`` is how far it is good while it is being written."""
    size = (root / file).stat().st_size
    good = size if length is None else min(size, length)
    checked.files += 1
    checked.bytes += size
    checked.unfinished_bytes += size - good
    if length is not None and size < length:
        checked.damaged.append(f"{file}: {length - size} bytes are missing at its end")
    end = 0
    for record in records_of_file(root / file, good):
        end = record.offset + record.length
        checked.records[record.kind] += 1
        if record.why:
            checked.damaged.append(f"{file}@{record.offset}: {record.why}")
        yield record
    if end < good:
        checked.damaged.append(f"{file}@{end}: nothing can be read from here to the end ({good - end} bytes)")


def records_of_file(path: Path, length: int) -> Iterator[Found]:
    """The records in the first ``length`` bytes of a file, as warcio reads them, up to the first that it cannot read at all."""
    with path.open("rb") as stream, redirect_stderr(io.StringIO()):  # warcio speaks of damage there, too
        iterator = ArchiveIterator(LimitReader(stream, length), check_digests=True)
        try:
            for record in iterator:
                payload, sha256, is_removed = _payload(record)
                why = "; ".join(record.digest_checker.problems) if record.digest_checker.passed is False else ""
                start, size = iterator.get_record_offset(), iterator.get_record_length()
                if record.digest_checker.passed is None and record.rec_type in ("response", "request"):
                    why = why or f"is cut off after {payload} bytes"
                yield Found(start, size, "removed" if is_removed else record.rec_type, sha256, why)
        except (OSError, EOFError, ValueError, ArchiveLoadFailed):
            return


def _payload(record: ArcWarcRecord) -> tuple[int, str, bool]:
    """Length and SHA-256 of a record's payload, and whether it says that it was removed."""
    digest, size, first = hashlib.sha256(), 0, b""
    while chunk := record.content_stream().read(_CHUNK):
        first = first or chunk
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest(), record.rec_type == "metadata" and first.startswith((REMOVED, RETIRED))


def _compare(checked: Checked, archive: Archive, found: dict[int, Found], named: list[Record]) -> None:
    for record in named:
        checked.named += 1
        here = found.get(record.offset)
        if here is not None and here.kind == "removed":
            checked.removed += 1
        elif here is None or here.why or here.kind == "revisit" or here.sha256 != record.sha256:
            _look_at(checked, archive, record)


def _look_at(checked: Checked, archive: Archive, record: Record) -> None:
    """Read one record by itself: behind a damaged place, or one that stands for another."""
    try:
        digest = hashlib.sha256(archive.read(record.file, record.offset)).hexdigest()
    except ArchiveError as error:
        if error.message.startswith("was removed"):
            checked.removed += 1
        else:
            checked.lost.append(f"{record.file}@{record.offset}: {error.message}")
        return
    if digest != record.sha256:
        checked.lost.append(f"{record.file}@{record.offset}: holds other bytes than the event says")
