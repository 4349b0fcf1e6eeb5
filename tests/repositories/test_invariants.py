"""What follows from the rows is true after any change of them, by a service that forgets all the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from pftui.domain.accounts import Kind, Status, status_of
from pftui.repositories.database.engine import connect
from pftui.repositories.models import (
    ApiKeyRow,
    Assignment,
    Base,
    Password,
    Principal,
    Role,
    Team,
    Versioned,
)
from pftui.repositories.unit_of_work import Store
from tests.conftest import START
from tests.repositories.summaries import expected, stored

Change = Callable[[Session], None]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Two people, two service accounts and two teams; each kind of account in one, and in both."""
    opened = Store(connect(store_url))
    with opened.write() as unit:
        session = unit.session
        session.add_all(
            [
                account("ann", Kind.USER),
                account("bea", Kind.USER, global_admin=True),
                account("ci", Kind.SERVICE_ACCOUNT),
                account("robot", Kind.SERVICE_ACCOUNT),
                team("red"),
                team("blue"),
            ]
        )
        session.flush()
        for name in ("ann", "bea"):
            session.add(Password(principal_id=name, hash="$", changed_at=START))
        session.add_all([key("ci", 1, saved=True), key("robot", 2, saved=True)])
        session.add_all(
            assignment(session, who, where)
            for who, where in [("ann", "red"), ("bea", "red"), ("bea", "blue"), ("ci", "red"), ("ci", "blue")]
        )
        unit.commit()
    yield opened
    opened.close()


def account(name: str, kind: Kind, **columns: bool) -> Principal:
    email = f"{name}@Acme.example" if kind is Kind.USER else None
    return Principal(id=name, kind=kind, name=name, email=email, created_at=START, created_by="x", **columns)


def team(name: str) -> Team:
    return Team(id=name, name=name, slug=name, created_at=START, created_by="x")


def key(owner: str, number: int, *, saved: bool = False) -> ApiKeyRow:
    return ApiKeyRow(
        key_id=f"{number:010}", principal_id=owner, hash="$", saved=saved, created_at=START, created_by="x"
    )


def assignment(session: Session, account_id: str, team_id: str) -> Assignment:
    role = session.scalars(select(Role.id).order_by(Role.name_folded)).first()
    return Assignment(
        principal_id=account_id, team_id=team_id, role_id=role, created_at=START, created_by="x"
    )


def held(session: Session) -> dict[str, dict[str, object]]:
    """The same columns, as the objects of the session tell them."""
    rows: list[Principal | Team | Role] = [
        *session.scalars(select(Principal)),
        *session.scalars(select(Team)),
        *session.scalars(select(Role)),
    ]
    objects = {row.id: row for row in rows}
    return {
        row_id: {name: getattr(objects[row_id], name) for name in columns}
        for row_id, columns in stored(session).items()
    }


def set_on(model: type[Base], row_id: object, **columns: object) -> Change:
    """A change of a row that is there."""

    def change(session: Session) -> None:
        row = session.get_one(model, row_id)
        for name, value in columns.items():
            setattr(row, name, value)

    return change


def add(make: Callable[[Session], object]) -> Change:
    """A change that adds a row."""
    return lambda session: session.add(make(session))


def delete(*rows: tuple[type[Base], object]) -> Change:
    """A change that deletes rows, all in one flush."""

    def change(session: Session) -> None:
        for model, row_id in rows:
            session.delete(session.get_one(model, row_id))

    return change


def several(*changes: Change) -> Change:
    """Changes that are sent together."""

    def change(session: Session) -> None:
        with session.no_autoflush:
            for each in changes:
                each(session)

    return change


def another_role(account_id: str, team_id: str) -> Change:
    """A change of the role of an assignment."""

    def change(session: Session) -> None:
        role = session.scalars(select(Role.id).order_by(Role.name_folded.desc())).first()
        row = session.get_one(Assignment, (account_id, team_id))
        assert row.role_id != role
        row.role_id = str(role)

    return change


CHANGES: dict[str, Change] = {
    "a new user": add(lambda s: account("zoe", Kind.USER)),
    "a new admin": add(lambda s: account("zoe", Kind.USER, global_admin=True)),
    "a new service account": add(lambda s: account("bot", Kind.SERVICE_ACCOUNT)),
    "a new disabled account": add(lambda s: account("bot", Kind.SERVICE_ACCOUNT, disabled=True)),
    "another name": set_on(Principal, "ann", name="STRASSE"),
    "another address": set_on(Principal, "ann", email="Ann@ACME.example"),
    "disabled": set_on(Principal, "ann", disabled=True),
    "enabled": several(
        set_on(Principal, "ci", disabled=True), lambda s: s.flush(), set_on(Principal, "ci", disabled=False)
    ),
    "an admin": set_on(Principal, "ann", global_admin=True),
    "an admin without a team": set_on(Principal, "robot", global_admin=True),
    "no admin": set_on(Principal, "bea", global_admin=False),
    "a deleted user": delete((Principal, "bea")),
    "a deleted service account": delete((Principal, "ci")),
    "two deleted accounts of one team": delete((Principal, "ann"), (Principal, "bea")),
    "a temporary password": set_on(Password, "ann", temporary=True),
    "a password of one's own": several(
        set_on(Password, "ann", temporary=True), lambda s: s.flush(), set_on(Password, "ann", temporary=False)
    ),
    "a deleted password": several(
        set_on(Password, "ann", temporary=True), lambda s: s.flush(), delete((Password, "ann"))
    ),
    "a new key": add(lambda s: key("ci", 3)),
    "a saved key": several(
        add(lambda s: key("ci", 3)), lambda s: s.flush(), set_on(ApiKeyRow, f"{3:010}", saved=True)
    ),
    "a revoked key": set_on(ApiKeyRow, f"{1:010}", revoked_at=START),
    "a key of another account": set_on(ApiKeyRow, f"{1:010}", principal_id="robot"),
    "a deleted key": delete((ApiKeyRow, f"{1:010}")),
    "a user's first assignment": several(
        add(lambda s: account("zoe", Kind.USER)),
        lambda s: s.flush(),
        add(lambda s: assignment(s, "zoe", "red")),
    ),
    "a user's second assignment": add(lambda s: assignment(s, "ann", "blue")),
    "a service account's assignment": add(lambda s: assignment(s, "robot", "blue")),
    "assignments of several to one team": several(
        add(lambda s: assignment(s, "robot", "blue")), add(lambda s: assignment(s, "ann", "blue"))
    ),
    "assignments of one to several teams": several(
        add(lambda s: assignment(s, "robot", "blue")), add(lambda s: assignment(s, "robot", "red"))
    ),
    "an assignment changed, but for its role": set_on(Assignment, ("ann", "red"), created_by="y"),
    "another role": another_role("ann", "red"),
    "another role of several": several(
        another_role("ann", "red"), another_role("ci", "red"), another_role("bea", "blue")
    ),
    "another role and the account deleted": several(another_role("ci", "red"), delete((Principal, "ci"))),
    "another role and the team deleted": several(another_role("ann", "red"), delete((Team, "red"))),
    "another role in another team": several(
        another_role("ann", "red"), set_on(Assignment, ("ann", "red"), team_id="blue")
    ),
    "an assignment moved to another team": set_on(Assignment, ("ann", "red"), team_id="blue"),
    "an assignment moved to another account": set_on(Assignment, ("ann", "red"), principal_id="robot"),
    "one's last assignment ended": delete((Assignment, ("ann", "red"))),
    "one of two assignments ended": delete((Assignment, ("ci", "red"))),
    "both assignments ended": delete((Assignment, ("ci", "red")), (Assignment, ("ci", "blue"))),
    "an assignment ended with its account": delete((Assignment, ("ci", "red")), (Principal, "ci")),
    "an assignment ended with its team": delete((Assignment, ("ann", "red")), (Team, "red")),
    "a new team": add(lambda s: team("green")),
    "a renamed team": set_on(Team, "red", name="ROT"),
    "a deleted team": delete((Team, "red")),
    "two deleted teams": delete((Team, "red"), (Team, "blue")),
    "a deleted team and one's other assignment ended": delete(
        (Team, "red"), (Assignment, ("bea", "blue")), (Assignment, ("ci", "blue"))
    ),
    "a deleted team and another role in the other": several(
        another_role("bea", "blue"), delete((Team, "red"))
    ),
    "the same role once more, and ended where it was": several(
        add(lambda s: assignment(s, "ann", "blue")), delete((Assignment, ("ann", "red")))
    ),
    "a deleted team and a deleted member": delete((Team, "red"), (Principal, "bea")),
    "a deleted team and a member in another": several(
        delete((Team, "red")), add(lambda s: assignment(s, "ann", "blue"))
    ),
    "a deleted account and another in its team": several(
        delete((Principal, "ci")), add(lambda s: assignment(s, "robot", "blue"))
    ),
    "a deleted team and a member disabled": several(
        delete((Team, "red")), set_on(Principal, "ann", disabled=True)
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_any_row_leaves_the_rest_true(name: str, store: Store) -> None:
    with store.write() as unit:
        # They stay in the session, and must not go on holding what was.
        objects = [row for model in (Principal, Team) for row in unit.session.scalars(select(model))]
        assert objects
        assert stored(unit.session) == expected(unit.session) == held(unit.session)
        CHANGES[name](unit.session)
        unit.session.flush()
        assert stored(unit.session) == expected(unit.session) == held(unit.session)
        unit.commit()
    with store.read() as unit:
        assert stored(unit.session) == expected(unit.session)


def test_the_number_of_teams_decides_between_no_team_and_active_alone() -> None:
    """What the statement relies on that takes a deleted team from its members."""
    flags = [False, True]
    for kind, disabled, admin, keys, unsaved, temporary in product(Kind, flags, flags, flags, flags, flags):
        without, with_a_team, with_two = (
            status_of(
                kind,
                disabled=disabled,
                global_admin=admin,
                team_count=teams,
                live_keys=keys,
                unsaved_keys=unsaved,
                temporary_password=temporary,
            )
            for teams in (0, 1, 2)
        )
        assert with_a_team is with_two
        lost = with_a_team is Status.ACTIVE and not admin
        assert without is (Status.NO_TEAM if lost else with_a_team)


EDITS: dict[str, tuple[Change, int]] = {
    "a name": (set_on(Principal, "ann", name="Anna"), 1),
    "an address": (set_on(Principal, "ann", email="anna@acme.example"), 1),
    "a description": (set_on(Principal, "ann", description="the first"), 1),
    "disabled": (set_on(Principal, "ann", disabled=True), 1),
    "an admin": (set_on(Principal, "ann", global_admin=True), 1),
    "several columns": (set_on(Principal, "ann", name="Anna", disabled=True), 1),
    "several flushes": (
        several(
            set_on(Principal, "ann", name="Anna"),
            lambda s: s.flush(),
            set_on(Principal, "ann", disabled=True),
        ),
        1,
    ),
    "the same name": (set_on(Principal, "ann", name="ann"), 0),
    "last use": (set_on(Principal, "ann", last_used_at=1), 0),
    "a password": (set_on(Password, "ann", temporary=True), 0),
    "an assignment": (add(lambda s: assignment(s, "ann", "blue")), 0),
    "a deleted team": (delete((Team, "red")), 0),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_version_rises_once_for_what_people_edit_and_for_nothing_else(name: str, store: Store) -> None:
    change, rise = EDITS[name]
    with store.write() as unit:
        change(unit.session)
        unit.commit()
    with store.read() as unit:
        assert unit.session.get_one(Principal, "ann").version == 1 + rise


def test_a_team_has_another_version_with_another_name_only(store: Store) -> None:
    with store.write() as unit:
        unit.session.add(assignment(unit.session, "robot", "red"))
        unit.session.get_one(Team, "blue").name = "Navy"
        unit.commit()
    with store.read() as unit:
        assert unit.session.get_one(Team, "red").version == 1
        assert unit.session.get_one(Team, "blue").version == 2


def test_every_table_with_a_version_says_what_raises_it() -> None:
    for mapper in Base.registry.mappers:
        columns = {column.key for column in mapper.columns}
        assert issubclass(mapper.class_, Versioned) == ("version" in columns)
        if issubclass(mapper.class_, Versioned):
            assert mapper.class_.edited
            assert set(mapper.class_.edited) <= columns


def test_every_folded_column_follows_its_own() -> None:
    for mapper in Base.registry.mappers:
        columns = {column.key for column in mapper.columns}
        own = {name for name in columns if name.removesuffix("_folded") in columns}
        for folded in (name for name in own if name.endswith("_folded")):  # an assignment's is its account's
            row = mapper.class_(**{folded.removesuffix("_folded"): "STRAẞE"})
            assert getattr(row, folded) == "strasse"


def test_an_account_in_many_teams_goes_in_one_statement_for_each_table(store: Store) -> None:
    with store.write() as unit:
        session = unit.session
        for number in range(20):
            session.add(team(f"t{number}"))
        session.flush()
        session.add_all([assignment(session, "ann", f"t{number}") for number in range(20)])
        session.add(assignment(session, "robot", "t1"))
        unit.commit()
    for change, counted in ((delete((Principal, "ann")), "teams"), (delete((Team, "t1")), "principals")):
        statements = sent(store, change)
        updates = [each.split()[1] for each in statements if each.startswith("UPDATE")]
        if "account_counts" in updates:
            updates.remove("account_counts")
        assert sorted(updates) == sorted(["roles", counted]), statements


def sent(store: Store, change: Change) -> list[str]:
    """The statements that a change sends."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        with store.write() as unit:
            change(unit.session)
            unit.commit()
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
    return statements
