"""Making a store: whole, in one go, or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, func, select
from sqlalchemy.orm import Session

from pftui.domain.audit import GENESIS
from pftui.domain.errors import StoreExists, StoreUnavailable
from pftui.domain.permissions import PREDEFINED_ROLES
from pftui.repositories.database.engine import enable_wal, open_engine, parse_url, revision_in, sqlite_file
from pftui.repositories.database.files import SIDE_FILES, check_folder, remove_unfinished, to_disk
from pftui.repositories.database.schema import migrate
from pftui.repositories.errors import translated
from pftui.repositories.models import AuditHead, Role, RolePermission
from pftui.repositories.unit_of_work import Store, UnitOfWork

Seed = Callable[[UnitOfWork], None]

_CREATION_LOCK = 0x7066747569  # "pftui"; of one database, and of nobody else there


def ensure_absent(url: str) -> None:
    """Raise `StoreExists` where there is something at the URL already, and leave it alone."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = sqlite_file(parsed)
        if os.path.lexists(path):
            _remove_abandoned(path)
            raise StoreExists(_exists(path))
        return
    engine = open_engine(parsed)
    try:
        with translated(), engine.connect() as connection:
            _ensure_no_schema(connection)
    finally:
        engine.dispose()


def _ensure_no_schema(connection: Connection) -> None:
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
    with _new_sqlite_file(sqlite_file(parsed)) as unfinished:
        with translated():
            enable_wal(unfinished)
        _fill(URL.create("sqlite", database=str(unfinished)), seed)


def _exists(path: Path) -> str:
    return f"There is a store at {path} already. Nothing was changed."


@contextmanager
def _new_sqlite_file(path: Path) -> Iterator[Path]:
    """A file beside `path` that becomes `path` on success, at once, and never replaces anything.

    A folder that has to be made is 0700; one that exists keeps its mode. On failure all is removed; what
    a process leaves that is killed here, the next one removes.
    """
    created: list[Path] = []
    unfinished = path.parent / f".{path.name}.{secrets.token_hex(8)}.new"
    lock = None
    try:
        for folder in [*reversed(path.parent.parents), path.parent]:
            if not folder.exists():
                if folder.is_symlink():
                    raise NotADirectoryError(errno.ENOTDIR, f"{folder} is a link to nothing")
                folder.mkdir(mode=0o700)
                created.append(folder)
        check_folder(path.resolve().parent)
        _remove_abandoned(path)
        lock = _create_locked(unfinished)
        yield unfinished
        os.link(unfinished, path)
        folders = {path.parent, *(folder.parent for folder in created)}
        created.clear()
        for folder in folders:
            with contextlib.suppress(OSError):  # the store is there; not every file system can promise it
                to_disk(folder)
    except FileExistsError:
        raise StoreExists(_exists(path)) from None
    except OSError as error:
        raise StoreUnavailable(
            f"A store cannot be made at {path}: {(error.strerror or 'unknown error').lower()}. "
            "Nothing was left behind."
        ) from None
    finally:
        remove_unfinished(unfinished)
        if lock is not None:
            os.close(lock)
        for folder in reversed(created):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _create_locked(unfinished: Path) -> int:
    """Make the empty file and hold it with flock(2), which SQLite does not use; its descriptor."""
    while True:
        descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDONLY | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)  # taken for abandoned, between its making and its lock


def _remove_abandoned(path: Path) -> None:
    """Remove the unfinished files of processes that were killed while they made a store at `path`.

    They hold the hash of a password. A process that is still at it holds a lock on its file, so that only
    what nobody works on goes. What cannot be removed stays: it is in nobody's way.
    """
    ends = "|".join(SIDE_FILES)
    ours = re.compile(rf"(\.{re.escape(path.name)}\.[0-9a-f]{{16}}\.new)(?:{ends})?")
    with contextlib.suppress(OSError):
        found = {match[1] for match in map(ours.fullmatch, os.listdir(path.parent)) if match}
        for name in sorted(found):
            with contextlib.suppress(OSError):
                _remove_if_abandoned(path.parent / name)


def _remove_if_abandoned(unfinished: Path) -> None:
    try:
        status = unfinished.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and status.st_nlink > 1:
            # Killed when it was done. It is a store now: to open and close it would drop SQLite's locks.
            remove_unfinished(unfinished)
            return
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(unfinished, flags)
    except FileNotFoundError:  # killed between the file and what stood beside it
        remove_unfinished(unfinished)
        return
    try:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_unfinished(unfinished)
    finally:
        os.close(descriptor)


def _fill(url: URL, seed: Seed) -> None:
    engine = open_engine(url)
    try:
        with translated(), engine.begin() as connection:
            if connection.dialect.name != "sqlite":
                connection.execute(select(func.pg_advisory_xact_lock(_CREATION_LOCK)))
                _ensure_no_schema(connection)  # another process may have been quicker
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
                predefined=True,
                position=position,
            )
            session.add(row)
            session.flush()
            session.add_all(RolePermission(role_id=row.id, permission=p.value) for p in role.permissions)
        session.commit()
