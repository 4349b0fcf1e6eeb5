"""The Teams tab, as the frame knows it."""

from __future__ import annotations

from pftui.screens.places import TEAMS
from pftui.screens.tab_spec import TabSpec
from pftui.screens.teams.commands import COMMANDS

SPEC = TabSpec(
    TEAMS,
    title="Teams",
    key="2",
    tooltip="Teams, their members and service accounts",
    tab="teams.tab:TeamsTab",
    finder="teams.finder:find",
    finds="a team",
    footer=(
        ("assign_service_account", 2),
        ("change_role", 4),
        ("unassign", 5),
        ("add_members", 3),
        ("new_team", 6),
        ("filter", 7),
        ("help", 1),
        ("quit", 8),
    ),
    commands=COMMANDS,
)
