"""Where something is sent to: a URL, read so strictly that nobody can read it in another way.

Readers of URLs disagree (WHATWG's, RFC 3986's, each library's), and what one checks and another one
connects to should be the same host. So what they disagree on is refused, in a sentence that never repeats
the URL: there may be a password in it, or a token in its path.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field

from pftui.domain.addresses import Address
from pftui.domain.api_key import holds_key
from pftui.domain.errors import InvalidInput

URL_LENGTH = 2000  # characters
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"([a-z][a-z0-9+.-]*):(?://([^/?#]*)([^#]*))?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:\[(?P<literal>[0-9a-fA-F:.]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")
# RFC 3986's characters; `\`, `^`, `|`, quotes and brackets are read differently by different readers.
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NAME_LENGTH = 253  # RFC 1035, 2.3.4
# WHATWG's URL standard, "ends in a number": such a host is an address, in one of inet_aton's ways to write
# one.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL in its parts.

    `host` is a name in lower case without a last dot, or an address without brackets; `target` the path and
    query, which is not shown: services that take webhooks put tokens there.
    """

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)

    @property
    def address(self) -> Address | None:
        """The address, where the host is one."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    @property
    def url_host(self) -> str:
        """The host as URLs and `Host:` have it: an IPv6 address in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def place(self) -> str:
        """What it is called in a sentence: the host, and the port where that is not the scheme's own."""
        own = self.port == _PORTS[self.scheme]
        return self.url_host if own else f"{self.url_host}:{self.port}"


def parse_url(text: str, field: str = "url", what: str = "A webhook's URL") -> Endpoint:
    """An http or https URL in its parts.

    Raises:
        InvalidInput: with the field; what was typed is not repeated.
    """

    def refused(why: str) -> InvalidInput:
        return InvalidInput(field, f"{what} {why}")

    if not text:
        raise refused("is needed, as in https://siem.acme.example/in.")
    if len(text) > URL_LENGTH:
        raise refused(f"can have {URL_LENGTH:,} characters at most; this has {len(text):,}.")
    if not _CHARACTERS.fullmatch(text):
        raise refused(
            "holds ASCII characters without spaces only: escape others as in %20, and write a name of "
            "another script in its form that begins with xn--."
        )
    if holds_key(text):
        raise refused("cannot hold an API key: those are kept nowhere.")
    match = _URL.match(text)
    scheme = match[1].lower() if match else ""
    if match is None or scheme not in _PORTS or match[2] is None:
        raise refused("begins with https:// or http://.")
    if match.end() != len(text):
        raise refused("has no fragment (#…): it would not be sent.")
    if "@" in match[2]:
        raise refused("cannot hold a user name or password.")
    authority = _AUTHORITY.fullmatch(match[2])
    port = int(authority["port"] or _PORTS[scheme]) if authority else 0
    if authority is None or not 1 <= port <= 65_535:
        raise refused("is not understood: its host or port is none.")
    host = _literal(authority["literal"]) if authority["literal"] else _name(authority["name"])
    if host is None:
        raise refused("is not understood: its host is neither a name nor an address such as 192.0.2.1.")
    target = match[3] if match[3].startswith("/") else f"/{match[3]}"
    return Endpoint(scheme, host, port, target)


def parse_proxy(text: str, field: str = "webhook_proxy") -> Endpoint:
    """The proxy that all is sent through: `http://HOST:PORT`, without a path.

    It is spoken to in the clear, as proxies are; what goes to an https receiver is encrypted through it.

    Raises:
        InvalidInput: with the field; what was typed is not repeated.
    """
    what = "The URL of a proxy"
    endpoint = parse_url(text, field, what)
    if endpoint.scheme != "http" or endpoint.target != "/":
        raise InvalidInput(field, f"{what} is http://HOST:PORT, as in http://proxy.acme.example:3128.")
    return endpoint


def _literal(text: str) -> str | None:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        return None


def _name(text: str) -> str | None:
    name = text.lower().removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(name))  # dotted, decimal, without leading zeros
        except ValueError:
            return None
    if len(name) > _NAME_LENGTH or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return name
