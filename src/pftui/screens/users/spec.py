"""The Users tab, as the frame knows it."""

from __future__ import annotations

from pftui.screens.places import USERS
from pftui.screens.tab_spec import TabSpec

SPEC = TabSpec(
    USERS,
    title="Users",
    key="1",
    tooltip="Users and service accounts",
    tab="users.tab:UsersTab",
    finder="users.finder:find",
    finds="an account",
    footer=(
        ("create_service_account", 2),
        ("new_user", 4),
        ("open", 3),
        ("revoke_key", 4),
        ("assign", 6),
        ("toggle_admin", 8),
        ("toggle_disabled", 9),
        ("filter", 5),
        ("help", 1),
        ("quit", 7),
    ),
)
