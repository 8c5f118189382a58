"""Which addresses may be dialled: pure rules over IP addresses, host names and the settings.

A publisher's feed can name any address as link or redirect, and a name can lead anywhere. What answers on an internal
address (a router, a database, the credentials of a cloud machine) must not be asked by us, let alone be archived.
The rule is "globally reachable, or allowed" and not a list of what is bad: what a list forgets, it lets through.
"""

import ipaddress
import socket
from collections.abc import Iterable

from yarl import URL

LONGEST_URL = 2083  # as in ``urls``: longer ones are session state or an attack

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Globally reachable by ``ipaddress`` in some version of Python, but no place of an outlet (IANA special-purpose registries,
# August 2026). The forms of IPv6 that carry an IPv4 address are refused whole, whatever they carry: no outlet publishes one,
# and who has to live behind NAT64 names its network in ``fetch.allow``.
_REFUSED: tuple[_Network, ...] = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # protocol assignments; a cloud's metadata at 192.0.0.192
            "192.88.99.0/24",  # 6to4 relays
            "168.63.129.16/32",  # a cloud's metadata on a public address
            "::/96",  # IPv4-compatible
            "::ffff:0:0/96",  # IPv4-mapped
            "64:ff9b::/96",  # NAT64 (RFC 6052)
            "64:ff9b:1::/48",  # NAT64, local use (RFC 8215)
            "2001::/23",  # protocol assignments, Teredo
            "2002::/16",  # 6to4
            "3fff::/20",  # documentation
            "5f00::/16",  # segment routing
        ),
    )
)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291: nothing else is given out; site-local fec0::/10 passes for global


class ForbiddenAddressError(OSError):
    """A name or literal leads to an internal address. An OSError, since that is what a resolver may raise."""


class Guard:
    """The rule of one run: ``allow`` lists host names, addresses and networks that may be internal."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._hosts: set[str] = set()
        self._networks: list[_Network] = []
        for entry in allow:
            try:
                self._networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                self._hosts.add(_name(entry))

    def is_exempt(self, host: str) -> bool:
        """Whether a host is allowed by its name, wherever the name leads."""
        return _name(host) in self._hosts

    def refusal(self, address: str) -> str | None:
        """Why an address may not be dialled, or None where it may. ``address`` is a literal, of IPv6 without brackets.

        An address that carries another one (IPv4 in IPv6) passes only where both may: allowing a NAT64 network does not
        allow the internal machines that it could reach.
        """
        try:
            outer = ipaddress.ip_address(address.split("%", 1)[0])
        except ValueError:
            return f"{address} is no address"
        inner = _carried(outer)
        return self._judge(outer) or (self._judge(inner) if inner is not None else None)

    def _judge(self, address: _Address) -> str | None:
        if any(address.version == network.version and address in network for network in self._networks):
            return None
        if is_internal(address):
            return f"{address} is not an address of the public internet"
        return None

    def refusal_of_literal(self, host: str) -> str | None:
        """The same for the host of an address bar: None for a name, which the resolver judges when it is dialled.

        Also the old ways to write an IPv4 address ("127.1", "0x7f000001", "2130706433") are literals: the system's resolver
        takes them.
        """
        if self.is_exempt(host):
            return None
        if ":" in host:
            return self.refusal(host.strip("[]"))
        try:
            address = socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
        except (OSError, ValueError):
            return None  # a name
        return self.refusal(address)


def is_internal(address: _Address) -> bool:
    """Whether an address is private, loopback, link-local, metadata, shared, multicast, reserved or a carrier of another."""
    return (
        not address.is_global
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or (isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST)
        or any(address.version == network.version and address in network for network in _REFUSED)
    )


def _carried(address: _Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside an IPv6 one: mapped, 6to4, Teredo's client, or in the last 32 bits (compatible, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if (found := address.ipv4_mapped or address.sixtofour) is not None:
        return found
    if address.teredo is not None:
        return address.teredo[1]
    if address in _REFUSED[3] or address in _REFUSED[5]:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def web_address(url: str) -> URL:
    """The address that is asked: only http and https, with a host, and not too long. Raises ValueError that says what is wrong.

    Read by aiohttp's own type, so that what is judged here is what it asks.
    """
    if len(url) > LONGEST_URL:
        raise ValueError(f"longer than {LONGEST_URL:,} characters")
    address = URL(url)
    if address.scheme not in ("http", "https"):
        raise ValueError(f"{address.scheme or 'no scheme'}: only http and https are asked")
    if not address.raw_host:
        raise ValueError("no host")
    return address


def _name(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()
