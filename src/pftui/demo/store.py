"""A throw-away store with sample data, for `pftui --demo`.

It lives in a folder of its own that goes when the process ends, or where it was killed, at the start
of the next demo: whoever uses a demo holds a lock on its folder, so that one without is abandoned.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path

from pftui.demo.rows import SampleRows
from pftui.demo.webhooks import webhook_rows
from pftui.domain.accounts import Operator
from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import StoreUnavailable
from pftui.domain.store_urls import sqlite_path
from pftui.repositories.database.bulk import write_sample
from pftui.services.location import FILE_NAME, sqlite_url
from pftui.services.sealing import StoreKeys, key_path

PREFIX = "pftui-demo-"
MARKER = "in-use.lock"

_held: dict[Path, int] = {}  # the folders of this process, and the descriptors that hold their locks


def create_demo(directory: str | None = None, clock: Clock = utc_now) -> tuple[str, Operator]:
    """Make a demo store.

    Args:
        directory: where its folder is made; by default the one for temporary files.

    Returns:
        Its URL, and the admin who is signed in. No account has a password or a key that anybody knows.

    Raises:
        StoreUnavailable: it cannot be made there.
    """
    parent = Path(directory or tempfile.gettempdir())
    remove_abandoned(parent)
    sample = SampleRows.build(clock())
    try:
        folder = _locked_folder(parent)
        path = folder / FILE_NAME
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        raise StoreUnavailable(f"A demo cannot be made in {parent}: {why}.") from None
    try:
        key = demo_keys(sqlite_url(path)).first()
        team_ids = {row["name"]: row["id"] for row in sample.tables["teams"]}
        webhooks = webhook_rows(sample.events, team_ids, key, sample.now)
        write_sample(path, {**sample.tables, **webhooks}, sample.events)
    except BaseException:
        _remove(folder)
        raise
    return sqlite_url(path), sample.admin


def demo_keys(url: str) -> StoreKeys:
    """The keys of a demo: beside its file, also where another one is named for a store."""
    return StoreKeys(key_path(url, "", {}))


def remove_demo(url: str) -> None:
    """Remove a demo that this process made; nothing else is ever removed."""
    path = sqlite_path(url)
    if path is not None:
        _remove(path.parent)


def remove_abandoned(parent: Path) -> None:
    """Remove the demos of processes that were killed. Those of other users, and what is in use, stay."""
    for folder in sorted(parent.glob(f"{PREFIX}*")):
        with contextlib.suppress(OSError):  # what cannot be removed is in nobody's way
            _remove_if_abandoned(folder)


def _locked_folder(parent: Path) -> Path:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))  # 0700, and of a new name
        flags = os.O_CREAT | os.O_EXCL | os.O_RDONLY | os.O_CLOEXEC
        try:
            descriptor = os.open(folder / MARKER, flags, 0o600)
        except FileNotFoundError:  # taken for abandoned, while it was still empty
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            break
        os.close(descriptor)  # taken for abandoned, between the file and its lock
    if not _held:
        atexit.register(_remove_all, os.getpid())
    _held[folder] = descriptor
    return folder


def _remove_all(process: int) -> None:
    if process == os.getpid():  # a child that was forked off must not end its parent's demo
        for folder in list(_held):
            _remove(folder)


def _remove(folder: Path) -> None:
    descriptor = _held.pop(folder, None)
    if descriptor is None:
        return
    shutil.rmtree(folder, ignore_errors=True)
    os.close(descriptor)


def _remove_if_abandoned(folder: Path) -> None:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        return
    try:
        descriptor = os.open(folder / MARKER, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        folder.rmdir()  # killed before it held anything; fails where it holds something else
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(descriptor)
