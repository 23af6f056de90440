"""Which addresses an endpoint may have: public ones. Whoever writes an endpoint's URL must reach nothing that
only this service reaches, such as a metadata service or a neighbour in a private network.
"""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

type Address = IPv4Address | IPv6Address
type Resolver = Callable[[str, int], list[str]]

_TRANSLATED: Final = tuple(
    map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96"))
)
"""IPv6 addresses that stand for an IPv4 address, which may be a private one."""


class AddressRefusedError(Exception):
    """The host has no address, or one that is not public; the text says which of the two."""


def resolve(host: str, port: int) -> list[str]:
    """Return the host's addresses.

    Raises:
        OSError: there are none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_address(host: str, port: int, *, allows_loopback: bool, resolver: Resolver = resolve) -> str:
    """Return the address to connect to. If one of several is not public, none is used.

    Raises:
        AddressRefusedError: as its text says.
    """
    try:
        found = resolver(host, port)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise AddressRefusedError("the host has no address")
    if not all(_is_allowed(ip_address(text.partition("%")[0]), allows_loopback) for text in found):
        raise AddressRefusedError("the host has an address that is not public")
    return found[0]


def _is_allowed(address: Address, allows_loopback: bool) -> bool:  # noqa: FBT001 - private
    if address.is_loopback:
        return allows_loopback
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_allowed(address.ipv4_mapped, allows_loopback)
        if any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast
