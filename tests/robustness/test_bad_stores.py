"""A store that cannot be used: a sentence, exit code 3, everything left as it was, byte for byte."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pftui.bootstrap import create_store, open_services
from pftui.domain.api_key import generate
from pftui.domain.errors import StoreBusy, StoreOutdated, StoreUnavailable
from pftui.domain.secret import Secret
from pftui.repositories.database.engine import connect
from pftui.repositories.database.revisions import REVISIONS
from pftui.repositories.unit_of_work import Store
from pftui.services.service_accounts import ServiceAccountService
from tests.commands.conftest import Pftui
from tests.commands.program import COMMAND, Result, environment, run
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION, SetClock, missing_peer
from tests.robustness.consistency import check

KEY = generate().text.reveal()
READS = ("service-accounts", "list")
WRITES = ("teams", "create", "Blue Team")
VERIFIES = ("verify",)
INIT = ("init", "--password-file", "-", "--org", "Acme", "--name", "Alice Ng", "--email", ADMIN_EMAIL)


def everything(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Mode, time of the last change and content's hash of all files in a folder, and all folders' modes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        if path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path)] = (status.st_mode, status.st_mtime_ns, content)
        else:
            found[str(path)] = (status.st_mode, 0, "")
    return found


def without_wal(files: dict[str, tuple[int, int, str]]) -> dict[str, tuple[int, int, str]]:
    """Less SQLite's write-ahead log and its index, which it may be unable to remove."""
    return {name: what for name, what in files.items() if not name.endswith(("-wal", "-shm"))}


def unprivileged() -> list[str]:
    """What to put before a command so that modes hold for it: root without capabilities is a plain user."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        missing_peer("no setpriv here: install the package util-linux")
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"]


def assert_unusable(result: Result, *words: str) -> None:
    """Exit code 3 and one sentence for a person."""
    assert (result.code, result.out) == (3, ""), result
    (line,) = result.err.splitlines()
    assert line.startswith("pftui: ")
    assert line.endswith(".")
    for word in words:
        assert word in line
    assert "Traceback" not in result.err


def pftui_on(store: Path | str, *arguments: str, home: Path, **options: Any) -> Result:
    """Run a command on a store, as a service account with a well-formed key, without privileges."""
    environ = environment(home, PFTUI_DATABASE_URL=str(store), PFTUI_API_KEY=KEY)
    if arguments == VERIFIES:
        options["stdin"] = KEY.encode()
    if arguments[: len(INIT)] == INIT:
        options["stdin"] = ADMIN_PASSWORD.encode()
    options.setdefault("command", [*unprivileged(), *COMMAND])
    return run(*arguments, env=environ, **options)


# Files


def _garbage(path: Path) -> None:
    path.write_bytes(b"\x7fELF" + bytes(range(256)) * 40)


def _empty(path: Path) -> None:
    path.touch()


def _other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE cookies (id); INSERT INTO cookies VALUES (1);")


def _other_alembic_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE alembic_version (version_num); CREATE TABLE cookies (id);")


def _truncated(path: Path) -> None:
    _store(path)
    os.truncate(path, path.stat().st_size // 2)


def _scribbled_over(path: Path) -> None:
    _store(path)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 8000)


def _directory(path: Path) -> None:
    path.mkdir()


def _read_only(path: Path) -> None:
    _store(path)
    path.chmod(0o400)


def _in_a_read_only_folder(path: Path) -> None:
    _store(path)
    path.parent.chmod(0o500)


def _unreadable(path: Path) -> None:
    _store(path)
    path.chmod(0o000)


def _open_to_all(path: Path) -> None:
    _store(path)
    path.chmod(0o644)


def _newer(path: Path) -> None:
    _store(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def _missing(path: Path) -> None:
    assert not path.exists()


_template: Path


def _store(path: Path) -> None:
    shutil.copy(_template, path)
    path.chmod(0o600)


@pytest.fixture(autouse=True)
def _a_store(sqlite_template: Path) -> None:
    global _template
    _template = sqlite_template


BAD = [
    pytest.param(_garbage, "not a pftui store", id="not a database"),
    pytest.param(_empty, "not a pftui store", id="empty file"),
    pytest.param(_other_database, "not a pftui store", id="another program's database"),
    pytest.param(_other_alembic_database, "not a pftui store", id="another program's, with alembic"),
    pytest.param(_truncated, "damaged", id="cut in half"),
    pytest.param(_scribbled_over, "damaged", id="scribbled over"),
    pytest.param(_directory, "not a file", id="directory"),
    pytest.param(_read_only, "read-only", id="read-only"),
    pytest.param(_in_a_read_only_folder, "read-only", id="read-only folder"),
    pytest.param(_unreadable, "cannot be read", id="unreadable"),
    pytest.param(_open_to_all, "0644", id="open to all"),
    pytest.param(_newer, "newer version", id="newer"),
    pytest.param(_missing, "pftui init", id="missing"),
]


@pytest.mark.parametrize(("spoil", "words"), BAD)
def test_an_unusable_file_is_told_of_and_left_alone(
    spoil: Callable[[Path], None], words: str, tmp_path: Path
) -> None:
    folder, home = tmp_path / "data", tmp_path / "home"
    folder.mkdir(mode=0o700)
    home.mkdir()
    path = folder / "pftui.db"
    spoil(path)
    if spoil in (_garbage, _empty, _other_database, _other_alembic_database):
        path.chmod(0o600)
    before = everything(tmp_path)
    try:
        for arguments in (READS, WRITES, VERIFIES):
            assert_unusable(pftui_on(path, *arguments, home=home), words)
            assert everything(tmp_path) == before, arguments
        if spoil not in (_read_only, _in_a_read_only_folder, _unreadable) or os.geteuid() != 0:
            with pytest.raises(StoreUnavailable, match=words):
                open_services(f"sqlite:///{path}", SetClock())
            assert everything(tmp_path) == before
    finally:
        folder.chmod(0o700)


@pytest.mark.parametrize("spoil", [_garbage, _empty, _other_database, _directory, _newer, _read_only])
def test_init_changes_nothing_that_is_there(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    spoil(folder / "pftui.db")
    before = everything(tmp_path)
    result = pftui_on(folder / "pftui.db", *INIT, home=tmp_path)
    assert result.code == 1
    assert "already" in result.err
    assert everything(tmp_path) == before


def test_an_older_store_names_the_command_that_upgrades_it(sqlite_path: Path, tmp_path: Path) -> None:
    later = (
        "import pftui.repositories.database.revisions as revisions\n"
        "revisions.REVISIONS = (*revisions.REVISIONS, '9999')\n"
        "revisions.SCHEMA_REVISION = '9999'\n"
        "from pftui.__main__ import main\n"
        "main()\n"
    )
    before = everything(tmp_path)
    for arguments in (READS, WRITES, VERIFIES):
        result = pftui_on(sqlite_path, *arguments, home=tmp_path, command=[sys.executable, "-c", later])
        assert_unusable(result, "older version", "`pftui db upgrade`")
        assert everything(tmp_path) == before


def test_an_older_store_is_an_error_of_its_own(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pftui.repositories.database.engine.REVISIONS", (*REVISIONS, "9999"))
    monkeypatch.setattr("pftui.repositories.database.engine.SCHEMA_REVISION", "9999")
    with pytest.raises(StoreOutdated):
        open_services(sqlite_url, SetClock())


@pytest.mark.parametrize(
    "arguments",
    [
        ("service-accounts",),
        ("service-accounts", "create"),
        ("service-accounts", "create", "x" * 81),
        ("service-accounts", "create", "a\nb"),
        ("service-accounts", "create", "bot", "--team", "Default"),
        ("service-accounts", "list", "--as", ADMIN_EMAIL),
        ("service-accounts", "delete", "robot"),
        ("teams", "create", "", "--frobnicate"),
        ("verify", "--permission", "run_scans"),
        ("verify", "--permission", "everything", "--team", "Default"),
        ("verify", "--team", "no such team"),
        ("keys", "create", "robot", "--store", "mysql://somewhere/else"),
        ("frobnicate",),
    ],
    ids=" ".join,
)
def test_wrong_usage_changes_nothing(pftui: Pftui, arguments: Sequence[str]) -> None:
    pftui.ok("verify", stdin=pftui.key.encode())  # notes its use, which it does once a minute
    before = everything(pftui.folder)
    result = pftui.program(*arguments, stdin=pftui.key.encode())
    assert result.code == 2, result
    assert "Traceback" not in result.err
    assert everything(pftui.folder) == before


def test_a_denied_verify_writes_nothing(pftui: Pftui) -> None:
    revoked = pftui.ok("keys", "create", "robot").strip()
    pftui.ok("keys", "revoke", revoked[5:15], "--yes")
    unassigned = pftui.ok("service-accounts", "create", "idle").strip()
    before = everything(pftui.folder)
    for key in ("", "nonsense", KEY, KEY[:-1] + "?", revoked, unassigned, pftui.key[:-6] + KEY[-6:]):
        assert pftui.program("verify", "--json", stdin=key.encode()).code == 1, key[:15]
        assert everything(pftui.folder) == before, key[:15]
    assert pftui.program("verify", "--team", "Default", stdin=pftui.key.encode()).code == 1
    assert everything(pftui.folder) == before


# Disks


@dataclass
class SmallDisk:
    """A folder on a disk of a megabyte; where none can be mounted, one where files can be kept from growing,
    which the system tells of by another error.
    """

    folder: Path
    mounted: bool
    options: dict[str, Any] = field(default_factory=dict)
    """How to run a program so that the disk is full for it."""

    def fill(self, leave: int, largest: int) -> None:
        """Leave so many bytes, of which one file gets no more than the largest anyway."""
        if self.mounted:
            _fill(self.folder, leave)
        else:
            limits = (min(leave, largest),) * 2
            self.options = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits)}

    def empty(self) -> None:
        """Make room again."""
        (self.folder / "filler").unlink(missing_ok=True)
        self.options = {}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and not subprocess.run(mount, check=False, capture_output=True).returncode
    yield SmallDisk(folder, mounted)
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


def _fill(folder: Path, leave: int) -> None:
    """Fill the disk up to so many bytes."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096) == 4096:
                pass
        except OSError:
            pass
        file.truncate(file.tell() - leave)


@pytest.mark.parametrize("leave", [0, 4096, 32768, 40960, 49152])
def test_a_full_disk(pftui: Pftui, small_disk: SmallDisk, leave: int) -> None:
    store = small_disk.folder / "pftui.db"
    shutil.copy(pftui.store, store)
    trail = check(f"sqlite:///{store}")
    small_disk.fill(leave, largest=32768)  # the index of the log, which leaves no more than that to the log
    before = everything(small_disk.folder)
    create = ("service-accounts", "create", "bot", "--store", str(store))
    result = run(*create, env=pftui.env, **small_disk.options)
    assert_unusable(result, "disk", "Nothing was changed")
    if (
        small_disk.mounted
    ):  # else the log's first pages may have gone where they belong, which changes nothing
        assert without_wal(everything(small_disk.folder)) == before
    small_disk.empty()
    assert check(f"sqlite:///{store}") == trail
    assert pftui.program(*create).code == 0


@pytest.mark.parametrize("leave", [0, 8192, 131072])
def test_init_on_a_full_disk_leaves_nothing_behind(small_disk: SmallDisk, tmp_path: Path, leave: int) -> None:
    small_disk.fill(leave, largest=leave)
    result = pftui_on(small_disk.folder / "new" / "pftui.db", *INIT, home=tmp_path, **small_disk.options)
    assert_unusable(result, "disk")
    small_disk.empty()
    assert list(small_disk.folder.iterdir()) == []


def test_a_limit_on_the_size_of_files(pftui: Pftui) -> None:
    """What any user can have in place of a full disk; the system reports another error for it."""
    size = pftui.store.stat().st_size
    before = everything(pftui.folder)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    result = run("service-accounts", "create", "bot", env=pftui.env, preexec_fn=limited)
    assert_unusable(result, "disk", "Nothing was changed")
    assert without_wal(everything(pftui.folder)) == before
    pftui.ok("service-accounts", "create", "bot")
    assert without_wal(everything(pftui.folder)) == everything(pftui.folder)
    assert size > 4096


def test_a_database_that_may_not_grow(sqlite_url: str) -> None:
    trail = check(sqlite_url)
    services = open_services(sqlite_url, SetClock())
    operator = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    services.lifecycle.close()
    engine = connect(sqlite_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite: what there is stays allowed
    accounts = ServiceAccountService(Store(engine), SetClock())
    created = 0

    def create_until_full() -> None:
        nonlocal created
        for created in count():
            accounts.create(operator, name=f"bot {created}")

    with pytest.raises(StoreUnavailable, match="The disk that holds the store is full"):
        create_until_full()
    engine.dispose()
    assert len(check(sqlite_url)) == len(trail) + 1 + 2 * created


# Other writers


@contextmanager
def another_writer(path: Path) -> Iterator[None]:
    """Another process that holds the store's write lock."""
    program = (
        "import sqlite3, sys\n"
        "other = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "other.execute('BEGIN IMMEDIATE')\n"
        "print('holding', flush=True)\n"
        "sys.stdin.read()\n"
        "other.execute('ROLLBACK')\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"holding\n"
        yield
        process.stdin.close()


def test_a_store_that_another_writer_holds(pftui: Pftui) -> None:
    assert pftui.program("verify", stdin=pftui.key.encode()).code == 0
    with another_writer(pftui.store):
        before = everything(pftui.folder)
        began = time.monotonic()
        result = pftui.program(*WRITES)
        assert_unusable(result, "Another program held the store for too long", "Nothing was changed")
        assert time.monotonic() - began > 5
        assert pftui.program("verify", stdin=pftui.key.encode()).code == 0
        after = everything(pftui.folder)
        for name in (str(pftui.store), f"{pftui.store}-wal"):
            assert after.get(name) == before.get(name)
    assert pftui.program(*WRITES).code == 0


def test_the_wait_for_another_writer_can_be_set(sqlite_path: Path, sqlite_url: str) -> None:
    services = open_services(sqlite_url, SetClock())
    operator = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    services.lifecycle.close()
    store = Store(connect(sqlite_url, busy_seconds=0.05))
    accounts = ServiceAccountService(store, SetClock())
    with another_writer(sqlite_path), pytest.raises(StoreBusy, match="Nothing was changed"):
        accounts.create(operator, name="bot")
    assert accounts.create(operator, name="bot").account_name == "bot"
    store.close()


# PostgreSQL


def test_a_server_that_is_down_and_a_password_that_stays_secret(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        url = f"postgresql+psycopg://pftui:hunter2@127.0.0.1:{port}/pftui"
        for arguments in (READS, WRITES, VERIFIES, INIT):
            result = pftui_on(url, *arguments, "--debug", home=tmp_path)
            assert_unusable(result, "Nothing was changed")
            assert "hunter2" not in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_not_there(postgresql_url: str, tmp_path: Path) -> None:
    url = postgresql_url.rpartition("/")[0] + "/nowhere"
    for arguments in (READS, WRITES, VERIFIES):
        assert_unusable(pftui_on(url, *arguments, home=tmp_path), "no such database")


def test_a_database_without_a_store(new_database: Callable[[], str], tmp_path: Path) -> None:
    url = new_database()
    for arguments in (READS, WRITES, VERIFIES):
        assert_unusable(pftui_on(url, *arguments, home=tmp_path), "`pftui init`")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        query = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(query).fetchone() == (0,)


def test_a_server_that_is_read_only(new_database: Callable[[], str], tmp_path: Path) -> None:
    url = new_database()
    create_store(url, ORGANIZATION, SetClock())
    services = open_services(url, SetClock())
    operator = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    robot = services.service_accounts.create(operator, name="robot", global_admin=True)
    services.lifecycle.close()
    trail = check(url)
    name = url.rpartition("/")[2]
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode())
    environ = environment(tmp_path, PFTUI_DATABASE_URL=url, PFTUI_API_KEY=robot.key.reveal())
    assert_unusable(run(*WRITES, env=environ), "read-only", "Nothing was changed")
    assert run("verify", env=environ, stdin=robot.key.reveal().encode()).code == 0
    assert check(url) == trail
