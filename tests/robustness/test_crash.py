"""`kill -9` at any moment of a change: the store opens again, with the change whole or absent, never half."""

from __future__ import annotations

import fcntl
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pftui.bootstrap import create_store, open_services
from pftui.domain.errors import StoreExists
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.domain.teams import TeamQuery
from tests.commands.program import Result, environment, run
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION, SetClock
from tests.robustness.consistency import check, check_file
from tests.robustness.crashes import EVENTS, Server, serving

CRASHES = 50  # times the four stores
INIT_CRASHES = 60
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("home")
    with serving(environment(home, PYTHONPATH=str(ROOT))) as opened:
        yield opened


@pytest.mark.parametrize("store", range(4))
def test_200_crash_points_of_create_assign_and_delete(server: Server, sqlite_path: Path, store: int) -> None:
    url = f"sqlite:///{sqlite_path}"
    services = open_services(url, SetClock())
    operator = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    services.teams.create(operator, "Red Team")
    teams = [team.id for team in services.teams.page(operator, TeamQuery(), PageRequest())]
    services.lifecycle.close()
    draw = random.Random(20260301 + store)
    events = len(check(url))
    for crash in range(CRASHES):
        # One in five is certainly within a transaction, one just after its commit; the others are anywhere.
        held = {0: "b", 1: "k"}.get(crash % 5)
        told = server.crash(
            url=url,
            operator=operator.id,
            teams=teams,
            seed=crash,  # one store's account names differ by it
            letter=held or "b",
            held=held is not None,
            nth=draw.randint(1, 3),
            microseconds=0 if held else int(draw.triangular(0, 14_000, 4_000)),
        )
        check_file(sqlite_path)
        trail = check(url)
        changes = told.replace("b", "").replace("k", "")
        done, begun = changes.count("."), changes[-1]
        sure = events + sum(EVENTS[change] for change in changes[: 2 * done : 2])
        committed = sure if begun == "." else sure + EVENTS[begun]
        assert len(trail) in (sure, committed), told
        if held:
            assert told[-1] == held
            assert begun != "."
            assert len(trail) == (sure if held == "b" else committed), told
        events = len(trail)


@pytest.fixture(scope="module")
def stored_hash(sqlite_template: Path) -> str:
    with closing(sqlite3.connect(f"file:{sqlite_template}?mode=ro", uri=True)) as connection:
        (text,) = connection.execute("SELECT hash FROM passwords").fetchone()
    return str(text)


def _microseconds_of_an_init(server: Server, url: str, stored_hash: str, path: Path) -> float:
    """How long one takes on this host now, when nobody kills it."""
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        server.crash(url=url, hash=stored_hash, letter=".", nth=1, microseconds=0)
        taken.append(time.perf_counter() - began)
        path.unlink()
    return sorted(taken)[1] * 1e6


def test_killed_inits_leave_a_whole_store_or_none_and_the_next_one_clears_up(
    server: Server, stored_hash: str, tmp_path: Path
) -> None:
    draw = random.Random(20260302)
    folder = tmp_path / "data"
    path = folder / "pftui.db"
    url = f"sqlite:///{path}"
    latest = 1.3 * _microseconds_of_an_init(server, url, stored_hash, path)
    for _ in range(INIT_CRASHES):
        moment = int(draw.triangular(0, latest, 0.3 * latest))
        server.crash(url=url, hash=stored_hash, letter="i", nth=1, microseconds=moment)
        # However busy the host is, and becomes: most are killed before they are done, and some when they are.
        latest *= 0.9 if path.exists() else 1.03
        if path.exists():
            check_file(path)
            assert len(check(url)) == 3  # the organization, its admin, their team
            path.unlink()
        there = list(folder.iterdir()) if folder.exists() else []
        unfinished = [file for file in there if file.suffix == ".new"]
        assert len(unfinished) <= 1, "an init removes what the one before it left"
    for _ in range(2):  # certainly in the middle
        server.crash(url=url, hash=stored_hash, letter="b", held=True, nth=1, microseconds=0)
        assert len(list(folder.glob(".pftui.db.*.new/pftui.db-wal"))) == 1
        assert not path.exists()

    result = _init(url, tmp_path)
    assert result.code == 0, result
    assert [file.name for file in folder.iterdir()] == ["pftui.db"]
    assert len(check(url)) == 3


def test_an_init_that_was_killed_when_it_was_done_leaves_no_second_name_for_ever(
    sqlite_path: Path, sqlite_url: str, tmp_path: Path
) -> None:
    second = _second_name(sqlite_path)
    services = open_services(sqlite_url, SetClock())
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    with pytest.raises(StoreExists):  # in this process, whose locks must stay
        create_store(sqlite_url, ORGANIZATION)
    assert not second.parent.exists()
    assert sqlite_path.stat().st_nlink == 1
    assert _init(sqlite_url, tmp_path).code == 1
    assert run("db", "status", env=environment(tmp_path, PFTUI_DATABASE_URL=sqlite_url)).code == 0
    assert sqlite_path.with_name(f"{sqlite_path.name}-wal").exists()
    services.teams.create(admin, "Blue Team")
    services.lifecycle.close()
    check_file(sqlite_path)
    assert check(sqlite_url)[-1].description == "Created team Blue Team"


def _second_name(path: Path) -> Path:
    """What an init leaves that is killed between its store's name and its own end."""
    folder = path.with_name(f".{path.name}.0123456789abcdef.new")
    folder.mkdir(mode=0o700)
    os.link(path, folder / path.name)
    return folder / path.name


def test_a_second_name_goes_where_the_store_was_moved_away(
    sqlite_path: Path, sqlite_url: str, tmp_path: Path
) -> None:
    _second_name(sqlite_path)
    sqlite_path.rename(tmp_path / "moved.db")
    assert _init(sqlite_url, tmp_path).code == 0
    assert [file.name for file in sqlite_path.parent.iterdir()] == [sqlite_path.name]
    assert (tmp_path / "moved.db").stat().st_nlink == 1


def test_an_init_leaves_alone_what_is_not_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    mine = folder / ".pftui.db.backup.new"
    another = folder / ".other.db.0123456789abcdef.new"
    pipe = folder / ".pftui.db.1123456789abcdef.new"
    link = folder / ".pftui.db.2123456789abcdef.new"
    busy = folder / ".pftui.db.3123456789abcdef.new"
    readable = folder / ".pftui.db.4123456789abcdef.new"
    file = folder / ".pftui.db.5123456789abcdef.new"
    abandoned = folder / ".pftui.db.6123456789abcdef.new"
    for each in (mine, another, busy, abandoned):
        each.mkdir(mode=0o700)
        (each / "pftui.db").write_text("precious")
    readable.mkdir(mode=0o755)
    file.write_text("precious")
    os.mkfifo(pipe)
    link.symlink_to(mine)
    held = os.open(busy, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = _init(f"sqlite:///{folder}/pftui.db", tmp_path)
    finally:
        os.close(held)
    assert result.code == 0, result
    kept = [mine, another, pipe, link, busy, readable, file, folder / "pftui.db"]
    assert sorted(folder.iterdir()) == sorted(kept)
    assert (mine / "pftui.db").read_text() == (busy / "pftui.db").read_text() == "precious"


def _init(url: str, home: Path) -> Result:
    return run(
        "init", "--org", "Acme", "--name", "Alice Ng", "--email", ADMIN_EMAIL,
        env=environment(home, PFTUI_DATABASE_URL=url), stdin=ADMIN_PASSWORD.encode(),
    )  # fmt: skip
