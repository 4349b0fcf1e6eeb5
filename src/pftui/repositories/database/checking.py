"""A look at everything that a store holds: slow, thorough, and changing nothing.

What follows from rows is computed again and compared; what is read is looked at value by value, by the same
rules as everywhere (`repositories/stored.py`) and by those that only a whole look can afford.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Generator, Iterator
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, Table, and_, exists, func, inspect, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from pftui.domain.accounts import UNKNOWN_KIND, UNKNOWN_STATUS, Kind, Status, status_of
from pftui.domain.api_key import shown
from pftui.domain.errors import InvalidInput
from pftui.domain.hashes import hash_problem
from pftui.domain.key_tag import is_tag
from pftui.domain.look_alikes import look_hash
from pftui.domain.names import clean_description, clean_email, clean_name, fold
from pftui.domain.permissions import PREDEFINED_ROLES, Permission
from pftui.domain.search import creator_text, searched_text
from pftui.domain.source import Source
from pftui.domain.webhooks import clean_network, clean_url
from pftui.repositories import audit_tallies
from pftui.repositories.audit import AuditRepository
from pftui.repositories.database import indexing
from pftui.repositories.database.engine import LONG_ANSWER_SECONDS, check_version, for_reading
from pftui.repositories.database.generation import is_mark
from pftui.repositories.database.maintenance import opened
from pftui.repositories.ended_teams import of_teams_that_are_there
from pftui.repositories.errors import translated
from pftui.repositories.models import (
    AccountCount,
    ApiKeyRow,
    Assignment,
    AuditBlock,
    AuditEventRow,
    AuditHead,
    AuditTally,
    Base,
    EndedTeam,
    KnownSource,
    OrganizationRow,
    Password,
    Principal,
    Role,
    RolePermission,
    SessionRow,
    SignInLimit,
    StoreIdentity,
    StoreKeyRow,
    Team,
    WebhookCursor,
    WebhookDelivery,
    WebhookParked,
    WebhookRow,
)
from pftui.repositories.stored import readable, rule_of

_AT_ONCE = 1000  # rows in memory
_KEY_ID = re.compile(r"[0-9A-Za-z]{10}")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # which no text has (R6), whatever wrote it
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNKNOWN = "is unknown to this version of pftui: a newer one's, or damaged"

AnyRow = Row[*tuple[Any, ...]]
Problem = tuple[str, str]


class Finding(NamedTuple):
    """Where something is not as it can be (a table, and a row of it by its key), and what it is.

    What is not `damage` may stay as it is: names that look alike, from before that was looked at.
    """

    where: str
    what: str
    damage: bool = True


#: What is found of the trail's events and its head.
Chain = Callable[[AuditRepository], Iterator[tuple[str, str]]]


def check_store(url: str, chain: Chain) -> Generator[Finding]:
    """All that is wrong with a store of this schema, in one view of it.

    Raises:
        StoreMissing, StoreOutdated, StoreUnavailable: it cannot be looked at, also since it is newer.
    """
    _, engine = opened(url, LONG_ANSWER_SECONDS)
    try:
        check_version(engine)
        with translated(), for_reading(engine).connect() as connection:
            yield from _look(connection, chain)
    finally:
        engine.dispose()


def _look(connection: Connection, chain: Chain) -> Iterator[Finding]:
    if connection.dialect.name == "sqlite":
        yield from _readable("the file", lambda: _integrity(connection))
    missing = list(_schema(connection))
    yield from missing
    if missing:
        return
    for table, look_at in _LOOKS.items():
        yield from _readable(table.name, partial(_rows, connection, table, look_at))
        yield from _readable(table.name, partial(_references, connection, table))
    yield from _readable("assignments", lambda: _without_a_team(connection))
    yield from _readable("roles", lambda: _singles(connection))
    yield from _readable("account_counts", lambda: _account_counts(connection))
    yield from _readable("principals", lambda: _index(connection))
    yield from _readable("audit_events", lambda: _trail(connection, chain))
    yield from _readable("audit_blocks", lambda: _tallies(connection))
    for table, conditions in _UNIQUE_LOOKS.items():
        yield from _readable(table.name, partial(_twins, connection, table, conditions))


def _account_counts(connection: Connection) -> Iterator[Finding]:
    """How many accounts there are, beside how many are stored."""
    of = (Principal.kind, Principal.status)
    counted = {
        (row[0], row[1]): row[2] for row in connection.execute(select(*of, func.count()).group_by(*of))
    }
    stored = {
        (row.kind, row.status): row.number for row in connection.execute(select(AccountCount.__table__))
    }
    for kind, status in sorted(counted.keys() | stored.keys(), key=str):
        number, told = counted.get((kind, status), 0), stored.get((kind, status), 0)
        if number != told:
            where = f"account_counts {readable(kind)} {_number(status)}"
            yield Finding(where, f"there are {number} such accounts, and {_number(told)} are stored")


def _tallies(connection: Connection) -> Iterator[Finding]:
    for block in audit_tallies.problems(connection):
        yield Finding(f"audit_blocks {block}", "what is counted of its events is not what they are")


def _index(connection: Connection) -> Iterator[Finding]:
    """What filters find accounts by; without it, or where it is not whole, they look through all of them."""
    for row_id, what in indexing.problems(connection):
        yield Finding(f"principals {row_id}".rstrip(), what)
    slower = indexing.lacks(connection)
    if slower is not None:
        yield Finding("principals", slower, damage=False)


def _trail(connection: Connection, chain: Chain) -> Iterator[Finding]:
    with Session(connection) as session:
        audit = AuditRepository(session)
        for where, what in chain(audit):
            yield Finding(where, what)


def _twins(connection: Connection, table: Table, conditions: tuple[Any, ...]) -> Iterator[Finding]:
    """Names that people would take for one of another row. There may be some from before that was refused."""
    shared = select(table.c.name_look).where(*conditions).group_by(table.c.name_look)
    shared = shared.having(func.count() > 1)
    named = select(table.c.id, table.c.name, table.c.name_look)
    named = named.where(table.c.name_look.in_(shared), *conditions).order_by(table.c.name_look, table.c.id)
    with connection.execute(named, execution_options={"yield_per": _AT_ONCE}) as rows:
        for _, group in groupby(rows, key=lambda row: row.name_look):
            seen = _Seen()
            for row in group:
                name = readable(row.name)
                twin = seen.twin_of(name) if row.name_look == look_hash(name) else None
                if twin is not None:
                    what = f'the name "{name}" looks like "{twin}"'
                    yield Finding(f"{table.name} {readable(row.id)}", what, damage=False)


class _Seen:
    """The names of one look so far; many rows may have one, by accident or by design."""

    def __init__(self) -> None:
        self._first: str | None = None
        self._first_other: str | None = None  # than ASCII, whose names are told apart by their letters
        self._ascii: dict[str, str] = {}

    def twin_of(self, name: str) -> str | None:
        """A name that people would take for this one, which is seen from now on."""
        if name.isascii():
            spelled = self._ascii.setdefault(" ".join(name.casefold().split()), name)
            twin = self._first_other or (spelled if spelled is not name else None)
        else:
            twin = self._first
            self._first_other = self._first_other or name
        self._first = self._first or name
        return twin


def _readable(where: str, findings: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings, of which the last may be that SQLite could read no further."""
    try:
        yield from findings()
    except DatabaseError as error:
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
        if code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        yield Finding(where, "cannot be read to its end: the file is damaged")


def _integrity(connection: Connection) -> Iterator[Finding]:
    for row in connection.exec_driver_sql("PRAGMA integrity_check(1000)"):
        if row[0] != "ok":
            yield Finding("the file", readable(row[0]))


def _schema(connection: Connection) -> Iterator[Finding]:
    """Tables and columns that are missing."""
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    for table in Base.metadata.sorted_tables:
        if table.name not in there:
            yield Finding(table.name, "the table is missing")
            continue
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        for name in sorted(set(table.columns.keys()) - columns):
            yield Finding(table.name, f"the column {name} is missing")


def _rows(connection: Connection, table: Table, look_at: _Look) -> Iterator[Finding]:
    """Each value by the rule of its column, then what only this table's rows must be."""
    rules = [
        (column.name, bool(column.nullable), rule_of(column.name, column.type)) for column in table.columns
    ]
    keys = [column.name for column in table.primary_key]
    statement = look_at.select if look_at.select is not None else select(table)
    with connection.execute(statement, execution_options={"yield_per": _AT_ONCE}) as rows:
        for row in rows:
            values = row._mapping
            where = f"{table.name} {' '.join(readable(values[key]) for key in keys)}"
            bad = [
                name
                for name, nullable, rule in rules
                if not (values[name] is None and nullable)
                and (not rule.whole(values[name]) or _is_odd(values[name], name in keys))
            ]
            yield from (Finding(where, f"{name} holds what it cannot hold") for name in bad)
            yield from (Finding(where, what) for name, what in look_at.problems(row) if name not in bad)


def _is_odd(value: Any, key: bool) -> bool:
    """Whether it is a text that holds controls, or a key that is empty."""
    return isinstance(value, str) and (_CONTROLS.search(value) is not None or (key and not value))


def _references(connection: Connection, table: Table) -> Iterator[Finding]:
    """Rows that refer to what is not there."""
    for column in table.columns:
        for key in column.foreign_keys:
            parent, other = key.column, key.target_fullname.partition(".")[0]
            lost = select(*table.primary_key).where(
                column.is_not(None), ~exists(select(parent).where(parent == column))
            )
            for row in connection.execute(lost.limit(_AT_ONCE)):
                where = f"{table.name} {' '.join(map(readable, row))}"
                yield Finding(where, f"{column.name} refers to a missing row of {other}")


def _without_a_team(connection: Connection) -> Iterator[Finding]:
    """Assignments to no team; those of a team that has ended are still to be cleared."""
    there = exists().where(Team.id == Assignment.team_id)
    lost = select(Assignment.principal_id, Assignment.team_id).where(~there, of_teams_that_are_there())
    for row in connection.execute(lost.limit(_AT_ONCE)):
        where = f"assignments {' '.join(map(readable, row))}"
        yield Finding(where, "team_id refers to a missing row of teams")
    for team_id in connection.scalars(select(Team.id).where(exists().where(EndedTeam.id == Team.id))):
        yield Finding(f"ended_teams {readable(team_id)}", "the team is there still")


def _singles(connection: Connection) -> Iterator[Finding]:
    """What there must be exactly one of, and the roles that every store has."""
    for table in (OrganizationRow, AuditHead, StoreIdentity):
        count = connection.scalar(select(func.count()).select_from(table))
        if count != 1:
            yield Finding(table.__tablename__, f"there must be one row, and there are {count}")
    held: dict[str, set[str]] = {}
    roles = select(Role.name, RolePermission.permission).outerjoin(RolePermission).where(Role.predefined)
    for name, permission in connection.execute(roles):
        held.setdefault(readable(name), set()).add(readable(permission))
    for role in PREDEFINED_ROLES:
        if held.get(role.name) != {permission.value for permission in role.permissions}:
            yield Finding("roles", f"the predefined role {role.name} is missing or has other permissions")


# Of each table: what its rows must be besides, as pairs of the column that it is about and what is wrong.


class _Look(NamedTuple):
    problems: Callable[[AnyRow], Iterator[Problem]]
    select: Select[Any] | None = None


def _named(row: AnyRow, cleaned: Callable[[str], str] = clean_name) -> Iterator[Problem]:
    """The name, and its folded form."""
    yield from _text("name", row.name, cleaned)
    if isinstance(row.name, str) and row.name_folded != fold(row.name):
        yield "name_folded", "the name that is searched and sorted by is not that of the name"
    yield from _looks("name", row.name, row.name_look)


def _looks(column: str, text: object, stored: object) -> Iterator[Problem]:
    if isinstance(text, str) and stored != look_hash(text):
        yield f"{column}_look", f"what names that look alike are found by is not that of the {column}"


def _searched(row: AnyRow, *texts: object) -> Iterator[Problem]:
    """What a filter looks into; it is not searched by what is no text."""
    if row.search_text != searched_text(each for each in texts if isinstance(each, str)):
        yield "search_text", "what a filter looks into is not that of the row"


def _creator(row: AnyRow) -> Iterator[Problem]:
    if isinstance(row.created_by, str) and row.created_by_folded != creator_text(row.created_by):
        yield "created_by_folded", "what is searched and sorted by is not that of who created it"


def _text(column: str, text: object, cleaned: Callable[[str], str]) -> Iterator[Problem]:
    try:
        fits = isinstance(text, str) and cleaned(text) == text
    except InvalidInput:
        fits = False
    if not fits:
        yield column, f"the {column} is none that pftui accepts"


def _principal(row: AnyRow) -> Iterator[Problem]:
    yield from _named(row)
    yield from _text("description", row.description, clean_description)
    yield from _searched(row, row.name, row.email)
    yield from _creator(row)
    kind = Kind(row.kind)
    if kind is UNKNOWN_KIND:
        yield "kind", f"the kind {_UNKNOWN}"
        return
    if kind is Kind.USER:
        yield from _text("email", row.email, clean_email)
        if isinstance(row.email, str) and row.email_folded != fold(row.email):
            yield "email_folded", "the e-mail address that is searched by is not that of the e-mail address"
        if not row.passwords:
            yield "", "a person without a password, who cannot sign in"
    elif row.passwords or row.email is not None or row.email_folded is not None:
        yield "", "a service account with a password or an e-mail address"
    if kind is Kind.USER and row.keys:
        yield "", "a person with an API key"
    if row.team_count != row.teams:
        yield "team_count", f"the number of teams is {row.teams}, and {_number(row.team_count)} is stored"
    yield from _summary(row, kind)


def _summary(row: AnyRow, kind: Kind) -> Iterator[Problem]:
    status = status_of(
        kind,
        disabled=row.disabled is not False,
        global_admin=row.global_admin is True,
        team_count=row.teams,
        live_keys=row.live_keys,
        unsaved_keys=row.unsaved_keys,
        temporary_password=bool(row.temporary_passwords),
    )
    stored = Status(row.status)
    if stored is UNKNOWN_STATUS:
        yield "status", f"the status {_number(row.status)} {_UNKNOWN}"
    elif stored is not status:
        yield "status", f"the status is {status.label}, and {stored.label} is stored"
    newest = shown(readable(row.newest_key)) if row.newest_key is not None else ""
    identifier = row.email if kind is Kind.USER else newest
    if row.identifier != identifier:
        yield "identifier", "the stored e-mail address or newest key is not that of the account"
    elif row.identifier_folded != fold(readable(identifier)):
        yield "identifier_folded", "what the e-mail address or key is searched by is not that of it"


def _number(stored: object) -> str:
    return str(stored) if isinstance(stored, int) else "no number"


def _password(row: AnyRow) -> Iterator[Problem]:
    problem = hash_problem(row.hash)
    if problem is not None:
        yield "", f"the hash cannot be used: {problem}"
    if (row.void_after is None) == (row.temporary is True):
        yield "", "a password is temporary until some time, or neither"


def _key(row: AnyRow) -> Iterator[Problem]:
    problem = hash_problem(row.hash)
    if problem is not None:
        yield "", f"the hash cannot be used: {problem}"
    if not (isinstance(row.key_id, str) and _KEY_ID.fullmatch(row.key_id)):
        yield "key_id", "the key id is none"
    yield from _searched(row, row.key_id)
    yield from _creator(row)
    if row.tag is not None and not is_tag(row.tag):
        yield "tag", "the tag is none"
    if row.label != "":
        yield from _text("label", row.label, clean_name)
    if row.live != int(row.revoked_at is None):
        yield "live", "what keys are sorted by is not whether this one is live"
    if (row.revoked_at is None) != (row.revoked_by is None):
        yield "", "who revoked the key or when is missing"


def _team(row: AnyRow) -> Iterator[Problem]:
    yield from _named(row)
    if not (isinstance(row.slug, str) and _SLUG.fullmatch(row.slug)):
        yield "slug", "the slug is none"
    yield from _looks("slug", row.slug, row.slug_look)
    yield from _searched(row, row.name, row.slug)
    yield from _held(row)


def _role(row: AnyRow) -> Iterator[Problem]:
    yield from _named(row)
    yield from _text("description", row.description, clean_description)
    yield from _held(row)


def _held(row: AnyRow) -> Iterator[Problem]:
    """By how many people and service accounts."""
    for column, counted in (("member_count", row.people), ("service_account_count", row.others)):
        if getattr(row, column) != counted:
            stored = _number(getattr(row, column))
            yield column, f"the {column.replace('_', ' ')} is {counted}, and {stored} is stored"


def _permission(row: AnyRow) -> Iterator[Problem]:
    if not Permission.stored(readable(row.permission)).known:
        yield "permission", f"the permission {readable(row.permission)} {_UNKNOWN}"


def _head(row: AnyRow) -> Iterator[Problem]:
    for column in ("hash", "archived_hash"):
        yield from _sha256(column, getattr(row, column))


def _limit(row: AnyRow) -> Iterator[Problem]:
    yield from _sha256("name", row.name)
    yield from _sha256("about", row.about)


def _source(row: AnyRow) -> Iterator[Problem]:
    yield from _sha256("source", row.source)


def _sha256(column: str, text: object) -> Iterator[Problem]:
    if not (isinstance(text, str) and _SHA256.fullmatch(text)):
        yield column, f"the {column} is no SHA-256"


def _session(row: AnyRow) -> Iterator[Problem]:
    if isinstance(row.source, str) and Source.from_text(row.source).as_text() != row.source:
        yield "source", "from where it was signed in to is not known"
    if row.token_hash is not None and not _SHA256.fullmatch(str(row.token_hash)):
        yield "token hash", "it is none, so that no command goes on with the session"
    if row.of_people == 0:
        yield "", "a session of an account that no person has"


def _organization(row: AnyRow) -> Iterator[Problem]:
    yield from _text("name", row.name, clean_name)
    networks = row.allowed_networks
    if isinstance(networks, str) and any(not _is_network(each) for each in networks.split()):
        yield "allowed_networks", "where webhooks may connect to is no list of networks"


def _is_network(text: str) -> bool:
    try:
        return clean_network(text) == text
    except InvalidInput:
        return False


def _identity(row: AnyRow) -> Iterator[Problem]:
    if not (isinstance(row.id, str) and _UUID.fullmatch(row.id)):
        yield "id", "the store's id is none"
    if not (isinstance(row.mark, str) and is_mark(row.mark)):
        yield "mark", "the mark that its log must fit is none"


def _webhook(row: AnyRow) -> Iterator[Problem]:
    yield from _named(row)
    yield from _creator(row)
    yield from _text("url", row.url, clean_url)
    if isinstance(row.events, str) and not row.events.split():
        yield "events", "there is nothing that it is told of"
    if not row.cursors:
        yield "", "how far it is in the trail is missing, so nothing is sent to it"
    if row.sealed_by != row.current_key and row.sealed_by != row.next_key:
        yield "sealed_by", "its signing secret is sealed by a key that is not the store's"


def _parked(row: AnyRow) -> Iterator[Problem]:
    if not (isinstance(row.first, int) and isinstance(row.last, int) and row.first <= row.last):
        yield "first", "the range of the trail is none"


def _store_key(row: AnyRow) -> Iterator[Problem]:
    for column in ("fingerprint", "next_fingerprint"):
        stored = getattr(row, column)
        if stored is not None and not _FINGERPRINT.fullmatch(str(stored)):
            yield column, f"the {column.replace('_', ' ')} is none"


def _assignment(row: AnyRow) -> Iterator[Problem]:
    if (row.kind, row.name_folded) != (row.account_kind, row.account_name):
        yield "", "what the team's members are listed by is not the kind and name of the account"


def _assignments() -> Select[Any]:
    own = Principal.id == Assignment.principal_id
    both = Assignment.__table__.join(Principal.__table__, own, isouter=True)
    whose = (Principal.kind.label("account_kind"), Principal.name_folded.label("account_name"))
    return select(Assignment.__table__, *whose).select_from(both)


def _count(row: AnyRow) -> Iterator[Problem]:
    if Kind(row.kind) is UNKNOWN_KIND:
        yield "kind", f"the kind {_UNKNOWN}"
    if Status(row.status) is UNKNOWN_STATUS:
        yield "status", f"the status {_number(row.status)} {_UNKNOWN}"


def _nothing(_row: AnyRow) -> Iterator[Problem]:
    return iter(())


def _counted(of: Any, *conditions: Any) -> Any:
    return select(func.count()).select_from(of).where(*conditions).scalar_subquery()


def _principals() -> Select[Any]:
    account, key, password = Principal.id, ApiKeyRow.principal_id == Principal.id, Password.principal_id
    live = and_(key, ApiKeyRow.revoked_at.is_(None))
    newest = select(ApiKeyRow.key_id).where(live).order_by(ApiKeyRow.created_at.desc(), ApiKeyRow.key_id)
    return select(
        Principal.__table__,
        _counted(Assignment, Assignment.principal_id == account).label("teams"),
        _counted(ApiKeyRow, key).label("keys"),
        _counted(ApiKeyRow, live).label("live_keys"),
        _counted(ApiKeyRow, live, ~ApiKeyRow.saved).label("unsaved_keys"),
        _counted(Password, password == account).label("passwords"),
        _counted(Password, password == account, Password.temporary).label("temporary_passwords"),
        newest.limit(1).scalar_subquery().label("newest_key"),
    )


def _with_holders(model: Any, assigned: Any) -> Select[Any]:
    """The rows of teams or roles, each with by how many people and others it is held."""

    def holders(kind: Kind) -> Any:
        joined = Assignment.__table__.join(Principal.__table__, Principal.id == Assignment.principal_id)
        each = select(func.count(Assignment.principal_id.distinct())).select_from(joined)
        return each.where(assigned, Principal.kind == kind.value).scalar_subquery()

    return select(
        model.__table__,
        holders(Kind.USER).label("people"),
        holders(Kind.SERVICE_ACCOUNT).label("others"),
    )


def _sessions() -> Select[Any]:
    owner = (Principal.id == SessionRow.principal_id, Principal.kind == Kind.USER.value)
    return select(SessionRow.__table__, _counted(Principal, *owner).label("of_people"))


def _webhooks() -> Select[Any]:
    return select(
        WebhookRow.__table__,
        _counted(WebhookCursor, WebhookCursor.webhook_id == WebhookRow.id).label("cursors"),
        select(StoreKeyRow.fingerprint).scalar_subquery().label("current_key"),
        select(StoreKeyRow.next_fingerprint).scalar_subquery().label("next_key"),
    )


_LOOKS: dict[Any, _Look] = {
    OrganizationRow.__table__: _Look(_organization),
    Principal.__table__: _Look(_principal, _principals()),
    Password.__table__: _Look(_password),
    ApiKeyRow.__table__: _Look(_key),
    Team.__table__: _Look(_team, _with_holders(Team, Assignment.team_id == Team.id)),
    Role.__table__: _Look(_role, _with_holders(Role, Assignment.role_id == Role.id)),
    RolePermission.__table__: _Look(_permission),
    Assignment.__table__: _Look(_assignment, _assignments()),
    AccountCount.__table__: _Look(_count),
    AuditHead.__table__: _Look(_head),
    AuditBlock.__table__: _Look(_nothing),
    AuditTally.__table__: _Look(_nothing),
    SignInLimit.__table__: _Look(_limit),
    KnownSource.__table__: _Look(_source),
    SessionRow.__table__: _Look(_session, _sessions()),
    StoreIdentity.__table__: _Look(_identity),
    WebhookRow.__table__: _Look(_webhook, _webhooks()),
    WebhookCursor.__table__: _Look(_nothing),
    WebhookDelivery.__table__: _Look(_nothing),
    WebhookParked.__table__: _Look(_parked),
    StoreKeyRow.__table__: _Look(_store_key),
    EndedTeam.__table__: _Look(_nothing),
}
#: Where no two names may look alike, and among which rows (R6).
_UNIQUE_LOOKS: dict[Any, tuple[Any, ...]] = {
    Principal.__table__: (Principal.kind == Kind.SERVICE_ACCOUNT.value,),
    Team.__table__: (),
    Role.__table__: (),
    WebhookRow.__table__: (),
}
#: Events are looked at by whoever walks their chain (`AuditRepository.oldest_first`).
LOOKED_AT = frozenset(_LOOKS) | {AuditEventRow.__table__}
