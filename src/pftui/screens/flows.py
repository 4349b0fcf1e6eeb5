"""All that an operator can do in the console: each a function that asks, changes, and tells.

Each returns whether something was changed. They await modals, so they run in a worker, which
is never exclusive: a cancelled change might be made all the same.
"""

from __future__ import annotations

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
from pftui.screens.teams.flows import (
    add_members,
    assign,
    change_role,
    delete_team,
    new_team,
    rename_team,
    unassign,
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
    "rename_team",
    "reset_password",
    "revoke_key",
    "toggle_admin",
    "toggle_disabled",
    "unassign",
]
