"""Bodies by pieces: read, inflated and counted as they come in, so that no body is ever held beyond its limit.

Inflated here and not by aiohttp, for two reasons: aiohttp takes a gzip body that ends in the middle for a whole one, and
bounds what one chunk may inflate to only since 3.13.3. zlib's ``max_length`` bounds each piece.
"""

import zlib
from collections.abc import Iterator

import aiohttp

PIECE = 64 * 1024
_MEMBERS = 1000  # of one gzip body; real ones have one, or one for each chunk that a server flushed
_NOT_ASKED = ("br", "zstd", "compress", "x-compress", "dcb", "dcz")  # we ask for gzip and deflate only


class TooLargeError(Exception):
    """More bytes than are allowed; ``kept`` are the first of them."""

    def __init__(self, kept: bytes) -> None:
        super().__init__()
        self.kept = kept


class BadEncodingError(Exception):
    """The body does not decode as its Content-Encoding says."""


async def read_body(response: aiohttp.ClientResponse, *, at_most: int) -> bytes:
    """The decoded body of at most so many bytes. Raises TooLargeError, BadEncodingError, and what aiohttp raises.

    The bytes on the wire are counted too: a stream of empty blocks inflates to nothing and never ends.
    """
    inflate = inflater(response.headers.get("Content-Encoding", ""))
    on_the_wire, size, kept = 0, 0, []
    async for chunk in response.content.iter_any():
        on_the_wire += len(chunk)
        for piece in inflate.feed(chunk) if inflate is not None else (chunk,):
            kept.append(piece)
            size += len(piece)
            if size > at_most:
                raise TooLargeError(b"".join(kept)[:at_most])
        if on_the_wire > at_most + at_most // 100 + 1024:
            raise TooLargeError(b"".join(kept))
    if inflate is not None:
        inflate.finish()
    return b"".join(kept)


def inflater(encoding: str) -> "Inflater | None":
    """What undoes a Content-Encoding; None where there is nothing to undo. Raises BadEncodingError for what was not asked for.

    Words that name no compression ("utf-8", "none") are a common mistake of servers, and mean nothing.
    """
    codings = [word for word in (part.strip().lower() for part in encoding.split(",")) if word]
    compressed = [word for word in codings if word in ("gzip", "x-gzip", "deflate", *_NOT_ASKED)]
    if not compressed:
        return None
    if len(compressed) > 1 or compressed[0] in _NOT_ASKED:
        raise BadEncodingError(f"cannot undo {encoding[:60]}")
    return Inflater(is_gzip=compressed[0] != "deflate")


class Inflater:
    """gzip (RFC 1952, also of several members) or deflate (RFC 1950, and the bare RFC 1951 that some servers send)."""

    def __init__(self, *, is_gzip: bool) -> None:
        self._is_gzip = is_gzip
        self._inflate = zlib.decompressobj(31 if is_gzip else 15)
        self._members, self._has_started, self._begin = 1, False, b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What comes out, in pieces of at most 64 KiB. Raises BadEncodingError."""
        if not self._has_started:
            self._begin = data = self._begin + data
            if len(data) < 2:
                return
            self._begin = b""
            self._has_started = True
            if not self._is_gzip and (data[0] & 15 != 8 or (data[0] * 256 + data[1]) % 31):  # no header of RFC 1950
                self._inflate = zlib.decompressobj(-15)
        try:
            while True:
                if self._inflate.eof and not (data and self._start_member(data)):
                    return
                piece = self._inflate.decompress(data, PIECE)
                if piece:
                    yield piece
                data = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
                if not data and len(piece) < PIECE:  # a full piece may have more behind it although all input is taken
                    return
        except zlib.error as error:
            raise BadEncodingError(str(error)) from error

    def _start_member(self, data: bytes) -> bool:
        """Whether another member follows. Anything else behind the end is filling, which browsers and gzip pass over too."""
        if not self._is_gzip or data[0] != 0x1F:
            return False
        self._members += 1
        if self._members > _MEMBERS:
            raise BadEncodingError(f"more than {_MEMBERS:,} gzip members")
        self._inflate = zlib.decompressobj(31)
        return True

    def finish(self) -> None:
        """The body is at its end. Raises BadEncodingError when the compressed stream is not: the server cut it off."""
        if self._begin or (self._has_started and not self._inflate.eof):
            raise BadEncodingError("the compressed body ends in the middle")
