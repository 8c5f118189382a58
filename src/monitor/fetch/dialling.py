"""Names to addresses, once for each connection: what was judged is what is dialled.

aiohttp connects to what its resolver returns and looks nothing up again, so a name that answers differently a second time
(DNS rebinding) cannot slip in between. Literal addresses never come here: aiohttp passes resolvers over for them, and the
fetcher judges them itself.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

from .addresses import ForbiddenAddressError, Guard

# Host, port and family to (family, address) pairs, as many as the name has.
Lookup = Callable[[str, int, int], Awaitable[list[tuple[int, str]]]]


class GuardedResolver(AbstractResolver):
    """Gives only addresses that may be dialled; hosts of ``connect_to`` get their own, unjudged.

    Raises ForbiddenAddressError, an OSError, where a name has internal addresses only. Where it has both, the others are given.
    """

    def __init__(self, guard: Guard, connect_to: Mapping[str, str], lookup: Lookup) -> None:
        self._guard, self._lookup = guard, lookup
        self._fixed = {host: address.rsplit(":", 1) for host, address in connect_to.items()}

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """The addresses of a name."""
        if host in self._fixed:
            address, fixed_port = self._fixed[host]
            return [_result(host, address.strip("[]"), int(fixed_port))]
        found = await self._lookup(host, port, family)
        if not found:
            raise OSError(f"{host}: no address")
        refusals = {address: None if self._guard.is_exempt(host) else self._guard.refusal(address) for _, address in found}
        allowed = [_result(host, address, port) for _, address in found if refusals[address] is None]
        if not allowed:
            raise ForbiddenAddressError(f"{host}: {next(iter(refusals.values()))}")
        return allowed

    async def close(self) -> None:
        """Nothing is held open."""


class SystemLookup:
    """The system's own resolver in threads of its own, as many as there may be requests.

    Not in the event loop's threads, which are few: there a handful of dead names, each waiting for its time-out, would hold
    up every other lookup.
    """

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="lookup")

    async def __call__(self, host: str, port: int, family: int) -> list[tuple[int, str]]:
        """Look a name up. Raises OSError."""
        infos = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        )
        return [(kind, str(address[0])) for kind, _, _, _, address in infos]

    async def close(self) -> None:
        """End the threads, and wait for what they still look up."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
