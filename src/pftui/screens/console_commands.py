"""What the console does wherever one is."""

from __future__ import annotations

from collections.abc import Sequence

from pftui.screens.command import PALETTE_KEY, Action, Command, Flow, Group, admin, needs, ready
from pftui.screens.places import in_tabs
from pftui.screens.tab_spec import TabSpec
from pftui.widgets.theme import DARK, LIGHT, SIXTEEN


def tab_command(tab: TabSpec) -> Command:
    """The command that goes to a tab."""
    return Command(
        f"{tab.id}_tab",
        tab.key,
        tab.title,
        f"Go to {tab.title}",
        tab.tooltip,
        Group.CONSOLE,
        Action("screen", "open_tab", (tab.id,)),
        where=in_tabs,
    )


def found_things(tabs: Sequence[TabSpec]) -> str:
    """What the palette finds, in words that fit the help: `a command, an account or a team`."""
    *others, last = ["a command", *(tab.finds for tab in tabs)]
    return f"{', '.join(others)} or {last}" if len(others) < 3 else f"{', '.join(others[:2])}, and more"


def console_commands(tabs: Sequence[TabSpec]) -> tuple[Command, ...]:
    """All of them, beginning with one for each tab."""
    return (
        *map(tab_command, tabs),
        Command(
            "palette",
            PALETTE_KEY,
            "Palette",
            f"Find {found_things(tabs)}",
            "Type part of its name, or how a key begins",
            Group.CONSOLE,
            Action("console", "action_command_palette"),
            ready,
            in_tabs,
            palette=False,
        ),
        Command(
            "command_line",
            "colon",
            "Command",
            "Type a command",
            "Its title or its id, as in sort or new_user; tab completes",
            Group.CONSOLE,
            Action("screen", "open_command_line"),
            ready,
            in_tabs,
            shown=":",
            palette=False,
        ),
        Command(
            "help",
            "question_mark,f1",
            "Help",
            "All keys",
            "This list",
            Group.CONSOLE,
            Action("screen", "show_help"),
            shown="?",
        ),
        Command(
            "notices",
            "h",
            "Past notices",
            "Look up the last notices",
            "What the line above the footer said",
            Group.CONSOLE,
            Action("screen", "show_notices"),
            where=in_tabs,
        ),
        Command(
            "undo",
            "z",
            "Undo",
            "Undo your last change",
            "A new name, another role, disabling, unassigning; names it, and asks",
            Group.CONSOLE,
            Flow("accounts.undoing:undo_last"),
            needs(admin("undo changes")),
        ),
        Command(
            "redraw",
            "ctrl+l",
            "Redraw",
            "Redraw the screen",
            "After another program wrote on the terminal",
            Group.CONSOLE,
            Action("console", "redraw"),
        ),
        Command(
            "lock",
            "ctrl+t",
            "Lock",
            "Lock now",
            "Blanks the screen until your password is typed; all stays open",
            Group.CONSOLE,
            Action("console", "action_lock_now"),
            ready,
        ),
        Command(
            "change_own_password",
            "",
            "Change password",
            "Change your own password",
            "Asks for the current one first",
            Group.CONSOLE,
            Flow("accounts.flows:change_own_password"),
            ready,
            in_tabs,
        ),
        _theme("theme_dark", "Dark", "dark", "Light text on a dark ground", DARK),
        _theme("theme_light", "Light", "light", "Dark text on a light ground", LIGHT),
        _theme(
            "theme_16",
            "16 colours",
            "the terminal's own 16 colours",
            "As your terminal is set up; sends less over a slow link",
            SIXTEEN,
        ),
        Command(
            "sign_out",
            "",
            "Sign out",
            "Sign out",
            "Ends your session here",
            Group.CONSOLE,
            Action("console", "leave"),
            ready,
            in_tabs,
        ),
        Command(
            "quit",
            "q",
            "Quit",
            "Quit pftui",
            "Leaves the console",
            Group.CONSOLE,
            Action("console", "quit"),
            where=in_tabs,
        ),
    )


def _theme(command_id: str, label: str, described: str, tooltip: str, theme: str) -> Command:
    does = Action("console", "choose_theme", (theme,))
    return Command(command_id, "", label, f"Theme: {described}", tooltip, Group.CONSOLE, does)
