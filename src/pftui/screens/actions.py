"""What each command does: the flow it starts, with what is under the cursor.

Imported at the first flow, since the modals come along: no first frame waits for them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from pftui.screens import flows
from pftui.screens.accounts.details import AccountDetailsScreen
from pftui.screens.command import CommandContext, Place

if TYPE_CHECKING:
    from pftui.screens.console import Console

Action = Callable[["Console", CommandContext], Awaitable[bool]]


async def perform(console: Console, command_id: str, context: CommandContext) -> bool:
    """Run a command's flow to its end; returns whether something was changed.

    Raises:
        PftuiError: what the flow could not tell in a modal of its own.
    """
    return await _ACTIONS[command_id](console, context)


async def _create_service_account(console: Console, context: CommandContext) -> bool:
    if context.place is Place.TEAMS and context.team:
        return await flows.create_service_account(console, team_id=context.team.id)
    return await flows.create_service_account(console)


async def _new_user(console: Console, context: CommandContext) -> bool:
    return await flows.new_user(console)


async def _new_team(console: Console, context: CommandContext) -> bool:
    return await flows.new_team(console)


async def _assign(console: Console, context: CommandContext) -> bool:
    if context.place is Place.TEAMS and context.team:
        return await flows.assign(console, team_id=context.team.id)
    return await flows.assign(console, account_id=_account(context))


async def _new_key(console: Console, context: CommandContext) -> bool:
    return await flows.new_key(console, _account(context))


async def _revoke_key(console: Console, context: CommandContext) -> bool:
    return context.key is not None and await flows.revoke_key(console, context.key)


async def _unassign(console: Console, context: CommandContext) -> bool:
    return await flows.unassign(console, _account(context), context.member_team_id or "")


async def _change_role(console: Console, context: CommandContext) -> bool:
    return await flows.change_role(console, _account(context), context.member_team_id or "")


async def _edit(console: Console, context: CommandContext) -> bool:
    if context.place is Place.TEAMS and context.team:
        return await flows.rename_team(console, context.team.id)
    return await flows.edit_account(console, _account(context))


async def _toggle_admin(console: Console, context: CommandContext) -> bool:
    return await flows.toggle_admin(console, _account(context))


async def _toggle_disabled(console: Console, context: CommandContext) -> bool:
    return await flows.toggle_disabled(console, _account(context))


async def _reset_password(console: Console, context: CommandContext) -> bool:
    return await flows.reset_password(console, _account(context))


async def _delete(console: Console, context: CommandContext) -> bool:
    if context.place is Place.TEAMS and context.team:
        return await flows.delete_team(console, context.team.id)
    return await flows.delete_account(console, _account(context))


async def _add_members(console: Console, context: CommandContext) -> bool:
    return context.team is not None and await flows.add_members(console, context.team.id)


async def _change_own_password(console: Console, context: CommandContext) -> bool:
    return await flows.change_own_password(console)


async def _open(console: Console, context: CommandContext) -> bool:
    if context.account is not None:
        await console.ask(AccountDetailsScreen(context.account.id, clock=console.clock))
    return False  # what it changed was told when it was changed


def _account(context: CommandContext) -> str:
    return context.account.id if context.account else ""


_ACTIONS: dict[str, Action] = {
    "create_service_account": _create_service_account,
    "new_user": _new_user,
    "new_team": _new_team,
    "open": _open,
    "assign": _assign,
    "new_key": _new_key,
    "revoke_key": _revoke_key,
    "unassign": _unassign,
    "change_role": _change_role,
    "edit": _edit,
    "toggle_admin": _toggle_admin,
    "toggle_disabled": _toggle_disabled,
    "reset_password": _reset_password,
    "delete": _delete,
    "add_members": _add_members,
    "change_own_password": _change_own_password,
}
