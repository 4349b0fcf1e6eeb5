"""The ten permissions as check boxes; what is included by a ticked one is ticked too, and locked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Checkbox

from pftui.domain.permissions import INCLUDED_IN, Permission, included
from pftui.presentation.cells import fit
from pftui.screens.dialogs.form import Tick

_LABEL_CELLS = max(len(each.label) for each in Permission)


class PermissionTick(Tick):
    """One permission. `value` is whether the role holds it itself; `by` is what includes it besides."""

    @dataclass
    class Locked(Message):
        """It cannot be unticked, and why."""

        sentence: str

    def __init__(self, permission: Permission, value: bool) -> None:
        super().__init__(permission.label, value, id=f"permission-{permission.value}")
        self.permission = permission
        self.by: Permission | None = None

    @property
    def allowed(self) -> bool:
        """Whether the role allows it, by itself or by what includes it."""
        return self.value or self.by is not None

    def include(self, by: Permission | None) -> None:
        """Lock it, since `by` is ticked; None unlocks it, with what it was before."""
        if by is not self.by:
            self.by = by
            self.refresh()

    def toggle(self) -> Self:
        """Tick or untick it, unless it is locked."""
        if self.by is not None:
            self.post_message(self.Locked(f"{included(self.by, self.permission)}: untick that first."))
            return self
        return super().toggle()

    def render(self) -> Content:
        """`[✓] View Issues   included in Run Scans`: a locked one says by what, the others what they give."""
        sign = "✓" if self.allowed else " "
        style = "$accent bold" if self.allowed and self.by is None else "$muted"
        label = ("$muted" if self.by is not None else "$text", "$cursor-row")[self.has_focus]
        says = f"included in {self.by.label}" if self.by is not None else self.permission.explanation
        return Content.assemble(
            (f"[{sign}]", style), (f" {fit(self.label.plain, _LABEL_CELLS)} ", label), (f" {says}", "$muted")
        )


class PermissionTicks(Vertical):
    """All ten. Up and down go from one to the next, space ticks."""

    # Where the dialog scrolls, it would take these keys for itself.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, held: Iterable[Permission] = ()) -> None:
        super().__init__(id="permissions")
        ticked = frozenset(held)
        self.ticks = [PermissionTick(each, each in ticked) for each in Permission]

    def compose(self) -> ComposeResult:
        """A line each."""
        yield from self.ticks

    def on_mount(self) -> None:
        """What is included from the start."""
        self._lock()

    @property
    def held(self) -> tuple[Permission, ...]:
        """What the role holds itself: what only follows is not stored with it."""
        return tuple(each.permission for each in self.ticks if each.value)

    @on(Checkbox.Changed)
    def _changed(self, event: Checkbox.Changed) -> None:
        event.stop()
        self._lock()

    def _lock(self) -> None:
        held = self.held
        for tick in self.ticks:
            by = (each for each in INCLUDED_IN[tick.permission] if each in held)
            tick.include(next(by, None))
