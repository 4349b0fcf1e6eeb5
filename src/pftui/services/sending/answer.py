"""What is sent, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from pftui.domain.addresses import Network
from pftui.domain.characters import escaped
from pftui.domain.secret import Secret

MOST_READ = 64 * 1024
"""Bytes of an answer that are read; the connection of a longer one is closed."""
TEXT_LENGTH = 2_000
"""Characters of an answer that are kept."""


class Outcome(Enum):
    """What came of a request."""

    DELIVERED = "delivered"
    """A status of 2xx came within the time."""
    URL = "url"
    """The URL cannot be sent to."""
    NAME = "name"
    """No address was found for the host's name."""
    ADDRESS = "address"
    """An address of the host may not be connected to."""
    CONNECTION = "connection"
    """It could not be connected to, or closed without an answer."""
    TLS = "tls"
    """Who it is could not be verified, or encryption could not be agreed on."""
    PROXY = "proxy"
    """The proxy did not let it through, or could not be used."""
    TIMEOUT = "timeout"
    """There was no answer within the time."""
    NOT_HTTP = "not_http"
    """What came is no answer of HTTP."""
    REDIRECT = "redirect"
    """It answered that something else is to be asked, which is never followed."""
    STATUS = "status"
    """It answered with any other status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """A delivery: all that one attempt needs. A repeat is an equal one.

    Args:
        url: what it is sent to; not shown, since services that take webhooks put tokens into its path.
        body: its bytes (`payload.body_of`).
        webhook_id, event_id: who subscribed, and by what a receiver knows a repeat.
        secret: what it is signed with.
        previous: an old secret that still signs beside it.
        allowed: networks that may be connected to although they are not public.
        proxy: the proxy's URL; what may be connected to is then the proxy's to say.
    """

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    webhook_id: str
    event_id: str
    secret: Secret
    previous: Secret | None = None
    allowed: tuple[Network, ...] = ()
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    `sentence` says why it counts as not delivered, and is empty where it was; `seconds` is how long it took;
    `status` the status of HTTP, where there was one; `text` the beginning of what the receiver said, on one
    line, with every character that does not print as its escape.
    """

    outcome: Outcome
    sentence: str
    seconds: float
    status: int | None = None
    text: str = ""

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.outcome is Outcome.DELIVERED


def as_text(raw: bytes) -> str:
    """An answer as text that can be stored and shown anywhere: bounded, one line, nothing that acts."""
    words = raw[: 4 * TEXT_LENGTH].decode("utf-8", "replace").split()
    return escaped(" ".join(words))[:TEXT_LENGTH]
