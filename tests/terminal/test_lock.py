"""The lock in a real terminal: nothing of the screen below is left on it, nor comes back by itself."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pftui.bootstrap import open_services
from pftui.domain.secret import Secret
from pftui.widgets.theme import DARK
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.terminal.console_program import KEY
from tests.terminal.harness import Terminal, clean_environment, python

LOCK_NOW, LIST, LOCKED = "\x14", "c Create Service Account", "Acme Corp is locked"
ASKED, IDLE = "You locked it.", "No key was pressed for 10 minutes."


@pytest.fixture
def idle_clock(tmp_path: Path) -> Path:
    """The file by which the console's idle time goes."""
    path = tmp_path / "idle"
    path.write_text("0")
    return path


@pytest.fixture
def terminal(sqlite_url: str, idle_clock: Path) -> Iterator[Terminal]:
    """A console with somebody signed in."""
    command = python("tests.terminal.console_program", sqlite_url, DARK)
    environ = clean_environment(IDLE_CLOCK=str(idle_clock))
    with Terminal(command, environ, (80, 24)) as started:
        started.wait_for(lambda: "Sign in to Acme Corp" in started.text)
        started.type(f"{ADMIN_EMAIL}\t{ADMIN_PASSWORD}\r")
        started.wait_for(lambda: LIST in started.text)
        started.rest()
        yield started


def reveal(terminal: Terminal) -> None:
    """Have a key shown."""
    terminal.type("c")
    terminal.wait_for(lambda: "Global admin privileges" in terminal.text)
    terminal.rest()
    terminal.type("ci-bot")
    terminal.wait_for(lambda: "ci-bot" in terminal.text)
    terminal.rest()
    terminal.type("\r")
    terminal.wait_for(lambda: KEY in terminal.text)
    terminal.rest()


def assert_only_the_lock(terminal: Terminal, why: str, since: int) -> None:
    """Nothing else shows, and nothing of what is below was sent meanwhile."""
    lines = [line.strip() for line in terminal.text.splitlines()]
    assert [line for line in lines if line] == [
        "pftui   Acme Corp is locked",
        f"Alice Ng · {ADMIN_EMAIL}",
        why,
        "What you had open is as you left it.",
        "Password",
        "▌",
        "⏎ Unlock   ctrl+o Sign out   ctrl+q Quit",
    ]
    sent = bytes(terminal.log[since:]).decode()
    for below in (KEY, KEY[5:], "ci-bot", "Save it now", "active"):
        assert below not in sent


def test_nothing_of_what_is_below_is_on_the_terminal(terminal: Terminal) -> None:
    reveal(terminal)
    since = len(terminal.log)
    terminal.type(LOCK_NOW)
    terminal.wait_for(lambda: LOCKED in terminal.text)
    terminal.rest()
    assert_only_the_lock(terminal, ASKED, since)
    terminal.type("\x0c")  # redraw
    terminal.rest()
    terminal.resize(100, 30)
    terminal.rest()
    assert_only_the_lock(terminal, ASKED, since)
    terminal.type(f"{ADMIN_PASSWORD}\r")
    terminal.wait_for(lambda: "h shows the key again" in terminal.text)
    terminal.rest()
    assert KEY not in terminal.text
    terminal.type("h")
    terminal.wait_for(lambda: KEY in terminal.text)


def test_a_stopped_console_that_goes_on_after_the_time_shows_the_lock_alone(
    terminal: Terminal, idle_clock: Path
) -> None:
    reveal(terminal)
    terminal.process.send_signal(signal.SIGSTOP)
    idle_clock.write_text("601")
    since = len(terminal.log)
    terminal.process.send_signal(signal.SIGCONT)
    terminal.wait_for(lambda: LOCKED in terminal.text)
    terminal.rest()
    assert_only_the_lock(terminal, IDLE, since)


def test_who_presses_a_key_after_the_time_sees_the_lock_alone(terminal: Terminal, idle_clock: Path) -> None:
    reveal(terminal)
    terminal.process.send_signal(signal.SIGSTOP)
    idle_clock.write_text("601")
    since = len(terminal.log)
    terminal.type("\x1b[27u")  # esc, which would open the question before the reveal closes
    terminal.process.send_signal(signal.SIGCONT)
    terminal.wait_for(lambda: LOCKED in terminal.text)
    terminal.rest()
    assert_only_the_lock(terminal, IDLE, since)
    terminal.type(f"{ADMIN_PASSWORD}\r")
    terminal.wait_for(lambda: "h shows the key again" in terminal.text)


def test_a_session_ends_with_the_console(terminal: Terminal, sqlite_url: str) -> None:
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.ended() == 128 + signal.SIGTERM
    services = open_services(sqlite_url)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), interactive=False).operator
    assert not [each for each in services.sessions.list(admin) if each.live]
    services.lifecycle.close()
