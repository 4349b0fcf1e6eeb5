"""Taking back one's own last change: a change like any other, with an event of its own that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pftui.domain.accounts import Kind, Operator
from pftui.domain.acts import Act, Intent
from pftui.domain.audit import AccountVerb, Action, AuditEvent, Target, account_action
from pftui.domain.clock import Clock
from pftui.domain.errors import Conflict, NotFound
from pftui.domain.teams import RoleView
from pftui.repositories.models import Principal
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.accounts import set_name
from pftui.services.lookups import require_account, require_assignment, require_team
from pftui.services.offboarding import OFFBOARDING
from pftui.services.policy import current_operator
from pftui.services.results import Undoable
from pftui.services.teams import assign, ensure_team_name_free
from pftui.services.transaction import Transaction, change

UNDOES = "undoes"
"""In the metadata of an event that takes another one back: that one's id."""


_ROLE_DELETED = "roleDeleted"
"""In the metadata of an event by which an account lost a role that is deleted: that role's id."""


@dataclass(frozen=True, slots=True)
class UndoService:
    """What an operator has renamed, disabled, unassigned or given another role in is brought back.

    The trail is what is read: it names what was changed, and who has changed the same thing since.
    """

    store: Store
    clock: Clock

    def last(self, operator: Operator, since: datetime) -> Undoable | None:
        """The operator's newest change since then that can be taken back; None where there is none.

        Of whoever has a session only what they did in that one counts.
        """
        with self.store.read() as unit:
            if not current_operator(unit, operator).global_admin:
                return None
            events = unit.audit.newest_by(operator.id, _CONCERNED, since)
            taken_back = {event.metadata.get(UNDOES) for event in events}
            for event in events:
                if event.source.get("sessionId") != operator.session_id:
                    continue
                new = UNDOES not in event.metadata and event.id not in taken_back
                if new and event.action in _UNDO and _whole(event):
                    return Undoable(event.id, event.description, event.created_at)
        return None

    def undo(self, operator: Operator, event_id: str) -> str:
        """Take a change of the operator's own back; gives the description of it.

        Raises:
            NotFound: there is no such change of theirs, or what it was made to is gone.
            Conflict: somebody has changed the same thing since (R10).
            InvalidInput, Taken: the name of before is another's by now.
        """
        with self.store.read() as unit:
            intent = _intent(unit.audit.get(event_id))
        with change(self.store, operator, self.clock, intent) as transaction:
            event = transaction.unit.audit.get(event_id)
            if (
                event is None
                or event.actor.id != operator.id
                or event.action not in _UNDO
                or not _whole(event)
            ):
                raise NotFound(
                    "There is no such change of yours that can be taken back. Nothing was changed."
                )
            _ensure_untouched(transaction.unit, event)
            _UNDO[event.action].undo(transaction, event)
            return event.description


def _back_in_name(transaction: Transaction, event: AuditEvent) -> None:
    """An account's name and description as they were. An address is not: people sign in by it."""
    principal = require_account(transaction.unit, event.target_id)
    changes = event.metadata["changes"]
    _ensure_still({field: getattr(principal, field) for field in changes}, changes)
    for field, values in changes.items():
        _SETTERS[field](transaction, principal, values["from"] or "")
    text = f"Changed {', '.join(changes)} of {principal.name} back"
    transaction.record_account(
        AccountVerb.UPDATED, principal, text, changes=_reversed(changes), undoes=event.id
    )


def _set_name(transaction: Transaction, principal: Principal, name: str) -> None:
    set_name(transaction.unit, principal, name)


def _set_description(transaction: Transaction, principal: Principal, description: str) -> None:
    principal.description = description


_SETTERS: Mapping[str, Callable[[Transaction, Principal, str], None]] = {
    "name": _set_name,
    "description": _set_description,
}


def _back_in_team_name(transaction: Transaction, event: AuditEvent) -> None:
    """A team's name as it was."""
    team, changes = require_team(transaction.unit, event.target_id), event.metadata["changes"]
    _ensure_still({"name": team.name}, changes)
    new, old = team.name, changes["name"]["from"]
    ensure_team_name_free(transaction.unit, old, team.id)
    team.name = old
    text = f"Renamed team {new} back to {old}"
    transaction.record(
        Action.TEAM_UPDATED, Target.TEAM, team.id, text, team.id, changes=_reversed(changes), undoes=event.id
    )


def _enable(transaction: Transaction, event: AuditEvent) -> None:
    """What was disabled works again."""
    principal = require_account(transaction.unit, event.target_id)
    _ensure_still({"disabled": principal.disabled}, {"disabled": {"to": True}})
    principal.disabled = False
    transaction.record_account(
        AccountVerb.ENABLED, principal, f"Enabled {principal.name} again", undoes=event.id
    )


def _back_in_role(transaction: Transaction, event: AuditEvent) -> None:
    """The role of before."""
    unit, changes = transaction.unit, event.metadata["changes"]
    principal, team = require_account(unit, event.target_id), require_team(unit, event.team_id or "")
    assignment = require_assignment(unit, team, principal)
    given = _role(unit, event.metadata.get("roleId"), changes["role"]["to"])
    if assignment.role_id != given.id:
        raise Conflict(_CHANGED)
    role = _role(unit, event.metadata.get("roleIdBefore"), changes["role"]["from"])
    assignment.role_id = role.id
    text = f"Changed the role of {principal.name} in {team.name} back to {role.name}"
    transaction.record_account(
        AccountVerb.ROLE_CHANGED_IN_TEAM,
        principal,
        text,
        team.id,
        changes={"role": {"from": given.name, "to": role.name}},
        undoes=event.id,
        roleId=role.id,
        roleIdBefore=given.id,
    )


def _back_in_team(transaction: Transaction, event: AuditEvent) -> None:
    """In the team again, with the role of before."""
    principal = require_account(transaction.unit, event.target_id)
    role = _role(transaction.unit, event.metadata.get("roleId"), event.metadata["role"])
    assign(transaction, event.team_id or "", principal, role.id, undoes=event.id)


@dataclass(frozen=True, slots=True)
class _Way:
    """How a change is taken back: `needs` of its metadata; what counts as a change of the same thing."""

    undo: Callable[[Transaction, AuditEvent], None]
    needs: str | None
    same: tuple[Action, ...]


def _ways() -> Mapping[Action, _Way]:
    ways = {Action.TEAM_UPDATED: _Way(_back_in_team_name, "changes", (Action.TEAM_UPDATED,))}
    for kind in Kind:
        updated, disabled, enabled, added, removed, role_changed = (
            account_action(verb, kind)
            for verb in (
                AccountVerb.UPDATED,
                AccountVerb.DISABLED,
                AccountVerb.ENABLED,
                AccountVerb.ADDED_TO_TEAM,
                AccountVerb.REMOVED_FROM_TEAM,
                AccountVerb.ROLE_CHANGED_IN_TEAM,
            )
        )
        in_team = (added, removed, role_changed)
        ways[updated] = _Way(_back_in_name, "changes", (updated,))
        ways[disabled] = _Way(_enable, None, (disabled, enabled))
        ways[role_changed] = _Way(_back_in_role, "changes", in_team)
        ways[removed] = _Way(_back_in_team, "role", in_team)
    return ways


_UNDO = _ways()
_CHANGED = "It is not any more as you left it. Nothing was taken back."
_CONCERNED = tuple({action for way in _UNDO.values() for action in way.same})


def _intent(event: AuditEvent | None) -> Intent:
    """What taking an event back sets out to do, whether it can be or not."""
    if event is None or event.action not in _UNDO:
        return Intent(Act.UNDO)
    return Intent(Act.UNDO, event.target, event.target_id, team_id=event.team_id)


def _whole(event: AuditEvent) -> bool:
    """Whether the event says what there was before, which some of older versions do not, and it is there."""
    if _ROLE_DELETED in event.metadata:
        return False
    needs = _UNDO[event.action].needs
    changes = event.metadata.get("changes", {})
    if OFFBOARDING in event.metadata:
        return False  # which was more than this, and is not taken back by halves
    return (needs is None or needs in event.metadata) and changes.keys() <= {*_SETTERS, "role"}


def _ensure_untouched(unit: UnitOfWork, event: AuditEvent) -> None:
    """Raise `Conflict` where the same thing was changed since, but for what was taken back again."""
    in_team = event.team_id if event.team_id != event.target_id else None
    newer = unit.audit.newer_of(event.sequence, event.target_id, _UNDO[event.action].same, in_team)
    taken_back = {each.metadata.get(UNDOES) for each in newer}
    if event.id in taken_back:
        raise Conflict("This was taken back already. Nothing was changed.")
    for each in newer:
        if UNDOES not in each.metadata and each.id not in taken_back:
            raise Conflict(f"{each.who} changed the same since ({each.description}). Nothing was taken back.")


def _ensure_still(now: Mapping[str, object], changes: Mapping[str, Mapping[str, object]]) -> None:
    if any(now[field] != values["to"] for field, values in changes.items()):
        raise Conflict(_CHANGED)


def _reversed(changes: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, object]]:
    return {field: {"from": values["to"], "to": values["from"]} for field, values in changes.items()}


def _role(unit: UnitOfWork, role_id: str | None, name: str) -> RoleView:
    """The role of an event. Another one may have its name by now; older events tell no more than the name."""
    for role in unit.roles.list():
        if role.id == role_id or (role_id is None and role.name == name):
            return role
    raise NotFound(f"There is no role {name} any more. Nothing was changed.")
