"""Sentences about what is no longer as the operator saw it (R10)."""

from __future__ import annotations

from pftui.domain.audit import ENDINGS
from pftui.repositories.unit_of_work import UnitOfWork


def gone(unit: UnitOfWork, target_id: str, what: str) -> str:
    """The sentence about something that is no longer there, or never was."""
    event = unit.audit.newest_about(target_id)
    if event is not None and event.action in ENDINGS:
        return f"{event.actor.name} deleted this {what} meanwhile. Nothing was changed."
    return f"There is no such {what}. Nothing was changed."


def changed_meanwhile(unit: UnitOfWork, target_id: str, what: str, team_id: str | None = None) -> str:
    """The sentence about a stale edit (R10): what changed and by whom; with `team_id`, in that team."""
    event = unit.audit.newest_about(target_id, team_id)
    who = f"{event.actor.name} changed this {what}" if event else f"This {what} was changed"
    how = f" ({event.description})" if event else ""
    return f"{who} since you opened it{how}. Yours was not saved; what you typed is kept."
