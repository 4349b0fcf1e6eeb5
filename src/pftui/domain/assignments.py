"""What an account may do in a team; apart from the accounts, which a look-up of a key does without."""

from __future__ import annotations

from dataclasses import dataclass

from pftui.domain.permissions import Permission


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """An account's role in one team; `damaged` is what it is in `AccountSummary`."""

    team_id: str
    team_name: str
    team_slug: str
    role_id: str
    role_name: str
    permissions: tuple[Permission, ...]
    damaged: tuple[str, ...] = ()
