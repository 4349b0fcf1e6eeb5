"""What must hold in every store at every moment, computed anew from its rows and from its audit trail.

The trail is replayed: who it says exists, with which keys, privileges, teams and roles, must be exactly who
is there. A change that is there without its event, or an event without its change, shows. Rows are read by
plain SQL, so that a model that is wrong in the same way as the code is not believed.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.orm import Session

from pftui.domain.accounts import Kind, status_of
from pftui.domain.api_key import shown
from pftui.domain.audit import Action, AuditEvent, Checkpoint
from pftui.domain.audit_archive import START
from pftui.domain.names import fold
from pftui.repositories.audit import AuditRepository
from pftui.repositories.database.engine import connect
from pftui.services.trail.chain import check_chain
from tests.trail import whole

#: Events that bring an account, a team or an assignment, or end one.
_BORN = {Action.USER_ADDED, Action.SERVICE_ACCOUNT_CREATED}
_GONE = {Action.USER_REMOVED, Action.SERVICE_ACCOUNT_DELETED}
_DISABLED = {Action.USER_DISABLED, Action.SERVICE_ACCOUNT_DISABLED}
_ENABLED = {Action.USER_ENABLED, Action.SERVICE_ACCOUNT_ENABLED}
_JOINED = {Action.USER_ADDED_TO_TEAM, Action.SERVICE_ACCOUNT_ADDED_TO_TEAM}
_SAVED = {Action.API_KEY_SAVED, Action.API_KEY_FIRST_USED}
_LEFT = {Action.USER_REMOVED_FROM_TEAM, Action.SERVICE_ACCOUNT_REMOVED_FROM_TEAM}
_MOVED = {Action.USER_ROLE_CHANGED_IN_TEAM, Action.SERVICE_ACCOUNT_ROLE_CHANGED_IN_TEAM}


@dataclass
class Content:
    """Accounts, teams, keys by owner, roles by account and team; and what was done to them."""

    accounts: set[str] = field(default_factory=set)
    admins: set[str] = field(default_factory=set)
    disabled: set[str] = field(default_factory=set)
    teams: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    roles: dict[tuple[str, str], str] = field(default_factory=dict)


def check(url: str) -> list[AuditEvent]:
    """Assert that a store is whole; gives its audit trail, oldest event first."""
    engine = connect(url)
    try:
        return check_engine(engine)
    finally:
        engine.dispose()


def check_engine(engine: Engine) -> list[AuditEvent]:
    """The same for a store that is open."""
    with engine.begin() as connection:
        with Session(connection) as session:
            audit = AuditRepository(session)
            head = audit.head()
            archived = Checkpoint(*audit.archived())
            stored = list(audit.oldest_first())
        verdict = check_chain(stored, head, archived=archived)
        assert verdict.intact, verdict
        trail = whole(stored)
        if archived == START:  # of the beginning nothing else tells
            assert asdict(_stored(connection)) == asdict(_replayed(trail))
        _check_saved(connection, trail)
        _check_names(connection)
        _check_summaries(connection)
        _check_lists(connection)
        if connection.dialect.name == "sqlite":
            _check_index(connection)
        _check_sessions(connection)
        _check_teams(connection)
    _check_first_keys(trail)
    return trail


def _check_sessions(connection: Connection) -> None:
    """Whatever is open was opened by a person, with today's credential."""
    lost = (
        "SELECT sessions.id FROM sessions JOIN principals ON principals.id = principal_id "
        "WHERE ended_at IS NULL AND (kind <> 'user' OR disabled OR sessions.stamp <> principals.stamp)"
    )
    assert not _ids(connection, lost)


def _check_teams(connection: Connection) -> None:
    """Each assignment is to a team, or to one that has ended and is being cleared."""
    there = _ids(connection, "SELECT id FROM teams") | _ids(connection, "SELECT id FROM ended_teams")
    assert _ids(connection, "SELECT team_id FROM assignments") <= there


def check_file(path: Path) -> None:
    """Assert that SQLite itself finds nothing wrong with the file."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        connection.close()


def _rows(connection: Connection, query: str) -> Sequence[Row[*tuple[Any, ...]]]:
    return connection.execute(text(query)).all()


def _ids(connection: Connection, query: str) -> set[str]:
    return {row[0] for row in _rows(connection, query)}


def _stored(connection: Connection) -> Content:
    roles = _rows(
        connection,
        "SELECT principal_id, team_id, roles.name FROM assignments JOIN roles ON roles.id = role_id "
        "WHERE team_id NOT IN (SELECT id FROM ended_teams)",
    )
    return Content(
        accounts=_ids(connection, "SELECT id FROM principals"),
        admins=_ids(connection, "SELECT id FROM principals WHERE global_admin"),
        disabled=_ids(connection, "SELECT id FROM principals WHERE disabled"),
        teams=_ids(connection, "SELECT id FROM teams"),
        keys={row[0]: row[1] for row in _rows(connection, "SELECT key_id, principal_id FROM api_keys")},
        revoked=_ids(connection, "SELECT key_id FROM api_keys WHERE revoked_at IS NOT NULL"),
        roles={(account, team): role for account, team, role in roles},
    )


def _replayed(trail: list[AuditEvent]) -> Content:
    content = Content()
    for event in trail:
        _apply(event, content)
        _apply_to_account(event, content)
    return content


def _apply_to_account(event: AuditEvent, content: Content) -> None:
    """What happens to accounts and keys alone."""
    action, target = event.action, event.target_id
    if action in _BORN:
        content.accounts.add(target)
        if event.metadata["globalAdmin"]:
            content.admins.add(target)
    elif action in _DISABLED:
        content.disabled.add(target)
    elif action in _ENABLED:
        content.disabled.remove(target)
    elif action is Action.ORG_ADMIN_ADDED:
        content.admins.add(target)
    elif action is Action.ORG_ADMIN_REMOVED:
        content.admins.remove(target)
    elif action is Action.API_KEY_CREATED:
        content.keys[target] = event.metadata["accountId"]
    elif action is Action.API_KEY_REVOKED:
        content.revoked.add(target)


def _apply(event: AuditEvent, content: Content) -> None:
    action, target, team = event.action, event.target_id, event.team_id or ""
    if action in _GONE:
        content.accounts.remove(target)
        content.admins.discard(target)
        content.disabled.discard(target)
        content.keys = {key: owner for key, owner in content.keys.items() if owner != target}
        content.revoked &= content.keys.keys()
        content.roles = {place: role for place, role in content.roles.items() if place[0] != target}
    elif action in _JOINED:
        assert (target, team) not in content.roles
        content.roles[target, team] = event.metadata["role"]
    elif action in _MOVED:
        assert content.roles[target, team] == event.metadata["changes"]["role"]["from"]
        content.roles[target, team] = event.metadata["changes"]["role"]["to"]
    elif action in _LEFT:
        del content.roles[target, team]
    elif action is Action.ROLE_UPDATED and (name := event.metadata["changes"].get("name")):
        content.roles = {
            place: name["to"] if role == name["from"] else role for place, role in content.roles.items()
        }
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


def _check_saved(connection: Connection, trail: list[AuditEvent]) -> None:
    """A key is kept safely where that was confirmed, or or it was used: older ones told not of that."""
    told = {event.target_id for event in trail if event.action in _SAVED}
    told &= _ids(connection, "SELECT key_id FROM api_keys")
    used = _ids(connection, "SELECT key_id FROM api_keys WHERE last_used_at > 0")
    assert told <= _ids(connection, "SELECT key_id FROM api_keys WHERE saved") <= told | used


def _check_names(connection: Connection) -> None:
    """What is searched and sorted by, and what must be unique, is the folded form of what is shown."""
    pairs = (
        ("principals", "name"),
        ("principals", "email"),
        ("principals", "identifier"),
        ("teams", "name"),
        ("roles", "name"),
    )
    for table, column in pairs:
        for shown_text, folded in _rows(connection, f"SELECT {column}, {column}_folded FROM {table}"):
            assert folded == (None if shown_text is None else fold(shown_text)), (table, column, shown_text)


def _check_lists(connection: Connection) -> None:
    """What lists are counted and sorted by."""
    counted = Counter((row.kind, row.status) for row in _rows(connection, "SELECT * FROM principals"))
    stored = {(row.kind, row.status): row.number for row in _rows(connection, "SELECT * FROM account_counts")}
    assert {key: number for key, number in stored.items() if number} == dict(counted)
    lost = (
        "SELECT a.principal_id FROM assignments a JOIN principals p ON p.id = a.principal_id "
        "WHERE a.kind <> p.kind OR a.name_folded <> p.name_folded"
    )
    assert not _ids(connection, lost)
    assert not _ids(connection, "SELECT key_id FROM api_keys WHERE (live = 1) <> (revoked_at IS NULL)")


def _check_index(connection: Connection) -> None:
    """All texts are in the index, nothing else is, and three letters find what they should."""
    numbers = "SELECT index_number, search_text FROM principals"
    texts = dict(map(tuple, _rows(connection, numbers)))
    assert None not in texts
    assert dict(map(tuple, _rows(connection, "SELECT id, c0 FROM account_index_content"))) == texts
    connection.execute(
        text("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'account_index', 'row')")
    )
    found = {row.term: row.doc for row in _rows(connection, "SELECT term, doc FROM temp.terms")}
    connection.execute(text("DROP TABLE temp.terms"))
    held = Counter(
        piece for each in texts.values() for piece in {each[at : at + 3] for at in range(len(each) - 2)}
    )
    assert found == dict(held)


def _check_summaries(connection: Connection) -> None:
    """What lists show is stored with each row; here it is counted again."""
    assigned = _rows(
        connection,
        "SELECT principal_id, team_id, p.kind FROM assignments JOIN principals p ON id = principal_id",
    )
    in_teams = Counter(account for account, _, _ in assigned)
    counted = Counter((team, kind) for _, team, kind in assigned)
    temporary = _ids(connection, "SELECT principal_id FROM passwords WHERE temporary")
    live: dict[str, list[Row[*tuple[Any, ...]]]] = {}
    for key in _rows(
        connection,
        "SELECT principal_id, key_id, saved FROM api_keys WHERE revoked_at IS NULL "
        "ORDER BY created_at DESC, key_id",
    ):
        live.setdefault(key.principal_id, []).append(key)
    for account in _rows(connection, "SELECT * FROM principals"):
        keys = live.get(account.id, [])
        assert account.team_count == in_teams[account.id], account.name
        assert account.status == status_of(
            Kind(account.kind),
            disabled=bool(account.disabled),
            global_admin=bool(account.global_admin),
            team_count=in_teams[account.id],
            live_keys=len(keys),
            unsaved_keys=sum(not key.saved for key in keys),
            temporary_password=account.id in temporary,
        ), account.name
        newest = shown(keys[0].key_id) if keys else ""
        assert account.identifier == (account.email if account.kind == Kind.USER else newest), account.name
    for team in _rows(connection, "SELECT * FROM teams"):
        counts = (team.member_count, team.service_account_count)
        assert counts == (counted[team.id, Kind.USER], counted[team.id, Kind.SERVICE_ACCOUNT]), team.name
