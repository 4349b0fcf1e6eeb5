"""All tabs and all commands of the console: footer, help, palette, keys and greying-out come from here.

A tab is registered by its line in `TABS`; a command by standing in the table of what it belongs to: a tab,
the accounts, every list, the console.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pftui.screens.accounts.commands import COMMANDS as ACCOUNT_COMMANDS
from pftui.screens.accounts.commands import DETAILS_FOOTER
from pftui.screens.audit.commands import HISTORY
from pftui.screens.audit.spec import SPEC as AUDIT_TAB
from pftui.screens.command import Command, CommandContext, Flow, Group
from pftui.screens.console_commands import console_commands
from pftui.screens.lists.commands import COMMANDS as LIST_COMMANDS
from pftui.screens.places import DETAILS, Place
from pftui.screens.roles.spec import SPEC as ROLES_TAB
from pftui.screens.tab_spec import Footer, TabSpec
from pftui.screens.teams.spec import SPEC as TEAMS_TAB
from pftui.screens.users.spec import SPEC as USERS_TAB
from pftui.screens.webhooks.spec import SPEC as WEBHOOKS_TAB
from pftui.widgets.key_footer import Item

_TABS = (USERS_TAB, TEAMS_TAB, ROLES_TAB, WEBHOOKS_TAB, AUDIT_TAB)
TABS: Mapping[str, TabSpec] = {tab.id: tab for tab in _TABS}

FOOTERS: Mapping[Place, Footer] = {
    **{tab.place: tab.footer for tab in TABS.values()},
    DETAILS: DETAILS_FOOTER,
}


def _in_order() -> tuple[Command, ...]:
    """By the headings of the help, and under each by key.

    A key has the same place in every list of keys, whatever it is called there: that of the first command
    that has it.
    """
    own = [command for tab in TABS.values() for command in tab.commands]
    defined = [*ACCOUNT_COMMANDS, *own, *HISTORY, *LIST_COMMANDS, *console_commands(tuple(TABS.values()))]
    groups = list(Group)
    first_with_key = {command.keys: number for number, command in reversed(list(enumerate(defined)))}

    def position(numbered: tuple[int, Command]) -> tuple[int, int]:
        number, command = numbered
        return groups.index(command.group), first_with_key[command.keys] if command.keys else number

    return tuple(command for _, command in sorted(enumerate(defined), key=position))


COMMANDS: Mapping[str, Command] = {command.id: command for command in _in_order()}
#: The keys that change something without a question, in whatever place.
AT_ONCE = frozenset(
    key
    for command in COMMANDS.values()
    if isinstance(command.does, Flow) and command.does.at_once
    for key in command.keys.split(",")
)


def available(context: CommandContext) -> list[Command]:
    """All commands that exist in this place, in the order of the help."""
    return [command for command in COMMANDS.values() if command.where(context.place)]


def command_for(keys: str, context: CommandContext) -> Command | None:
    """What a key means in this place: some commands share one, and apply to different things."""
    meant = (each for each in available(context) if each.keys == keys and each.applies(context))
    return next(meant, None)


def command_to_run(command_id: str, context: CommandContext) -> Command | None:
    """The command with this id, or the other one that its key means here; None where there is none."""
    command = COMMANDS[command_id]
    if command.keys:
        return command_for(command.keys, context)
    return command if command.where(context.place) else None


def default_key(command_id: str) -> str:
    """The key that a command has where nobody has chosen another one, as it is shown."""
    return COMMANDS[command_id].key


def items_for(context: CommandContext, key_of: Callable[[str], str] = default_key) -> list[Item]:
    """The footer of a place: always the same keys in the same order, for what is selected.

    `key_of` gives the key of a command as it is shown; what has none is not there.
    """
    items = []
    for command_id, rank, *here in FOOTERS[context.place]:
        command, key = COMMANDS[command_id], key_of(command_id)
        if key and command.applies(context) and all(wanted(context) for wanted in here):
            enabled = command.guard(context) is None
            items.append(Item(command_id, key, command.label, rank, enabled))
    return items
