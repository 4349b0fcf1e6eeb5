"""What must hold in every store at every moment, computed anew from its rows and from its audit trail.

The trail is replayed: who it says exists, with which keys, in which teams and with which roles, must be
exactly who is there. A change that is there without its event, or an event without its change, shows.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from pftui.domain.accounts import Kind, status_of
from pftui.domain.api_key import shown
from pftui.domain.audit import Action, AuditEvent
from pftui.repositories.database.engine import connect
from pftui.repositories.models import ApiKeyRow, Assignment, Password, Principal, Role, Team
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.audit import check_chain
from tests.trail import readable

#: Events that bring an account, a team or an assignment, or end one.
_BORN = {Action.USER_ADDED, Action.SERVICE_ACCOUNT_CREATED}
_GONE = {Action.USER_REMOVED, Action.SERVICE_ACCOUNT_DELETED}
_JOINED = {Action.USER_ADDED_TO_TEAM, Action.SERVICE_ACCOUNT_ADDED_TO_TEAM}
_LEFT = {Action.USER_REMOVED_FROM_TEAM, Action.SERVICE_ACCOUNT_REMOVED_FROM_TEAM}
_MOVED = {Action.USER_ROLE_CHANGED_IN_TEAM, Action.SERVICE_ACCOUNT_ROLE_CHANGED_IN_TEAM}


@dataclass
class Content:
    """Accounts, teams, keys by owner, roles by account and team."""

    accounts: set[str] = field(default_factory=set)
    teams: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)
    roles: dict[tuple[str, str], str] = field(default_factory=dict)


def check(url: str) -> list[AuditEvent]:
    """Assert that a store is whole; gives its audit trail, oldest event first."""
    store = Store(connect(url))
    try:
        with store.read() as unit:
            head = unit.audit.head()
            trail = readable(unit.audit.oldest_first())
            verdict = check_chain(trail, head)
            assert verdict.intact, verdict
            assert _stored(unit) == _replayed(trail)
            _check_summaries(unit)
    finally:
        store.close()
    _check_first_keys(trail)
    return trail


def check_file(path: Path) -> None:
    """Assert that SQLite itself finds nothing wrong with the file."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        connection.close()


def _stored(unit: UnitOfWork) -> Content:
    rows = unit.session.execute
    return Content(
        accounts=set(unit.session.scalars(select(Principal.id))),
        teams=set(unit.session.scalars(select(Team.id))),
        keys={key.key_id: key.principal_id for key in unit.session.scalars(select(ApiKeyRow))},
        roles={
            (account, team): role
            for account, team, role in rows(
                select(Assignment.principal_id, Assignment.team_id, Role.name).join(
                    Role, Role.id == Assignment.role_id
                )
            )
        },
    )


def _replayed(trail: list[AuditEvent]) -> Content:
    content = Content()
    for event in trail:
        _apply(event, content)
    return content


def _apply(event: AuditEvent, content: Content) -> None:
    action, target, team = event.action, event.target_id, event.team_id or ""
    if action in _BORN:
        content.accounts.add(target)
    elif action in _GONE:
        content.accounts.remove(target)
        content.keys = {key: owner for key, owner in content.keys.items() if owner != target}
        content.roles = {place: role for place, role in content.roles.items() if place[0] != target}
    elif action is Action.API_KEY_CREATED:
        content.keys[target] = event.metadata["accountId"]
    elif action in _JOINED:
        assert (target, team) not in content.roles
        content.roles[target, team] = event.metadata["role"]
    elif action in _MOVED:
        assert content.roles[target, team] == event.metadata["changes"]["role"]["from"]
        content.roles[target, team] = event.metadata["changes"]["role"]["to"]
    elif action in _LEFT:
        del content.roles[target, team]
    elif action is Action.TEAM_CREATED:
        content.teams.add(target)
    elif action is Action.TEAM_DELETED:
        content.teams.remove(target)
        content.roles = {place: role for place, role in content.roles.items() if place[1] != target}


def _check_first_keys(trail: list[AuditEvent]) -> None:
    """A service account and its first key come in one transaction: no trail ends between the two."""
    for event, following in zip(trail, [*trail[1:], None], strict=True):
        if event.action is Action.SERVICE_ACCOUNT_CREATED:
            assert following is not None
            assert following.action is Action.API_KEY_CREATED
            assert following.metadata["accountId"] == event.target_id


def _check_summaries(unit: UnitOfWork) -> None:
    """What lists show is stored with each row; here it is counted again."""
    rows = unit.session.execute
    assigned = list(
        rows(
            select(Assignment.principal_id, Assignment.team_id, Principal.kind).join(
                Principal, Principal.id == Assignment.principal_id
            )
        )
    )
    in_teams = Counter(account for account, _, _ in assigned)
    people = Counter(team for _, team, kind in assigned if kind == Kind.USER)
    robots = Counter(team for _, team, kind in assigned if kind == Kind.SERVICE_ACCOUNT)
    temporary = set(unit.session.scalars(select(Password.principal_id).where(Password.temporary)))
    live: dict[str, list[ApiKeyRow]] = {}
    for key in unit.session.scalars(select(ApiKeyRow).where(ApiKeyRow.revoked_at.is_(None))):
        live.setdefault(key.principal_id, []).append(key)
    for account in unit.session.scalars(select(Principal)):
        keys = live.get(account.id, [])
        assert account.team_count == in_teams[account.id], account.name
        assert account.status == status_of(
            Kind(account.kind),
            disabled=account.disabled,
            global_admin=account.global_admin,
            team_count=in_teams[account.id],
            live_keys=len(keys),
            unsaved_keys=sum(not key.saved for key in keys),
            temporary_password=account.id in temporary,
        ), account.name
        if account.kind == Kind.USER:
            assert account.identifier == account.email
        else:
            assert account.identifier in ({shown(key.key_id) for key in keys} or {""})
    for team in unit.session.scalars(select(Team)):
        counts = (team.member_count, team.service_account_count)
        assert counts == (people[team.id], robots[team.id]), team.name
