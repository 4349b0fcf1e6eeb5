"""The statements by which a use of a key is noted, in one transaction that holds the lock of all writers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Select, Update, bindparam, column, select, table, true, update

from pftui.repositories.key_lookup.tables import AUDIT_HEAD, KEYS, PRINCIPALS

_USED_AT = bindparam("used_at", type_=BigInteger)  # microseconds since 1970


def lock() -> Select[Any]:
    """What every change locks on PostgreSQL."""
    return select(AUDIT_HEAD.c.id).with_for_update()


def version() -> Select[Any]:
    """Of the schema, which another process may have changed since the store was opened."""
    return select(table("alembic_version", column("version_num")).c.version_num)


def due(key_ids: Sequence[str] | None = None) -> Select[Any]:
    """What was noted of those keys that have not ended; without ids, of one that is a parameter."""
    those = KEYS.c.key_id == bindparam("key_id", "") if key_ids is None else KEYS.c.key_id.in_(key_ids)
    return select(KEYS.c.key_id, KEYS.c.principal_id, KEYS.c.saved, KEYS.c.last_used_at).where(
        those, KEYS.c.revoked_at.is_(None)
    )


def note_key() -> Update:
    """The key was used, and is kept somewhere. Parameters are not called as columns are, which set those."""
    return (
        update(KEYS)
        .where(KEYS.c.key_id == bindparam("used_key", ""))
        .values(last_used_at=_USED_AT, saved=true())
    )


def note_account() -> Update:
    """And so its account was."""
    return (
        update(PRINCIPALS)
        .where(PRINCIPALS.c.id == bindparam("used_account", ""))
        .values(last_used_at=_USED_AT)
    )
