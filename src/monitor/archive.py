"""Raw bytes: what was read from the network, kept as WARC 1.1 (ISO 28500), and read back by record.

A batch is one file, written whole, synced and only then named in events: a crash leaves at most a file that nothing
refers to. Bodies are stored decoded, so the Content-Encoding of the answer is not repeated in the record.
"""

import base64
import datetime as dt
import hashlib
import io
import os
import struct
import zlib
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from .answers import Fetched
from .errors import ArchiveError
from .events import Record
from .ids import sha256

_OF_THE_TRANSFER = {"content-encoding", "transfer-encoding", "content-length", "connection", "keep-alive", "set-cookie"}


class Archive:
    """The WARC files below ``root``, by day."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, answers: Sequence[Fetched], *, name: str, at: dt.datetime) -> list[Record]:
        """Write a batch into one new file and give each answer's record. No answers, no file.

        A file of that name is never overwritten: the new one gets a number. Raises ArchiveError when the disk refuses.
        """
        if not answers:
            return []
        file = self._free(f"{at:%Y/%m/%d}/{name}")
        path = self.root / file
        partial = path.with_suffix(".new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as out:
                records = [self._write_one(out, file, answer) for answer in answers]
                out.flush()
                os.fsync(out.fileno())
            partial.rename(path)
        except OSError as error:
            raise ArchiveError(
                f"cannot be written: {error.strerror}",
                subject=str(path),
                way_out="Make room or mend the rights; what was fetched is fetched again by the next run.",
            ) from error
        return records

    def _free(self, name: str) -> str:
        """A file name that is not taken: a stage that is tried again in its run must not write over what events point to."""
        numbered = (f"{name}.warc.gz" if number == 0 else f"{name}-again-{number}.warc.gz" for number in count())
        return next(file for file in numbered if not (self.root / file).exists())

    @staticmethod
    def _write_one(out: io.BufferedWriter, file: str, answer: Fetched) -> Record:
        start = out.tell()
        headers = [(name, value) for name, value in answer.headers.items() if name not in _OF_THE_TRANSFER]
        headers.append(("content-length", str(len(answer.body))))
        writer = WARCWriter(out, gzip=True, warc_version="1.1")
        writer.write_record(
            writer.create_warc_record(
                answer.final_url,
                "response",
                payload=io.BytesIO(answer.body),
                length=len(answer.body),
                warc_headers_dict={"WARC-Date": f"{answer.at:%Y-%m-%dT%H:%M:%SZ}"},
                http_headers=StatusAndHeaders(f"{answer.status} OK", headers, protocol="HTTP/1.1"),
            )
        )
        return Record(file=file, offset=start, length=out.tell() - start, sha256=sha256(answer.body))

    def redact(self, file: str, offset: int, length: int) -> bool:
        """Overwrite one record with a note of the same length, so that the records behind it stay where they are.

        Gives whether there was a record to overwrite. Raises ArchiveError when the file cannot be written.
        """
        path = self.root / file
        note = _note(length)
        try:
            with path.open("r+b") as stream:
                stream.seek(offset)
                if stream.read(length) == note:
                    return False
                stream.seek(offset)
                stream.write(note)
                stream.flush()
                os.fsync(stream.fileno())
        except FileNotFoundError:
            return False
        except OSError as error:
            raise ArchiveError(
                f"cannot be written: {error.strerror}", subject=str(path), way_out="Mend the rights, then start again."
            ) from error
        return True

    def read(self, file: str, offset: int) -> bytes:
        """The body of one record. Raises ArchiveError when the file is gone or damaged there."""
        path = self.root / file
        try:
            with path.open("rb") as stream:
                stream.seek(offset)
                for record in ArchiveIterator(stream):
                    body = bytes(record.content_stream().read())
                    if record.rec_type == "metadata":
                        raise ArchiveError(
                            "was removed on request",
                            subject=f"{path}@{offset}",
                            way_out="Nothing to do: `article.redacted` in the log says why.",
                        )
                    if record.rec_headers.get_header("WARC-Payload-Digest") == _digest(body):
                        return body
                    break  # torn or damaged: warcio gives what it could read of it
        except (OSError, EOFError, ValueError, ArchiveLoadFailed) as error:
            raise ArchiveError(
                f"cannot be read: {error}", subject=f"{path}@{offset}", way_out="Restore the archive folder from a backup."
            ) from error
        raise ArchiveError(
            "holds no whole record there", subject=f"{path}@{offset}", way_out="Restore the archive folder from a backup."
        )


def _note(length: int) -> bytes:
    """A WARC metadata record that says so, as one gzip member (RFC 1952) of exactly ``length`` bytes, filled with spaces."""
    for filling in range(max(0, length - _NOTE_OVERHEAD), -1, -1):
        payload = b"removed on request" + b" " * filling
        about = "WARC/1.1\r\nWARC-Type: metadata\r\nContent-Type: text/plain\r\nContent-Length: "
        head = f"{about}{len(payload)}\r\n\r\n".encode()
        record = head + payload + b"\r\n\r\n"
        deflate = zlib.compressobj(0, zlib.DEFLATED, -zlib.MAX_WBITS)
        stored = deflate.compress(record) + deflate.flush()
        tail = stored + struct.pack("<II", zlib.crc32(record), len(record))
        missing = length - len(tail) - 12  # what the header's extra field has to fill
        if missing >= 0:
            return b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" + struct.pack("<H", missing) + b"\0" * missing + tail
    return b"\0" * length  # shorter than any record of an answer


_NOTE_OVERHEAD = 100  # bytes that the note's own words take at least


def _digest(body: bytes) -> str:
    """The payload digest as WARC writers give it (SHA-1 in base 32, to recognise damage, not attack)."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
