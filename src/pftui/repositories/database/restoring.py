"""A backup in the place of a store: what that changes, and the exchange of the files.

The store is whole at every moment: its file is the old one until the new one, finished, is given its name.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, update

from pftui.domain.errors import Conflict, StoreBusy, StoreMissing, StoreUnavailable, WrongUsage
from pftui.repositories.database.copies import copy_pages, finish, give_name, open_file
from pftui.repositories.database.engine import (
    check_version,
    enable_wal,
    for_writing,
    open_engine,
    parse_url,
    schema_revision,
    sqlite_file,
)
from pftui.repositories.database.files import (
    SIDE_FILES,
    check_file,
    check_place,
    disk_problem,
    file_identity,
    folder_to_disk,
    private_folder,
)
from pftui.repositories.database.generation import LogMissing, check_belongs
from pftui.repositories.database.indexing import complete
from pftui.repositories.database.revisions import REVISIONS
from pftui.repositories.errors import translated
from pftui.repositories.models import Principal, SessionRow, StoreIdentity
from pftui.repositories.stored import readable
from pftui.repositories.unit_of_work import UnitOfWork

_WAITS, _WAIT = 50, 0.1  # seconds
_ALONE = (
    "Another program has the store open, as a console or a verifier. Nothing was changed; end it, then try "
    "again."
)


class Account(NamedTuple):
    """An account as somebody is told of it, and what of it a backup can bring back."""

    name: str
    disabled: bool
    global_admin: bool
    password_of: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """What of a store counts when another one takes its place."""

    id: str | None
    organization: str
    head: tuple[int, str] | None
    accounts: dict[str, Account] = field(default_factory=dict)
    live_keys: dict[str, str] = field(default_factory=dict)
    assignments: dict[tuple[str, str], str] = field(default_factory=dict)
    newest_stamp: int = 1
    generation: int = 0


_ACCOUNTS = (
    "SELECT id, coalesce(email, name), disabled, global_admin, changed_at FROM principals "
    "LEFT JOIN passwords ON principal_id = id ORDER BY name_folded, id"
)
_LIVE_KEYS = (
    "SELECT key_id, name FROM api_keys JOIN principals ON id = principal_id "
    "WHERE revoked_at IS NULL AND NOT disabled ORDER BY name_folded, key_id"
)
_ASSIGNMENTS = (
    "SELECT principal_id, team_id, coalesce(email, p.name), t.name FROM assignments "
    "JOIN principals p ON p.id = principal_id JOIN teams t ON t.id = team_id "
    "ORDER BY p.name_folded, t.name_folded"
)


def _content(connection: sqlite3.Connection) -> Content:
    """Of a store of any schema up to this one. Raises `sqlite3.Error`."""
    connection.text_factory = lambda stored: stored.decode("utf-8", "surrogateescape")
    names = connection.execute("SELECT id, name FROM organizations").fetchone()
    head = connection.execute("SELECT sequence, hash FROM audit_head").fetchone()
    columns = {row[1] for row in connection.execute("PRAGMA table_info(principals)")}
    stamp = connection.execute("SELECT max(stamp) FROM principals").fetchone() if "stamp" in columns else (1,)
    identity = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'store_identity'").fetchone()
    generation = connection.execute("SELECT generation FROM store_identity").fetchone() if identity else None
    return Content(
        id=readable(names[0]) if names else None,
        organization=readable(names[1]) if names else "",
        head=(head[0], head[1]) if head else None,
        accounts={
            row[0]: Account(readable(row[1]), bool(row[2]), bool(row[3]), row[4])
            for row in connection.execute(_ACCOUNTS)
        },
        live_keys={row[0]: readable(row[1]) for row in connection.execute(_LIVE_KEYS)},
        assignments={
            (row[0], row[1]): f"{readable(row[2])} in {readable(row[3])}"
            for row in connection.execute(_ASSIGNMENTS)
        },
        newest_stamp=stamp[0] if isinstance(stamp[0], int) else 1,
        generation=generation[0] if generation and isinstance(generation[0], int) else 0,
    )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A backup that is ready to take a store's place.

    `store` is what is there now: None where nothing is, or where it cannot be read, of which `unreadable`
    tells. `incomplete` says that the backup was copied without its log.
    """

    path: Path
    file: Path
    backup: Content
    store: Content | None
    unreadable: str | None
    incomplete: bool
    before: str

    @property
    def url(self) -> str:
        """Of the file that is ready, to look at it as at any store."""
        return URL.create("sqlite", database=str(self.file)).render_as_string()


@contextmanager
def prepared(url: str, backup: Path) -> Iterator[Prepared]:
    """Copy a backup beside the store, bring the copy to this pftui's schema, and say what is there instead.

    Raises:
        WrongUsage: PostgreSQL, or the backup is the store itself.
        StoreMissing, StoreUnavailable: the backup cannot be used; nothing was changed.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise WrongUsage(
            "PostgreSQL is restored by its own tools: pg_restore, from what pg_dump has written."
        )
    given = sqlite_file(parsed)
    path = Path(os.path.realpath(given))  # a link stays, to another file
    incomplete = _check_backup(path, backup)
    try:
        check_place(given, f"A store at {given} would not be safe")
        with private_folder(path, "restore") as folder:
            file = folder / path.name
            copy_pages(backup, file)
            before = _upgrade(file)
            with translated(), closing(open_file(file)) as connection:
                content = _content(connection)
            store, unreadable = _there(path)
            yield Prepared(path, file, content, store, unreadable, incomplete, before)
    except OSError as error:
        raise StoreUnavailable(
            f"The backup cannot be put at {path}: {disk_problem(error)}. The store there is as it was."
        ) from None


def _check_backup(path: Path, backup: Path) -> bool:
    """Whether it was copied without its log, which is no reason to leave it."""
    if path.exists() and backup.exists() and os.path.samefile(path, backup):
        raise WrongUsage("That file is the store itself. Nothing was changed; move it away to restore it.")
    try:
        check_file(backup)
    except StoreMissing:
        raise StoreUnavailable(f"There is no file {backup}. Nothing was changed.") from None
    try:
        check_belongs(backup)
    except LogMissing:
        return True
    return False


def _upgrade(file: Path) -> str:
    """Bring the copy to this pftui's schema; the revision that it had."""
    engine = open_engine(URL.create("sqlite", database=str(file)))
    try:
        revision = schema_revision(engine)
        if revision not in REVISIONS[:-1]:
            check_version(engine)
        else:
            from pftui.repositories.database.schema import migrate  # alembic: only where it is needed

            with translated(), for_writing(engine).begin() as connection:
                migrate(connection)
        complete(engine)
        return str(revision)
    finally:
        engine.dispose()


def _there(path: Path) -> tuple[Content | None, str | None]:
    """What is at the store's place, or why that cannot be told."""
    try:
        check_file(path)
        check_belongs(path)
        with translated(), closing(open_file(path)) as connection:
            return _content(connection), None
    except StoreMissing:
        return None, None
    except StoreUnavailable as error:
        return None, error.message


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange under way: the head of what is replaced, and the file that keeps it."""

    replaced: tuple[int, str] | None
    kept: Path | None


@contextmanager
def exchanged(ready: Prepared, stamp: str) -> Iterator[Exchange]:
    """Put the file that is ready in the store's place on leaving; on any error the store stays.

    Nobody else has the store open meanwhile: who had would go on with the old one, and the new one's log.

    Raises:
        StoreBusy: another program has the store open.
        Conflict: it is another one than was looked at.
        StoreUnavailable: nothing was changed.
    """
    kept = ready.path.with_name(f"{ready.path.name}.{stamp}.replaced")
    if os.path.lexists(kept):
        raise StoreUnavailable(f"There is something at {kept} already. Nothing was changed; try again.")
    there = os.path.lexists(ready.path)
    with _alone(ready) as alone:
        yield Exchange(ready.store.head if ready.store else None, kept if there else None)
        finish(ready.file)
        if there:
            give_name(ready.path, kept)
        try:
            with contextlib.nullcontext() if alone else _sides_kept(ready.path, kept):
                if there:
                    os.rename(ready.file, ready.path)
                else:
                    os.link(ready.file, ready.path)  # which replaces nothing that came meanwhile
        except OSError:
            with contextlib.suppress(OSError):
                kept.unlink()
            raise
        with contextlib.suppress(OSError):  # it is done; a power cut may bring the old one back, whole
            folder_to_disk(ready.path.parent)


@contextmanager
def _alone(ready: Prepared) -> Iterator[bool]:
    """Keep everybody out of the store that is there, its log rolled in; false where it cannot be opened.

    It keeps no log, as long as it may be replaced: a process that opened it just before and waits would share
    that of the new one. So it can read what was, and SQLite refuses its writes, since the file has moved.
    """
    if ready.store is None:
        yield False
        return
    before = file_identity(ready.path)
    try:
        with translated(), closing(open_file(ready.path)) as connection:
            _take_out_of_use(connection)
            if _content(connection).head != ready.store.head:
                raise Conflict("The store has changed since you looked. Nothing was changed; look again.")
            yield True
    finally:
        if file_identity(ready.path) == before:
            with contextlib.suppress(sqlite3.Error):  # else who opens it next does that
                enable_wal(ready.path)


def _take_out_of_use(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA busy_timeout = 0")
    for _ in range(_WAITS):
        try:
            with contextlib.suppress(sqlite3.OperationalError):  # of an older schema; or the disk is full
                connection.execute("UPDATE store_identity SET in_use = 0 WHERE in_use <> 0")
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
            connection.execute("BEGIN EXCLUSIVE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        time.sleep(_WAIT)
    raise StoreBusy(_ALONE)


@contextmanager
def _sides_kept(path: Path, kept: Path) -> Iterator[None]:
    """Take away what SQLite would believe of the new file; it belongs to the old one, and is kept with it."""
    moved: list[tuple[Path, Path]] = []
    try:
        for end in SIDE_FILES:
            side, aside = path.with_name(path.name + end), kept.with_name(kept.name + end)
            if os.path.lexists(side):
                os.rename(side, aside)
                moved.append((side, aside))
        yield
    except BaseException:
        for side, aside in moved:
            with contextlib.suppress(OSError):
                os.rename(aside, side)
        raise


def begin_again(unit: UnitOfWork, ready: Prepared, by: str, now: datetime) -> int:
    """Let nobody who was signed in before or after the backup go on; the new generation."""
    stamps = [ready.backup.newest_stamp, ready.store.newest_stamp if ready.store else 0]
    generations = [ready.backup.generation, ready.store.generation if ready.store else 0]
    generation = max(generations) + 1
    unit.session.execute(update(Principal).values(stamp=max(stamps) + 1))
    unit.session.execute(
        update(SessionRow).where(SessionRow.ended_at.is_(None)).values(ended_at=now, ended_by=by)
    )
    unit.session.execute(update(StoreIdentity).values(generation=generation))
    return generation
