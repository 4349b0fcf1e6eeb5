"""What services take and return beside the domain's own: light to import, for every front end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pftui.domain.accounts import KeyView, Operator
from pftui.domain.secret import Secret
from pftui.domain.sessions import LastSignIn
from pftui.domain.webhooks import WebhookView


class Revision(NamedTuple):
    """What of a store differs after any change that a list shows.

    `uses` is when an account or key was used last, in microseconds; `changes` is of all else.
    """

    changes: str
    uses: int


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """What the first run asks for."""

    name: str
    admin_name: str
    admin_email: str
    admin_password: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment at which its text exists."""

    key_id: str
    account_id: str
    account_name: str
    key: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A webhook and its signing secret, at the only moment at which a person can have that.

    `previous_until` is until when the old one signs beside it, where it does.
    """

    webhook: WebhookView
    secret: Secret = field(repr=False)
    previous_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlreadySo:
    """What was asked for is so, and nothing was changed (R10): who made it so and when, where known."""

    by: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Undoable:
    """A change that can be taken back, as the event of the trail tells of it."""

    event_id: str
    description: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RevokedKey:
    """A key that is revoked; `already` where it was."""

    key: KeyView
    already: AlreadySo | None


@dataclass(frozen=True, slots=True)
class TemporaryPassword:
    """A password to hand over once; it must be changed at the first sign-in, before `void_after`."""

    account_id: str
    name: str
    email: str
    void_after: datetime
    password: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A successful sign-in. With a temporary password nothing else is possible until it is changed.

    `last` is the sign-in before; None at the first one.
    """

    operator: Operator
    must_change_password: bool
    last: LastSignIn | None = None
