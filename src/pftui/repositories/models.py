"""The tables. Rules that a database can hold are held here as well as in Python.

Folded columns (`*_folded`) hold what `pftui.domain.names.fold` makes of a name, and compare by code
point on every database; setting the name sets them, and `*_look`, by which names are found that look
alike (`pftui.domain.look_alikes`). `search_text` is the one column that a filter looks into
(`pftui.domain.search`), and set with what it is made of. Columns that a list is sorted by are stored and
indexed, so that a page of a million rows is one walk along an index; `invariants.py` keeps them true in
the transaction that changes what they follow from, and raises `version` with each column in `edited`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    event,
    false,
    text,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    attributes,
    declared_attr,
    mapped_column,
    relationship,
    validates,
)
from sqlalchemy.types import TypeDecorator

from pftui.domain.accounts import Kind
from pftui.domain.audit import FORM
from pftui.domain.audit_form import GENESIS
from pftui.domain.endpoints import URL_LENGTH
from pftui.domain.look_alikes import LOOK_LENGTH, look_hash
from pftui.domain.names import fold
from pftui.domain.search import CREATOR_LENGTH, creator_text, searched_text
from pftui.domain.session_token import HASH_LENGTH
from pftui.repositories import text_index
from pftui.repositories.stored import Rule, rule_of

#: Characters of the fingerprint of a store's key: the first 64 bits of its SHA-256, in hex.
FINGERPRINT_LENGTH = 16
_SERVICE_ACCOUNT_NAME = "uq_principals_service_account_name"


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone, always UTC, on databases that keep no zone too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return _moment(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """On SQLite one that gives what is no time as it is, where SQLAlchemy's would raise `ValueError`."""
        return _moment if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _moment(stored: Any) -> Any:
    """A stored time in UTC; whatever else is stored as it is."""
    try:
        moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
        if not isinstance(moment, datetime):
            return stored
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return stored


class _Flags(dict[Any, Any]):
    """What a stored flag means; whatever else is stored is given as it is."""

    def __missing__(self, stored: Any) -> Any:
        return stored


class Flag(Boolean):
    """A boolean; SQLAlchemy's own takes everything that SQLite holds for one."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """See `_Flags`; PostgreSQL has booleans of its own."""
        return _Flags({0: False, 1: True}).__getitem__ if dialect.name == "sqlite" else None


def _text(length: int) -> String:
    """A text that every database compares and sorts by code point."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def _long_text() -> Text:
    """The same without an end: what a fold makes of a text may be many times as long."""
    return Text().with_variant(Text(collation="C"), "postgresql")


class Base(DeclarativeBase):
    """The parent of all tables; its naming convention gives each constraint a name to migrate by."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {bool: Flag}
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class _Folding:
    """Sets `name_folded` and `name_look` with `name`, and so on for each column that has one."""

    #: The columns of which `search_text` is made, where there is one.
    searched: ClassVar[tuple[str, ...]] = ()
    if TYPE_CHECKING:  # each table has the column in its own place
        search_text: Mapped[str]

    @validates("name", "email", "identifier", include_backrefs=False)
    def _fold(self, column: str, text: str | None) -> str | None:
        setattr(self, f"{column}_folded", None if text is None else fold(text))
        self._searched(column, text)
        return text if text is None or column != "name" else self._look(column, text)

    @validates("slug", include_backrefs=False)
    def _look(self, column: str, text: str) -> str:
        setattr(self, f"{column}_look", look_hash(text))
        self._searched(column, text)
        return text

    def _searched(self, column: str, text: str | None) -> None:
        """The text of the row that a filter looks into, where the column is part of it."""
        if column in self.searched:
            self.search_text = searched_text(
                text if each == column else getattr(self, each) for each in self.searched
            )


class _Created:
    """Sets `created_by_folded` with `created_by`."""

    if TYPE_CHECKING:  # each table has the column in its own place
        created_by_folded: Mapped[str]

    @validates("created_by", include_backrefs=False)
    def _creator(self, column: str, created_by: str) -> str:
        self.created_by_folded = creator_text(created_by)
        return created_by


class _OfAccount:
    """What an account has: sent behind it, where it is told whose it is; read by its `principal_id`."""

    @declared_attr
    def account(cls) -> Mapped[Principal]:  # noqa: N805  # SQLAlchemy gives it the class
        return relationship(Principal, lazy="raise")


class Versioned:
    """What people edit, and what an edit must name the version of (R10)."""

    #: The columns whose change raises `version`: what a form shows, not what a sign-in or a key moves.
    edited: ClassVar[tuple[str, ...]]
    if TYPE_CHECKING:  # each table has the column in its own place
        version: Mapped[int]


class OrganizationRow(Versioned, Base):
    """The tenant: one per store; and its settings. An `idle_lock_minutes` of 0 never locks.

    `allowed_networks` stand between spaces: where webhooks may connect to besides the public addresses.
    """

    __tablename__ = "organizations"
    edited = (
        "name", "idle_lock_minutes", "session_hours", "allowed_networks", "webhook_proxy", "keys_restricted",
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    idle_lock_minutes: Mapped[int] = mapped_column(default=10, server_default="10")
    session_hours: Mapped[int] = mapped_column(default=12, server_default="12")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    allowed_networks: Mapped[str] = mapped_column(Text, default="", server_default="")
    webhook_proxy: Mapped[str] = mapped_column(String(URL_LENGTH), default="", server_default="")
    keys_restricted: Mapped[bool] = mapped_column(default=False, server_default=false())


class Principal(_Folding, _Created, Versioned, Base):
    """A user or a service account. `last_used_at` is in microseconds since 1970, 0 for never.

    `stamp` counts what ends every session of before: a password that is changed or reset, and being disabled.
    `index_number` is the row's number in the index of texts that SQLite has (`text_index.py`); None where it
    has none there.
    """

    __tablename__ = "principals"
    searched = ("name", "email")
    edited = ("name", "email", "description", "global_admin", "disabled")
    __table_args__ = (
        CheckConstraint(f"kind IN ('{Kind.USER}', '{Kind.SERVICE_ACCOUNT}')", "kind"),
        CheckConstraint(f"(kind = '{Kind.USER}') = (email_folded IS NOT NULL)", "email_of_people"),
        CheckConstraint("name <> ''", "name"),
        CheckConstraint("team_count >= 0", "team_count"),
        Index(_SERVICE_ACCOUNT_NAME, "name_folded", unique=True),  # and see `_among_service_accounts`
        Index("ix_principals_name", "name_folded", "id"),
        Index("ix_principals_look", "name_look", "kind"),
        Index("ix_principals_identifier", "identifier_folded", "name_folded", "id"),
        Index("ix_principals_admin", "global_admin", "name_folded", "id"),
        Index("ix_principals_teams", "team_count", "name_folded", "id"),
        Index("ix_principals_last_used", "last_used_at", "name_folded", "id"),
        Index("ix_principals_status", "status", "name_folded", "id"),
        Index("ix_principals_creator", "created_by_id"),
        Index("ix_principals_created_by", "created_by_folded", "name_folded", "id"),
        Index("ix_principals_kind", "kind", "name_folded", "id"),
        Index("ix_principals_indexed", "index_number", "name_folded", "id").ddl_if(dialect="sqlite"),
    )

    id: Mapped[str] = mapped_column(_text(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(80))
    name_folded: Mapped[str] = mapped_column(_text(320))
    email: Mapped[str | None] = mapped_column(String(254))
    email_folded: Mapped[str | None] = mapped_column(_text(1016), unique=True)
    identifier: Mapped[str] = mapped_column(String(254), default="")
    identifier_folded: Mapped[str] = mapped_column(_text(1016), default="")
    description: Mapped[str] = mapped_column(String(500), default="")
    global_admin: Mapped[bool] = mapped_column(default=False)
    disabled: Mapped[bool] = mapped_column(default=False)
    status: Mapped[int] = mapped_column(default=0)
    team_count: Mapped[int] = mapped_column(default=0)
    last_used_at: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(254))
    version: Mapped[int] = mapped_column(default=1)
    stamp: Mapped[int] = mapped_column(default=1, server_default="1")
    created_by_id: Mapped[str | None] = mapped_column(String(80))
    name_look: Mapped[str] = mapped_column(_text(LOOK_LENGTH), default="", server_default="")
    search_text: Mapped[str] = mapped_column(_long_text(), default="", server_default="")
    created_by_folded: Mapped[str] = mapped_column(_text(CREATOR_LENGTH), default="", server_default="")
    index_number: Mapped[int | None] = mapped_column(BigInteger)


@event.listens_for(Principal.__table__, "before_create")
def _among_service_accounts(table: Table, connection: Connection, **_: Any) -> None:
    """Make the index partial: people may share a name.

    Told to `Index` itself, `postgresql_where` would load PostgreSQL's dialect in every process, for 50 ms.
    """
    index = next(index for index in table.indexes if index.name == _SERVICE_ACCOUNT_NAME)
    index.dialect_options[connection.dialect.name]["where"] = text(f"kind = '{Kind.SERVICE_ACCOUNT}'")


@event.listens_for(Principal.__table__, "after_create")
def _index_texts(_table: Table, connection: Connection, **_: Any) -> None:
    text_index.make(connection)


class Password(_OfAccount, Base):
    """A person's argon2id hash; kept apart, so that no list ever loads one."""

    __tablename__ = "passwords"

    principal_id: Mapped[str] = mapped_column(
        _text(36), ForeignKey("principals.id", ondelete="CASCADE"), primary_key=True
    )
    hash: Mapped[str] = mapped_column(String(255))
    temporary: Mapped[bool] = mapped_column(default=False)
    void_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def __repr__(self) -> str:
        return f"<Password of {self.principal_id}>"


class ApiKeyRow(_OfAccount, _Created, Base):
    """An API key: its public id, and the argon2id hash of the whole (R2).

    `tag` is as `domain/key_tag.py` makes it; keys that were made before there were tags have none. `live` is
    whether it was not revoked, for lists to be sorted by; nothing else goes by it.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        CheckConstraint("length(key_id) = 10", "key_id"),
        Index("ix_api_keys_search", "search_text"),
        Index("ix_api_keys_creator", "created_by_id"),
        Index("ix_api_keys_newest", text("live DESC"), text("created_at DESC"), "key_id"),
        Index(
            "ix_api_keys_created_by",
            "created_by_folded",
            text("live DESC"),
            text("created_at DESC"),
            "key_id",
        ),
    )

    key_id: Mapped[str] = mapped_column(_text(10), primary_key=True)
    principal_id: Mapped[str] = mapped_column(
        _text(36), ForeignKey("principals.id", ondelete="CASCADE"), index=True
    )
    label: Mapped[str] = mapped_column(String(80), default="")
    hash: Mapped[str] = mapped_column(String(255))
    saved: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(254))
    last_used_at: Mapped[int] = mapped_column(BigInteger, default=0)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str | None] = mapped_column(String(254))
    created_by_id: Mapped[str | None] = mapped_column(String(80))
    revoked_by_id: Mapped[str | None] = mapped_column(String(80))
    tag: Mapped[str | None] = mapped_column(String(36))
    search_text: Mapped[str] = mapped_column(_text(10), default="", server_default="")
    created_by_folded: Mapped[str] = mapped_column(_text(CREATOR_LENGTH), default="", server_default="")
    live: Mapped[int] = mapped_column(default=1, server_default="1")

    @validates("revoked_at", include_backrefs=False)
    def _revoked(self, column: str, revoked_at: datetime | None) -> datetime | None:
        self.live = int(revoked_at is None)
        return revoked_at

    @validates("key_id", include_backrefs=False)
    def _searched(self, column: str, key_id: str) -> str:
        """A filter finds a key by how its id begins, whatever the case."""
        self.search_text = key_id.lower()
        return key_id

    def __repr__(self) -> str:
        return f"<ApiKeyRow {self.key_id}>"


class SessionRow(Base):
    """A person who is signed in, from `source` (JSON); it holds while its stamp is the account's.

    `proved_at` is when the password was last given, `seen_at` when the session was last there. A session of
    the command line has a `token_hash` (`domain/session_token.py`).
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_principal", "principal_id", "created_at"),
        Index("ix_sessions_seen", "seen_at"),
    )

    id: Mapped[str] = mapped_column(_text(36), primary_key=True)
    principal_id: Mapped[str] = mapped_column(_text(36), ForeignKey("principals.id", ondelete="CASCADE"))
    stamp: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(254))
    token_hash: Mapped[str | None] = mapped_column(_text(HASH_LENGTH))


class Team(_Folding, Versioned, Base):
    """A team. `member_count` counts people, `service_account_count` the rest."""

    __tablename__ = "teams"
    searched = ("name", "slug")
    edited = ("name",)
    __table_args__ = (
        CheckConstraint("name <> ''", "name"),
        CheckConstraint("member_count >= 0 AND service_account_count >= 0", "counts"),
        Index("ix_teams_look", "name_look"),
        Index("ix_teams_slug_look", "slug_look"),
        Index("ix_teams_members", "member_count", "name_folded", "id"),
        Index("ix_teams_service_accounts", "service_account_count", "name_folded", "id"),
    )

    id: Mapped[str] = mapped_column(_text(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    name_folded: Mapped[str] = mapped_column(_text(320), unique=True)
    slug: Mapped[str] = mapped_column(_text(80), unique=True)
    member_count: Mapped[int] = mapped_column(default=0)
    service_account_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(254))
    version: Mapped[int] = mapped_column(default=1)
    created_by_id: Mapped[str | None] = mapped_column(String(80))
    name_look: Mapped[str] = mapped_column(_text(LOOK_LENGTH), default="", server_default="")
    slug_look: Mapped[str] = mapped_column(_text(LOOK_LENGTH), default="", server_default="")
    search_text: Mapped[str] = mapped_column(_long_text(), default="", server_default="")


class Role(_Folding, Versioned, Base):
    """A role; its permissions are rows of their own, a change of which raises `version` too.

    `member_count` counts the people that have it in some team, `service_account_count` the rest.
    """

    __tablename__ = "roles"
    edited = ("name", "description")
    __table_args__ = (CheckConstraint("name <> ''", "name"), Index("ix_roles_look", "name_look"))

    id: Mapped[str] = mapped_column(_text(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    name_folded: Mapped[str] = mapped_column(_text(320), unique=True)
    predefined: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    name_look: Mapped[str] = mapped_column(_text(LOOK_LENGTH), default="", server_default="")
    description: Mapped[str] = mapped_column(String(500), default="", server_default="")
    member_count: Mapped[int] = mapped_column(default=0, server_default="0")
    service_account_count: Mapped[int] = mapped_column(default=0, server_default="0")


class RolePermission(Base):
    """One permission of one role."""

    __tablename__ = "role_permissions"

    role_id: Mapped[str] = mapped_column(
        _text(36), ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True
    )
    permission: Mapped[str] = mapped_column(_text(40), primary_key=True)


class AccountCount(Base):
    """How many accounts of a kind have a status, counted with each change."""

    __tablename__ = "account_counts"

    kind: Mapped[str] = mapped_column(_text(16), primary_key=True)
    status: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)


class Assignment(_OfAccount, Base):
    """A principal's one role in a team. A role in use cannot go (R4).

    `kind` and `name_folded` are the principal's, by which a team's members are listed. That the team is there
    is for the services to see to: of one that has ended assignments are left for a while (`EndedTeam`).
    """

    __tablename__ = "assignments"
    __table_args__ = (Index("ix_assignments_members", "team_id", "kind", "name_folded", "principal_id"),)

    principal_id: Mapped[str] = mapped_column(
        _text(36), ForeignKey("principals.id", ondelete="CASCADE"), primary_key=True
    )
    team_id: Mapped[str] = mapped_column(_text(36), primary_key=True)
    role_id: Mapped[str] = mapped_column(_text(36), ForeignKey("roles.id", ondelete="RESTRICT"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(254))
    created_by_id: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(_text(16), default="", server_default="")
    name_folded: Mapped[str] = mapped_column(_text(320), default="", server_default="")


class EndedTeam(Base):
    """A team that was deleted, and of whose assignments some are still to be cleared (`ended_teams.py`).

    `cleared_at` is when some were last, in microseconds since 1970; 0 before the first time.
    """

    __tablename__ = "ended_teams"

    id: Mapped[str] = mapped_column(_text(36), primary_key=True)
    cleared_at: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class AuditEventRow(Base):
    """One event of the trail; nothing refers to accounts by foreign key, since the trail outlives them."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_action", "action", "sequence"),
        Index("ix_audit_events_target", "target_id", "sequence"),
        Index("ix_audit_events_actor", "actor_id", "sequence"),
        Index("ix_audit_events_kind", "target", "sequence"),
        Index("ix_audit_events_team", "team_id", "sequence"),
        Index("ix_audit_events_created_at", "created_at", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    description: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[str] = mapped_column(String(80))
    actor_name: Mapped[str] = mapped_column(String(254))
    actor_email: Mapped[str | None] = mapped_column(String(254))
    action: Mapped[str] = mapped_column(String(60))
    target: Mapped[str] = mapped_column(String(20))
    target_id: Mapped[str] = mapped_column(String(80))
    metadata_json: Mapped[str] = mapped_column("metadata", Text, default="{}")
    organization_id: Mapped[str] = mapped_column(String(36))
    team_id: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    v: Mapped[int] = mapped_column(default=FORM, server_default=str(FORM))
    source: Mapped[str | None] = mapped_column(Text)


class AuditHead(Base):
    """The newest event, in one row that every change locks first: writes happen one after another.

    Beside it is counted what no event of its own tells of, since there are bounds to how many are written;
    and there is the last event that was archived, which the first one in the store follows.
    """

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", "one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    untold_wrong_secrets: Mapped[int] = mapped_column(default=0, server_default="0")
    untold_sign_ins: Mapped[int] = mapped_column(default=0, server_default="0")
    archived_sequence: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    archived_hash: Mapped[str] = mapped_column(String(64), default=GENESIS, server_default=GENESIS)


class AuditBlock(Base):
    """So many events of the trail as were counted at once (`repositories/audit_tallies.py`)."""

    __tablename__ = "audit_blocks"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    events: Mapped[int]
    earliest: Mapped[datetime] = mapped_column(UtcDateTime)
    latest: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditTally(Base):
    """How many events of a block tell of this; of everybody where `actor_id` is empty."""

    __tablename__ = "audit_tallies"
    __table_args__ = (Index("ix_audit_tallies_what", "actor_id", "target", "action", "block", "events"),)

    block: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    actor_id: Mapped[str] = mapped_column(_text(80), primary_key=True)
    target: Mapped[str] = mapped_column(_text(20), primary_key=True)
    action: Mapped[str] = mapped_column(_text(60), primary_key=True)
    events: Mapped[int]


class StoreIdentity(Base):
    """Which store this is, in one row; `generation` rises whenever a backup takes its place.

    `mark` and `in_use` are an SQLite file's own (see `repositories/database/generation.py`): which file it is
    and how many changes were made to it; and while a log holds more than it, the file's inode, else 0.
    """

    __tablename__ = "store_identity"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    generation: Mapped[int] = mapped_column(default=1, server_default="1")
    mark: Mapped[str] = mapped_column(String(80))
    in_use: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class SignInLimit(Base):
    """What wrong passwords have used up of one rate (`domain/limits.py`), in microseconds since 1970.

    Both names are SHA-256: `name` of which rate of whom it is, `about` of the e-mail address, known or not.
    """

    __tablename__ = "sign_in_limits"

    name: Mapped[str] = mapped_column(_text(64), primary_key=True)
    about: Mapped[str] = mapped_column(_text(64))
    whole_at: Mapped[int] = mapped_column(BigInteger)
    failed_at: Mapped[int] = mapped_column(BigInteger, index=True)


class KnownSource(Base):
    """A source from which a person has signed in, by its SHA-256; the newest are kept.

    `signed_in_at` is in microseconds since 1970.
    """

    __tablename__ = "known_sources"

    principal_id: Mapped[str] = mapped_column(
        _text(36), ForeignKey("principals.id", ondelete="CASCADE"), primary_key=True
    )
    source: Mapped[str] = mapped_column(_text(64), primary_key=True)
    signed_in_at: Mapped[int] = mapped_column(BigInteger)


class WebhookRow(_Folding, _Created, Versioned, Base):
    """Where events are sent; `events` are patterns between spaces.

    The secrets that they are signed with are sealed, for this webhook alone, by the key of the fingerprint
    `sealed_by`; an empty one is lost. A team that is deleted leaves its id here, by which the events that
    still wait are found.
    """

    __tablename__ = "webhooks"
    edited = ("name", "url", "events", "team_id", "enabled")
    __table_args__ = (
        CheckConstraint("name <> ''", "name"),
        Index("ix_webhooks_look", "name_look"),
        Index("ix_webhooks_team", "team_id"),
    )

    id: Mapped[str] = mapped_column(_text(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    name_folded: Mapped[str] = mapped_column(_text(320), unique=True)
    name_look: Mapped[str] = mapped_column(_text(LOOK_LENGTH))
    url: Mapped[str] = mapped_column(String(URL_LENGTH))
    events: Mapped[str] = mapped_column(Text)
    team_id: Mapped[str | None] = mapped_column(_text(36))
    enabled: Mapped[bool] = mapped_column(default=True)
    secret: Mapped[str] = mapped_column(Text)
    previous_secret: Mapped[str | None] = mapped_column(Text)
    previous_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sealed_by: Mapped[str] = mapped_column(_text(FINGERPRINT_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(254))
    created_by_id: Mapped[str | None] = mapped_column(String(80))
    created_by_folded: Mapped[str] = mapped_column(_text(CREATOR_LENGTH))
    version: Mapped[int] = mapped_column(default=1)

    def __repr__(self) -> str:
        return f"<WebhookRow {self.id}>"


class WebhookCursor(Base):
    """How far a webhook is in the trail, and who is at work on it: times in microseconds since 1970.

    Apart from the webhook, so that what a deliverer notes is no change of what people edit.
    """

    __tablename__ = "webhook_cursors"

    webhook_id: Mapped[str] = mapped_column(
        _text(36), ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True
    )
    sequence: Mapped[int] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[int] = mapped_column(BigInteger, default=0)
    lease_owner: Mapped[str] = mapped_column(_text(36), default="")
    lease_until: Mapped[int] = mapped_column(BigInteger, default=0)


def _number() -> Mapped[int]:
    """A number that the database gives: SQLite does so for an INTEGER alone."""
    return mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


class WebhookDelivery(Base):
    """One attempt to send an event; `status` is of HTTP, and empty where there was no answer."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_webhook", "webhook_id", "number"),
        Index("ix_webhook_deliveries_attempted", "attempted_at"),
    )

    number: Mapped[int] = _number()
    webhook_id: Mapped[str] = mapped_column(_text(36), ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[str] = mapped_column(String(36))
    sequence: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[str] = mapped_column(String(100))
    attempted_at: Mapped[int] = mapped_column(BigInteger)
    attempt: Mapped[int]
    milliseconds: Mapped[int]
    status: Mapped[int | None]
    failure: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)


class WebhookParked(Base):
    """Events that a webhook did not get in their time: a range of the trail, which no trimming removes.

    `resending_at` is 0, or since when they are sent again.
    """

    __tablename__ = "webhook_parked"
    __table_args__ = (Index("ix_webhook_parked_webhook", "webhook_id", "first"),)

    number: Mapped[int] = _number()
    webhook_id: Mapped[str] = mapped_column(_text(36), ForeignKey("webhooks.id", ondelete="CASCADE"))
    first: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)
    events: Mapped[int]
    parked_at: Mapped[int] = mapped_column(BigInteger)
    resending_at: Mapped[int] = mapped_column(BigInteger, default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[int] = mapped_column(BigInteger, default=0)


class StoreKeyRow(Base):
    """Which key seals what is in this store, by its fingerprint; and the next, while keys are changed."""

    __tablename__ = "store_key"
    __table_args__ = (CheckConstraint("id = 1", "one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column(String(FINGERPRINT_LENGTH))
    next_fingerprint: Mapped[str | None] = mapped_column(String(FINGERPRINT_LENGTH))


def damaged(row: Base) -> tuple[str, ...]:
    """The attributes of which the store holds what cannot be: they have a stand-in (see `stored`)."""
    found: dict[str, None] = attributes.instance_state(row).info.get(_DAMAGED, {})
    return tuple(found)


_DAMAGED = "pftui_damaged"
_rules: dict[type, tuple[tuple[str, bool, Rule], ...]] = {}


@event.listens_for(Base, "load", propagate=True)
def _loaded(row: Base, _context: Any) -> None:
    """Replace what cannot be; it counts as read, not as changed, so that nobody writes it by accident."""
    kind = type(row)
    if kind not in _rules:
        _rules[kind] = tuple(
            (each.key, bool(each.columns[0].nullable), rule_of(each.key, each.columns[0].type))
            for each in kind.__mapper__.column_attrs
        )
    for name, nullable, rule in _rules[kind]:
        value = row.__dict__.get(name, row)  # what is not loaded is not there
        if value is row or (value is None and nullable) or rule.whole(value):
            continue
        attributes.instance_state(row).info.setdefault(_DAMAGED, {})[name] = None
        attributes.set_committed_value(row, name, rule.instead(value))


@event.listens_for(Base, "refresh", propagate=True)
def _refreshed(row: Base, context: Any, _names: Any) -> None:
    _loaded(row, context)
