"""What is needed to answer at a million as fast as at a thousand: an index of texts, counts, orders of lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from pftui.repositories.database.migrations.telling import number_of, tell

revision = "0007"
down_revision = "0006"

_AT_ONCE = 2_000  # accounts

_PRINCIPALS = sa.table("principals", *map(sa.column, ("id", "kind", "status", "name_folded")))
_ASSIGNMENTS = sa.table("assignments", *map(sa.column, ("principal_id", "kind", "name_folded")))
_KEYS = sa.table("api_keys", sa.column("revoked_at"), sa.column("live"))


def upgrade() -> None:
    """In bounded memory. The texts themselves are put into their index when this is done, in steps."""
    _members()
    _counts()
    _keys()
    op.create_index("ix_principals_kind", "principals", ["kind", "name_folded", "id"], unique=False)
    op.add_column("principals", sa.Column("index_number", sa.BigInteger(), nullable=True))
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        order = ["index_number", "name_folded", "id"]
        op.create_index("ix_principals_indexed", "principals", order, unique=False)
    # On PostgreSQL it is made at once only for who is just beginning: it would hold all others up.
    if (
        connection.dialect.name == "sqlite"
        or connection.execute(sa.select(_PRINCIPALS.c.id).limit(1)).first() is None
    ):
        from pftui.repositories.text_index import make

        make(connection)


def _text(length: int) -> sa.String:
    """A text that every database compares and sorts by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _members() -> None:
    """Of each assignment whose it is, by kind and name: a team's members are listed by these."""
    op.add_column("assignments", sa.Column("kind", _text(16), nullable=False, server_default=""))
    op.add_column("assignments", sa.Column("name_folded", _text(320), nullable=False, server_default=""))
    connection = op.get_bind()
    done, total = 0, number_of(connection, _PRINCIPALS)
    whose = _PRINCIPALS.c.id == _ASSIGNMENTS.c.principal_id
    values = {
        name: sa.func.coalesce(sa.select(_PRINCIPALS.c[name]).where(whose).scalar_subquery(), "")
        for name in ("kind", "name_folded")
    }
    change = _ASSIGNMENTS.update().values(values)
    for first, last, many in _ranges(connection):
        connection.execute(change.where(_ASSIGNMENTS.c.principal_id.between(first, last)))
        done += many
        tell("members of teams", done, total)
    op.drop_index("ix_assignments_team_id", table_name="assignments")
    order = ["team_id", "kind", "name_folded", "principal_id"]
    op.create_index("ix_assignments_members", "assignments", order, unique=False)


def _ranges(connection: sa.Connection) -> Iterator[tuple[Any, Any, int]]:
    """The first and the last id of some accounts after the other, and how many they are."""
    found = sa.select(_PRINCIPALS.c.id).order_by(_PRINCIPALS.c.id).limit(_AT_ONCE)
    ids = connection.scalars(found).all()
    while ids:
        yield ids[0], ids[-1], len(ids)
        ids = connection.scalars(found.where(_PRINCIPALS.c.id > ids[-1])).all()


def _counts() -> None:
    """How many accounts there are of each kind and status."""
    counts = op.create_table(
        "account_counts",
        sa.Column("kind", _text(16), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "status", name=op.f("pk_account_counts")),
    )
    of = (_PRINCIPALS.c.kind, _PRINCIPALS.c.status)
    counted = sa.select(*of, sa.func.count()).group_by(*of)
    op.execute(counts.insert().from_select(["kind", "status", "number"], counted))


def _keys() -> None:
    """Keys are listed by whether they are live, and when they were made."""
    op.add_column("api_keys", sa.Column("live", sa.Integer(), nullable=False, server_default="1"))
    op.execute(_KEYS.update().where(_KEYS.c.revoked_at.is_not(None)).values(live=0))
    order: list[Any] = [sa.text("live DESC"), sa.text("created_at DESC"), "key_id"]
    op.create_index("ix_api_keys_newest", "api_keys", order, unique=False)
    op.create_index("ix_api_keys_created_by", "api_keys", ["created_by_folded", *order], unique=False)
