"""A canary key, followed through create, reveal, copy and crash: it is found only where it must be shown."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from pftui.app import PftuiApp
from pftui.domain.api_key import KEY_PATTERN, generate
from pftui.domain.errors import Refused
from pftui.domain.secret import Secret
from pftui.screens.reveal.reveal import PasteBack, Reveal
from pftui.services.results import NewKey
from tests.commands.conftest import ADMIN, PASSWORD, Pftui
from tests.commands.program import environment, run
from tests.conftest import missing_peer
from tests.e2e.tmux import Terminal, is_there
from tests.patience import PATIENCE

PFTUI = Path(sys.executable).with_name("pftui")


def traces(key: str, content: bytes) -> list[str]:
    """In which forms a part of a key's secret stands in some bytes: as text, wide, as base64 or in hex."""
    found = []
    secret = key[15:53]
    for part in (secret[:12], secret[13:25], secret[-12:]):
        forms = {
            "text": part.encode(),
            "reversed": part[::-1].encode(),
            "wide": part.encode("utf-16-le"),
            "hex": part.encode().hex().encode(),
        }
        for shift in range(3):
            # Less the characters at both ends, which depend on their neighbours too.
            encoded = base64.b64encode(b"\0" * shift + part.encode())
            forms[f"base64 {shift}"] = encoded[2 if shift else 0 : -4].lstrip(b"A")
        found += [f"{part}: {name}" for name, form in forms.items() if form in content]
    return found


def traces_in(key: str, *folders: Path) -> list[str]:
    """The files that hold a part of the key's secret, also while a console still runs there."""
    found = []
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        with contextlib.suppress(FileNotFoundError):  # a store's log goes when its last connection closes
            found += [f"{path}: {each}" for each in traces(key, path.read_bytes())]
    return found


def test_the_search_finds_what_it_looks_for() -> None:
    key = generate().text.reveal()
    assert traces(key, key.encode())
    assert traces(key, b"x" + key.encode("utf-16-le"))
    for before in (b"", b"a", b"bc"):
        assert traces(key, base64.b64encode(before + key.encode()))
    assert traces(key, key.encode().hex().encode())
    assert not traces(key, generate().text.reveal().encode() + key[:15].encode())


# Create


@pytest.mark.parametrize(
    "options", [(), ("--json",), ("--debug",), ("--team", "Default", "--role", "Viewer")]
)
def test_a_new_key_is_on_standard_output_and_nowhere_else(pftui: Pftui, options: tuple[str, ...]) -> None:
    result = pftui.program("service-accounts", "create", "canary", *options)
    found = KEY_PATTERN.search(result.out)
    assert result.code == 0
    assert found is not None
    key = found[0]
    assert result.out.count(key[15:53]) == 1
    if "--json" not in options:
        assert result.out == key + "\n"
    assert not traces(key, result.err.encode())
    assert traces_in(key, pftui.folder) == []
    for command in (("service-accounts", "show", "canary"), ("keys", "list"), ("audit", "list")):
        for form in ((), ("--json",)):
            shown = pftui.program(*command, *form)
            assert shown.code == 0
            assert not traces(key, (shown.out + shown.err).encode())
            assert key[5:15] in shown.out or command[0] == "audit"


def test_a_key_that_is_used_is_written_nowhere(pftui: Pftui) -> None:
    key = pftui.program("service-accounts", "create", "canary", "--admin").out.strip()
    assert pftui.program("verify", "--json", stdin=key.encode()).code == 0
    listed = pftui.program("teams", "list", PFTUI_API_KEY=key)
    assert listed.code == 0
    refused = pftui.program("keys", "revoke", key)
    assert refused.code == 2
    for result in (listed, refused):
        assert not traces(key, (result.out + result.err).encode())
    assert traces_in(key, pftui.folder) == []


def test_a_new_key_hides_from_whoever_prints_its_owner() -> None:
    key = generate()
    new = NewKey(key.key_id, "1", "canary", key.text)
    try:
        raise RuntimeError("boom", new, key)
    except RuntimeError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
    shown = "".join(told.format()) + repr(new) + str(new) + f"{key} {key.text!r} {[key.text]}"
    assert "boom" in shown
    assert not traces(key.text.reveal(), shown.encode())


# Crash

#: pftui with a known key, that comes to its end in a way of the test's choice once it has made the key.
_CRASHING = """
import os, signal, sys
import pftui.services.keys as keys
import pftui.services.service_accounts as service_accounts
from pftui.domain.api_key import parse

canary, ending = parse(sys.stdin.read()), sys.argv.pop(1)
keys.generate = lambda: canary
add_key = service_accounts.add_key

def crash(made, principal, new, label):
    a_local_variable = new.key.text.reveal()
    result = add_key(made, principal, new, label)
    made.unit.flush()
    if ending == "raise":
        raise RuntimeError("nobody foresaw " + a_local_variable, result)
    if ending == "recurse":
        return crash(made, principal, new, label)
    os.kill(os.getpid(), int(ending))

service_accounts.add_key = crash
from pftui.__main__ import main
main()
"""


def _unlimited() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _crashing(ending: str, *options: str) -> list[str]:
    return [sys.executable, "-c", _CRASHING, ending, "service-accounts", "create", "canary", *options]


def _dies(command: list[str], env: dict[str, str], folder: Path, stdin: bytes = b"") -> tuple[int, bool, str]:
    """Run what dies of a signal: its exit status, whether the system dumped its core anywhere, its output."""
    with subprocess.Popen(
        command,
        env=env,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=_unlimited,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(stdin)
        process.stdin.close()
        told = process.stdout.read().decode()
        end = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert end is not None
        return process.wait(), end.si_code == os.CLD_DUMPED, told


@pytest.mark.parametrize("ending", ["raise", "recurse"])
def test_a_defect_with_the_key_at_hand_tells_nothing_of_it(pftui: Pftui, ending: str) -> None:
    key = generate().text.reveal()
    for options in ((), ("--debug",)):
        result = run(
            env=pftui.env,
            stdin=key.encode(),
            command=_crashing(ending, *options),
            cwd=pftui.folder,
            preexec_fn=_unlimited,
        )
        assert result.code not in (0, -signal.SIGSEGV)
        assert result.out == ""
        assert "Traceback" not in result.err
        assert not traces(key, result.err.encode())
    if ending == "raise":
        (log,) = pftui.folder.rglob("error-*.log")
        assert "RuntimeError: " in log.read_text()
    assert traces_in(key, pftui.folder) == []
    assert json.loads(pftui.program("service-accounts", "list", "--json").out)[0]["name"] == "robot"


@pytest.mark.parametrize("ending", [signal.SIGABRT, signal.SIGSEGV, signal.SIGQUIT], ids=lambda s: s.name)
def test_a_process_that_dies_with_the_key_at_hand_leaves_no_core(
    pftui: Pftui, ending: signal.Signals
) -> None:
    key = generate().text.reveal()
    code, dumped, told = _dies(_crashing(str(int(ending))), pftui.env, pftui.folder, key.encode())
    assert (code, dumped) == (-ending, False)
    assert not [path.name for path in pftui.folder.iterdir() if "core" in path.name]
    # The write-ahead log is there, for nothing closed it: its frames hold what was flushed.
    assert traces_in(key, pftui.folder) == []
    assert not traces(key, told.encode())


def test_a_core_would_be_seen(tmp_path: Path) -> None:
    """Without this the test above could pass on a machine that writes no core files at all."""
    command = [sys.executable, "-c", "import os; os.abort()"]
    code, dumped, _ = _dies(command, environment(tmp_path), tmp_path)
    assert code == -signal.SIGABRT
    if not dumped:
        missing_peer("this machine dumps no core of any process: see /proc/sys/kernel/core_pattern")


def test_a_running_process_may_write_no_core(pftui: Pftui) -> None:
    command = [sys.executable, "-m", "pftui", "verify"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=pftui.env, preexec_fn=_unlimited
    ) as process:
        assert process.stdin is not None
        limits = Path(f"/proc/{process.pid}/limits")
        try:
            _eventually(lambda: _core_limit(limits) == ["0", "0"], "a limit of 0 on core files")
        finally:
            process.stdin.close()


def _core_limit(limits: Path) -> list[str]:
    line = next(line for line in limits.read_text().splitlines() if line.startswith("Max core file size"))
    return line.split()[4:6]


def _eventually(holds: Callable[[], object], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.02)


# Reveal and copy


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    if not is_there():
        missing_peer("no tmux here: install the package tmux")
    home = tmp_path / "home"
    home.mkdir()
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    opened = Terminal(tmp_path)
    yield opened
    opened.close()


def _reveal(terminal: Terminal, pftui: Pftui) -> str:
    """Sign in to the console and create an account; the key that shows then."""
    terminal.type(f"ulimit -c unlimited; cd {pftui.folder}; {PFTUI} --debug --store {pftui.store}")
    terminal.press("Enter")
    terminal.wait_for("Sign in")
    terminal.type(f"{ADMIN}\t{PASSWORD}")
    terminal.press("Enter")
    terminal.wait_for("robot")
    terminal.press("c")
    terminal.wait_for("Global admin privileges")
    terminal.type("canary")
    terminal.wait_for(lambda screen: screen.count("canary") == 1)
    terminal.press_enter_by_itself()
    found = KEY_PATTERN.search(terminal.wait_for(lambda screen: KEY_PATTERN.search(screen) is not None))
    assert found is not None
    return found[0]


def _console(pftui: Pftui) -> int:
    """The process id of the console on this store, which runs in the inner tmux."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if str(PFTUI).encode() in words and str(pftui.store).encode() in words:
            return int(process.name)
    raise AssertionError("no console")


def test_after_the_reveal_nothing_of_the_key_stays(terminal: Terminal, pftui: Pftui, tmp_path: Path) -> None:
    key = _reveal(terminal, pftui)
    terminal.press("C-p")
    terminal.press("c")
    screen = terminal.wait_for("cannot see whether")
    assert key in screen
    assert "screenshot" not in screen.lower()
    assert terminal.clipboard() == key
    assert terminal.buffers_on_host() == ""
    terminal.press("p")  # a copy alone is not "saved": it is pasted back
    terminal.wait_for("Your copy")
    terminal.type(key)
    terminal.press("Enter")
    terminal.wait_for("That is the key.")
    terminal.press_enter_by_itself()  # by then the reveal is no longer deaf
    terminal.wait_for(lambda screen: "cannot be shown again" not in screen)
    assert not traces(key, terminal.scrollback().encode())
    assert traces_in(key, tmp_path) == []  # while the console still has the store open
    terminal.press("q")
    terminal.wait_for(lambda screen: "Users" not in screen)
    assert not traces(key, terminal.scrollback().encode())
    assert traces_in(key, tmp_path) == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP, signal.SIGABRT], ids=lambda s: s.name)
def test_a_console_that_dies_during_the_reveal(
    terminal: Terminal, pftui: Pftui, tmp_path: Path, ending: signal.Signals
) -> None:
    key = _reveal(terminal, pftui)
    process = _console(pftui)
    os.kill(process, ending)
    _eventually(lambda: not Path(f"/proc/{process}").exists(), "the console has ended")
    if ending is signal.SIGABRT:  # it had no time to give the terminal back; who sits there does
        terminal.type("printf '\\033c'; tput rmcup; clear; tmux clear-history")
        terminal.press("Enter")
    terminal.wait_for(lambda screen: "cannot be shown again" not in screen)
    assert not traces(key, terminal.scrollback().encode())
    assert traces_in(key, tmp_path) == []
    assert not [path.name for path in pftui.folder.iterdir() if "core" in path.name]
    listed = json.loads(pftui.program("service-accounts", "list", "--json").out)
    assert [(each["name"], each["status"]) for each in listed] == [
        ("canary", "key_unsaved"),
        ("robot", "active"),
    ]


async def test_a_screenshot_is_refused_while_the_key_shows_and_holds_nothing_afterwards(
    tmp_path: Path,
) -> None:
    app = PftuiApp(demo=True)
    async with app.run_test(size=(100, 32)) as pilot:
        await _until(pilot, lambda: app.ready)
        await pilot.press("c")
        await _until(pilot, lambda: isinstance(app.focused, Input))
        await pilot.press(*"goldfinch")  # the demo has a canary of its own
        await pilot.press("enter")
        await _until(pilot, lambda: isinstance(app.screen, Reveal))
        reveal = app.screen
        assert isinstance(reveal, Reveal)
        await _until(pilot, lambda: app.secret_on_screen and bool(reveal.query(PasteBack)))
        key = Secret(reveal._handover.secret.reveal())
        with pytest.raises(Refused):
            app.export_screenshot()
        with pytest.raises(Refused):
            app.save_screenshot("canary.svg", str(tmp_path))
        reveal._close(confirmed=False)
        await _until(pilot, lambda: not isinstance(app.screen, Reveal) and not app.secret_on_screen)
        await _until(pilot, lambda: "goldfinch" in app.export_screenshot())
        picture = app.export_screenshot()
        assert not traces(key.reveal(), picture.encode())
    assert os.listdir(tmp_path) == []


async def _until(pilot: Pilot[None], holds: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        await pilot.pause(0.02)
