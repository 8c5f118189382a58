"""Who may come in, and what a browser may do with what it gets.

Bound to loopback everybody on this machine may read, but only under a name of loopback: a page elsewhere that lets its own name
point here (DNS rebinding) is refused. Bound to anything else a token is asked for, once, and kept in a cookie.
"""

import hmac
import ipaddress
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "monitor-token"
_HEADERS = {
    # No inline script or style, nothing from elsewhere, no frame around these pages.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_loopback(host: str) -> bool:
    """Whether a host to bind to, or a host of a request, is this machine's own."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """The name in a Host header, without the port; IPv6 without brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Access:
    """The rule of one server, around its application: ``token`` is empty where it is bound to loopback.

    Plain ASGI, not a function of FastAPI's ``middleware``: behind one of those nobody learns that a reader has gone away.
    """

    app: ASGIApp
    token: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, let in, or take a token from the address into a cookie."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(Request(scope)) if scope["type"] == "http" else None
        await (refusal or self.app)(scope, receive, guarded)

    def _refusal(self, request: Request) -> Response | None:
        if request.method not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("These pages are for reading.", 405)
        if not self.token:
            if is_loopback(host_of(request.headers.get("host", ""))):
                return None
            return PlainTextResponse("Only names of this machine are answered; bind to another address to ask for a token.", 421)
        if self._is_token(request.query_params.get("token", "")):
            answer = RedirectResponse(str(request.url.remove_query_params("token")), 303)
            answer.set_cookie(COOKIE, self.token, max_age=30 * 86400, httponly=True, samesite="strict", path="/")
            return answer
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._is_token(request.cookies.get(COOKIE, "")) or self._is_token(bearer):
            return None
        return PlainTextResponse("A token is needed: open the address that `monitor serve` printed, with ?token=….", 401)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())
