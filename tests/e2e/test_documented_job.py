"""The documented job, typed into the installed program in a real terminal."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pftui.domain.api_key import KEY_PATTERN
from pftui.domain.permissions import Permission
from pftui.domain.secret import Secret
from pftui.screens.reveal.reveal import DEAF_FOR
from tests.commands.program import environment, run
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, missing_peer
from tests.e2e.tmux import Terminal, is_there
from tests.patience import PATIENCE
from tests.peers.receiver import Connection, Documented, Received, Receiver

PFTUI = Path(sys.executable).with_name("pftui")


@pytest.fixture
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    """Of 100 by 32, or of the size that the test names."""
    if not is_there():
        missing_peer("no tmux here: install the package tmux")
    opened = Terminal(tmp_path, *getattr(request, "param", ()))
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


def create_ci_bot(terminal: Terminal) -> str:
    """From the Users tab: its key, which is shown once, whole, on one line, and copied to the clipboard."""
    terminal.press("c")
    terminal.wait_for("Global admin privileges")  # which it is not given
    terminal.type("ci-bot")
    terminal.wait_for(lambda screen: re.search(r"│ +ci-bot", screen) is not None)
    terminal.press_enter_by_itself()
    shown = KEY_PATTERN.search(terminal.wait_for(lambda screen: KEY_PATTERN.search(screen) is not None))
    assert shown is not None
    terminal.press("c")
    terminal.wait_for("cannot see whether")
    assert terminal.clipboard() == shown[0]
    return shown[0]


def choose_role_in_default(terminal: Terminal) -> None:
    """From the reveal to the team, and to the roles in it."""
    terminal.press("a")
    terminal.wait_for("Default")
    terminal.press("Enter")
    terminal.wait_for("what may it do in this team?")
    terminal.wait_for("CI Runner: ")  # where the cursor begins


def keep_key(terminal: Terminal, key: str) -> None:
    """A copy alone is not "saved": it is pasted back, and the reveal closed."""
    screen = terminal.screen()
    assert key in screen or "Hidden after a minute" in screen  # as on a host that is busy enough
    terminal.press("p")
    terminal.wait_for("Your copy")
    terminal.type(key)
    terminal.press("Enter")
    terminal.wait_for("That is the key.")
    assert key not in close_reveal(terminal)


def close_reveal(terminal: Terminal) -> str:
    """Enter, once: another one would be meant for the list beneath, where it opens what is selected."""
    time.sleep(DEAF_FOR)  # counted from what was shown last
    terminal.press("Enter")
    return terminal.wait_for(lambda screen: "cannot be shown again" not in screen)


def test_the_six_steps_from_a_first_run_to_a_key_that_works(terminal: Terminal, tmp_path: Path) -> None:
    store = tmp_path / "data" / "pftui.db"

    # 1. A global admin is signed in (here by the first run) and is on the Users tab.
    first_run(terminal, store)
    assert store.stat().st_mode & 0o777 == 0o600
    assert store.parent.stat().st_mode & 0o777 == 0o700

    # 2. to 4.
    key = create_ci_bot(terminal)
    assert terminal.buffers_on_host() == ""
    assert verify(store, key)[1]["reason"] == "no_team"

    # 5. and 6. From the reveal to the team, and a predefined role in it.
    choose_role_in_default(terminal)
    terminal.press("Enter")
    terminal.wait_for("CI Runner in Default")
    keep_key(terminal, key)

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


def create_release_bot(terminal: Terminal) -> None:
    """A custom role that allows to run scans, in the Roles tab."""
    terminal.press("3")
    terminal.wait_for("Engineer")
    terminal.press("n")
    terminal.wait_for("New Role")
    terminal.type("Release Bot")
    terminal.wait_for(lambda screen: re.search(r"│ +Release Bot", screen) is not None)
    # Past the description to the boxes.
    terminal.press(*["Tab"] * 2, *["Down"] * list(Permission).index(Permission.RUN_SCANS), "Space")
    terminal.wait_for("[✓] Run Scans")
    terminal.press_enter_by_itself()
    terminal.wait_for(lambda screen: re.search(r"Release Bot +custom +run ", screen) is not None)


def create_siem(terminal: Terminal, port: int, file: Path) -> Secret:
    """A webhook, in the Webhooks tab; its signing secret is saved to a file from the reveal."""
    terminal.press("4")
    terminal.wait_for("No webhooks yet.")
    terminal.press("n")
    terminal.wait_for("New Webhook")
    terminal.type("\t".join(("SIEM", f"http://127.0.0.1:{port}/in", "role.* team.*")))
    terminal.wait_for(lambda screen: re.search(r"│ +role\.\* team\.\*", screen) is not None)
    terminal.press_enter_by_itself()
    shown = terminal.wait_for(lambda screen: re.search(r"│ +pfwh_[\w-]{20,} ", screen) is not None)
    terminal.press("s")
    terminal.wait_for("~/siem.secret")
    terminal.press("C-u")
    terminal.type(str(file))
    terminal.wait_for(file.name)
    terminal.press("Enter")
    terminal.wait_for("Saved to")
    secret = Secret(file.read_text().strip())
    assert secret.reveal() in shown
    close_reveal(terminal)
    terminal.wait_for(lambda screen: re.search(r"SIEM .* ● (waiting|up to date) ", screen) is not None)
    return secret


class SIEM:
    """A receiver as it is documented, which is told its secret once there is one."""

    def __init__(self) -> None:
        self.documented: Documented | None = None

    def __call__(self, connection: Connection) -> None:
        assert self.documented is not None, "nothing is sent before the secret is known"
        self.documented(connection)

    def took(self, events: int) -> list[Received]:
        """So many requests, once there are so many."""
        assert self.documented is not None
        deadline = time.monotonic() + PATIENCE
        while len(self.documented.received) < events and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.documented.received


def is_signed(request: Received, secret: Secret) -> bool:
    expected = hmac.new(secret.reveal().encode(), request.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, request.headers["x-promptfoo-signature"])


def look_up(terminal: Terminal, typed: str, description: str) -> None:
    """One event of the Audit tab is found by what is typed, and shown."""
    one = re.compile(r" 1 of \d+ events")
    terminal.press("/")
    terminal.type(typed)
    terminal.wait_for(lambda screen: typed in screen and bool(one.search(screen)) and description in screen)
    terminal.press("Escape")
    terminal.wait_for(lambda screen: typed not in screen and not one.search(screen))


@pytest.mark.parametrize("terminal", [(120, 40)], indirect=True)
def test_a_role_of_ones_own_a_webhook_and_the_trail_that_tells_of_both(
    terminal: Terminal, tmp_path: Path
) -> None:
    store, password = tmp_path / "data" / "pftui.db", tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text(ADMIN_PASSWORD)

    def command(*words: str) -> None:
        options = ("--store", str(store), "--as", ADMIN_EMAIL, "--password-file", str(password))
        done = run(*words, *options, env=environment(tmp_path), command=(str(PFTUI),))
        assert done.code == 0, done.err

    first_run(terminal, store)
    command("organization", "update", "--allow-network", "127.0.0.0/8")

    # A role, and a service account that has it in a team.
    create_release_bot(terminal)
    terminal.press("1")
    terminal.wait_for("1 account")
    key = create_ci_bot(terminal)
    choose_role_in_default(terminal)
    terminal.press("G")  # the custom one is the last
    terminal.wait_for("Release Bot: ")
    terminal.press("Enter")
    terminal.wait_for("Release Bot in Default")
    keep_key(terminal, key)
    allowed = verify(store, key, "--team", "default", "--permission", "run_scans")
    assert (allowed[0], allowed[1]["teams"][0]["role"]) == (0, "Release Bot")
    denied = verify(store, key, "--team", "default", "--permission", "create_evaluations")
    assert (denied[0], denied[1]["reason"]) == (1, "lacks_permission")

    # A webhook, whose test event and what happens meanwhile elsewhere is seen to arrive.
    siem = SIEM()
    with Receiver(siem) as receiver:
        secret = create_siem(terminal, receiver.port, tmp_path / "signs-events")
        siem.documented = Documented(secret)
        terminal.press("d")
        terminal.wait_for("1 webhook · sending")
        terminal.press("t")
        terminal.wait_for(lambda screen: re.search(r"webhook\.tested +200 ", screen) is not None)
        command("roles", "create", "Night Watch", "--permission", "view_issues")
        command("teams", "create", "Blue Team")
        terminal.wait_for(
            lambda screen: re.search(r"team\.created +200 .*role\.created +200 ", screen, re.S) is not None
        )
        received = siem.took(3)
    assert all(is_signed(each, secret) for each in received)
    sent = [json.loads(each.body) for each in received]
    assert [each["event"] for each in sent] == ["webhook.tested", "role.created", "team.created"]
    assert [each["data"]["description"] for each in sent] == [
        "Sent a test event to webhook SIEM",
        "Created role Night Watch",
        "Created team Blue Team",
    ]
    assert [each["data"]["sequence"] for each in sent] == sorted(each["data"]["sequence"] for each in sent)
    assert len({each.headers["x-webhook-event-id"] for each in received}) == len(received)

    # The trail tells of all of it.
    terminal.press("5")
    terminal.wait_for(lambda screen: "Created team Blue Team" in screen and "Target ID" in screen)
    terminal.press("Enter")
    terminal.wait_for("Place in the chain")
    terminal.press("Escape")
    terminal.wait_for("Target ID")
    look_up(terminal, "Release action:role_created", "Created role Release Bot")
    look_up(terminal, "about:ci-bot added", "Added ci-bot to Default as Release Bot")
    look_up(terminal, "target:webhook created", "Created webhook SIEM")

    # Neither secret stays on the terminal.
    terminal.press("q")
    terminal.wait_for(lambda screen: "Users" not in screen)
    assert secret.reveal() not in terminal.scrollback()
    assert key not in terminal.scrollback()
