"""Keys that arrive before the screen that they are meant for is there wait for it.

Over a slow link several keys come in one packet. Textual gives each to what has the focus at that
moment, so that a password typed right after Enter would land, readable, in the e-mail field, and a
name typed right after `c` would be taken for commands.
"""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import Any

from textual import events
from textual.app import App
from textual.widgets import Input

from pftui.terminal.textual_private import was_stopped

#: Seconds for the focus to move; a person's next key comes later, a packet's does not.
SETTLE = 0.03
#: Seconds after which a key is no longer waited for that never came back from the widgets.
LOST = 1.0
#: Seconds for a new screen to give one of its fields the focus; some have none.
FOCUS = 0.25

_STAYING = frozenset(
    {"up", "down", "left", "right", "pageup", "pagedown", "home", "end", "backspace", "delete", "space"}
)
_LEAVING = frozenset({"enter", "tab", "shift+tab", "escape"})
_NEVER_HELD = frozenset({"ctrl+q", "ctrl+c"})


class HoldsKeys:
    """A base class for screens that have keys wait."""

    @property
    def holds_keys(self) -> bool:
        """Whether keys wait: another screen is about to open, or what they are meant for is still to come."""
        return False

    @property
    def may_give_up(self) -> bool:
        """Whether Esc does not wait, and ends the wait of the others."""
        return False

    def give_up(self) -> bool:
        """Esc has ended the wait; whether that is all that it meant."""
        return False


_HOLDS_NONE = HoldsKeys()


class Pace:
    """Tells keys that come one by one from those of a burst, as an unbracketed paste is one.

    A hand's fastest keys, and a key that is held down, come some 30 ms apart; those of one packet or paste
    within a few. Commands are single letters, so that three printable keys are the least that is a text.
    """

    GAP = 0.012
    """Seconds between two keys of a burst at most."""

    LEAST = 3
    """Printable keys that make a burst."""

    def __init__(self) -> None:
        self._last = 0.0
        self._printable = 0

    def is_burst(self, key: events.Key) -> bool:
        """Whether this key, the next one that has come, belongs to a burst."""
        if key.time - self._last > self.GAP:
            self._printable = 0
        self._last = key.time
        self._printable += key.is_printable
        return self._printable >= self.LEAST


class TypeAhead(App[None]):
    """An app whose keys wait while the topmost screen says so (see `HoldsKeys`)."""

    typed_in_burst = False
    """Whether the key that is handled now came in a burst: what it asks for must not change anything yet."""

    HOLD_KEYS: bool | None = None
    """Whether keys are held; None for: in a terminal, but not under a test's pilot, which waits by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._holding = False
        self._held: deque[tuple[events.Event, bool]] = deque()
        self._pace = Pace()
        self._awaited: events.Key | None = None
        self._awaited_until = 0.0
        self._focus_until = 0.0
        self._settled_from = 0.0

    async def on_event(self, event: events.Event) -> None:
        """Hold what is typed while the focus is on its way."""
        typed = isinstance(event, events.Paste) or (isinstance(event, events.Key) and not event.is_forwarded)
        if not typed or not self._holds or (isinstance(event, events.Key) and event.key in _NEVER_HELD):
            if isinstance(event, events.MouseDown):
                self.typed_in_burst = False
            await super().on_event(event)
            if event is self._awaited:  # back from the widgets, and what it is bound to has run
                self._awaited = None
                self._settled_from = monotonic()
            return
        in_burst = isinstance(event, events.Key) and self._pace.is_burst(event)
        gives_up = self._ends_the_wait(event)
        if gives_up and self._topmost.give_up():
            return
        if self._holding and not gives_up:
            self._held.append((event, in_burst))
        else:
            await self._handle(event, in_burst)

    def drop_keys(self) -> None:
        """Forget the keys that wait: what they were typed for is out of sight."""
        self._held.clear()

    def _ends_the_wait(self, event: events.Event) -> bool:
        """Whether Esc ends the wait: the screen waits for an answer that it can do without."""
        esc = isinstance(event, events.Key) and event.key == "escape"
        if not esc or not self._topmost.may_give_up:
            return False
        self._held.clear()
        return True

    @property
    def _topmost(self) -> HoldsKeys:
        """What the topmost screen says of keys."""
        return self.screen if isinstance(self.screen, HoldsKeys) else _HOLDS_NONE

    @property
    def _holds(self) -> bool:
        return not self.is_headless if self.HOLD_KEYS is None else self.HOLD_KEYS

    async def _handle(self, event: events.Event, in_burst: bool) -> None:
        in_field = isinstance(self.focused, Input)
        self.typed_in_burst = in_burst
        await super().on_event(event)
        if not isinstance(event, events.Key) or event.key in _STAYING:
            return
        if event.key in _LEAVING or not in_field:
            self._holding = True
            # What the app has used up itself, as it does with Tab, is nowhere on its way.
            self._awaited = event if event.is_forwarded else None
            self._settled_from = monotonic()
            self._awaited_until = self._settled_from + LOST
            self._focus_until = self._settled_from + FOCUS
            self.set_timer(SETTLE, self._release)

    async def _release(self) -> None:
        if not self.screen_stack:  # the app is ending
            return
        now = monotonic()
        if self._topmost.holds_keys:
            self._focus_until = now + FOCUS
            self._settled_from = now
        if self._under_way():
            self._settled_from = now
        unfocused = self.focused is None and now < self._focus_until
        if unfocused or now - self._settled_from < SETTLE:
            self.set_timer(SETTLE, self._release)
            return
        self._holding = False
        self._awaited = None
        while self._held and not self._holding:
            await self._handle(*self._held.popleft())

    def _under_way(self) -> bool:
        """Whether the key that the others wait for is still on its way through the widgets.

        On a busy host that takes longer than any fixed time. A key that a widget used up does not come
        back: it was stopped.
        """
        key = self._awaited
        return key is not None and not was_stopped(key) and monotonic() < self._awaited_until
