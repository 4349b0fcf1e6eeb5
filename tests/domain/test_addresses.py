"""Which addresses may be connected to."""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.addresses import networks, why_not

REFUSED = [
    ("0.0.0.0", "of this host"),
    ("10.1.2.3", "private"),
    ("100.64.0.1", "private"),
    ("100.100.100.200", "metadata"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("169.254.1.1", "link-local"),
    ("169.254.169.254", "metadata"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.0.0.192", "metadata"),
    ("192.88.99.1", "6to4"),
    ("192.168.0.1", "private"),
    ("168.63.129.16", "metadata"),
    ("198.19.255.255", "test networks"),
    ("203.0.113.7", "documentation"),
    ("224.0.0.251", "multicast"),
    ("239.255.255.250", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::", "of this host"),
    ("::1", "loopback"),
    ("::127.0.0.1", "IPv4-compatible"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:a9fe:a9fe", "metadata"),
    ("64:ff9b::7f00:1", "a loopback address behind NAT64"),
    ("64:ff9b::169.254.169.254", "a metadata address behind NAT64"),
    ("64:ff9b:1::8.8.8.8", "NAT64 address of a local network"),
    ("64:ff9b:1:ffff::1", "NAT64 address of a local network"),
    ("100::1", "reserved"),
    ("2001::1", "Teredo"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
    ("2001:20::1", "reserved"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::", "6to4"),
    ("2002:808:808::1", "6to4"),
    ("3fff::1", "documentation"),
    ("5f00::1", "reserved"),
    ("fc00::1", "private"),
    ("fd00:ec2::254", "metadata"),
    ("fd12:3456::1", "private"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "site-local"),
    ("feff:ffff::1", "site-local"),
    ("ff02::1", "multicast"),
    ("ff0e::1", "multicast"),
    ("4000::1", "reserved"),
    ("no address", "no address"),
    ("", "no address"),
    ("127.1", "no address"),
]
TAKEN = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.17",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2001:200::1",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
    "3ffe:ffff::1",
]


@pytest.mark.parametrize(("address", "word"), REFUSED)
def test_what_is_not_public_is_refused_and_named(address: str, word: str) -> None:
    assert word in (why_not(address) or "taken")


@pytest.mark.parametrize("address", TAKEN)
def test_what_is_public_is_taken_up_to_the_borders_of_what_is_not(address: str) -> None:
    assert why_not(address) is None


addresses = (
    st.ip_addresses(v=4)
    | st.ip_addresses(v=6)
    | st.sampled_from([ipaddress.ip_address(address) for address, word in REFUSED if word != "no address"])
)


@given(addresses)
def test_no_address_is_taken_that_python_knows_for_another_one_than_public(
    address: IPv4Address | IPv6Address,
) -> None:
    kinds = ("is_private", "is_loopback", "is_link_local", "is_multicast", "is_unspecified", "is_reserved")
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    looked_at = inner or address
    if inner is None and address in ipaddress.ip_network("64:ff9b::/96"):
        looked_at = IPv4Address(
            int(address) & 0xFFFF_FFFF
        )  # which Python calls reserved, whatever it carries
    if why_not(address) is None:
        assert not any(getattr(looked_at, kind) for kind in kinds)
        assert not getattr(looked_at, "is_site_local", False)


INSIDE = {
    "mapped": lambda inner: IPv6Address(0xFFFF << 32 | inner),
    "compatible": lambda inner: IPv6Address(inner),
    "NAT64": lambda inner: IPv6Address(0x64FF9B << 96 | inner),
    "local NAT64, /96": lambda inner: IPv6Address(0x64FF9B0001 << 80 | inner),
    "local NAT64, /48": lambda inner: IPv6Address(
        0x64FF9B0001 << 80 | (inner >> 16) << 64 | (inner & 0xFFFF) << 40
    ),
    "6to4": lambda inner: IPv6Address(0x2002 << 112 | inner << 80 | 1),
    "Teredo's client": lambda inner: IPv6Address(0x20010000 << 96 | (inner ^ 0xFFFF_FFFF)),
    "Teredo's server": lambda inner: IPv6Address(0x20010000 << 96 | inner << 64),
}


@pytest.mark.parametrize("way", INSIDE)
@given(inner=st.ip_addresses(v=4))
def test_a_refused_address_is_refused_in_every_other_one_that_carries_it(
    way: str, inner: IPv4Address
) -> None:
    if why_not(inner):
        assert why_not(INSIDE[way](int(inner)))


@pytest.mark.parametrize("way", INSIDE)
@pytest.mark.parametrize("inner", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
def test_what_matters_most_is_refused_in_each_of_these_ways(way: str, inner: str) -> None:
    assert why_not(INSIDE[way](int(IPv4Address(inner))))


def test_an_organization_can_allow_networks() -> None:
    allowed = networks(["127.0.0.0/8", "fd00::/8", "192.168.7.7/32"])
    assert why_not("127.9.9.9", allowed) is None
    assert why_not("fd12::1", allowed) is None
    assert why_not("192.168.7.7", allowed) is None
    assert why_not("192.168.7.8", allowed)
    assert why_not("::1", allowed), "another loopback than the one that is allowed"


def test_what_is_allowed_is_allowed_as_the_same_address_in_ipv6_but_not_behind_a_gateway() -> None:
    allowed = networks(["10.0.0.0/8"])
    assert why_not("::ffff:10.0.0.1", allowed) is None
    assert why_not("64:ff9b::10.0.0.1", allowed)
    assert why_not("2002:a00:1::", allowed)
    assert why_not("64:ff9b::10.0.0.1", networks(["64:ff9b::/96"])) is None


@given(addresses)
def test_everything_can_be_allowed(address: IPv4Address | IPv6Address) -> None:
    assert why_not(address, networks(["0.0.0.0/0", "::/0"])) is None


def test_what_is_no_network_is_told() -> None:
    with pytest.raises(ValueError, match="10"):
        networks(["10.0.0.1/8"])
