"""What each command does: the flow it starts, with what is under the cursor.

Imported at the first flow, since the modals come along: no first frame waits for them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from pftui.screens import flows
from pftui.screens.accounts.details import AccountDetailsScreen
from pftui.screens.command import Here, Place

if TYPE_CHECKING:
    from pftui.screens.console import Console

Action = Callable[["Console", Here], Awaitable[bool]]


async def perform(console: Console, command_id: str, here: Here) -> bool:
    """Run a command's flow to its end; returns whether something was changed.

    Raises:
        PftuiError: what the flow could not tell in a modal of its own.
    """
    return await _ACTIONS[command_id](console, here)


async def _create_service_account(console: Console, here: Here) -> bool:
    if here.place is Place.TEAMS and here.team:
        return await flows.create_service_account(console, team_id=here.team.id)
    return await flows.create_service_account(console)


async def _new_user(console: Console, here: Here) -> bool:
    return await flows.new_user(console)


async def _new_team(console: Console, here: Here) -> bool:
    return await flows.new_team(console)


async def _assign(console: Console, here: Here) -> bool:
    if here.place is Place.TEAMS and here.team:
        return await flows.assign(console, team_id=here.team.id)
    return await flows.assign(console, account_id=_account(here))


async def _new_key(console: Console, here: Here) -> bool:
    return await flows.new_key(console, _account(here))


async def _revoke_key(console: Console, here: Here) -> bool:
    return here.key is not None and await flows.revoke_key(console, here.key)


async def _unassign(console: Console, here: Here) -> bool:
    return await flows.unassign(console, _account(here), here.member_team_id or "")


async def _change_role(console: Console, here: Here) -> bool:
    return await flows.change_role(console, _account(here), here.member_team_id or "")


async def _edit(console: Console, here: Here) -> bool:
    if here.place is Place.TEAMS and here.team:
        return await flows.rename_team(console, here.team.id)
    return await flows.edit_account(console, _account(here))


async def _toggle_admin(console: Console, here: Here) -> bool:
    return await flows.toggle_admin(console, _account(here))


async def _toggle_disabled(console: Console, here: Here) -> bool:
    return await flows.toggle_disabled(console, _account(here))


async def _reset_password(console: Console, here: Here) -> bool:
    return await flows.reset_password(console, _account(here))


async def _delete(console: Console, here: Here) -> bool:
    if here.place is Place.TEAMS and here.team:
        return await flows.delete_team(console, here.team.id)
    return await flows.delete_account(console, _account(here))


async def _add_members(console: Console, here: Here) -> bool:
    return here.team is not None and await flows.add_members(console, here.team.id)


async def _change_own_password(console: Console, here: Here) -> bool:
    return await flows.change_own_password(console)


async def _open(console: Console, here: Here) -> bool:
    if here.account is not None:
        await console.ask(AccountDetailsScreen(here.account.id, clock=console.clock))
    return False  # what it changed was told when it was changed


def _account(here: Here) -> str:
    return here.account.id if here.account else ""


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
