"""What follows from the rows is kept here, whoever changes them: summaries, counts and versions.

A service adds, changes and deletes rows, and need not remember what lists show of them. All of this runs
in the flush that sends its cause, so that no query of the transaction sees one without the other.
Statements that change many rows at once (`update(…)`, `delete(…)`) go past it: repositories use them only
for what nothing follows from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Update, bindparam, event, inspect, select, update
from sqlalchemy.orm import Session, attributes

from pftui.domain.accounts import Kind, status_of
from pftui.domain.names import fold
from pftui.repositories import account_counts, ended_teams, text_index
from pftui.repositories.models import (
    ApiKeyRow,
    Assignment,
    Base,
    Password,
    Principal,
    Role,
    RolePermission,
    Team,
    Versioned,
)
from pftui.repositories.new_accounts import Belonging, NewAccounts, identifier_of
from pftui.repositories.trail_head import send_head

_BATCH = 500  # rows named in one statement
_PENDING = "pftui_pending"
_RAISED = "pftui_raised"
_SUMMARIES: dict[type, tuple[str, ...]] = {
    Principal: ("team_count", "status", "identifier", "identifier_folded"),
    Team: ("member_count", "service_account_count"),
    Role: ("member_count", "service_account_count"),
}


class StoreSession(Session):
    """A session, one transaction long, that keeps what follows from the rows that it changes."""

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Send what has changed, and the trail's head and events with it."""
        super().flush(objects)
        send_head(self)


@dataclass
class _Pending:
    """What a flush leaves to be brought up to date when its rows are there."""

    accounts: set[str] = field(default_factory=set)
    #: By account and team, +1 for one that begins and -1 for one that ends.
    assignments: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: The same by role and account: an assignment may go on with another role.
    roles: Counter[tuple[str, str]] = field(default_factory=Counter)
    summaries_changed: bool = False
    #: By kind and status, how many accounts more.
    counts: account_counts.Change = field(default_factory=Counter)
    #: Accounts that have another name, whose assignments are to have it too.
    renamed: dict[str, str] = field(default_factory=dict)
    texts: text_index.Changes = field(default_factory=text_index.Changes)
    #: By team and kind, and by role and kind: how many new accounts.
    new_in_teams: Counter[tuple[str, str]] = field(default_factory=Counter)
    new_in_roles: Counter[tuple[str, str]] = field(default_factory=Counter)
    ended_teams: list[str] = field(default_factory=list)


@event.listens_for(StoreSession, "before_flush")
def _before_flush(session: Session, _context: object, _instances: object) -> None:
    pending = _Pending()
    new = NewAccounts(session)
    pending.new_in_teams, pending.new_in_roles = new.in_teams, new.in_roles
    # Accounts last: by then they have the status that they go with.
    for row in sorted(session.deleted, key=lambda row: isinstance(row, Principal)):
        if isinstance(row, Principal):
            _without(session, row, pending)
            pending.summaries_changed = True
        elif isinstance(row, Team):
            pending.ended_teams.append(row.id)
            pending.summaries_changed = True
        else:
            _note_change_of_role(session, row)
            _note(row, pending, session.deleted)
    for row in session.new:
        if isinstance(row, Principal):
            new.begin(row)
            pending.counts[str(row.kind), row.status] += 1
            pending.texts.begin(session, row)
        elif not (isinstance(row, Belonging) and new.named(row.principal_id)):
            _note_change_of_role(session, row)
            _note(row, pending, session.deleted)
    for row in session.new:
        if isinstance(row, Assignment):
            _set_whose(session, row, new)
    for row in session.dirty:
        if session.is_modified(row):
            _raise_version(session, row)
            _note(row, pending, session.deleted)
            if isinstance(row, Principal):
                _note_names(session, row, pending)
    session.info[_PENDING] = pending


@event.listens_for(StoreSession, "after_flush_postexec")
def _after_flush(session: Session, _context: object) -> None:
    pending: _Pending = session.info.pop(_PENDING, _Pending())
    if pending.roles or pending.new_in_roles:
        _count_in_roles(session, pending.roles, pending.new_in_roles)
        pending.summaries_changed = True
    if pending.assignments or pending.new_in_teams:
        _count(session, pending.assignments, pending.new_in_teams)
        pending.accounts.update(account_id for account_id, _ in pending.assignments)
    if pending.accounts:
        pending.counts.update(_refreshed(session, pending.accounts))
    account_counts.move(session, pending.counts)
    for team_id in pending.ended_teams:  # last: by then all else is as it is to be
        ended_teams.end(session, team_id)
    for account_id, folded in pending.renamed.items():
        renamed = update(Assignment).where(Assignment.principal_id == account_id).values(name_folded=folded)
        _execute(session, renamed)
    pending.texts.send(session)
    if pending.accounts or pending.summaries_changed:
        _forget_summaries(session)


def _note(row: object, pending: _Pending, deleted: Collection[object]) -> None:
    """Remember what follows from a row that is added, changed or deleted."""
    if isinstance(row, Principal):
        pending.accounts.add(row.id)
    elif isinstance(row, Password | ApiKeyRow):
        owners = attributes.get_history(row, "principal_id")
        pending.accounts.update([*owners.added, *owners.unchanged, *owners.deleted])
    elif isinstance(row, Assignment):
        before = inspect(row).identity
        after = None if row in deleted else (row.principal_id, row.team_id)
        ends = before is not None and _ends_with(before, deleted)  # which is counted with what goes
        if before == after and ends:
            return
        if before is not None and not ends:
            pending.roles[_role_before(row), before[0]] -= 1
        if after is not None:
            pending.roles[row.role_id, after[0]] += 1
        if before == after:  # another role
            return
        if before is not None and not ends:
            pending.assignments[before] -= 1
        if after is not None:
            pending.assignments[after] += 1


def _role_before(row: Assignment) -> str:
    """The role that the store has of an assignment."""
    history = attributes.get_history(row, "role_id")
    return str([*history.deleted, *history.unchanged, *history.added][0])


def _ends_with(assignment: tuple[str, ...], deleted: Iterable[object]) -> bool:
    """Whether the account of an assignment goes too, and its counts are seen to there."""
    return any(isinstance(row, Principal) and row.id == assignment[0] for row in deleted)


def _raise_version(session: Session, row: object) -> None:
    """Once in a transaction, and only for what people edit: a sign-in makes no open form stale (R10)."""
    raised: set[object] = session.info.setdefault(_RAISED, set())
    if not isinstance(row, Versioned) or row in raised:
        return
    if any(attributes.get_history(row, name).has_changes() for name in row.edited):
        row.version += 1
        raised.add(row)


def _note_change_of_role(session: Session, row: object) -> None:
    """What a role holds are rows of their own: one more or less is a change of the role (R10)."""
    raised: set[object] = session.info.setdefault(_RAISED, set())
    if isinstance(row, Role) and row not in session.deleted:
        raised.add(row)  # what is made here is at its first version, whatever it gets in the same transaction
    if isinstance(row, RolePermission):
        role = session.get(Role, row.role_id)
        if role is not None and role not in raised and role not in session.deleted:
            role.version += 1
            raised.add(role)


def _set_whose(session: Session, row: Assignment, new: NewAccounts) -> None:
    """Whose an assignment is, for the list of the team's members."""
    account = new.named(row.principal_id)
    if account is None:
        with session.no_autoflush:
            account = session.get_one(Principal, row.principal_id)
    row.kind, row.name_folded = account.kind, account.name_folded


def _note_names(session: Session, row: Principal, pending: _Pending) -> None:
    if attributes.get_history(row, "name_folded").has_changes():
        pending.renamed[row.id] = row.name_folded
    if attributes.get_history(row, "search_text").has_changes():
        pending.texts.change(session, row)


def _without(session: Session, account: Principal, pending: _Pending) -> None:
    """What an account leaves: sent before it goes, and its assignments with it."""
    goes = session.execute(
        select(Principal.kind, Principal.status, Principal.index_number).where(Principal.id == account.id)
    ).one()
    pending.counts[goes.kind, goes.status] -= 1
    pending.texts.end(goes.index_number)
    own = Assignment.principal_id == account.id
    teams, roles = select(Assignment.team_id).where(own), select(Assignment.role_id).where(own)
    for model, held in ((Team, teams), (Role, roles)):
        fewer = update(model).where(model.id.in_(held)).values(_counted(model, account.kind, -1))
        _execute(session, fewer)


def _counted(model: type[Team | Role], kind: str, change: int) -> dict[Any, Any]:
    column = model.member_count if kind == Kind.USER else model.service_account_count
    return {column: column + change}


def _count_in_roles(
    session: Session, assignments: Counter[tuple[str, str]], of_new: Counter[tuple[str, str]]
) -> None:
    """Move the counts of roles by who has got or lost one, in whichever team; `of_new` by new accounts."""
    held = _held(session, [account_id for _, account_id in assignments])
    kinds = _kinds(session, list({account_id for _, account_id in assignments}))
    of_role = Counter(of_new)
    for (role_id, account_id), change in assignments.items():
        after = held[role_id, account_id]
        of_role[role_id, kinds[account_id]] += (after > 0) - (after - change > 0)
    _move(session, Role, of_role)


def _count(session: Session, assignments: Counter[tuple[str, str]], of_new: Counter[tuple[str, str]]) -> None:
    """Move the counts of accounts and teams by what began and what ended; nothing is counted again."""
    in_teams: Counter[str] = Counter()
    for (account_id, _), change in assignments.items():
        in_teams[account_id] += change
    kinds = _kinds(session, list(in_teams))
    of_team = Counter(of_new)
    for (account_id, team_id), change in assignments.items():
        of_team[team_id, kinds[account_id]] += change
    for account_id, change in in_teams.items():
        moved = {"team_count": Principal.team_count + change}
        _execute(session, update(Principal).where(Principal.id == account_id).values(moved))
    _move(session, Team, of_team)


def _move(session: Session, model: type[Team | Role], counts: Counter[tuple[str, str]]) -> None:
    """Count so many accounts more in teams or roles, by their ids and the accounts' kind."""
    for (row_id, kind), change in counts.items():
        _execute(session, update(model).where(model.id == row_id).values(_counted(model, kind, change)))


def _held(session: Session, account_ids: Iterable[str]) -> Counter[tuple[str, str]]:
    """In how many teams each of these accounts has a role, by role and account."""
    held: Counter[tuple[str, str]] = Counter()
    for ids in _batches(sorted(set(account_ids))):
        assigned = select(Assignment.role_id, Assignment.principal_id)
        for row in session.execute(assigned.where(Assignment.principal_id.in_(ids))):
            held[row.role_id, row.principal_id] += 1
    return held


def _kinds(session: Session, account_ids: list[str]) -> dict[str, str]:
    kinds = {row.id: row.kind for row in session.identity_map.values() if isinstance(row, Principal)}
    for ids in _batches([account_id for account_id in account_ids if account_id not in kinds]):
        for row in session.execute(select(Principal.id, Principal.kind).where(Principal.id.in_(ids))):
            kinds[row.id] = row.kind
    return kinds


def refresh_accounts(session: Session, account_ids: Iterable[str]) -> None:
    """Bring the stored status and identifier of these accounts up to date with the rows that are there."""
    account_counts.move(session, _refreshed(session, account_ids))


def _refreshed(session: Session, account_ids: Iterable[str]) -> account_counts.Change:
    """The same but for how many accounts have each status: what that changes by."""
    change: account_counts.Change = Counter()
    summaries: list[dict[str, Any]] = []
    columns = (
        Principal.id,
        Principal.kind,
        Principal.email,
        Principal.disabled,
        Principal.global_admin,
        Principal.team_count,
        Principal.status,
        Principal.identifier,
    )
    for ids in _batches(sorted(account_ids)):
        rows = session.execute(select(*columns).where(Principal.id.in_(ids))).all()
        temporary = _with_a_temporary_password(session, [row.id for row in rows if row.kind == Kind.USER])
        keys = _live_keys(session, ids)
        for row in rows:
            live = keys.get(row.id, [])
            status = status_of(
                Kind(row.kind),
                disabled=row.disabled,
                global_admin=row.global_admin,
                team_count=row.team_count,
                live_keys=len(live),
                unsaved_keys=sum(not saved for _, saved in live),
                temporary_password=row.id in temporary,
            )
            identifier = identifier_of(row.kind, row.email, (key_id for key_id, _ in live))
            if (row.status, row.identifier) != (status, identifier):
                summaries.append(
                    {
                        "account_id": row.id,
                        "status": int(status),
                        "identifier": identifier,
                        "identifier_folded": fold(identifier),
                    }
                )
            if row.status != status:
                change[row.kind, row.status] -= 1
                change[row.kind, int(status)] += 1
    if summaries:
        session.connection().execute(_SET_SUMMARY, summaries)  # as one, for thousands of keys at once
    return change


_ACCOUNTS = Base.metadata.tables["principals"]
_SET_SUMMARY = update(_ACCOUNTS).where(_ACCOUNTS.c.id == bindparam("account_id"))


def _with_a_temporary_password(session: Session, user_ids: list[str]) -> set[str]:
    if not user_ids:
        return set()
    owners = select(Password.principal_id).where(Password.principal_id.in_(user_ids), Password.temporary)
    return set(session.scalars(owners))


def _live_keys(session: Session, account_ids: list[str]) -> dict[str, list[tuple[str, bool]]]:
    """The ids of the live keys of each account, newest first, and whether each is saved."""
    statement = (
        select(ApiKeyRow.principal_id, ApiKeyRow.key_id, ApiKeyRow.saved)
        .where(ApiKeyRow.principal_id.in_(account_ids), ApiKeyRow.revoked_at.is_(None))
        .order_by(ApiKeyRow.created_at.desc(), ApiKeyRow.key_id)
    )
    keys: dict[str, list[tuple[str, bool]]] = {}
    for account_id, key_id, saved in session.execute(statement):
        keys.setdefault(account_id, []).append((key_id, saved))
    return keys


def _batches(ids: list[str]) -> Iterable[list[str]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def _execute(session: Session, statement: Update) -> None:
    session.execute(statement.execution_options(synchronize_session=False))


def _forget_summaries(session: Session) -> None:
    """The statements above went past the objects: what those hold is read again when it is asked for."""
    for row in list(session.identity_map.values()):
        names = _SUMMARIES.get(type(row))
        if names is not None:
            session.expire(row, names)
