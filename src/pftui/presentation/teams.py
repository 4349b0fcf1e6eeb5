"""Teams and roles: the columns of their tables."""

from __future__ import annotations

from pftui.domain.teams import RoleView, TeamSummary
from pftui.presentation.columns import Column
from pftui.presentation.permissions import listed

TEAM_COLUMNS = (
    Column[TeamSummary]("Name", lambda row, now: row.name),
    Column[TeamSummary]("Slug", lambda row, now: row.slug),
    Column[TeamSummary]("Members", lambda row, now: f"{row.members:,}", number=True),
    Column[TeamSummary]("Service accounts", lambda row, now: f"{row.service_accounts:,}", number=True),
)


def role_kind(row: RoleView) -> str:
    """Whether it ships with pftui; what is damaged comes before it."""
    if row.damaged:
        return "damaged"
    return "predefined" if row.predefined else "custom"


ROLE_COLUMNS = (
    Column[RoleView]("Name", lambda row, now: row.name),
    Column[RoleView]("Kind", lambda row, now: role_kind(row)),
    Column[RoleView]("People", lambda row, now: f"{row.people:,}", number=True),
    Column[RoleView]("Service accounts", lambda row, now: f"{row.service_accounts:,}", number=True),
    Column[RoleView]("Permissions", lambda row, now: listed(row.permissions)),
)
