"""The Roles tab, as the frame knows it."""

from __future__ import annotations

from pftui.screens.places import ROLES
from pftui.screens.roles.commands import COMMANDS
from pftui.screens.tab_spec import TabSpec

SPEC = TabSpec(
    ROLES,
    title="Roles",
    key="3",
    tooltip="Roles, what they allow, and who holds them",
    tab="roles.tab:RolesTab",
    finder="roles.finder:find",
    finds="a role",
    footer=(
        ("new_role", 2),
        ("open_role", 6),
        ("edit_role", 3),
        ("duplicate_role", 4),
        ("delete_role", 5),
        ("filter", 7),
        ("help", 1),
        ("quit", 8),
    ),
    commands=COMMANDS,
)
