"""What trust needs: sessions and their stamps, settings, ids of makers, a trail in a form of its own."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from pftui.domain.look_alikes import look_hash
from pftui.repositories.database.migrations.telling import number_of, tell

revision = "0002"
down_revision = "0001"


def _text(length: int) -> sa.String:
    """A text that every database compares and sorts by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    _settings()
    _sessions()
    _makers()
    _identity()
    _names()
    _trail()
    _limits()


def _settings() -> None:
    """What an organization decides for itself."""
    op.add_column(
        "organizations",
        sa.Column("idle_lock_minutes", sa.Integer(), nullable=False, server_default="10"),
    )
    op.add_column(
        "organizations", sa.Column("session_hours", sa.Integer(), nullable=False, server_default="12")
    )
    op.add_column("organizations", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def _sessions() -> None:
    """Who is signed in; and the stamp by which a session ends with the credential that opened it."""
    op.add_column("principals", sa.Column("stamp", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "sessions",
        sa.Column("id", _text(36), nullable=False),
        sa.Column("principal_id", _text(36), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=254), nullable=True),
        sa.ForeignKeyConstraint(
            ["principal_id"],
            ["principals.id"],
            name=op.f("fk_sessions_principal_id_principals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_principal", "sessions", ["principal_id", "created_at"], unique=False)
    op.create_index("ix_sessions_seen", "sessions", ["seen_at"], unique=False)


_PEOPLE = sa.table("principals", sa.column("id"), sa.column("email"))


def _makers() -> None:
    """An id beside each stored name of who did it, since names are not unique; people are found by address."""
    makers = {
        "principals": ("created_by",),
        "api_keys": ("created_by", "revoked_by"),
        "teams": ("created_by",),
        "assignments": ("created_by",),
    }
    for table, columns in makers.items():
        for by in columns:
            op.add_column(table, sa.Column(f"{by}_id", sa.String(length=80), nullable=True))
            rows = sa.table(table, sa.column(by), sa.column(f"{by}_id"))
            maker = _PEOPLE.alias("maker")
            found = sa.select(maker.c.id).where(maker.c.email == rows.c[by]).limit(1).scalar_subquery()
            op.execute(rows.update().values({f"{by}_id": found}))


def _identity() -> None:
    """Which store this is, and what tells its file from copies of it."""
    table = op.create_table(
        "store_identity",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("mark", sa.String(length=80), nullable=False),
        sa.Column("in_use", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_identity")),
    )
    if not op.get_bind().scalar(sa.select(sa.func.count()).select_from(sa.table("audit_head"))):
        return  # a new store, which gets its row with the others that every store has
    op.bulk_insert(table, [{"id": str(uuid.uuid4()), "mark": f"pftui:{uuid.uuid4().hex}:{1:016d}"}])


def _trail() -> None:
    """A form of its own for what is hashed of an event, and the chain made anew in it, once."""
    op.add_column("audit_events", sa.Column("v", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("audit_events", sa.Column("source", sa.Text(), nullable=True))
    for column in ("untold_wrong_secrets", "untold_sign_ins"):
        op.add_column("audit_head", sa.Column(column, sa.Integer(), nullable=False, server_default="0"))
    _Chain(op.get_bind()).start_anew()


_FIELDS = (
    "sequence", "id", "description", "actor_id", "actor_name", "actor_email", "action", "target", "target_id",
    "metadata", "organization_id", "team_id", "created_at", "previous_hash", "hash",
)  # fmt: skip
_EVENTS = sa.table("audit_events", *(sa.column(name) for name in (*_FIELDS, "v", "source")))
_HEAD = sa.table("audit_head", sa.column("sequence"), sa.column("hash"))
_ORGANIZATIONS = sa.table("organizations", sa.column("id"))
_EVENTS_AT_ONCE = 5_000  # in memory


class _Chain:
    """Goes along the chain of before and makes that of today behind it, some events at a time.

    What did not fit before does not fit afterwards either: such an event keeps its hash, and a gap stays.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"
        self._before = self._after = "0" * 64
        self._number = 0
        self._broken_at: int | None = None
        self._update = (
            _EVENTS.update()
            .where(_EVENTS.c.sequence == sa.bindparam("number"))
            .values({name: sa.bindparam(f"new_{name}") for name in ("target", "metadata", "created_at")})
            .values({name: sa.bindparam(f"new_{name}") for name in ("previous_hash", "hash")})
        )

    def start_anew(self) -> None:
        head = self._connection.execute(sa.select(_HEAD.c.sequence, _HEAD.c.hash)).first()
        for rows in self._batches():
            changes = [change for row in rows if (change := self._changed(row)) is not None]
            if changes:
                self._connection.execute(self._update, changes)
            tell("events of the trail", self._number, head[0] if head is not None else 0)
        if head is None or not self._number:
            return  # a new store, or one that has lost its head, to which nothing can be added
        if (self._number, self._before) != tuple(head):
            self._broken_at = self._broken_at or self._number + 1
            self._after = str(head[1])  # of no event that is there, so that this is found afterwards, too
        self._tell(int(head[0]), str(head[1]))

    def _batches(self) -> Iterator[list[Any]]:
        columns = [_EVENTS.c[name] for name in _FIELDS]
        while True:
            page = sa.select(*columns).where(_EVENTS.c.sequence > self._number).order_by(_EVENTS.c.sequence)
            rows = list(self._connection.execute(page.limit(_EVENTS_AT_ONCE)))
            if not rows:
                return
            yield rows

    def _changed(self, row: Any) -> dict[str, Any] | None:
        """The event's values of today; None for one that cannot be read, which stays as it is."""
        expected = self._number + 1
        follows = row.sequence == expected and row.previous_hash == self._before
        self._number = row.sequence
        try:
            moment, metadata = _moment(row.created_at), json.loads(row.metadata)
            whole = _hash(_fields_before(row, moment, metadata)) == row.hash
            values = {"target": row.target.lower(), "metadata": _canonical(metadata), "created_at": moment}
            values["previous_hash"] = self._after
            hashed = _hash(_fields_now({**row._mapping, **values}, moment))
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            self._broken_at = self._broken_at or expected
            self._before = self._after = row.hash
            return None
        if not (follows and whole):
            self._broken_at = self._broken_at or expected
        self._before = row.hash
        values["previous_hash"] = self._after if follows else row.previous_hash
        values["hash"] = self._after = hashed if follows and whole else row.hash
        stored = moment.replace(tzinfo=None).isoformat(" ", "microseconds") if self._sqlite else moment
        values["created_at"] = stored
        return {"number": row.sequence, **{f"new_{name}": value for name, value in values.items()}}

    def _tell(self, sequence: int, before: str) -> None:
        """The one event of this: where the chain of before had come to, and whether it was intact."""
        now = datetime.now(UTC)
        organization = str(self._connection.scalar(sa.select(_ORGANIZATIONS.c.id)))
        metadata: dict[str, Any] = {"previousHead": f"{sequence}:{before}", "intact": self._broken_at is None}
        if self._broken_at is not None:
            metadata["brokenAt"] = self._broken_at
        row = {
            "sequence": sequence + 1,
            "id": str(uuid.uuid4()),
            "description": f"Started the chain of hashes anew, in a form of its own, behind event {sequence}",
            "actor_id": "system",
            "actor_name": "system",
            "actor_email": None,
            "action": "audit_chain_started",
            "target": "organization",
            "target_id": organization,
            "metadata": _canonical(metadata),
            "organization_id": organization,
            "team_id": None,
            "previous_hash": self._after,
            "v": 1,
            "source": None,
        }
        row["hash"] = _hash(_fields_now(row, now))
        row["created_at"] = now.replace(tzinfo=None).isoformat(" ", "microseconds") if self._sqlite else now
        self._connection.execute(_EVENTS.insert(), [row])
        self._connection.execute(_HEAD.update().values(sequence=row["sequence"], hash=row["hash"]))


def _moment(stored: Any) -> datetime:
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _hash(fields: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical(fields).encode("ascii")).hexdigest()


def _iso(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat('T', 'microseconds')}Z"


_KEYS = {
    "id": "id", "description": "description", "actor_id": "actorId", "actor_name": "actorName",
    "actor_email": "actorEmail", "action": "action", "target": "target", "target_id": "targetId",
    "organization_id": "organizationId", "team_id": "teamId", "sequence": "sequence",
    "previous_hash": "previousHash",
}  # fmt: skip


def _fields_before(row: Any, moment: datetime, metadata: Any) -> dict[str, Any]:
    """What was hashed before: all fields, metadata as the object that they are."""
    values = row._mapping
    fields = {key: values[name] for name, key in _KEYS.items()}
    return {**fields, "metadata": metadata, "createdAt": _iso(moment)}


def _fields_now(values: Any, moment: datetime) -> dict[str, Any]:
    """What is hashed from now on: what is empty left out, metadata as their canonical text."""
    fields = {key: values[name] for name, key in _KEYS.items() if values[name]}
    if values["metadata"] != "{}":
        fields["metadata"] = values["metadata"]
    return {**fields, "createdAt": _iso(moment), "v": 1}


_AT_ONCE = 500  # rows


def _names() -> None:
    """By what names are found that look alike.

    What it is of a name only Python can tell, and what it must be is what today's pftui makes of it: a newer
    table of characters comes with a migration that sets it anew. So this, unlike all else here, asks pftui.
    """
    for table, *columns in (("principals", "name"), ("roles", "name"), ("teams", "name", "slug")):
        for of in columns:
            op.add_column(table, sa.Column(f"{of}_look", _text(32), nullable=False, server_default=""))
            _set_looks(table, of)
    op.create_index("ix_principals_look", "principals", ["name_look", "kind"], unique=False)
    op.create_index("ix_teams_look", "teams", ["name_look"], unique=False)
    op.create_index("ix_teams_slug_look", "teams", ["slug_look"], unique=False)
    op.create_index("ix_roles_look", "roles", ["name_look"], unique=False)


def _set_looks(table: str, of: str) -> None:
    """Row by row, in batches of bounded memory. What is no text, as only SQLite can hold, has no look."""
    connection = op.get_bind()
    rows = sa.table(table, sa.column("id"), sa.column(of), sa.column(f"{of}_look"))
    found = sa.select(rows.c.id, rows.c[of]).order_by(rows.c.id).limit(_AT_ONCE)
    change = (
        rows.update().where(rows.c.id == sa.bindparam("row")).values({f"{of}_look": sa.bindparam("look")})
    )
    done, total = 0, number_of(connection, rows)
    batch = connection.execute(found).all()
    while batch:
        looks = [{"row": row[0], "look": look_hash(row[1])} for row in batch if isinstance(row[1], str)]
        if looks:
            connection.execute(change, looks)
        done += len(batch)
        tell("names that look alike", done, total)
        batch = connection.execute(found.where(rows.c.id > batch[-1][0])).all()


def _limits() -> None:
    """Wrong passwords count by source, and wrong keys by a tag; waits of a minute at most are forgotten."""
    op.drop_table("sign_in_throttles")
    op.create_table(
        "sign_in_limits",
        sa.Column("name", _text(64), nullable=False),
        sa.Column("about", _text(64), nullable=False),
        sa.Column("whole_at", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sign_in_limits")),
    )
    op.create_index(op.f("ix_sign_in_limits_failed_at"), "sign_in_limits", ["failed_at"], unique=False)
    op.create_table(
        "known_sources",
        sa.Column("principal_id", _text(36), nullable=False),
        sa.Column("source", _text(64), nullable=False),
        sa.Column("signed_in_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["principal_id"],
            ["principals.id"],
            name=op.f("fk_known_sources_principal_id_principals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("principal_id", "source", name=op.f("pk_known_sources")),
    )
    op.add_column("api_keys", sa.Column("tag", sa.String(length=36), nullable=True))
