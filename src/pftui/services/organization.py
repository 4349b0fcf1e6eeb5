"""What the organization has settled for all: its name, when consoles lock, where webhooks may go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pftui.domain.accounts import Operator
from pftui.domain.acts import Act, Intent
from pftui.domain.audit import Action, Target
from pftui.domain.clock import Clock
from pftui.domain.endpoints import parse_proxy
from pftui.domain.errors import Conflict, InvalidInput
from pftui.domain.names import clean_name
from pftui.domain.sessions import IDLE_LOCK_MINUTES, NEVER_LOCKS, SESSION_HOURS
from pftui.domain.teams import Organization
from pftui.domain.webhooks import clean_network, with_networks
from pftui.repositories.unit_of_work import Store
from pftui.services.policy import current_operator
from pftui.services.sentences import changed_meanwhile
from pftui.services.transaction import change

_WORDS = {
    "name": "name",
    "idle_lock_minutes": "idle lock",
    "session_hours": "session hours",
    "allowed_networks": "allowed networks",
    "webhook_proxy": "webhook proxy",
    "keys_restricted": "what keys may do",
}


@dataclass(frozen=True, slots=True)
class OrganizationService:
    """The organization's settings: everybody sees them, global admins change them."""

    store: Store
    clock: Clock

    def show(self, operator: Operator) -> Organization:
        """The settings as they are now."""
        with self.store.read() as unit:
            current_operator(unit, operator)
            return unit.organization.get()

    def update(
        self,
        operator: Operator,
        version: int | None = None,
        *,
        name: str | None = None,
        idle_lock_minutes: int | None = None,
        session_hours: int | None = None,
        allow_networks: Iterable[str] = (),
        remove_networks: Iterable[str] = (),
        webhook_proxy: str | None = None,
        keys_restricted: bool | None = None,
    ) -> Organization:
        """Change what is given and leave the rest; holds for sessions that are open, too.

        Args:
            idle_lock_minutes: 1 to 1,440, or 0 for never.
            session_hours: 1 to 720.
            allow_networks, remove_networks: where webhooks may connect to besides public addresses, from now
                on and no more, as in `10.0.0.0/8`.
            webhook_proxy: `http://HOST:PORT`, by which webhooks go out, so that where they may connect to is
                the proxy's to say; an empty text for none.
            keys_restricted: whether keys may no longer do what R13 names.

        Raises:
            InvalidInput: with the field's name.
            Conflict: `version` is given and somebody else has changed them since (R10).
            ProofNeeded: the password was given more than 15 minutes ago.
        """
        asked = {
            "name": clean_name(name, "name", "An organization's name") if name is not None else None,
            "idle_lock_minutes": _idle_lock(idle_lock_minutes),
            "session_hours": _session_hours(session_hours),
            "webhook_proxy": _proxy(webhook_proxy),
            "keys_restricted": keys_restricted,
        }
        adds = [clean_network(each) for each in allow_networks]
        removes = [clean_network(each) for each in remove_networks]
        with change(
            self.store, operator, self.clock, Intent(Act.ORGANIZATION_UPDATE), proof=True
        ) as transaction:
            row = transaction.unit.organization.row()
            if version is not None and version != row.version:
                raise Conflict(changed_meanwhile(transaction.unit, row.id, "organization"))
            asked["allowed_networks"] = " ".join(
                with_networks(tuple(row.allowed_networks.split()), adds, removes)
            )
            changes = {}
            for field, value in asked.items():
                before = getattr(row, field)
                if value is not None and value != before:
                    changes[field] = {"from": before, "to": value}
                    setattr(row, field, value)
            if changes:
                text = f"Changed {', '.join(_WORDS[field] for field in changes)} of {row.name}"
                transaction.record(
                    Action.ORGANIZATION_UPDATED, Target.ORGANIZATION, row.id, text, changes=changes
                )
            transaction.unit.flush()
            return transaction.unit.organization.get()


def _idle_lock(minutes: int | None) -> int | None:
    if minutes is None or minutes in IDLE_LOCK_MINUTES:
        return minutes
    most = IDLE_LOCK_MINUTES.stop - 1
    raise InvalidInput(
        "idle_lock_minutes", f"The idle lock is 1 to {most} minutes, or never ({NEVER_LOCKS})."
    )


def _proxy(url: str | None) -> str | None:
    if url is None or not url.strip():
        return "" if url is not None else None
    parse_proxy(url.strip())
    return url.strip()


def _session_hours(hours: int | None) -> int | None:
    if hours is None or hours in SESSION_HOURS:
        return hours
    most = SESSION_HOURS.stop - 1
    raise InvalidInput("session_hours", f"The password is asked for again after 1 to {most} hours.")
