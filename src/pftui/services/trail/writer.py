"""What appends events to the trail, for whoever has something to tell."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pftui.domain.accounts import Kind, Operator
from pftui.domain.audit import (
    AccountVerb,
    Action,
    Actor,
    AuditEvent,
    Target,
    account_action,
    account_target,
    host_actor,
)
from pftui.domain.source import Means, Origin, Source
from pftui.repositories.models import Principal
from pftui.repositories.unit_of_work import UnitOfWork

#: Ids of the same kind that one event names; where they are more it says how many, so that events stay small.
MOST_NAMED = 100


def number_of(there: int) -> int | None:
    """How many there are, for an event that does not name all of them."""
    return there if there > MOST_NAMED else None


def new_id() -> str:
    """An id for a new row."""
    return str(uuid.uuid4())


def actor_of(operator: Operator) -> Actor:
    """The operator as the audit trail names them."""
    return Actor(operator.id, operator.name, operator.email)


def origin_of(operator: Operator) -> Origin:
    """How the operator came, and from where."""
    by = Means.PASSWORD if operator.key_id is None else Means.KEY
    return Origin(by, operator.source, operator.key_id, operator.session_id)


def host_writer(unit: UnitOfWork, unix_user: str, source: Source, now: datetime) -> AuditWriter:
    """Tells what the owner of the store did, without an operator: `unix_user`, as `host:` and this."""
    return AuditWriter(unit, host_actor(unix_user), Origin(Means.HOST, source), now)


class Told(NamedTuple):
    """What differs between many events that tell of the same: see `AuditWriter.record`."""

    target_id: str
    description: str
    team_id: str | None
    metadata: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AuditWriter:
    """Appends events to the trail, in the transaction of the change that they tell of (R8)."""

    unit: UnitOfWork
    actor: Actor
    origin: Origin
    now: datetime

    def record(
        self,
        action: Action,
        target: Target,
        target_id: str,
        description: str,
        team_id: str | None = None,
        **metadata: object,
    ) -> AuditEvent:
        """Tell what was done. `description` is for people and needs no actor; empty metadata are left out."""
        organization_id = self.unit.audit.organization_id()
        event = self._event(action, target, target_id, description, team_id, organization_id, metadata)
        return self.unit.audit.append(event)

    def record_each(self, action: Action, target: Target, told: Iterable[Told]) -> None:
        """Tell the same of thousands, an event each."""
        organization_id = self.unit.audit.organization_id()
        self.unit.audit.append_all(
            self._event(
                action, target, one.target_id, one.description, one.team_id, organization_id, one.metadata
            )
            for one in told
        )

    def _event(
        self,
        action: Action,
        target: Target,
        target_id: str,
        description: str,
        team_id: str | None,
        organization_id: str,
        metadata: Mapping[str, object],
    ) -> AuditEvent:
        return AuditEvent(
            sequence=0,
            id=new_id(),
            description=description,
            actor=self.actor,
            action=action,
            target=target,
            target_id=target_id,
            organization_id=organization_id,
            team_id=team_id,
            created_at=self.now,
            metadata={name: value for name, value in metadata.items() if value not in (None, "", [], {})},
            source=self.origin.as_json(),
        )

    def record_account(
        self,
        verb: AccountVerb,
        principal: Principal,
        description: str,
        team_id: str | None = None,
        **metadata: object,
    ) -> AuditEvent:
        """Tell what was done to an account, by the name that it has for its kind."""
        kind = Kind(principal.kind)
        action, target = account_action(verb, kind), account_target(kind)
        return self.record(action, target, principal.id, description, team_id, **metadata)
