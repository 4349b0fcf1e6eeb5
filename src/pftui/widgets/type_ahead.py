"""Keys that arrive before the screen that they are meant for is there wait for it.

Over a slow link several keys come in one packet. Textual gives each to what has the focus at that
moment, so that a password typed right after Enter would land, readable, in the e-mail field, and a
name typed right after `c` would be taken for commands.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from textual import events
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.app import App

    _Base = App[Any]
else:
    _Base = object

#: Seconds for the focus to move; a person's next key comes later, a packet's does not.
SETTLE = 0.03

_STAYING = frozenset(
    {"up", "down", "left", "right", "pageup", "pagedown", "home", "end", "backspace", "delete", "space"}
)
_LEAVING = frozenset({"enter", "tab", "shift+tab", "escape"})
_NEVER_HELD = frozenset({"ctrl+q", "ctrl+c"})


class TypeAhead(_Base):
    """A mixin for the app. A screen whose attribute `opening` is true is about to open another."""

    HOLD_KEYS: bool | None = None
    """Whether keys are held; None for: in a terminal, but not under a test's pilot, which waits by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._holding = False
        self._held: deque[events.Event] = deque()

    async def on_event(self, event: events.Event) -> None:
        """Hold what is typed while the focus is on its way."""
        typed = isinstance(event, events.Paste) or (isinstance(event, events.Key) and not event.is_forwarded)
        if not typed or not self._holds or (isinstance(event, events.Key) and event.key in _NEVER_HELD):
            await super().on_event(event)
        elif self._holding:
            self._held.append(event)
        else:
            await self._handle(event)

    @property
    def _holds(self) -> bool:
        return not self.is_headless if self.HOLD_KEYS is None else self.HOLD_KEYS

    async def _handle(self, event: events.Event) -> None:
        in_field = isinstance(self.focused, Input)
        await super().on_event(event)
        if not isinstance(event, events.Key) or event.key in _STAYING:
            return
        if event.key in _LEAVING or not in_field:
            self._holding = True
            self.set_timer(SETTLE, self._release)

    async def _release(self) -> None:
        if self.screen_stack and getattr(self.screen, "opening", False):
            self.set_timer(SETTLE, self._release)
            return
        self._holding = False
        while self._held and not self._holding:
            await self._handle(self._held.popleft())
