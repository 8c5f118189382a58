"""Mail and services: a real mail server, and a receiver that apprise posts to. What they refuse is a reason without an address."""

import asyncio
import json
import logging
import socket
from collections.abc import Iterator

import pytest
from aiohttp import web
from alert_kill_driver import Receivers
from loopback import Loopback, answer
from test_alert_text import a_message

from monitor.notify import Channel, Refusal
from monitor.notify.services import MailChannel, ServiceChannel, service

SECRET = "s3cr3t-t0ken"


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    with Receivers().open() as opened:
        yield opened


def send(channel: Channel, **options: object) -> Refusal | None:
    return asyncio.run(channel.send(a_message(**options)))


def test_a_mail_has_text_and_html_and_the_same_message_id_for_every_try(receivers: Receivers) -> None:
    """Both say all of it; a repeat is marked in the subject; no out-of-office note comes back."""
    channel = service("desk", receivers.mail, 20)
    assert isinstance(channel, MailChannel)
    assert [send(channel), send(channel, repeats=frozenset({"alert-0123456789abcdef0123"}))] == [None, None]
    first, second = receivers.mails
    assert first["Message-ID"] == second["Message-ID"] == "<alert-0123456789abcdef0123@desk.test>"
    assert (first["To"], first["Auto-Submitted"]) == ("ana@desk.test", "auto-generated")
    assert not str(first["Subject"]).startswith("[repeat]")
    assert str(second["Subject"]).startswith("[repeat]")
    assert first["Subject"].startswith("Variant of a known proposal reported: Vestria")
    plain, html = first.get_body(("plain",)), first.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n").strip() == a_message().text
    assert html.get_content().replace("\r\n", "\n").strip() == a_message().html.strip()


def test_a_mail_server_that_refuses_or_is_away_is_a_reason_without_its_address(receivers: Receivers) -> None:
    """The code of the server and whether it may have arrived; not what it said, which may hold anything."""

    async def full(server: object, session: object, envelope: object) -> str:
        return f"452 no room for {SECRET}"

    receivers.handle_DATA = full  # type: ignore[method-assign]
    assert send(service("desk", receivers.mail, 20)) == Refusal("SMTP 452", is_transient=True)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"mailto://ana:{SECRET}@127.0.0.1:{closed.getsockname()[1]}?from=a@desk.test&to=b@desk.test&mode=insecure"
        assert send(service("desk", url, 5)) == Refusal("ConnectionRefusedError", is_transient=True)


def test_a_service_gets_title_and_text_by_apprise(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    """And when it refuses, its address is in no log and no reason; it may have arrived, so the next try is marked."""
    caplog.set_level(logging.DEBUG)
    got = []

    async def take(request: web.Request) -> web.StreamResponse:
        got.append(await request.json())
        return web.Response()

    with Loopback() as server:
        server.routes = {f"/{SECRET}": take, f"/{SECRET}/no": answer("no", status=500)}
        address = server.url("").replace("http://", "json://")
        channel = service("night", f"{address}/{SECRET}", 20)
        assert isinstance(channel, ServiceChannel)
        assert send(channel) is None
        refusal = send(service("night", f"{address}/{SECRET}/no", 20))
    assert got[0]["title"] == a_message().subject
    assert "Lighthouse plan" in json.dumps(got[0])
    assert refusal is not None
    assert refusal.is_uncertain
    for text in (refusal.reason, caplog.text, *capsys.readouterr()):
        assert SECRET not in text
