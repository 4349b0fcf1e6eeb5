"""Which addresses of the network may be connected to where an admin has typed the name.

Whoever can name a receiver could otherwise make this host speak to itself, to its neighbours, or to what
hands out a cloud's credentials. The table is IANA's (registries of special-purpose addresses, RFC 6890) and
not `ipaddress.is_global`, which says another thing in each release of Python, calls multicast global, and
does not look into addresses that carry another one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: What an address is that is not connected to: the first that holds it.
_NOT_PUBLIC: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "an address of this host"),
    ("10.0.0.0/8", "a private address"),
    ("100.100.100.200/32", "a metadata address"),  # Alibaba Cloud
    ("100.64.0.0/10", "a provider's private address"),
    ("127.0.0.0/8", "a loopback address"),
    ("169.254.169.254/32", "a metadata address"),  # AWS, Azure, Google Cloud, Oracle and others
    ("169.254.0.0/16", "a link-local address"),
    ("172.16.0.0/12", "a private address"),
    ("192.0.0.192/32", "a metadata address"),  # Oracle Cloud
    ("192.0.0.0/24", "a reserved address"),
    ("192.0.2.0/24", "an address of documentation"),
    ("192.88.99.0/24", "a 6to4 address"),
    ("192.168.0.0/16", "a private address"),
    ("168.63.129.16/32", "a metadata address"),  # Azure, although the network is a public one
    ("198.18.0.0/15", "an address of test networks"),
    ("198.51.100.0/24", "an address of documentation"),
    ("203.0.113.0/24", "an address of documentation"),
    ("224.0.0.0/4", "a multicast address"),
    ("255.255.255.255/32", "a broadcast address"),
    ("240.0.0.0/4", "a reserved address"),
    ("::1/128", "a loopback address"),
    ("::/128", "an address of this host"),
    ("::/96", "an IPv4-compatible address"),
    ("64:ff9b:1::/48", "a NAT64 address of a local network"),
    ("2001::/32", "a Teredo address"),
    ("2001::/23", "a reserved address"),
    ("2001:db8::/32", "an address of documentation"),
    ("2002::/16", "a 6to4 address"),
    ("3fff::/20", "an address of documentation"),
    ("fd00:ec2::254/128", "a metadata address"),  # AWS
    ("fd20:ce::254/128", "a metadata address"),  # Google Cloud
    ("fc00::/7", "a private address"),
    ("fe80::/10", "a link-local address"),
    ("fec0::/10", "a site-local address"),
    ("ff00::/8", "a multicast address"),
)
_TABLE: tuple[tuple[Network, str], ...] = tuple(
    (ipaddress.ip_network(network), word) for network, word in _NOT_PUBLIC
)
# All that is given out as global unicast so far (RFC 4291, 2.4; IANA's registry of IPv6's address space).
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# RFC 6052, 2.1: an IPv6-only host reaches all of IPv4 by it, so it is as good as what it carries.
_NAT64 = IPv6Network("64:ff9b::/96")


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks as they are stored: `10.0.0.0/8`, `fd00::/8`.

    Raises:
        ValueError: one is no network.
    """
    return tuple(ipaddress.ip_network(text) for text in texts)


def why_not(address: Address | str, allowed: Iterable[Network] = ()) -> str | None:
    """What an address is that is not connected to, as in `a loopback address`; None for one that may be.

    An IPv4-mapped address is looked at as the IPv4 address that it connects to. One of NAT64's well-known
    prefix is as good as the one that it carries; to allow the network of the latter is not to allow the way
    through the gateway, where the same numbers are other hosts. 6to4, Teredo and local NAT64 are never
    public.

    Args:
        address: as text, too, as a resolver gives it.
        allowed: networks that may be connected to whatever they are.
    """
    if isinstance(address, str):
        try:
            address = ipaddress.ip_address(address)
        except ValueError:
            return "no address"
    allowed = tuple(allowed)
    if isinstance(address, IPv6Address):
        if any(address in network for network in allowed):
            return None
        if address.ipv4_mapped is not None:
            return why_not(address.ipv4_mapped, allowed)
        if address in _NAT64:
            carried = why_not(IPv4Address(int(address) & 0xFFFF_FFFF))
            return carried and f"{carried} behind NAT64"
    elif any(address in network for network in allowed):
        return None
    for network, word in _TABLE:
        if address in network:
            return word
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "a reserved address"
    return None
