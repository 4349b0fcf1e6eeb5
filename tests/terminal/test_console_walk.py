"""The real console, once as Textual paints it and once through the output stage: a walk through its screens
and modals shows the same at each rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from pftui.widgets.theme import DARK, LIGHT, SIXTEEN
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.terminal.console_program import KEY, PASSWORD
from tests.terminal.harness import Terminal, clean_environment, python, rest
from tests.terminal.pair import Pair

UP, DOWN, TAB, ENTER, PAGE_DOWN, HOME = "\x1b[A", "\x1b[B", "\t", "\r", "\x1b[6~", "\x1b[H"
PALETTE, REDRAW, QUIT = "\x10", "\x0c", "\x11"
BACK_TAB, KILL = "\x1b[Z", "\x0b"
ESCAPE = "\x1b[27u"  # in the unambiguous form: a lone ESC is known only by the silence after it

Step = tuple[str | tuple[int, int], str]
"""What is typed, or a new size, and what then shows, so that a walk gets to where it means to."""

LIST = "c Create Service Account"

ACCOUNTS: tuple[Step, ...] = (
    (DOWN, "Anders Holm"),
    (PAGE_DOWN, LIST),
    (HOME, "What they can do now"),
    ("e", "Edit"),
    ("x\u0301漢", "漢"),
    (ESCAPE, "iscard"),
    (TAB + ENTER, LIST),
    ("D", "Type Alice Ng to go on"),
    (ESCAPE, LIST),
    ("n", "New user"),
    (f"漢字 Yo\u0308rk{TAB}york@acme.example", "york@acme.example"),
    (ENTER, PASSWORD),
    (ESCAPE, "unsaved"),
    (TAB + ENTER, LIST),
    (DOWN + "p", "Reset"),
    (TAB + ENTER, PASSWORD),
    ("h", "••••"),
    (ESCAPE, "unsaved"),
    (TAB + ENTER, LIST),
    ("vv", "ci-bot"),
    (DOWN + DOWN + ENTER, "esc"),
    (ESCAPE, LIST),
    ("A", "Global admin"),
    (ESCAPE, LIST),
    ("d", "Disable"),
    (ESCAPE, LIST),
    ("k", "key"),
    (ESCAPE, LIST),
    ("/ci-bot", "1 of 66 accounts"),
    ("zzz", "Nothing matches"),
    (ESCAPE, LIST),
    ("s", LIST),
    ("?", "A non-human account"),
    (PAGE_DOWN, "Keys"),
    (ESCAPE, LIST),
    (PALETTE, "Find a command"),
    ("ci-bot", "service account · pfsa_"),
    (ESCAPE, LIST),
    ("h", "Past notices"),
    (ESCAPE, LIST),
)
KEYS: tuple[Step, ...] = (
    ("c", "Global admin privileges"),
    (ENTER, "name"),
    ("漢字 bot", "漢字"),
    (ESCAPE, "iscard"),
    (ESCAPE, "Global admin privileges"),
    (ENTER, KEY),
    ("h", "••••"),
    ("h", KEY),
    ("s", "File on this host"),
    (ESCAPE, KEY),
    ("p", "Your copy"),
    ("no" + ENTER, "That is not the key"),
    (ESCAPE, KEY),
    ("c", "cannot see whether it arrived"),
    ("a", "Assign"),
    (ENTER, "CI Runner"),
    (ENTER, "● "),
    (REDRAW, KEY),
    (ENTER, "Is the key in your clipboard?"),
    (TAB, "Yes, I see it"),
    (ENTER, LIST),
    ("vv", "slack-notifier"),
    ("a", "Assign backup-audit"),
    (ESCAPE, LIST),
)
TEAMS: tuple[Step, ...] = (
    ("2", "Yusuf Demir"),  # the last member: who has the cursor there has it in the next team too
    (DOWN, "payments · created"),
    (DOWN, "platform · created"),
    (DOWN, "red-team · created"),
    (ENTER, "red-team"),
    ("r", "role"),
    (ESCAPE, "red-team"),
    ("x", "Unassign"),
    (ESCAPE, "red-team"),
    ((80, 24), "esc Teams"),
    (ESCAPE, "filter by team"),
    ("a", "Assign"),
    (ESCAPE, "filter by team"),
    ("m", "Add"),
    (ESCAPE, "filter by team"),
    ("t", "New team"),
    (ENTER, "name"),
    ((96, 30), "name"),
    (ESCAPE, "filter by team"),
    ("e", "Rename"),
    (ESCAPE, "filter by team"),
    ("D", "Delete"),
    (ESCAPE, "filter by team"),
    (REDRAW, "filter by team"),
    ("/zzz", "Nothing matches"),
    (ESCAPE, "6 teams"),
    ((40, 12), "needs a larger terminal"),
    ((120, 32), "customer-chat · created"),
    ("1", LIST),
)
IN_AND_OUT: tuple[Step, ...] = (
    (f"nobody@acme.example{TAB}wrong{ENTER}", "✕"),
    (f"{BACK_TAB}{HOME}{KILL}{ADMIN_EMAIL}{TAB}{ADMIN_PASSWORD}{ENTER}", LIST),
    (f"{PALETTE}own password", "Change your own password"),
    (ENTER, "New password"),
    (ESCAPE, LIST),
    (f"{PALETTE}sign out", "Ends your session here"),
    (ENTER, "Password"),
)
FIRST_RUN: tuple[Step, ...] = (
    (ENTER * 5, "✕"),
    (f"{BACK_TAB * 5}Acme 漢字", "漢字"),
    (f"{TAB}Alice Ng{TAB}alice{TAB}short", "•••••"),
)


def has(terminal: Terminal, shown: str) -> bool:
    return shown in terminal.text


def walk(
    store: str, theme: str, size: tuple[int, int], first: str, steps: Iterable[Step], **environ: str
) -> None:
    with ExitStack() as stack:
        terminals = [
            stack.enter_context(
                Terminal(
                    python("tests.terminal.console_program", store, theme, *how),
                    clean_environment(**environ),
                    size,
                )
            )
            for how in (["plain"], [])
        ]
        for terminal in terminals:
            terminal.wait_for(partial(has, terminal, first))
        rest(*terminals)
        pair = Pair(*terminals)
        pair.compare("the start")
        for keys, shown in steps:
            if keys == REDRAW:
                for terminal in terminals:
                    terminal.scribble(
                        "\x1b[31;44m\x1b[5;5HBroadcast message from root\r\n\x1b[2Lshutting down"
                    )
            pair.step(keys) if isinstance(keys, str) else pair.step(size=keys)
            for terminal in terminals:
                terminal.wait_for(partial(has, terminal, shown))
            pair.compare(repr(keys))


def test_accounts() -> None:
    walk("demo", DARK, (120, 40), "Alice", ACCOUNTS)


def test_keys() -> None:
    walk("demo", LIGHT, (90, 30), "Alice", KEYS, COLORTERM="")


def test_teams() -> None:
    walk("demo", SIXTEEN, (120, 32), "Alice", TEAMS, TERM="linux", COLORTERM="")


def test_signing_in_and_out(sqlite_url: str) -> None:
    walk(sqlite_url, DARK, (80, 24), "Acme Corp", IN_AND_OUT)


def test_the_first_run(tmp_path: Path) -> None:
    walk(f"sqlite:///{tmp_path}/new/pftui.db", DARK, (80, 24), "There is no store yet", FIRST_RUN)
