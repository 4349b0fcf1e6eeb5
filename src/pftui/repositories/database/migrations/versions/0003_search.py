"""What is searched (texts of accounts and teams, key ids, who created what); sessions of commands."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from pftui.domain.search import creator_text, searched_text
from pftui.repositories.database.migrations.telling import number_of, tell

revision = "0003"
down_revision = "0002"

_AT_ONCE = 500  # rows


def upgrade() -> None:
    """Only Python can tell what is searched of a name; and it must be what today's pftui makes of it."""
    _add_texts("principals", ("name", "email"))
    _add_texts("teams", ("name", "slug"))
    _add_keys()
    _add_tokens()
    _add_creators()


def _text(length: int) -> sa.String:
    """A text that every database compares and sorts by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _add_texts(table: str, of: Sequence[str]) -> None:
    """Row by row, in batches of bounded memory. What is no text, as only SQLite can hold, is not searched."""
    long_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column(table, sa.Column("search_text", long_text, nullable=False, server_default=""))
    connection = op.get_bind()
    rows = sa.table(table, sa.column("id"), sa.column("search_text"), *map(sa.column, of))
    found = sa.select(rows.c.id, *(rows.c[each] for each in of)).order_by(rows.c.id).limit(_AT_ONCE)
    change = rows.update().where(rows.c.id == sa.bindparam("row")).values(search_text=sa.bindparam("text"))
    done, total = 0, number_of(connection, rows)
    batch = connection.execute(found).all()
    while batch:
        connection.execute(
            change,
            [
                {"row": row[0], "text": searched_text(each for each in row[1:] if isinstance(each, str))}
                for row in batch
            ],
        )
        done += len(batch)
        tell("texts that are searched", done, total)
        batch = connection.execute(found.where(rows.c.id > batch[-1][0])).all()


def _add_keys() -> None:
    """Ids of keys are ASCII, of which every database knows the lower case."""
    op.add_column("api_keys", sa.Column("search_text", _text(10), nullable=False, server_default=""))
    keys = sa.table("api_keys", sa.column("key_id"), sa.column("search_text"))
    op.execute(keys.update().values(search_text=sa.func.lower(keys.c.key_id)))
    op.create_index("ix_api_keys_search", "api_keys", ["search_text"], unique=False)


def _add_tokens() -> None:
    """The hash of the token of a session that the command line keeps; the console's have none."""
    op.add_column("sessions", sa.Column("token_hash", _text(64), nullable=True))


def _add_creators() -> None:
    """What somebody has created is found by their id, or by what was written down of them."""
    _fold_creators("principals")
    _fold_creators("api_keys")
    order = ["created_by_folded", "name_folded", "id"]
    op.create_index("ix_principals_created_by", "principals", order, unique=False)
    op.create_index("ix_principals_creator", "principals", ["created_by_id"], unique=False)
    op.create_index("ix_api_keys_creator", "api_keys", ["created_by_id"], unique=False)


def _fold_creators(table: str) -> None:
    """One statement for each creator, of whom there are few; in batches of bounded memory."""
    op.add_column(table, sa.Column("created_by_folded", _text(254), nullable=False, server_default=""))
    connection = op.get_bind()
    rows = sa.table(table, sa.column("created_by"), sa.column("created_by_folded"))
    change = rows.update().where(rows.c.created_by == sa.bindparam("by"))
    change = change.values(created_by_folded=sa.bindparam("text"))
    found = sa.select(rows.c.created_by).distinct().order_by(rows.c.created_by).limit(_AT_ONCE)
    batch = connection.execute(found).scalars().all()
    while batch:
        texts = [{"by": each, "text": creator_text(each)} for each in batch if isinstance(each, str)]
        if texts:
            connection.execute(change, texts)
        batch = connection.execute(found.where(rows.c.created_by > batch[-1])).scalars().all()
