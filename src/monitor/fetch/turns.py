"""Politeness: whose turn it is at a host, shared by feeds and pages of a run.

A host has places (``per_host``) and a pause between two starts, which its robots.txt may lengthen. Who waits for a host
occupies none of the places that all hosts share (``at_once``), so that a slow host delays itself alone. A host that says
"come back later" (429 or 503 with Retry-After) is held: what is still to be asked there is refused at once. A bare 403 or
5xx holds nobody: one bad address of a big host would otherwise silence all of its feeds.
"""

import asyncio
import datetime as dt
import email.utils
from collections.abc import Callable, Iterable, Mapping

from tld import get_fld
from yarl import URL

from ..schedule import retry_after
from ..settings import FetchSettings
from .sharing import SharedTurns

LONGEST_HOLD = dt.timedelta(hours=24)  # servers were seen to ask for days; the next run looks again
# RFC 6585 section 4 leaves Retry-After on a 429 optional; the status alone already asks to slow down.
BARE_429 = dt.timedelta(minutes=1)


class HeldError(Exception):
    """The host asked for a pause that lasts ``until``."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__(f"until {until:%Y-%m-%d %H:%M:%S} UTC")
        self.until = until


class _Host:
    __slots__ = ("key", "next_one", "pause", "places", "started", "told", "until")

    def __init__(self, key: str, places: int, pause: float) -> None:
        self.key = key
        self.places, self.next_one = asyncio.Semaphore(places), asyncio.Lock()
        self.pause, self.started = pause, float("-inf")
        self.until: dt.datetime | None = None
        self.told: dt.datetime | None = None  # the hold that other machines know of


class Turns:
    """The turns of one run; with ``shared``, also among machines."""

    def __init__(self, settings: FetchSettings, clock: Callable[[], dt.datetime], shared: SharedTurns | None = None) -> None:
        self._settings, self._clock, self._shared = settings, clock, shared
        self._at_once = asyncio.Semaphore(settings.at_once)
        self._hosts: dict[str, _Host] = {}

    def turn(self, url: URL) -> "Turn":
        """``async with`` it: waits for the host's turn, then for one of the places of all.

        Raises HeldError when the host is held by then.
        """
        return Turn(self, self._host(url))

    async def take(self, host: _Host) -> None:
        """What entering a turn does. The last wait is for the common place, never the first."""
        self._refuse_while_held(host)
        await host.places.acquire()
        try:
            await self._start(host)
        except BaseException:
            host.places.release()
            raise

    def give_back(self, host: _Host) -> None:
        """What leaving a turn does."""
        self._at_once.release()
        host.places.release()

    async def _start(self, host: _Host) -> None:
        """One after the other, so that the pause is between starts."""
        loop = asyncio.get_running_loop()
        if not host.pause:
            self._refuse_while_held(host)
            await self._at_once.acquire()
            host.started = loop.time()
            return
        async with host.next_one:
            while (wait := host.started + host.pause - loop.time()) > 0:
                self._refuse_while_held(host)
                await asyncio.sleep(wait)
            self._refuse_while_held(host)
            await self._start_among_machines(host)
            await self._at_once.acquire()
            host.started = loop.time()

    async def _start_among_machines(self, host: _Host) -> None:
        """Wait for the moment that is reserved in the shared store; a hold that another machine was told counts here, too."""
        if self._shared is None:
            return
        wait, held_until = await self._shared.reserve(host.key, host.pause)
        if held_until is not None:
            host.until = host.told = max(host.until or held_until, held_until)
        self._refuse_while_held(host)
        if wait > 0:
            await asyncio.sleep(wait)

    async def tell_of_hold(self, host: _Host) -> None:
        """Let other machines know that the host asked to be left alone."""
        if self._shared is not None and host.until is not None and host.until != host.told:
            host.told = host.until
            await self._shared.hold(host.key, host.until)

    async def claim(self, urls: Iterable[str]) -> set[str]:
        """Those of the addresses whose hosts are this process's for now; all of them where no other machine shares the work."""
        asked = list(urls)
        if self._shared is None:
            return set(asked)
        keys = {url: turn_key(URL(url), by_domain=self._settings.by_domain) for url in asked}
        ours = await self._shared.claim(keys.values())
        return {url for url, key in keys.items() if key in ours}

    def slow_down(self, url: URL, seconds: float) -> None:
        """A robots.txt asks for a pause of so many seconds; it counts where it is longer, up to ``longest_pause_seconds``."""
        host = self._host(url)
        host.pause = max(host.pause, min(seconds, self._settings.longest_pause_seconds))

    def note(self, url: URL, status: int, headers: Mapping[str, str]) -> dt.datetime | None:
        """Hold the host when this answer asks for it, and give the moment until which."""
        now = self._clock()
        wait = asked_pause(status, headers, now)
        if wait is None or wait <= dt.timedelta(0):
            return None
        host = self._host(url)
        until = now + min(wait, LONGEST_HOLD)
        host.until = max(host.until or until, until)
        return host.until

    def _refuse_while_held(self, host: _Host) -> None:
        if host.until is not None and host.until > self._clock():
            raise HeldError(host.until)

    def _host(self, url: URL) -> _Host:
        key = turn_key(url, by_domain=self._settings.by_domain)
        host = self._hosts.get(key)
        if host is None:
            host = self._hosts[key] = _Host(key, self._settings.per_host, self._settings.pause_seconds)
        return host


class Turn:
    """A turn at a host, for ``async with``. A class of its own, since a generator for each request costs more than the turn."""

    __slots__ = ("_host", "_turns")

    def __init__(self, turns: Turns, host: _Host) -> None:
        self._turns, self._host = turns, host

    async def __aenter__(self) -> None:
        await self._turns.take(self._host)

    async def __aexit__(self, *error: object) -> None:
        self._turns.give_back(self._host)
        await self._turns.tell_of_hold(self._host)


def turn_key(url: URL, *, by_domain: bool) -> str:
    """What politeness is counted by: host and port, or the registrable domain by the public suffix list that ``tld`` brings.

    By domain, two blogs on one hosting service are two domains where the list knows the service ("a.blogspot.com").
    Hosts outside of the list (addresses, names of a local network) count by themselves.
    """
    if by_domain:
        found = get_fld((url.raw_host or "").rstrip("."), fix_protocol=True, fail_silently=True, search_private=True)
        if found:
            return str(found)
    return url.host_port_subcomponent or ""


def asked_pause(status: int, headers: Mapping[str, str], now: dt.datetime) -> dt.timedelta | None:
    """What an answer asks everybody to wait: Retry-After on a 429 or 503, in seconds or as a date; None when it asks nothing.

    A date counts from the server's own Date header where there is one: what it means is a distance, and clocks differ.
    """
    if status not in (429, 503):
        return None
    wait = retry_after(headers.get("retry-after"), _moment(headers.get("date")) or now)
    return BARE_429 if wait is None and status == 429 else wait


def _moment(value: str | None) -> dt.datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
