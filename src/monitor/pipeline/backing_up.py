"""A backup: log and archive as they were at one moment, with the hash of every file; and the way back.

Warehouse first, archive after it: bytes are in the archive before an event names them and are never moved, so the later archive
has everything that the earlier log names. What is appended meanwhile is left out, at the length that the archive itself keeps.
"""

import datetime as dt
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

from ..archive.appending import one_writer, opened
from ..errors import BackupError
from ..settings import Settings
from ..warehouse import WarehouseFiles, open_live
from ..warehouse.files import sync_folder
from ..warehouse.pinning import Pinned, pinned

MANIFEST = "manifest.json"
_CHUNK = 1 << 20
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Item:
    """A file to keep: its name in the backup, its first ``size`` bytes, and when it was changed last (nanoseconds)."""

    name: str
    size: int
    mtime_ns: int
    open: Callable[[], BinaryIO]


class _Target(Protocol):
    def put(self, item: _Item) -> dict[str, Any]:
        """Keep a file and give its line of the manifest."""

    def finish(self, manifest: dict[str, Any]) -> None:
        """Keep the manifest, make all durable and give the backup its name."""


def back_up(
    settings: Settings, target: Path, *, since: Path | None = None, progress: Progress = lambda _what, _done, _total: None
) -> dict[str, Any]:
    """Write a backup into a new folder, or into one file where ``target`` ends in .tar; gives its manifest.

    With ``since``, an earlier backup in a folder, files that have not changed are hard links to it: a backup a night costs
    what the day brought. Raises BackupError when the target is there already or cannot be written, WarehouseError when there
    is no warehouse.
    """
    files = WarehouseFiles(settings.data)
    if target.exists():
        raise BackupError("is there already", subject=str(target), way_out="Name another one; nothing was written.")
    before = _lines_of(since) if since is not None else {}
    try:
        with pinned(files) as held, ExitStack() as stack:
            items = [*_of_the_warehouse(held), *_of_the_archive(settings.data / "archive"), *_of_the_alerts(settings.data)]
            out: _Target = stack.enter_context(_tar(target) if target.suffix == ".tar" else _folder(target, since, before))
            lines = []
            for number, item in enumerate(items, start=1):
                lines.append(out.put(item))
                progress("copying", number, len(items))
            manifest = {
                "program": f"ceasefire-monitor {version('ceasefire-monitor')}",
                "made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                "head": held.head,
                "batches": held.batches,
                "chain": held.chain,
                "waiting_batches": len(held.spool),
                "files": lines,
            }
            out.finish(manifest)
            return manifest
    except OSError as error:
        raise BackupError(
            f"cannot be written: {error.strerror or error}",
            subject=str(target),
            way_out="Make room or mend the rights; nothing was kept.",
        ) from error


def back_up_one_more(
    settings: Settings, folder: Path, keep: int, *, progress: Progress = lambda _what, _done, _total: None
) -> dict[str, Any]:
    """Write a backup into ``folder``, named by the moment and linked to the newest there; keep ``keep`` of them.

    The oldest go only when the new one is whole. Raises what ``back_up`` raises.
    """
    before = sorted(path.parent for path in folder.glob(f"*Z/{MANIFEST}"))
    target = folder / f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    manifest = back_up(settings, target, since=before[-1] if before else None, progress=progress)
    for old in [*before, target][:-keep]:
        shutil.rmtree(old)
    return manifest


def restore(source: Path, data: Path) -> dict[str, Any]:
    """Make a warehouse of a backup in the folder ``data``, which must not hold one; gives the manifest.

    Every file is compared with its hash first. Raises BackupError when one differs or is missing, or the folder is in use.
    """
    for name in ("monitor.duckdb", ".live/monitor.duckdb", "archive"):
        if (data / name).exists():
            raise BackupError(
                "a warehouse lies here already", subject=str(data), way_out="Restore into another folder with --data."
            )
    data.mkdir(parents=True, exist_ok=True)
    partial = data / ".restoring"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        manifest = _unpack(source, partial)
        (partial / "spool").mkdir(exist_ok=True)
        (data / ".live").mkdir(exist_ok=True)
        (partial / "spool").rename(data / ".live" / "spool")
        for path in sorted(partial.iterdir(), key=lambda path: path.name == "monitor.duckdb"):  # with this one it is a warehouse
            path.rename(data / path.name)
        sync_folder(data)
    except OSError as error:
        raise BackupError(
            f"cannot be restored: {error.strerror or error}", subject=str(source), way_out="Mend that, then start again."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    with open_live(WarehouseFiles(data)) as live:
        found = live.query("SELECT sha256 FROM log.batch ORDER BY number LIMIT 1 OFFSET ?", [max(manifest["batches"] - 1, 0)])
        if manifest["batches"] and found != [(manifest["chain"],)]:
            raise BackupError("the log's chain is not that of the manifest", subject=str(source), way_out="Take another backup.")
        live.publish()
    return manifest


def _of_the_warehouse(held: Pinned) -> Iterator[_Item]:
    held.copy.seek(0)
    yield _Item("monitor.duckdb", held.size, 0, lambda: held.copy)
    for name, content in held.spool.items():
        yield _Item(f"spool/{name}", len(content), 0, lambda content=content: io.BytesIO(content))  # type: ignore[misc]


def _of_the_archive(root: Path) -> Iterator[_Item]:
    """Closed files whole, those being written as far as they are good, and what says how far that is."""
    if not root.is_dir():
        return
    with one_writer(root):
        states = {path.name: path.read_bytes() for path in sorted((root / ".open").glob("*.json"))}
        lengths = dict(opened(root / ".open" / name) for name in states)
        files = [(path, path.stat()) for path in sorted(root.glob("[0-9]*/[0-9]*/[0-9]*/*.warc.gz"))]
    for path, status in files:
        name = str(PurePosixPath(path.relative_to(root)))
        size = min(lengths.get(name, status.st_size), status.st_size)
        yield _Item(f"archive/{name}", size, status.st_mtime_ns, lambda path=path: path.open("rb"))  # type: ignore[misc]
    for name, content in states.items():
        yield _Item(f"archive/.open/{name}", len(content), 0, lambda content=content: io.BytesIO(content))  # type: ignore[misc]


def _of_the_alerts(data: Path) -> Iterator[_Item]:
    for path in sorted((data / "alerts").glob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield _Item(f"alerts/{path.name}", len(content), 0, lambda content=content: io.BytesIO(content))  # type: ignore[misc]


class _Folder:
    """A backup as a folder. ``before`` are the manifest's lines of an earlier one, by name."""

    def __init__(self, root: Path, since: Path | None, before: dict[str, dict[str, Any]]) -> None:
        self._root, self._since, self._before = root, since, before

    def put(self, item: _Item) -> dict[str, Any]:
        path = self._root / item.name
        path.parent.mkdir(parents=True, exist_ok=True)
        known = self._before.get(item.name)
        if known is not None and item.mtime_ns and (known["bytes"], known["mtime_ns"]) == (item.size, item.mtime_ns):
            assert self._since is not None  # noqa: S101 - there are no lines without it
            os.link(self._since / item.name, path)
            return known
        with item.open() as source, path.open("xb") as out:
            line = _copied(item, source, out)
            out.flush()
            os.fsync(out.fileno())
        return line

    def finish(self, manifest: dict[str, Any]) -> None:
        with (self._root / MANIFEST).open("x", encoding="utf-8") as out:
            json.dump(manifest, out, indent=1)
            out.flush()
            os.fsync(out.fileno())


class _Tar:
    """A backup as one tar file (POSIX pax); nothing in it would get smaller by compressing."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def put(self, item: _Item) -> dict[str, Any]:
        with item.open() as source:
            reader = _Hashing(source, item.size)
            head = tarfile.TarInfo(item.name)
            head.size, head.mtime = item.size, item.mtime_ns // 1_000_000_000
            self._tar.addfile(head, reader)
        return {"path": item.name, "bytes": item.size, "sha256": reader.digest.hexdigest(), "mtime_ns": item.mtime_ns}

    def finish(self, manifest: dict[str, Any]) -> None:
        content = json.dumps(manifest, indent=1).encode()
        head = tarfile.TarInfo(MANIFEST)
        head.size = len(content)
        self._tar.addfile(head, io.BytesIO(content))


class _Hashing:
    """A file of which only the first bytes are read, with their SHA-256."""

    def __init__(self, source: BinaryIO, size: int) -> None:
        self._source, self._left, self.digest = source, size, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(chunk)
        self.digest.update(chunk)
        return chunk


@contextmanager
def _folder(target: Path, since: Path | None, before: dict[str, dict[str, Any]]) -> Iterator[_Target]:
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield _Folder(partial, since, before)
        partial.rename(target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _tar(target: Path) -> Iterator[_Target]:
    partial = target.with_name(f".{target.name}.partial")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with partial.open("wb") as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
                yield _Tar(tar)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(target)
        sync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)


def _copied(item: _Item, source: BinaryIO, out: BinaryIO) -> dict[str, Any]:
    reader = _Hashing(source, item.size)
    while chunk := reader.read(_CHUNK):
        out.write(chunk)
    return {"path": item.name, "bytes": out.tell(), "sha256": reader.digest.hexdigest(), "mtime_ns": item.mtime_ns}


def _lines_of(backup: Path) -> dict[str, dict[str, Any]]:
    """The manifest's lines of a backup in a folder, by name. Raises BackupError where there is none."""
    return {
        line["path"]: line for line in _manifest_of((backup / MANIFEST).read_bytes if backup.is_dir() else None, backup)["files"]
    }


def _manifest_of(read: Callable[[], bytes] | None, backup: Path) -> dict[str, Any]:
    try:
        if read is not None:
            found: dict[str, Any] = json.loads(read())
            return found
    except (OSError, ValueError, KeyError):
        pass
    raise BackupError(
        "is no backup: it has no manifest", subject=str(backup), way_out="`monitor backup` writes one; a .partial is none."
    )


def _unpack(source: Path, target: Path) -> dict[str, Any]:
    """Write the files of a backup below ``target``, each compared with its hash; gives the manifest."""
    with ExitStack() as stack:
        if source.is_dir():
            manifest = _manifest_of((source / MANIFEST).read_bytes, source)
            open_one: Callable[[str], Any] = lambda name: (source / name).open("rb")  # noqa: E731 - the other one beside it
        else:
            try:
                tar = stack.enter_context(tarfile.open(source))
                open_one = tar.extractfile
                manifest = _manifest_of(tar.extractfile(MANIFEST).read, source)  # type: ignore[union-attr]
            except (tarfile.TarError, KeyError, FileNotFoundError) as error:
                raise BackupError("is no backup", subject=str(source), way_out="`monitor backup` writes one.") from error
        for line in manifest["files"]:
            _unpack_one(line, open_one, target, source)
    return manifest


def _unpack_one(line: dict[str, Any], open_one: Callable[[str], Any], target: Path, source: Path) -> None:
    name = PurePosixPath(line["path"])
    damaged = BackupError(
        "is not as it was written", subject=f"{source}: {name}", way_out="Take another backup; nothing was restored."
    )
    if name.is_absolute() or ".." in name.parts:
        raise damaged
    path = target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open_one(str(name)) as stream, path.open("xb") as out:
            found = _copied(_Item(str(name), line["bytes"], line["mtime_ns"], lambda: stream), stream, out)
            out.flush()
            os.fsync(out.fileno())
    except (FileNotFoundError, KeyError) as error:
        raise damaged from error
    if found["sha256"] != line["sha256"]:
        raise damaged
