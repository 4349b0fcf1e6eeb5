"""The Teams tab, as the frame knows it."""

from __future__ import annotations

from pftui.screens.places import TEAMS
from pftui.screens.tab_spec import TabSpec
from pftui.screens.teams.commands import COMMANDS, on_member, on_team

SPEC = TabSpec(
    TEAMS,
    title="Teams",
    key="2",
    tooltip="Teams, their members and service accounts",
    tab="teams.tab:TeamsTab",
    finder="teams.finder:find",
    finds="a team",
    footer=(
        ("change_role", 3, on_member),
        ("unassign", 4, on_member),
        ("assign_service_account", 2),
        ("add_members", 6),
        ("new_team", 3, on_team),
        ("delete_team", 5, on_team),
        ("rename_team", 7, on_team),
        ("filter", 8),
        ("help", 1),
        ("quit", 9),
    ),
    commands=COMMANDS,
)
