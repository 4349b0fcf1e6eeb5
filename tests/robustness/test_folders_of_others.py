"""Folders that others can touch: every door refuses them, and names the folder and a way out."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from pftui import Verifier
from pftui.bootstrap import create_store, open_services
from pftui.commands.failures import write_log
from pftui.demo.store import create_demo, remove_demo
from pftui.domain.errors import PftuiError, StoreUnavailable
from pftui.domain.secret import Secret
from pftui.process.secret_file import save_secret
from pftui.repositories.database import engine, files
from pftui.services import store_admin
from tests.commands.conftest import ADMIN, Pftui
from tests.commands.program import Result, run
from tests.conftest import ADMIN_PASSWORD, ORGANIZATION, SetClock
from tests.robustness.test_bad_stores import INIT, everything
from tests.strangers import STRANGER, acting_as, needs_root

NAME = "pftui.db"
REMEDIES = ("choose a folder that only you can write to.", "choose a path on which all is yours or root's.")


# Bad paths


@dataclass(frozen=True)
class Place:
    """A folder to put a file into, as somebody would type it, and what is wrong with the way to it."""

    folder: Path
    blamed: Path


def _folder(path: Path, mode: int = 0o700, owner: int | None = None) -> Path:
    path.mkdir(parents=True)
    path.chmod(mode)
    if owner is not None:
        os.chown(path, owner, owner)
    return path


def _link(path: Path, target: Path) -> Path:
    path.symlink_to(target)
    return path


def _with_mode(mode: int) -> Callable[[Path], Place]:
    def build(base: Path) -> Place:
        folder = _folder(base / "shared", mode)
        return Place(folder, folder)

    return build


def _below(mode: int) -> Callable[[Path], Place]:
    def build(base: Path) -> Place:
        above = _folder(base / "shared", mode)
        return Place(_folder(above / "own"), above)

    return build


def _a_strangers(base: Path) -> Place:
    folder = _folder(base / "theirs", owner=STRANGER)
    return Place(folder, folder)


def _below_a_strangers(base: Path) -> Place:
    above = _folder(base / "theirs", 0o755, owner=STRANGER)
    return Place(_folder(above / "own"), above)


def _a_strangers_in_a_sticky_one(base: Path) -> Place:
    folder = _folder(_folder(base / "shared", 0o1777) / "theirs", owner=STRANGER)
    return Place(folder, folder)


def _link_in_an_open_one(base: Path) -> Place:
    shared = _folder(base / "shared", 0o777)
    return Place(_link(shared / "link", _folder(base / "safe")), shared)


def _link_of_a_stranger(base: Path) -> Place:
    link = _link(_folder(base / "shared", 0o1777) / "link", _folder(base / "safe"))
    os.lchown(link, STRANGER, STRANGER)
    return Place(link, link)


def _link_to_an_open_one(base: Path) -> Place:
    shared = _folder(base / "shared", 0o1777)
    return Place(_link(base / "link", shared), shared)


def _links_by_way_of_an_open_one(base: Path) -> Place:
    shared = _folder(base / "shared", 0o777)
    second = _link(shared / "second", _folder(base / "safe"))
    return Place(_link(base / "first", second), shared)


BAD: dict[str, Callable[[Path], Place]] = {
    "sticky": _with_mode(0o1777),
    "open": _with_mode(0o777),
    "open to a group": _with_mode(0o770),
    "below an open one": _below(0o777),
    "below one that a group writes": _below(0o775),
    "link in an open one": _link_in_an_open_one,
    "link to a sticky one": _link_to_an_open_one,
    "links by way of an open one": _links_by_way_of_an_open_one,
}
OF_STRANGERS: dict[str, Callable[[Path], Place]] = {
    "a stranger's": _a_strangers,
    "below a stranger's": _below_a_strangers,
    "a stranger's in a sticky one": _a_strangers_in_a_sticky_one,
    "link of a stranger": _link_of_a_stranger,
}
BAD_PATHS = [
    *(pytest.param(build, id=name) for name, build in BAD.items()),
    *(pytest.param(build, id=name, marks=needs_root) for name, build in OF_STRANGERS.items()),
]


def _own_below_a_sticky_one(base: Path) -> Place:
    return Place(_folder(_folder(base / "shared", 0o1777) / "own"), base)


def _own_link_in_a_sticky_one(base: Path) -> Place:
    return Place(_link(_folder(base / "shared", 0o1777) / "link", _folder(base / "safe")), base)


def _open_to_read(base: Path) -> Place:
    return Place(_folder(base / "readable", 0o755), base)


GOOD = [_own_below_a_sticky_one, _own_link_in_a_sticky_one, _open_to_read]


# Doors: each says what went wrong, or nothing

Door = Callable[[Pftui, Path], str]


def _command(*arguments: str) -> Door:
    def go(pftui: Pftui, folder: Path) -> str:
        return _refusal(pftui(*arguments, "--store", str(folder / NAME), stdin=pftui.key.encode()))

    return go


def _refusal(result: Result) -> str:
    assert result.code in (0, 3), result
    return result.err if result.code else ""


def _by_environment(pftui: Pftui, folder: Path) -> str:
    return _refusal(pftui("teams", "list", PFTUI_DATABASE_URL=str(folder / NAME)))


def _by_url(pftui: Pftui, folder: Path) -> str:
    return _refusal(pftui("keys", "create", "robot", PFTUI_DATABASE_URL=f"sqlite:///{folder / NAME}"))


def _raising(act: Callable[[Path], object]) -> Door:
    def go(pftui: Pftui, folder: Path) -> str:
        try:
            act(folder)
        except PftuiError as error:
            return error.message
        except OSError as error:
            return f"No log could be written: {error.strerror}."
        return ""

    return go


def _backup(pftui: Pftui, folder: Path) -> str:
    return _refusal(pftui("db", "backup", str(folder / "copy.db")))


def _backup_of_it(pftui: Pftui, folder: Path) -> str:
    return _refusal(pftui("db", "backup", str(pftui.folder / "copy.db"), "--store", str(folder / NAME)))


def _restore(pftui: Pftui, folder: Path) -> str:
    target = str(folder / "another.db")
    return _refusal(pftui("db", "restore", str(pftui.store), "--yes", "--store", target))


def _restore_of_it(pftui: Pftui, folder: Path) -> str:
    other = pftui.folder / "restored.db"
    other.unlink(missing_ok=True)
    return _refusal(pftui("db", "restore", str(folder / NAME), "--yes", "--store", str(other)))


def _output(pftui: Pftui, folder: Path) -> str:
    """Looked at before the key is made, so that none is."""
    before = pftui.store.read_bytes()
    result = pftui("keys", "create", "robot", "--output", str(folder / "ci.key"))
    assert (result.code == 0) is (pftui.store.read_bytes() != before)
    return result.err.replace(" Nothing was done.", "") if result.code else ""


def _init(pftui: Pftui, folder: Path) -> str:
    return _refusal(pftui(*INIT, "--store", str(folder / "new.db"), stdin=ADMIN_PASSWORD.encode()))


def _verifier(folder: Path) -> None:
    Verifier(f"sqlite:///{folder / NAME}").close()


def _console(folder: Path) -> None:
    open_services(f"sqlite:///{folder / NAME}", SetClock()).lifecycle.close()


def _first_run(folder: Path) -> None:
    """What the console does before it welcomes anybody."""
    try:
        open_services(f"sqlite:///{folder / 'none.db'}", SetClock())
    except StoreUnavailable as error:
        if type(error) is StoreUnavailable:
            raise


DOORS: dict[str, Door] = {
    "users list --store": _command("users", "list"),
    "verify --store": _command("verify"),
    "db status": _command("db", "status"),
    "db check": _command("db", "check"),
    "db upgrade": _command("db", "upgrade"),
    "db backup of it": _backup_of_it,
    "db restore of it": _restore_of_it,
    "db restore to it": _restore,
    "reset-password --host": _command("users", "reset-password", ADMIN, "--host", "--yes"),
    "PFTUI_DATABASE_URL": _by_environment,
    "a URL": _by_url,
    "db backup to it": _backup,
    "--output": _output,
    "init": _init,
    "create_store": _raising(
        lambda folder: create_store(f"sqlite:///{folder / 'new.db'}", ORGANIZATION, SetClock())
    ),
    "Verifier": _raising(_verifier),
    "console": _raising(_console),
    "welcome": _raising(_first_run),
    "the reveal's file": _raising(lambda folder: save_secret(Secret("pfsa_key"), str(folder / "ci.key"))),
    "the debug log": _raising(lambda folder: write_log(ValueError("a defect"))),
}


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Sets the folder of the logs itself, which is below the one that a variable can name."""

    def set_to(folder: Path) -> None:
        monkeypatch.setattr("platformdirs.user_log_path", lambda *_, **__: folder)

    return set_to


@pytest.mark.parametrize("build", BAD_PATHS)
@pytest.mark.parametrize("door", DOORS)
def test_no_door_opens_to_a_bad_path(
    door: str, build: Callable[[Path], Place], pftui: Pftui, tmp_path: Path, logs: Callable[[Path], None]
) -> None:
    place = build(tmp_path / "tried")
    shutil.copy(pftui.store, place.folder / NAME)
    logs(place.folder)
    before = everything(tmp_path)
    sentence = DOORS[door](pftui, place.folder).strip()
    assert str(place.blamed) in sentence
    assert sentence.lower().endswith(REMEDIES), sentence
    assert everything(tmp_path) == before


@pytest.mark.parametrize("build", GOOD)
@pytest.mark.parametrize("door", DOORS)
def test_every_door_opens_to_a_good_path(
    door: str, build: Callable[[Path], Place], pftui: Pftui, tmp_path: Path, logs: Callable[[Path], None]
) -> None:
    place = build(tmp_path / "tried")
    shutil.copy(pftui.store, place.folder / NAME)
    logs(place.folder)
    assert DOORS[door](pftui, place.folder) == ""
    assert not [name for name in os.listdir(place.folder) if name.startswith(".")]


@pytest.mark.parametrize("build", BAD_PATHS)
def test_a_password_file_is_warned_of_and_used(
    build: Callable[[Path], Place], pftui: Pftui, tmp_path: Path
) -> None:
    place = build(tmp_path / "tried")
    file = place.folder / "password"
    shutil.copy(pftui.password_file, file)
    result = pftui("roles", "list", "--as", ADMIN, "--password-file", str(file), PFTUI_API_KEY=None)
    assert result.code == 0, result
    (line,) = result.err.splitlines()
    assert "Others could replace the password file" in line
    assert str(place.blamed) in line


def test_a_pipe_that_the_shell_made_is_not_warned_of(pftui: Pftui) -> None:
    """And neither is a file that this process was given open."""
    shared = _folder(pftui.folder / "shared", 0o777)
    shutil.copy(pftui.password_file, shared / "password")
    script = (
        '"$0" -m pftui roles list --as "$1" --password-file <(cat "$2") && '
        'exec "$0" -m pftui roles list --as "$1" --password-file /dev/fd/3 3<"$2"'
    )
    env = pftui.environment(PFTUI_API_KEY=None)
    command = ("bash", "-c", script, sys.executable, ADMIN)
    result = run(str(shared / "password"), env=env, command=command)
    assert (result.code, result.err) == (0, "")


# The attack itself


@pytest.fixture
def prepared(tmp_path: Path) -> tuple[Path, bytes]:
    """A stranger's own store, and a journal that makes another one the same when SQLite rolls it back."""
    path = _folder(tmp_path / "strangers") / NAME
    create_store(f"sqlite:///{path}", ORGANIZATION, SetClock())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE organizations SET name = 'of the stranger'")
        connection.commit()
    return path, _journal(path)


def _journal(path: Path) -> bytes:
    """A rollback journal of all pages of a database (https://www.sqlite.org/fileformat2.html#the_rollback_journal)."""
    content = path.read_bytes()
    (size,) = struct.unpack(">H", content[16:18])
    pages = [content[start : start + size] for start in range(0, len(content), size)]
    nonce, sector = 7, 512
    header = bytes.fromhex("d9d505f920a163d7") + struct.pack(
        ">IIIII", len(pages), nonce, len(pages), sector, size
    )
    records = [
        struct.pack(">I", number) + page + struct.pack(">I", _checksum(page, nonce))
        for number, page in enumerate(pages, start=1)
    ]
    return header.ljust(sector, b"\0") + b"".join(records)


def _checksum(page: bytes, nonce: int) -> int:
    return (nonce + sum(page[at] for at in range(len(page) - 200, 0, -200))) & 0xFFFFFFFF


def _plant_between_look_and_opening(
    monkeypatch: pytest.MonkeyPatch, journal: bytes, beside: Path
) -> Callable[[], bool]:
    """A stranger who is quicker than any look by name: the journal is there when SQLite opens the file."""
    tries: list[bool] = []
    opened = engine.open_engine

    def after_the_look(*arguments: Any, **options: Any) -> Any:
        with acting_as(STRANGER):
            try:
                (beside.parent / f"{beside.name}-journal").write_bytes(journal)
                tries.append(True)
            except PermissionError:
                tries.append(False)
        return opened(*arguments, **options)

    monkeypatch.setattr(engine, "open_engine", after_the_look)
    return lambda: any(tries)


def _name_of(path: Path) -> str:
    services = open_services(f"sqlite:///{path}", SetClock())
    services.lifecycle.close()
    return services.organization.name


@pytest.fixture
def reachable(prepared: tuple[Path, bytes]) -> Iterator[Path]:
    """A folder that a stranger can come by, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="pftui-attack-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@needs_root
@pytest.mark.damages_the_store
def test_a_planted_journal_replaces_no_organization(
    reachable: Path,
    prepared: tuple[Path, bytes],
    sqlite_template: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a sticky folder it would: shown with the look at the folders taken away."""
    store = _folder(reachable / "sticky", 0o1777) / NAME
    shutil.copy(sqlite_template, store)
    planted = _plant_between_look_and_opening(monkeypatch, prepared[1], store)
    with pytest.raises(StoreUnavailable, match="others can write to"):
        _name_of(store)
    assert not planted(), "the file is not opened at all"
    with monkeypatch.context() as without:
        without.setattr(files, "fault", lambda *_, **__: None)
        assert _name_of(store) == "of the stranger", "the attack is one"
    assert planted()


@needs_root
def test_a_stranger_cannot_plant_anything_where_a_store_is_accepted(
    reachable: Path,
    prepared: tuple[Path, bytes],
    sqlite_template: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number, mode in enumerate((0o700, 0o755)):
        store = _folder(reachable / f"own {number}", mode) / NAME
        shutil.copy(sqlite_template, store)
        planted = _plant_between_look_and_opening(monkeypatch, prepared[1], store)
        assert _name_of(store) == ORGANIZATION.name
        assert not planted()


@needs_root
def test_what_is_unfinished_is_in_a_folder_that_nobody_else_can_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_path: Path
) -> None:
    """Also where a store or its copy is made beside what all may read."""
    modes: list[int] = []
    opened = sqlite3.connect

    def looking(name: Any, *arguments: Any, **options: Any) -> Any:
        path = Path(unquote(str(name).removeprefix("file:").partition("?")[0]))
        if path.parent != sqlite_path.parent:
            modes.append(stat.S_IMODE(path.parent.stat().st_mode))
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        return opened(name, *arguments, **options)

    monkeypatch.setattr(sqlite3, "connect", looking)
    readable = _folder(tmp_path / "readable", 0o755)
    create_store(f"sqlite:///{readable / 'new.db'}", ORGANIZATION, SetClock())
    store_admin.backup(f"sqlite:///{sqlite_path}", readable / "copy.db", "alice")
    assert len(modes) >= 3
    assert set(modes) == {0o700}
    assert sorted(os.listdir(readable)) == ["copy.db", "new.db"]


def test_a_demo_lives_in_a_folder_of_its_own_where_all_may_write(tmp_path: Path) -> None:
    shared = _folder(tmp_path / "shared", 0o1777)
    url, _ = create_demo(str(shared), SetClock())
    try:
        assert _name_of(Path(url.removeprefix("sqlite:///")))
    finally:
        remove_demo(url)
    assert list(shared.iterdir()) == []


@needs_root
def test_root_acts_as_the_one_owner_of_a_store(pftui: Pftui, reachable: Path) -> None:
    """Else whoever owns the folder could let root read or write elsewhere, by a link."""
    home = _folder(reachable / "home", owner=STRANGER)
    store, trap, precious = home / NAME, home / "trap", _folder(reachable / "roots") / "precious"
    shutil.copy(pftui.store, store)
    os.chown(store, STRANGER, STRANGER)
    at = ("--store", str(store))
    for arguments in (("db", "status"), ("users", "reset-password", ADMIN, "--host", "--yes")):
        result = pftui.program(*arguments, *at)
        assert result.code == 0, result
    trail = pftui.program("audit", "list", "--limit", "9", *at)
    assert "host:root" in trail.out, "the trail names who came, not who that became"
    assert pftui.program("db", "backup", str(home / "copy.db"), *at).code == 0
    trap.symlink_to(precious.parent)
    assert pftui.program("db", "backup", str(trap / "copy.db"), *at).code == 3
    assert list(precious.parent.iterdir()) == []
    assert {path.stat().st_uid for path in home.iterdir() if path != trap} == {STRANGER}


@needs_root
def test_root_makes_nothing_in_a_folder_of_somebody_elses(pftui: Pftui, tmp_path: Path) -> None:
    home = _folder(tmp_path / "home", owner=STRANGER)
    result = pftui.program("db", "backup", str(home / "copy.db"))
    assert result.code == 3
    assert "belongs to another user" in result.err
    assert list(home.iterdir()) == []


@needs_root
def test_a_python_program_of_roots_reads_the_store_of_its_one_owner(pftui: Pftui, tmp_path: Path) -> None:
    home = _folder(tmp_path / "home", owner=STRANGER)
    shutil.copy(pftui.store, home / NAME)
    os.chown(home / NAME, STRANGER, STRANGER)
    with Verifier(f"sqlite:///{home / NAME}") as verifier:
        assert verifier.verify(pftui.key)
    assert os.geteuid() == 0
