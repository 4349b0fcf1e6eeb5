"""Webhooks: where events of the trail are sent, by whom they are signed for, and what became of them.

What is sent is as Promptfoo documents it (enterprise/webhooks): `POST` of `{event, timestamp, data}` with
`X-Promptfoo-Signature`, the hex HMAC-SHA-256 of the body. Which addresses may be connected to is not said
here, since a name means another address at each look.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from pftui.domain.endpoints import parse_url
from pftui.domain.errors import InvalidInput
from pftui.domain.secret import Secret
from pftui.domain.webhook_events import Selection

MOST_WEBHOOKS = 100
"""Of an organization: each has a thread of the deliverer's while it has events, and waits for no other."""
MOST_NETWORKS = 50

#: From an event's own time on: what was not taken by then is parked.
RETRIED_FOR = timedelta(hours=24)
#: How long an old secret signs beside its successor, where that is asked for.
PREVIOUS_SIGNS_FOR = timedelta(days=1)
#: How far behind a webhook may be before it is worth a look.
BEHIND = timedelta(minutes=5)
DELIVERIES_KEPT_FOR = timedelta(days=30)
MOST_DELIVERIES = 1_000
ANSWER_KEPT = 2_000
"""Characters of an answer that are kept, of the 64 kB that are read."""

_SECRET_PREFIX = "pfwh_"
#: Leading characters of a signing secret that are no secret.
SECRET_PUBLIC = len(_SECRET_PREFIX)


def make_secret() -> Secret:
    """A new signing secret: 256 bits of the system's random source, in base64url behind a prefix."""
    return Secret(_SECRET_PREFIX + secrets.token_urlsafe(32))


def clean_url(text: str) -> str:
    """The address that events are sent to, as it is stored. Raises `InvalidInput`, see `parse_url`."""
    url = text.strip()
    parse_url(url)
    return url


def shown_url(url: str) -> str:
    """What can be told of an address to whoever reads the trail: services put tokens into what follows."""
    try:
        endpoint = parse_url(url)
    except InvalidInput:
        return "an address that cannot be read"  # the store was damaged
    return f"{endpoint.scheme}://{endpoint.place}{'' if endpoint.target == '/' else '/…'}"


def clean_network(text: str) -> str:
    """A network in its own notation, `127.0.0.0/8`; a single address is one too.

    Raises:
        InvalidInput: with the field `allow_network`.
    """
    try:
        return str(ipaddress.ip_network(text.strip()))
    except ValueError as error:
        raise InvalidInput(
            "allow_network", f"That is no network, as in 127.0.0.0/8 or fd00::/8: {error}."
        ) from None


def with_networks(
    now: tuple[str, ...], allowed: Iterable[str] = (), removed: Iterable[str] = ()
) -> tuple[str, ...]:
    """The networks once these are allowed and those no more, sorted.

    Raises:
        InvalidInput: one is no network, is not among them, or is both; or there are too many.
    """
    adds, removes = {clean_network(each) for each in allowed}, {clean_network(each) for each in removed}
    if adds & removes:
        raise InvalidInput("allow_network", f"{min(adds & removes)} is both allowed and removed.")
    missing = removes.difference(now)
    if missing:
        there = f"Allowed are: {', '.join(now)}." if now else "None is allowed."
        raise InvalidInput("remove_network", f"{min(missing)} is not among the allowed networks. {there}")
    after = sorted({*now, *adds} - removes, key=lambda each: (":" in each, ipaddress.ip_network(each)))
    if len(after) > MOST_NETWORKS:
        raise InvalidInput("allow_network", f"There can be {MOST_NETWORKS} allowed networks at most.")
    return tuple(after)


class WebhookStatus(Enum):
    """The one word for the state of a webhook: the first that holds."""

    SECRET_LOST = "secret lost"
    PARKED = "parked"
    TEAM_DELETED = "team deleted"
    PAUSED = "paused"
    RETRYING = "retrying"
    BEHIND = "behind"
    WAITING = "waiting"
    UP_TO_DATE = "up to date"

    @property
    def needs_attention(self) -> bool:
        """Whether somebody must do something before all events arrive."""
        return self in (WebhookStatus.SECRET_LOST, WebhookStatus.PARKED, WebhookStatus.TEAM_DELETED)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to send an event. `status` is the HTTP status, None where there was no answer.

    `failure` is a sentence on why it counts as not delivered, empty where it was; `answer` the beginning of
    what the receiver said; `milliseconds` how long it took.
    """

    number: int
    event_id: str
    sequence: int
    event: str
    at: datetime
    attempt: int
    milliseconds: int
    status: int | None
    failure: str
    answer: str

    @property
    def id(self) -> str:
        """Its number, by which a list finds it again."""
        return str(self.number)

    @property
    def name(self) -> str:
        """What it was of."""
        return self.event

    @property
    def sort_key(self) -> None:
        """None: those that are kept are read whole."""
        return None

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it: a status of 2xx within the time."""
        return not self.failure


@dataclass(frozen=True, slots=True)
class Parked:
    """Events that were not taken within their time: a range of the trail, both ends included.

    `resending` is since when they are sent again, because somebody asked for it.
    """

    first: int
    last: int
    events: int
    parked_at: datetime
    resending: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook, and how far it is.

    `events` are patterns (`domain/webhook_events.py`). With `team_id` it gets what belongs to that team;
    `team_name` is None where the team was deleted. `sequence` is the number of the last event of the trail
    that it is done with, `waiting_since` the time of the first one that it has not got yet, `next_attempt`
    when that is tried again. `version` is what an edit must name (R10).
    """

    id: str
    name: str
    url: str
    events: tuple[str, ...]
    team_id: str | None
    team_name: str | None
    enabled: bool
    created_at: datetime
    created_by: str
    version: int
    secret_lost: bool = False
    previous_until: datetime | None = None
    sequence: int = 0
    attempts: int = 0
    next_attempt: datetime | None = None
    waiting_since: datetime | None = None
    parked: int = 0
    last: Delivery | None = None
    damaged: tuple[str, ...] = ()

    @property
    def selection(self) -> Selection:
        """Which events it gets."""
        return Selection.of(self.events, self.team_id)

    @property
    def team_gone(self) -> bool:
        """Whether it is of a team that was deleted."""
        return self.team_id is not None and self.team_name is None

    @property
    def sort_key(self) -> None:
        """None: webhooks are few, and read whole."""
        return None

    def lag(self, now: datetime) -> timedelta:
        """How long the first event that waits has been waiting."""
        if self.waiting_since is None or not self.enabled:
            return timedelta()
        return max(now - self.waiting_since, timedelta())

    def status(self, now: datetime) -> WebhookStatus:
        """The one word for its state."""
        states = (
            (self.secret_lost, WebhookStatus.SECRET_LOST),
            (self.parked > 0, WebhookStatus.PARKED),
            (self.team_gone, WebhookStatus.TEAM_DELETED),
            (not self.enabled, WebhookStatus.PAUSED),
            (self.attempts > 0, WebhookStatus.RETRYING),
            (self.lag(now) > BEHIND, WebhookStatus.BEHIND),
            (self.waiting_since is not None, WebhookStatus.WAITING),
        )
        return next((status for holds, status in states if holds), WebhookStatus.UP_TO_DATE)


class WebhookSort(Enum):
    """The columns of the list of webhooks."""

    NAME = "name"
    TEAM = "team"
    LAST = "last"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class WebhookQuery:
    """Which webhooks, in which order. `text` is what is typed into a filter: see `domain/search.py`."""

    text: str = ""
    sort: WebhookSort = WebhookSort.NAME
    descending: bool = False


def pause_after(attempts: int, chance: float) -> timedelta:
    """How long is waited after so many failed attempts: 5 s, 10 s, 20 s, … to an hour, give or take a fifth.

    Args:
        attempts: 1 or more.
        chance: 0 to 1, so that many receivers of one host are not all tried at once.
    """
    seconds = min(5.0 * 2 ** min(attempts - 1, 20), 3600.0)
    return timedelta(seconds=seconds * (0.8 + 0.4 * chance))


LONGEST_PAUSE = pause_after(100, 1.0)
