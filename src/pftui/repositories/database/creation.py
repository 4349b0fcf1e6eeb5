"""Making a store: whole, in one go, or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Connection, func, select
from sqlalchemy.orm import Session

from pftui.domain.audit_form import GENESIS
from pftui.domain.errors import StoreExists, StoreUnavailable
from pftui.domain.permissions import PREDEFINED_ROLES
from pftui.repositories.audit import is_recorded
from pftui.repositories.database.copies import finish, give_name
from pftui.repositories.database.engine import enable_wal, open_engine, parse_url, revision_in, sqlite_file
from pftui.repositories.database.files import (
    check_new_place,
    check_place,
    disk_problem,
    file_identity,
    folder_to_disk,
    new_file,
    remove_folder,
    unfinished_folder,
)
from pftui.repositories.database.generation import new_mark
from pftui.repositories.database.schema import migrate
from pftui.repositories.errors import translated
from pftui.repositories.lost_answers import looked_up
from pftui.repositories.models import AuditHead, Role, RolePermission, StoreIdentity
from pftui.repositories.unit_of_work import Store, UnitOfWork

Seed = Callable[[UnitOfWork], None]

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATION_LOCK = 0x7066747569  # "pftui"; of one database, and of nobody else there


def ensure_absent(url: str) -> None:
    """Raise `StoreExists` where there is something at the URL already, and leave it alone.

    Raises `StoreUnavailable` where a store would not be safe from others.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = sqlite_file(parsed)
        with telling(path):
            check_new_place(path)
        if os.path.lexists(path):
            _remove_abandoned(path)
            raise StoreExists(_exists(path))
        return
    engine = open_engine(parsed)
    try:
        with translated(), engine.connect() as connection:
            ensure_no_schema(connection)
    finally:
        engine.dispose()


def ensure_no_schema(connection: Connection) -> None:
    """Raise `StoreExists` where the server's database holds a store."""
    if revision_in(connection) is not None:
        raise StoreExists("This database holds a store already. Nothing was changed.")


def create(url: str, seed: Seed) -> None:
    """Create the schema and what every store has, then let `seed` add the organization's own.

    Raises:
        StoreExists, StoreUnavailable: nothing was changed, nothing is left behind.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        _fill(parsed, seed)
        return
    path = sqlite_file(parsed)
    with telling(path), new_sqlite_file(path) as unfinished:
        with translated():
            enable_wal(unfinished)
        _fill(URL.create("sqlite", database=str(unfinished)), seed)
        finish(unfinished)


def _exists(path: Path) -> str:
    return f"There is a store at {path} already. Nothing was changed."


@contextmanager
def new_sqlite_file(path: Path) -> Iterator[Path]:
    """A file that becomes `path` on success, at once, and never replaces anything.

    It is made in a new folder beside `path`, so that no other process finds what SQLite puts beside it. A
    folder that has to be made is 0700; one that exists keeps its mode. On failure all is removed; what a
    process leaves that is killed here, the next one removes.
    """
    created: list[Path] = []
    unfinished = unfinished_folder(path, "new")
    lock = None
    try:
        check_new_place(path)
        for folder in [*reversed(path.parent.parents), path.parent]:
            if not folder.exists():
                if folder.is_symlink():
                    raise NotADirectoryError(errno.ENOTDIR, f"{folder} is a link to nothing")
                folder.mkdir(mode=0o700)
                created.append(folder)
        check_place(path, f"A store at {path} would not be safe")
        _remove_abandoned(path)
        lock = _make_locked(unfinished)
        file = unfinished / path.name
        new_file(file)
        yield file
        for folder in created:
            folder_to_disk(folder.parent)
        give_name(file, path)
        created.clear()
    finally:
        remove_folder(unfinished)
        if lock is not None:
            os.close(lock)
        for folder in reversed(created):
            with contextlib.suppress(OSError):
                folder.rmdir()


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Say in a sentence why no store can be made."""
    try:
        yield
    except FileExistsError:
        raise StoreExists(_exists(path)) from None
    except OSError as error:
        raise StoreUnavailable(
            f"A store cannot be made at {path}: {disk_problem(error)}. Nothing was left behind."
        ) from None


def _make_locked(unfinished: Path) -> int:
    """Make the folder and hold it with flock(2), as long as somebody works in it; its descriptor."""
    while True:
        unfinished.mkdir(mode=0o700)
        try:
            descriptor = os.open(unfinished, _FOLDER)
        except FileNotFoundError:  # taken for abandoned, before it could be opened
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if file_identity(unfinished) == file_identity(descriptor):
            return descriptor
        os.close(descriptor)  # taken for abandoned, between its making and its lock


def _remove_abandoned(path: Path) -> None:
    """Remove the unfinished folders of processes that were killed while they made a store at `path`.

    They hold the hash of a password. A process that is still at it holds a lock on its folder, so that only
    what nobody works on goes. What cannot be removed stays: it is in nobody's way.
    """
    ours = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{16}}\.new")
    with contextlib.suppress(OSError):
        for name in sorted(filter(ours.fullmatch, os.listdir(path.parent))):
            with contextlib.suppress(OSError):
                _remove_if_abandoned(path.parent / name)


def _remove_if_abandoned(unfinished: Path) -> None:
    """Its files are never opened: one may be the store by now, and closing it would drop SQLite's locks."""
    descriptor = os.open(unfinished, _FOLDER)
    try:
        status = os.fstat(descriptor)
        if status.st_uid == os.geteuid() and not status.st_mode & 0o077:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(unfinished)
    finally:
        os.close(descriptor)


def _fill(url: URL, seed: Seed) -> None:
    engine = open_engine(url)
    try:
        with translated(), engine.connect() as connection:
            connection.begin()
            if connection.dialect.name != "sqlite":
                wait_for_others(connection)
                ensure_no_schema(connection)  # another process may have been quicker
            migrate(connection)
            lay_foundation(connection)
            with Store(engine).join(connection) as unit:
                seed(unit)
            with looked_up(engine, partial(is_made, unit.audit.newest_id)):
                connection.commit()
    finally:
        engine.dispose()


def wait_for_others(connection: Connection) -> None:
    """Of those who make a store in this database, be the only one until the end of the transaction."""
    connection.execute(select(func.pg_advisory_xact_lock(_CREATION_LOCK)))


def is_made(event_id: str | None, connection: Connection) -> bool:
    """Whether the store that has this event is there, once whoever makes one has come to an end."""
    if connection.dialect.name != "sqlite":
        wait_for_others(connection)
    return revision_in(connection) is not None and event_id is not None and is_recorded(connection, event_id)


def lay_foundation(connection: Connection) -> None:
    """What every store has before its first event: the head of the trail and the predefined roles."""
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        session.add(StoreIdentity(id=str(uuid.uuid4()), mark=new_mark()))
        session.add(AuditHead(id=1, sequence=0, hash=GENESIS))
        for position, role in enumerate(PREDEFINED_ROLES):
            row = Role(
                id=str(uuid.uuid4()),
                name=role.name,
                predefined=True,
                position=position,
                description=role.description,
            )
            session.add(row)
            session.flush()
            session.add_all(RolePermission(role_id=row.id, permission=p.value) for p in role.permissions)
        session.commit()
