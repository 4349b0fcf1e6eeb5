"""All flows of the console under one name, as the tests start them."""

from __future__ import annotations

from pftui.screens.accounts.assigning import assign_to_team, change_role, pick_role, unassign
from pftui.screens.accounts.flows import (
    change_own_password,
    delete_account,
    edit_account,
    new_user,
    reset_password,
    toggle_admin,
    toggle_disabled,
)
from pftui.screens.accounts.key_flows import create_service_account, new_key, revoke_key
from pftui.screens.accounts.offboarding_flow import offboard
from pftui.screens.console import Console
from pftui.screens.flow import notify_errors
from pftui.screens.teams.flows import (
    add_members,
    assign_service_account,
    delete_team,
    new_team,
    rename_team,
)

__all__ = [
    "add_members",
    "assign",
    "change_own_password",
    "change_role",
    "create_service_account",
    "delete_account",
    "delete_team",
    "edit_account",
    "new_key",
    "new_team",
    "new_user",
    "offboard",
    "rename_team",
    "reset_password",
    "revoke_key",
    "toggle_admin",
    "toggle_disabled",
    "unassign",
]


@notify_errors
async def assign(console: Console, account_id: str | None = None, team_id: str | None = None) -> bool:
    """Assign from either side, or with both sides chosen already, which leaves the role to be chosen."""
    services, operator = console.services, console.operator
    if account_id is None:
        return await assign_service_account(console, team_id or "")
    if team_id is None:
        return await assign_to_team(console, account_id)
    account = (await console.call(services.accounts.show, operator, account_id)).summary
    team = await console.call(services.teams.show, operator, team_id)
    return await pick_role(console, account.kind, account.id, account.name, team.id, team.name)
