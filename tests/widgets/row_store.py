"""A row source whose rows, slowness and failures a test decides."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pftui.domain.errors import StoreUnavailable
from pftui.domain.paging import PageRequest
from pftui.widgets.cells import Cell
from pftui.widgets.columns import Column
from tests.patience import PATIENCE


@dataclass(frozen=True)
class Item:
    id: str
    name: str


def item(number: int) -> Item:
    return Item(f"id{number}", f"name {number:07}")


@dataclass
class Numbers:
    """As many items as are wanted, made when they are asked for."""

    total: int
    pages: list[PageRequest] = field(default_factory=list)
    lost: bool = False
    gate: threading.Event = field(default_factory=threading.Event)
    threads: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.gate.set()

    def _enter(self) -> None:
        self.threads.add(threading.get_ident())
        self.gate.wait(PATIENCE)
        if self.lost:
            raise StoreUnavailable("The store cannot be reached. Nothing was changed.")

    def count(self) -> int:
        self._enter()
        return self.total

    def page(self, request: PageRequest) -> Sequence[Item]:
        self._enter()
        self.pages.append(request)
        start = request.offset
        if request.after:
            start = int(request.after.removeprefix("id")) + 1
        elif request.before:
            start = int(request.before.removeprefix("id")) - request.size
        return [item(number) for number in range(start, min(start + request.size, self.total))]

    def position(self, row_id: str) -> int | None:
        self._enter()
        number = int(row_id.removeprefix("id"))
        return number if number < self.total else None


@dataclass
class Named(Numbers):
    """A short list of given items, which a test changes."""

    items: list[Item] = field(default_factory=list)

    def count(self) -> int:
        self._enter()
        return len(self.items)

    def page(self, request: PageRequest) -> Sequence[Item]:
        self._enter()
        ids = [each.id for each in self.items]
        start = ids.index(request.after) + 1 if request.after in ids else request.offset
        return self.items[start : start + request.size]

    def position(self, row_id: str) -> int | None:
        self._enter()
        return next((number for number, each in enumerate(self.items) if each.id == row_id), None)


def _name(row: Item, now: datetime) -> Cell:
    return Cell(row.name, "name")


COLUMNS = (
    Column[Item]("name", "Name", _name, 12, 30, 60),
    Column[Item]("id", "Id", lambda row, now: Cell(row.id), 8),
)
