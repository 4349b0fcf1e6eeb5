"""An account that is made at once with what it has is stored as one that gets it bit by bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count, product
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.orm import Session

from pftui.bootstrap import open_services
from pftui.domain.accounts import Kind
from pftui.domain.audit import Action, Target
from pftui.domain.secret import Secret
from pftui.repositories import account_counts
from pftui.repositories.alike import first_alike, is_alike
from pftui.repositories.database.engine import connect
from pftui.repositories.models import ApiKeyRow, Assignment, Base, Password, Principal, Role, Team
from pftui.repositories.unit_of_work import Store
from pftui.services.trail.writer import AuditWriter, actor_of, origin_of
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, START, SetClock
from tests.repositories.summaries import expected, stored

_KEYS = (
    (),
    ({"saved": True},),
    ({"saved": False},),
    ({"saved": True, "revoked_at": START},),
    ({"saved": True}, {"saved": False, "later": True}),
    ({"saved": True, "later": True}, {"saved": True}, {"saved": True, "later": True}),
)
_TEAMS: tuple[tuple[tuple[str, int], ...], ...] = (
    (),
    (("red", 0),),
    (("red", 0), ("blue", 0)),
    (("red", 0), ("blue", 1)),
)
_numbers = count(1)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(connect(store_url))
    with opened.write() as unit:
        for name in ("red", "blue"):
            unit.session.add(Team(id=name, name=name, slug=name, created_at=START, created_by="x"))
        unit.commit()
    yield opened
    opened.close()


def _rows(
    session: Session,
    kind: Kind,
    keys: Sequence[dict[str, object]],
    teams: Sequence[tuple[str, int]],
    flags: dict[str, bool],
    temporary: bool,
) -> list[Base]:
    number = next(_numbers)
    name = f"{kind.value}-{number}"
    email = f"{name}@Acme.example" if kind is Kind.USER else None
    made = {"created_at": START, "created_by": "x"}
    rows: list[Base] = [Principal(id=name, kind=kind, name=name, email=email, **made, **flags)]
    if kind is Kind.USER:
        rows.append(Password(principal_id=name, hash="$", temporary=temporary, changed_at=START))
    for place, columns in enumerate(keys):
        when = START + timedelta(days=bool(columns.get("later")))
        given = {column: value for column, value in columns.items() if column != "later"}
        rows.append(
            ApiKeyRow(
                key_id=f"{number:07}{place:03}",
                principal_id=name,
                hash="$",
                created_at=when,
                created_by="x",
                **given,
            )
        )
    roles = session.scalars(select(Role.id).order_by(Role.name_folded)).all()
    for team_id, role in teams:
        rows.append(Assignment(principal_id=name, team_id=team_id, role_id=roles[role], **made))
    return rows


def _all_kinds() -> Iterator[
    tuple[Kind, Sequence[dict[str, object]], Sequence[tuple[str, int]], dict[str, bool], bool]
]:
    flags: tuple[dict[str, bool], ...] = ({}, {"disabled": True}, {"global_admin": True})
    for keys, teams, flag in product(_KEYS, _TEAMS, flags):
        yield Kind.SERVICE_ACCOUNT, keys, teams, flag, False
    for teams, flag, temporary in product(_TEAMS, flags, (False, True)):
        yield Kind.USER, (), teams, flag, temporary


@pytest.mark.parametrize("at_once", [1, 7, None], ids=["bit by bit", "some in one flush", "all in one flush"])
def test_what_follows_from_a_new_account_is_true_however_it_is_sent(
    store: Store, at_once: int | None
) -> None:
    with store.write() as unit:
        session = unit.session
        with session.no_autoflush:
            for kind in _all_kinds():
                for number, row in enumerate(_rows(session, *kind)):
                    session.add(row)
                    if at_once is not None and number % at_once == 0:
                        session.flush()
        unit.commit()
    with store.read() as unit:
        assert stored(unit.session) == expected(unit.session)
        counted = unit.session.execute(
            select(Principal.kind, Principal.status, func.count()).group_by(Principal.kind, Principal.status)
        )
        of_status: dict[int, int] = {}
        for _, status, number in counted:
            of_status[status] = of_status.get(status, 0) + number
        assert {
            status: number for status, number in account_counts.by_status(unit.session).items() if number
        } == of_status
        whose = text(
            "SELECT count(*) FROM assignments a JOIN principals p ON p.id = a.principal_id "
            "WHERE a.kind <> p.kind OR a.name_folded <> p.name_folded"
        )
        assert unit.session.scalar(whose) == 0


def test_an_account_is_made_with_few_statements(store_url: str) -> None:
    services = open_services(store_url, SetClock())
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), interactive=False).operator
    team = services.teams.create(admin, "Red")
    role = services.roles.find(admin, "Viewer")
    services.service_accounts.create(admin, name="first")
    said: list[str] = []

    def note(*statement: object) -> None:
        said.append(str(statement[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        services.service_accounts.create(admin, name="second")
        alone = len(said)
        services.service_accounts.create(admin, name="third", team_id=team.id, role_id=role.id)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        services.lifecycle.close()
    assert alone <= 11, said[:alone]
    assert len(said) - alone <= 17, said[alone:]


def test_an_event_is_seen_by_the_queries_that_follow_and_gone_with_its_transaction(store_url: str) -> None:
    services = open_services(store_url, SetClock())
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), interactive=False).operator
    services.lifecycle.close()
    store = Store(connect(store_url))
    with store.read() as unit:
        before = unit.audit.head()
    with store.write() as unit:
        writer = AuditWriter(unit, actor_of(admin), origin_of(admin), START)
        told = writer.record(Action.LOGIN, Target.USER, admin.id, "Signed in")
        assert unit.audit.get(told.id) == told
        assert unit.audit.head() == (told.sequence, told.hash)
    with store.read() as unit:
        assert unit.audit.head() == before
        assert unit.audit.get(told.id) is None
    store.close()


def test_of_names_that_are_alike_the_same_one_goes_first() -> None:
    names = ["ci-b\N{GREEK SMALL LETTER OMICRON}t", "ci-bot", "CI-BOT"]
    assert all(is_alike("Ci-bot", name) for name in names)
    rows = [SimpleNamespace(name=name) for name in names]
    found = first_alike(rows, lambda row: (row.name,), "Ci-bot")  # type: ignore[type-var]
    assert found is not None
    assert found.name == "ci-bot"
