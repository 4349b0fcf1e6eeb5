"""Where an operator can be; the commands of each place are told by `pftui.screens.registry`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A tab, or a screen of its own that takes commands."""

    id: str
    is_tab: bool = True


USERS = Place("users")
TEAMS = Place("teams")
ROLES = Place("roles")
WEBHOOKS = Place("webhooks")
AUDIT = Place("audit")
#: An account's details, above whichever tab they were opened from.
DETAILS = Place("details", is_tab=False)

Where = Callable[[Place], bool]
"""Whether a command exists in a place."""


def everywhere(place: Place) -> bool:
    """In every place."""
    return True


def in_tabs(place: Place) -> bool:
    """In every tab."""
    return place.is_tab


def at(*places: Place) -> Where:
    """In these places alone."""
    return frozenset(places).__contains__
