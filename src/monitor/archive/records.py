"""An exchange with a server as WARC 1.1 records (ISO 28500), each a gzip member of its own (Annex D).

Bodies are stored decoded, so the Content-Encoding of the answer is not repeated in the record. What identifies somebody
(cookies, authorization, a password in an address) is never written.
"""

import base64
import datetime as dt
import gzip
import hashlib
import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from urllib.parse import urlsplit, urlunsplit

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser
from warcio.warcwriter import WARCWriter

from ..answers import Fetched, NotModified

# Level 9, which warcio's own writer takes, costs an eighth more time for 0.3 percent less (a page of 68,000 bytes).
_LEVEL = 6
_OF_THE_TRANSFER = {"content-encoding", "transfer-encoding", "content-length", "connection", "keep-alive"}
_SECRET = {"set-cookie", "cookie", "authorization", "proxy-authorization"}
_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
REFERS_TO_FILE, REFERS_TO_OFFSET = "WARC-Refers-To-Filename", "WARC-Refers-To-File-Offset"  # Heritrix's names


@dataclass(frozen=True, slots=True)
class Original:
    """The record that a revisit refers to: what its head says of it, and where it lies."""

    record_id: str
    url: str
    date: str
    digest: str
    file: str
    offset: int


def head_of_file(name: str) -> bytes:
    """The warcinfo record that stands first in the file ``name``."""
    writer = _Writer()
    about = {
        "software": f"ceasefire-monitor/{version('ceasefire-monitor')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "description": "Feeds and pages as they were read; bodies are stored without their content encoding",
    }
    return writer.member(writer.records.create_warcinfo_record(name, about))


def response_members(answer: Fetched) -> Iterator[tuple[str, bytes]]:
    """Kind and bytes of each record: the redirects on the way, the response, and the request that led to it."""
    yield from _redirects(answer)
    writer, record_id = _Writer(), StatusAndHeadersParser.make_warc_id()
    record = writer.records.create_warc_record(
        _public(answer.final_url),
        "response",
        payload=io.BytesIO(answer.body),
        length=len(answer.body),
        warc_headers_dict={"WARC-Record-ID": record_id, "WARC-Date": _date(answer)},
        http_headers=_answered(answer.status, answer.headers, length=len(answer.body)),
    )
    yield "response", writer.member(record)
    yield "request", _request(answer, record_id)


def revisit_members(answer: Fetched | NotModified, original: Original | None) -> Iterator[tuple[str, bytes]]:
    """The same for an answer whose body is that of ``original``: the revisit record stands for it (section 6.7 of WARC 1.1).

    A 304 is of the profile "server-not-modified"; the same bytes again are an "identical-payload-digest". A 304 where the
    original is lost refers to nothing.
    """
    yield from _redirects(answer)
    writer, record_id = _Writer(), StatusAndHeadersParser.make_warc_id()
    is_304 = isinstance(answer, NotModified)
    about = {
        "WARC-Record-ID": record_id,
        "WARC-Date": _date(answer),
        "WARC-Profile": _PROFILE + ("server-not-modified" if is_304 else "identical-payload-digest"),
    }
    if original is not None:
        about |= {
            "WARC-Refers-To": original.record_id,
            "WARC-Refers-To-Target-URI": original.url,
            "WARC-Refers-To-Date": original.date,
            "WARC-Payload-Digest": original.digest,
            REFERS_TO_FILE: original.file,
            REFERS_TO_OFFSET: str(original.offset),
        }
    status = 304 if isinstance(answer, NotModified) else answer.status
    headers = _answered(status, answer.headers, length=None if isinstance(answer, NotModified) else len(answer.body))
    yield (
        "revisit",
        writer.member(
            writer.records.create_warc_record(
                _public(_final_url(answer)), "revisit", warc_headers_dict=about, http_headers=headers
            )
        ),
    )
    yield "request", _request(answer, record_id)


def _redirects(answer: Fetched | NotModified) -> Iterator[tuple[str, bytes]]:
    """A response record for each step on the way: its status and where it led; the bodies of redirects are not read."""
    source = answer.url
    for step in answer.redirects:
        writer = _Writer()
        record = writer.records.create_warc_record(
            _public(source),
            "response",
            payload=io.BytesIO(),
            length=0,
            warc_headers_dict={"WARC-Date": _date(answer)},
            http_headers=_answered(step.status, {"location": _public(step.to)}, length=0),
        )
        yield "redirect", writer.member(record)
        source = step.to


def _request(answer: Fetched | NotModified, response_id: str) -> bytes:
    """The request that was answered by the record of that id."""
    writer = _Writer()
    parts = urlsplit(_public(_final_url(answer)))
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    sent = [("Host", parts.netloc)]
    sent += [(name, value) for name, value in answer.requested.items() if name.lower() not in _SECRET | {"host"}]
    record = writer.records.create_warc_record(
        _public(_final_url(answer)),
        "request",
        warc_headers_dict={"WARC-Date": _date(answer), "WARC-Concurrent-To": response_id},
        http_headers=StatusAndHeaders(f"GET {target} HTTP/1.1", sent, is_http_request=True),
    )
    return writer.member(record)


class _Writer:
    """warcio's writer on a buffer, so that a record becomes exactly one gzip member."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self.records = WARCWriter(self._out, gzip=False, warc_version="1.1")

    def member(self, record: ArcWarcRecord) -> bytes:
        self.records.write_record(record)
        return gzip.compress(self._out.getbuffer(), compresslevel=_LEVEL, mtime=0)


def _answered(status: int, headers: Mapping[str, str], *, length: int | None) -> StatusAndHeaders:
    kept = [(name, value) for name, value in headers.items() if name.lower() not in _OF_THE_TRANSFER | _SECRET]
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    if length is not None:
        kept.append(("content-length", str(length)))
    return StatusAndHeaders(f"{status} {phrase}".strip(), kept, protocol="HTTP/1.1")


def _final_url(answer: Fetched | NotModified) -> str:
    if isinstance(answer, Fetched):
        return answer.final_url
    return answer.redirects[-1].to if answer.redirects else answer.url


def _public(url: str) -> str:
    """The address without a user's name and password."""
    parts = urlsplit(url)
    return url if "@" not in parts.netloc else urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _date(answer: Fetched | NotModified) -> str:
    return f"{answer.at:%Y-%m-%dT%H:%M:%SZ}"


def digest_of(body: bytes) -> str:
    """The payload digest as WARC writers give it (SHA-1 in base 32, to recognise damage, not attack)."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


REMOVED = b"removed on request"
RETIRED = b"removed since its time was over"


def tombstone(name: str) -> bytes:
    """What stands in the place of a file that was let go: its warcinfo record, and one that says so."""
    about = {"WARC-Date": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"}
    writer = _Writer()
    record = writer.records.create_warc_record(
        "", "metadata", payload=io.BytesIO(RETIRED), length=len(RETIRED), warc_content_type="text/plain", warc_headers_dict=about
    )
    return head_of_file(name) + writer.member(record)


def note(length: int) -> bytes:
    """A WARC metadata record that says so, as one gzip member (RFC 1952) of exactly ``length`` bytes, filled with spaces."""
    for filling in range(max(0, length - _NOTE_OVERHEAD), -1, -1):
        payload = REMOVED + b" " * filling
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
