"""Sentences about what is no longer as the operator saw it (R10)."""

from __future__ import annotations

from pftui.domain.audit import ENDINGS, Action
from pftui.domain.errors import NotFound
from pftui.domain.roles import Holders
from pftui.repositories.unit_of_work import UnitOfWork
from pftui.services.results import AlreadySo

_BEGINNINGS = frozenset({Action.USER_ADDED, Action.SERVICE_ACCOUNT_CREATED})


def looks_like(name: str, other: str) -> str:
    """The sentence about a name that people would take for another (R6)."""
    return f'"{name}" looks like "{other}", which exists: choose another name.'


def counted_holders(held: Holders) -> str:
    """`7 accounts in 3 teams`."""
    accounts = f"{held.accounts:,} account{'' if held.accounts == 1 else 's'}"
    return f"{accounts} in {held.teams:,} team{'' if held.teams == 1 else 's'}"


def gone(unit: UnitOfWork, target_id: str, what: str) -> NotFound:
    """The error about something that is no longer there, or never was; the caller raises it."""
    event = unit.audit.newest_about(target_id)
    if event is not None and event.action in ENDINGS:
        sentence = f"{event.who} deleted this {what} meanwhile. Nothing was changed."
        return NotFound(sentence, ended_by=event.actor)
    return NotFound(f"There is no such {what}. Nothing was changed.")


def already_so(unit: UnitOfWork, target_id: str, *actions: Action, team_id: str | None = None) -> AlreadySo:
    """Who did the newest of these to something, and when; nobody, where the trail tells of none.

    That an account was created is one of these only where it was created as a global admin.
    """
    event = unit.audit.newest_of(target_id, actions, team_id)
    if event is None or (event.action in _BEGINNINGS and not event.metadata.get("globalAdmin")):
        return AlreadySo()
    return AlreadySo(event.actor.email or event.who, event.created_at)


def changed_meanwhile(unit: UnitOfWork, target_id: str, what: str, team_id: str | None = None) -> str:
    """The sentence about a stale edit (R10): what changed and by whom; with `team_id`, in that team."""
    event = unit.audit.newest_about(target_id, team_id)
    who = f"{event.who} changed this {what}" if event else f"This {what} was changed"
    how = f" ({event.description})" if event else ""
    return f"{who} since you opened it{how}. Yours was not saved; what you typed is kept."
