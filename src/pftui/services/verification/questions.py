"""What a question about a key asks for, and the answer that follows from what was read of the key."""

from __future__ import annotations

from pftui.domain.decisions import Decision, decide
from pftui.domain.errors import UnknownTeam, WrongUsage
from pftui.domain.permissions import ASKABLE, Permission, meant_by
from pftui.repositories.key_lookup.records import KeyRecord

NOTED_EVERY = 60_000_000
"""Microseconds between two notes of a key's use."""


def decided(record: KeyRecord, team: str | None, wanted: tuple[Permission, ...]) -> Decision:
    """What follows from a record whose hash the key has matched. Raises `UnknownTeam`."""
    facts = record.facts
    if team is None or facts.revoked or facts.disabled:  # an ended key is told nothing about teams
        return decide(facts)
    return decide(facts, single_team(record.teams), wanted)


def wanted_permissions(permission: str | None, team: str | None) -> tuple[Permission, ...]:
    """All that a question asks for. Raises `WrongUsage`, also for a permission without a team."""
    if permission is None:
        return ()
    if team is None:
        raise WrongUsage("A permission is held in a team: name the team too.")
    return known_permissions(permission)


def known_permissions(name: str) -> tuple[Permission, ...]:
    """What a name asks for: an older one means two. Raises `WrongUsage`."""
    try:
        return meant_by(name)
    except ValueError:
        raise WrongUsage(f"There is no such permission. There are: {', '.join(ASKABLE)}.") from None


def to_be_noted(record: KeyRecord, now: int) -> bool:
    """Whether a use at a time, in microseconds since 1970, is to be noted; no other was for a minute."""
    # What is in the future was noted by a clock that was ahead, and stands in nobody's way.
    return not (record.saved and now - NOTED_EVERY < record.last_used_at <= now)


def single_team(teams: frozenset[str]) -> str:
    """The one among the ids that a reference fits. Raises `UnknownTeam`."""
    if not teams:
        raise UnknownTeam("There is no such team.")
    if len(teams) > 1:
        raise UnknownTeam("More than one team has this as its name or slug: give the team's id.")
    return next(iter(teams))
