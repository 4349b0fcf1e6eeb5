"""A disk that fails at a write, a sync, a link, …: the store is whole, and who is told "done" has it done.

Each command is run with a fault at one call after the other; then everything is looked at without faults.
"""

from __future__ import annotations

import errno
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pftui.bootstrap import open_services
from pftui.domain.api_key import parse
from pftui.domain.secret import Secret
from pftui.services import store_admin
from tests.commands.conftest import ADMIN, Template
from tests.commands.conftest import PASSWORD as ADMIN_PASSWORD
from tests.commands.program import environment, run
from tests.robustness.consistency import check
from tests.robustness.faults import Done, Fault, Server, compiled, serving
from tests.services.old_stores import lay

ROOT = Path(__file__).parents[2]
ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS)
CALLS = ("write", "sync", "truncate", "link", "unlink")
PASSWORD = "many unrelated words in here"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("faults")
    with serving(folder, environment(folder, PYTHONPATH=str(ROOT))) as opened:
        yield opened


@dataclass
class Place:
    """A folder for a store, and what the commands need beside it, where no fault is."""

    folder: Path
    outside: Path
    template: Template
    old: Path

    @property
    def store(self) -> Path:
        return self.folder / "pftui.db"

    def clear(self, source: Path | None) -> None:
        """Nothing there but a store, if any."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        if source is not None:
            shutil.copy(source, self.store)


@pytest.fixture(scope="module")
def saved(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Its key is saved, so that a use of it is a note, and no event."""
    file = tmp_path_factory.mktemp("saved") / "store.db"
    shutil.copy(template.file, file)
    services = open_services(f"sqlite:///{file}")
    operator = services.sign_in.with_password(ADMIN, Secret(ADMIN_PASSWORD)).operator
    services.keys.confirm_saved(operator, parse(template.key).key_id)
    services.sessions.sign_out(operator)
    services.lifecycle.close()
    return Template(file, template.key)


@pytest.fixture
def place(tmp_path: Path, saved: Template) -> Place:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    (outside / "password").write_text(PASSWORD)
    (outside / "password").chmod(0o600)
    lay(f"sqlite:///{outside}/old.db", "0001")
    shutil.copy(saved.file, outside / "backup.db")
    return Place(tmp_path / "disk", outside, saved, outside / "old.db")


@dataclass(frozen=True)
class Act:
    """A command: what there is before, and whether it was done (None where nothing tells).

    Where it was half done, asking that is an error.
    """

    arguments: Callable[[Place], tuple[str, ...]]
    before: Callable[[Place], Path | None]
    done: Callable[[Place], bool | None]


def _events(path: Path) -> int:
    return len(check(f"sqlite:///{path}"))


def _in_store(*steps: int) -> Callable[[Place], bool]:
    """Whether the store has all events more than the one it was copied from, after one of these steps."""

    def done(place: Place) -> bool:
        more = _events(place.store) - _events(place.template.file)
        assert more in (0, *steps)
        return more == steps[-1]

    return done


def _made(name: str) -> Callable[[Place], bool]:
    def done(place: Place) -> bool:
        path = place.folder / name
        if not path.exists():
            return False
        assert store_admin.check(f"sqlite:///{path}").whole
        return True

    return done


def _upgraded(place: Place) -> bool:
    if not store_admin.status(f"sqlite:///{place.store}").current:
        return False
    assert store_admin.check(f"sqlite:///{place.store}").whole
    return True


CHANGED = _in_store(1, 3)  # a sign-in; an account and its key


def _answered(place: Place) -> None:
    """Of a verification nothing is left but a note, which its answer does not wait for."""
    assert _events(place.store) == _events(place.template.file)


def _key_kept(place: Place) -> bool:
    made, file = CHANGED(place), place.folder / "key"
    assert made or not file.exists()
    return file.exists() and file.read_text().startswith("pfsa_")


INIT = ("init", "--org", "Acme", "--name", "Alice Ng", "--email", "alice@acme.io", "--password-file")
RECOVERY = ("--host", "--yes", "--output")
ACTS = {
    "init": Act(lambda p: (*INIT, str(p.outside / "password")), lambda p: None, _made("pftui.db")),
    "change": Act(
        lambda p: ("service-accounts", "create", "bot", "--output", str(p.outside / "key")),
        lambda p: p.template.file,
        CHANGED,
    ),
    "key file": Act(
        lambda p: ("service-accounts", "create", "bot", "--output", str(p.folder / "key")),
        lambda p: p.template.file,
        _key_kept,
    ),
    "recovery": Act(
        lambda p: ("users", "reset-password", "alice@acme.io", *RECOVERY, str(p.outside / "key")),
        lambda p: p.template.file,
        _in_store(1),
    ),
    "verify": Act(lambda p: ("verify",), lambda p: p.template.file, _answered),
    "backup": Act(
        lambda p: ("db", "backup", str(p.folder / "copy.db")), lambda p: p.template.file, _made("copy.db")
    ),
    "upgrade": Act(lambda p: ("db", "upgrade"), lambda p: p.old, _upgraded),
    "restore": Act(
        lambda p: ("db", "restore", str(p.outside / "backup.db"), "--yes"),
        lambda p: p.template.file,
        _in_store(1),
    ),
}


def _run(server: Server, place: Place, act: Act, fault: Fault | None) -> Done:
    place.clear(act.before(place))
    (place.outside / "key").unlink(missing_ok=True)
    key = place.template.key
    environ = {"PFTUI_DATABASE_URL": str(place.store), "PFTUI_API_KEY": key}
    return server.run(*act.arguments(place), below=place.folder, fault=fault, stdin=key, **environ)


def _look(place: Place, act: Act, fault: Fault, done: Done) -> None:
    """What must hold after a command, whatever went wrong."""
    told = (fault, done)
    assert done.code in ((0, 1, 3) if act is ACTS["key file"] else (0, 3)), told
    for word in ("defect", "Traceback", "pfsa_"):
        assert word not in done.err, told
    if done.code:
        (line,) = done.err.splitlines()[-1:]
        assert line.startswith("pftui: "), told
        assert "disk" in line, told
    left = {file.name for file in place.folder.iterdir()} if place.folder.exists() else set()
    if fault.call != "unlink":
        assert not [name for name in left if name.startswith(".")], (told, left)
    was_done = act.done(place)
    if "was upgraded" in done.err:  # what came after it was not done
        assert was_done, told
    elif was_done is not None and "not known" not in done.err:
        assert was_done == (done.code == 0), told
    assert act.before(place) is None or store_admin.status(f"sqlite:///{place.store}").healthy, told


def _faults(calls: int, call: str, most: int) -> Iterator[Fault]:
    """At most so many, over all the calls of a kind; with each error in turn, passing and lasting."""
    for turn, number in enumerate(_numbers(calls, most)):
        yield Fault(call, number, ERRORS[turn % len(ERRORS)], stays=turn % 2 == 0)


def _numbers(calls: int, most: int) -> range:
    """From the last one back, since a command's end is where most can go wrong."""
    return range(calls, 0, -max(1, -(-calls // most)))


@pytest.mark.parametrize("name", ["init", "recovery", "backup", "restore"])
def test_some_faults(server: Server, place: Place, name: str) -> None:
    _try_faults(server, place, ACTS[name], 2)


@pytest.mark.thorough
@pytest.mark.parametrize("name", ACTS)
def test_many_faults(server: Server, place: Place, name: str) -> None:
    _try_faults(server, place, ACTS[name], 8)


def _calls(server: Server, place: Place, act: Act) -> Counter[str]:
    """What the command does where nothing fails."""
    whole = _run(server, place, act, None)
    assert whole.code == 0, whole
    assert act.done(place) is not False
    return whole.calls


def _try_faults(server: Server, place: Place, act: Act, most: int) -> None:
    calls = _calls(server, place, act)
    for call in CALLS:
        for fault in _faults(calls[call], call, most):
            _look(place, act, fault, _run(server, place, act, fault))


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["backup", "upgrade", "restore"])
def test_a_command_that_is_killed_leaves_the_store_as_it_was_or_done(
    server: Server, place: Place, name: str
) -> None:
    act = ACTS[name]
    calls = _calls(server, place, act)
    for call in CALLS:
        for number in _numbers(calls[call], 6):
            killed = _run(server, place, act, Fault(call, number, 0, stays=False))
            assert killed.code == -signal.SIGKILL, killed
            act.done(place)
            assert store_admin.status(f"sqlite:///{place.store}").healthy


UNSURE = """
import os, sys
from pftui.bootstrap import open_services
from pftui.domain.errors import StoreUnavailable
from pftui.domain.secret import Secret
services = open_services(sys.argv[1])
admin = services.sign_in.with_password("alice@acme.io", Secret(sys.argv[2])).operator
services.teams.create(admin, "One")
os.environ["FAULT"] = "sync:1:5"
try:
    services.teams.create(admin, "Two")
except StoreUnavailable as error:
    print(error.message, flush=True)
os._exit(0)
"""


def test_what_was_told_to_be_undone_does_not_come_back_after_a_crash(place: Place, tmp_path: Path) -> None:
    """A change that could not be brought to the disk stands in the log, for who reads it after a crash."""
    place.clear(place.template.file)
    done = run(
        f"sqlite:///{place.store}",
        PASSWORD,
        command=[sys.executable, "-c", UNSURE],
        env=environment(tmp_path, LD_PRELOAD=str(compiled(place.outside)), FAULT_BELOW=str(place.folder)),
    )
    assert (done.code, "Nothing was changed" in done.out) == (0, True), done
    assert [event.description for event in check(f"sqlite:///{place.store}")][-1] == "Created team One"
