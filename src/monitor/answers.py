"""What came back from the network: values that the core can judge without touching it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Redirect:
    """One step on the way to an answer: the status (301, 302, 303, 307, 308) and the absolute address it leads to."""

    status: int
    to: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A 200 answer. ``body`` is decoded (no content encoding left); header names are lower case.

    ``requested`` are the headers that were sent, for the archive; ``redirects`` the steps from ``url`` to ``final_url``.
    """

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    at: dt.datetime
    redirects: tuple[Redirect, ...] = ()
    requested: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304 answer to a conditional request."""

    url: str
    headers: Mapping[str, str]
    at: dt.datetime
    redirects: tuple[Redirect, ...] = ()
    requested: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable answer: ``reason`` is one word of a closed list (``FETCH_FAILURES``).

    ``until`` is when the host may be asked again, where it said so (Retry-After, capped) or is held for having said so.
    """

    url: str
    reason: str
    detail: str
    at: dt.datetime
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    redirects: tuple[Redirect, ...] = ()
    until: dt.datetime | None = None


Answer = Fetched | NotModified | Failed

FETCH_FAILURES = {
    "unreachable": "no connection: name not found, refused, or cut off",
    "timeout": "no full answer within the time limit",
    "tls": "the certificate or the TLS handshake is bad",
    "too_large": "the decoded body is over the limit; reading was stopped there",
    "bad_encoding": "the body does not decode as its Content-Encoding says",
    "redirects": "too many redirects, a circle of them, or one to something else than http(s)",
    "bad_address": "not an http(s) address, or a longer one than is asked",
    "http_error": "an answer with another status than 200 or 304",
    "bad_answer": "not valid HTTP, or more or longer headers than are read",
    "forbidden_address": "the name leads to a private, loopback, link-local or otherwise internal address",
    "robots": "the site's robots.txt does not allow it",
    "challenge": "the site asks for proof of a human reader; nothing is done to evade that",
    "held": "the host asked for a pause (Retry-After) that is not over",
}
