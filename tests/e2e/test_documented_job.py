"""The documented job, typed into the installed program in a real terminal."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pftui.domain.api_key import KEY_PATTERN
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, missing_peer
from tests.e2e.tmux import Terminal, is_there

PFTUI = Path(sys.executable).with_name("pftui")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    if not is_there():
        missing_peer("no tmux here: install the package tmux")
    opened = Terminal(tmp_path)
    yield opened
    opened.close()


def verify(store: Path, key: str, *options: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [PFTUI, "verify", "--store", str(store), "--json", *options],
        input=key,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


def first_run(terminal: Terminal, store: Path) -> None:
    terminal.type(f"{PFTUI} --store {store}")
    terminal.press("Enter")
    terminal.wait_for("Password again")
    # Typed ahead in one go, as a slow link delivers it.
    terminal.type("\t".join(("Acme Corp", "Alice Ng", ADMIN_EMAIL, ADMIN_PASSWORD, ADMIN_PASSWORD)))
    terminal.wait_for(lambda screen: screen.count("•" * len(ADMIN_PASSWORD)) == 2)
    terminal.press("Enter")
    terminal.wait_for(lambda screen: "1 account" in screen and "● active" in screen)


def test_the_six_steps_from_a_first_run_to_a_key_that_works(terminal: Terminal, tmp_path: Path) -> None:
    store = tmp_path / "data" / "pftui.db"

    # 1. A global admin is signed in (here by the first run) and is on the Users tab.
    first_run(terminal, store)
    assert store.stat().st_mode & 0o777 == 0o600
    assert store.parent.stat().st_mode & 0o777 == 0o700

    # 2. Create Service Account, give it a name. 4. It gets no global admin privileges.
    terminal.press("c")
    terminal.wait_for("Global admin privileges")
    terminal.type("ci-bot")
    terminal.wait_for(lambda screen: re.search(r"│ +ci-bot", screen) is not None)
    terminal.press_enter_by_itself()

    # 3. The key is shown once, whole, on one line, and copied to the person's terminal.
    shown = KEY_PATTERN.search(terminal.wait_for(lambda screen: KEY_PATTERN.search(screen) is not None))
    assert shown is not None
    terminal.press("c")
    terminal.wait_for("cannot see whether")
    key = terminal.clipboard()
    assert key == shown[0]
    assert terminal.buffers_on_host() == ""
    assert verify(store, key)[1]["reason"] == "no_team"

    # 5. and 6. From the reveal to the team, and a predefined role in it.
    terminal.press("a")
    terminal.wait_for("Default")
    terminal.press("Enter")
    terminal.wait_for("what may it do in this team?")
    terminal.press("Enter")
    terminal.wait_for("CI Runner in Default")
    assert key in terminal.screen()
    terminal.press("p")  # a copy alone is not "saved": it is pasted back
    terminal.wait_for("Your copy")
    terminal.type(key)
    terminal.press("Enter")
    terminal.wait_for("That is the key.")
    after = terminal.press_until("Enter", lambda screen: "cannot be shown again" not in screen)
    assert key not in after

    # The key works, with exactly the permissions of the role.
    status, answer = verify(store, key, "--team", "default", "--permission", "run_scans")
    assert (status, answer["allowed"]) == (0, True), answer
    [team] = answer["teams"]
    assert (team["role"], team["permissions"]) == (
        "CI Runner",
        ["view_configurations", "run_scans", "view_evaluations", "create_evaluations", "view_issues"],
    )
    denied = verify(store, key, "--team", "default", "--permission", "manage_targets")
    assert (denied[0], denied[1]["reason"]) == (1, "lacks_permission")

    # Unassigned in the Teams tab, it is denied at the very next call (R3, R9).
    terminal.press("2")
    terminal.wait_for("1 team")
    terminal.press("Enter")
    terminal.wait_for(lambda screen: "Service Accounts" in screen and "ci-bot" in screen)
    terminal.press("x")
    terminal.wait_for("Unassign ci-bot from Default")
    terminal.press("Tab", "Enter")  # Enter alone keeps it
    terminal.wait_for(lambda screen: "Unassign ci-bot from" not in screen and "Service Accounts 0" in screen)
    status, answer = verify(store, key, "--team", "default")
    assert (status, answer["reason"]) == (1, "no_team")

    # Nothing of the key stays on the terminal.
    terminal.press("q")
    terminal.wait_for(lambda screen: "Users" not in screen)
    assert key not in terminal.scrollback()
    assert key[15:53] not in terminal.scrollback()
