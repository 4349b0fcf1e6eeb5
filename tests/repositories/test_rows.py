"""Rows become results by the names of their fields, and a field without a column is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from pftui.domain.accounts import Kind, Status
from pftui.repositories.models import Base, Principal, Team
from pftui.repositories.rows import RowShape
from tests.conftest import START


@dataclass(frozen=True)
class Summary:
    """Fields of each kind; those of the account table's rows may become more without an edit here."""

    id: str
    kind: Kind
    name: str
    identifier: str
    global_admin: bool
    team_count: int
    last_used_at: datetime | None
    status: Status


@dataclass(frozen=True)
class Longer(Summary):
    """A summary with one field more that the table has."""

    created_at: datetime


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    session = Session(engine)
    session.add(
        Principal(
            id="ann",
            kind=Kind.USER,
            name="Ann",
            email="ann@acme.example",
            identifier="ann@acme.example",
            status=Status.ACTIVE,
            last_used_at=1_000_000,
            created_at=START,
            created_by="x",
        )
    )
    session.flush()
    yield session
    session.close()
    engine.dispose()


def test_every_field_has_the_value_and_the_type_that_it_says(session: Session) -> None:
    shape = RowShape(Summary, Principal)
    summary = shape.of(session.execute(select(*shape.columns)).one())
    assert summary == Summary(
        id="ann",
        kind=Kind.USER,
        name="Ann",
        identifier="ann@acme.example",
        global_admin=False,
        team_count=0,
        last_used_at=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        status=Status.ACTIVE,
    )
    assert [type(getattr(summary, field.name)) for field in fields(summary)] == [
        str, Kind, str, str, bool, int, datetime, Status,
    ]  # fmt: skip


def test_a_field_more_needs_nothing_else(session: Session) -> None:
    shape = RowShape(Longer, Principal)
    assert shape.of(session.execute(select(*shape.columns)).one()).created_at == START


def test_columns_may_follow_and_have_other_names(session: Session) -> None:
    @dataclass
    class Named:
        id: str
        called: str

    shape = RowShape(Named, Principal, called=Principal.name)
    row = session.execute(select(*shape.columns, Principal.created_by.label("by"))).one()
    assert shape.of(row) == Named("ann", "Ann")
    assert row.by == "x"


def test_a_field_without_a_column_is_noticed() -> None:
    with pytest.raises(TypeError, match=r"Summary: no column for .*last_used_at"):
        RowShape(Summary, Team)
    with pytest.raises(TypeError, match=r"no field for \['nickname'\]"):
        RowShape(Summary, Principal, nickname=Principal.name)
