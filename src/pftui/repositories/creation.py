"""Making a store: whole, in one go, or not at all."""

from __future__ import annotations

import os
import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from pftui.domain.audit import GENESIS
from pftui.domain.errors import StoreExists, StoreUnavailable
from pftui.domain.names import fold
from pftui.domain.permissions import PREDEFINED_ROLES
from pftui.repositories.engine import enable_wal, open_engine, parse_url, schema_revision, sqlite_file
from pftui.repositories.errors import translated
from pftui.repositories.models import AuditHead, Role, RolePermission
from pftui.repositories.schema import migrate
from pftui.repositories.unit_of_work import Store, UnitOfWork

Seed = Callable[[UnitOfWork], None]


def ensure_absent(url: str) -> None:
    """Raise `StoreExists` where there is something at the URL already; changes nothing."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = sqlite_file(parsed)
        if os.path.lexists(path):
            raise StoreExists(_exists(path))
        return
    engine = open_engine(parsed)
    try:
        if schema_revision(engine) is not None:
            raise StoreExists("This database holds a store already. Nothing was changed.")
    finally:
        engine.dispose()


def create(url: str, seed: Seed) -> None:
    """Create the schema and what every store has, then let `seed` add the organization's own.

    Raises:
        StoreExists, StoreUnavailable: nothing was changed, nothing is left behind.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        _fill(url, seed)
        return
    with _new_sqlite_file(sqlite_file(parsed)) as unfinished:
        enable_wal(unfinished)
        _fill(f"sqlite:///{unfinished}", seed)


def _exists(path: Path) -> str:
    return f"There is a store at {path} already. Nothing was changed."


@contextmanager
def _new_sqlite_file(path: Path) -> Iterator[Path]:
    """A file beside `path` that becomes `path` on success, at once, and never replaces anything.

    A folder that has to be made is 0700; one that exists keeps its mode. On failure all is removed.
    """
    made: list[Path] = []
    unfinished = path.parent / f".{path.name}.{secrets.token_hex(8)}.new"
    try:
        for folder in [*reversed(path.parent.parents), path.parent]:
            if not folder.exists():
                folder.mkdir(mode=0o700)
                made.append(folder)
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield unfinished
        os.link(unfinished, path)
        made.clear()
    except FileExistsError:
        raise StoreExists(_exists(path)) from None
    except OSError as error:
        raise StoreUnavailable(
            f"A store cannot be made at {path}: {(error.strerror or 'unknown error').lower()}. "
            "Nothing was left behind."
        ) from None
    finally:
        for leftover in (unfinished, *(Path(f"{unfinished}{end}") for end in ("-wal", "-shm", "-journal"))):
            leftover.unlink(missing_ok=True)
        for folder in reversed(made):
            folder.rmdir()


def _fill(url: str, seed: Seed) -> None:
    engine = open_engine(parse_url(url))
    try:
        with translated(), engine.begin() as connection:
            migrate(connection)
            lay_foundation(connection)
            with Store(engine).join(connection) as unit:
                seed(unit)
    finally:
        engine.dispose()


def lay_foundation(connection: Connection) -> None:
    """What every store has before its first event: the head of the trail and the predefined roles."""
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        session.add(AuditHead(id=1, sequence=0, hash=GENESIS))
        for position, role in enumerate(PREDEFINED_ROLES):
            row = Role(
                id=str(uuid.uuid4()),
                name=role.name,
                name_folded=fold(role.name),
                predefined=True,
                position=position,
            )
            session.add(row)
            session.flush()
            session.add_all(RolePermission(role_id=row.id, permission=p.value) for p in role.permissions)
        session.commit()
