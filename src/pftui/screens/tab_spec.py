"""What the frame needs to know of a tab before the tab's own modules are imported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

from pftui.screens.command import Command, CommandContext, resolve
from pftui.screens.places import Place

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.domain.clock import Clock
    from pftui.screens.lists.tab import Tab
    from pftui.services.contracts import Services

Here = Callable[[CommandContext], bool]
Footer = Sequence[tuple[str, int] | tuple[str, int, Here]]
"""Command ids from left to right, each with how much it is wanted where not all have room (1: most).

A third part says where it is wanted at all.
"""


class Found(NamedTuple):
    """A row that the palette offers: its id, its name, and what it is in a few words.

    `text` is what the list is filtered by when one goes there, for what is a part of the row alone.
    """

    row_id: str
    name: str
    description: str
    text: str = ""


Finder = Callable[["Services", "Operator", str, int], Sequence[Found]]
"""Gives the rows whose name, or whatever else identifies them, holds a text; so many at most. Blocks.

Raises `PftuiError` where the store cannot be asked.
"""


@dataclass(frozen=True, slots=True)
class TabSpec:
    """A tab.

    `tab` and `finder` are paths below `pftui.screens`, resolved on first use; `finds` is what the finder
    finds, with its article. `commands` are the tab's own; those of accounts, lists and the console say
    themselves where they apply.
    """

    place: Place
    title: str
    key: str
    tooltip: str
    tab: str
    finder: str
    finds: str
    footer: Footer
    commands: Sequence[Command] = ()

    @property
    def id(self) -> str:
        """The same as its place's."""
        return self.place.id

    def make(self, clock: Clock) -> Tab:
        """The tab itself, to be mounted."""
        return cast("Callable[..., Tab]", resolve(self.tab))(clock=clock)

    def find(self, services: Services, operator: Operator, text: str, limit: int) -> Sequence[Found]:
        """Rows of this tab for the palette; see `Finder`."""
        return cast(Finder, resolve(self.finder))(services, operator, text, limit)
