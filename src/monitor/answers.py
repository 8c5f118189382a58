"""What came back from the network: values that the core can judge without touching it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fetched:
    """A 200 answer. ``body`` is decoded (no content encoding left); header names are lower case."""

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304 answer to a conditional request."""

    url: str
    headers: Mapping[str, str]
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable answer: ``reason`` is one word of a closed list (``FETCH_FAILURES``)."""

    url: str
    reason: str
    detail: str
    at: dt.datetime
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Fetched | NotModified | Failed

FETCH_FAILURES = {
    "unreachable": "no connection: name not found, refused, or cut off",
    "timeout": "no full answer within the time limit",
    "tls": "the certificate or the TLS handshake is bad",
    "too_large": "the decoded body is over the limit; reading was stopped there",
    "bad_encoding": "the body does not decode as its Content-Encoding says",
    "redirects": "too many redirects, or one to something else than http(s)",
    "http_error": "an answer with another status than 200 or 304",
    "bad_answer": "not valid HTTP",
}
