"""Keys that arrive before the screen that they are meant for is there wait for it.

Over a slow link several keys come in one packet. Textual gives each to what has the focus at that
moment, so that a password typed right after Enter would land, readable, in the e-mail field, and a
name typed right after `c` would be taken for commands.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from textual import events
from textual.app import App
from textual.widgets import Input

from pftui.terminal.textual_private import was_stopped

if TYPE_CHECKING:
    from textual.timer import Timer

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
_NEVER_HELD = frozenset({"ctrl+q", "ctrl+c", "ctrl+t"})


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


class Burst:
    """Keys that came together, or so soon after others that did that they may be the rest of them.

    Whoever asks later knows more: what came after a key may tell that it was part of a text.
    """

    def __init__(self, *, after_text: bool) -> None:
        self._printable = 0
        self._enters = 0
        self._after_text = after_text

    def add(self, key: events.Key) -> None:
        """One more key has come."""
        self._printable += key.is_printable
        self._enters += key.key == "enter"

    @property
    def is_text(self) -> bool:
        """Whether no hand typed this as commands: enough letters at once, or fewer with Enter after such.

        Keys that move, as Tab does, are no text: with Enter they answer a question.
        """
        rest = self._after_text and self._printable + self._enters > 1
        return rest or self._printable >= Pace.LEAST


class Pace:
    """Tells keys that come one by one from those of a burst, as an unbracketed paste is one.

    A hand's fastest keys, and a key that is held down, come some 30 ms apart; those of one packet or paste
    within a few. Commands are single letters, so that three printable keys are the least that is a text.

    A link may cut what was sent at once, and deliver the end some round trips later: `r` and Enter of
    `xenon user`, which by themselves are no text. So for a while after a text Enter counts as pressed by
    itself only where no letter and no other Enter comes with it.
    """

    GAP: Final = 0.012
    """Seconds between two keys of a burst at most."""

    LEAST: Final = 3
    """Printable keys that make a text."""

    ALONE: Final = 0.05
    """Seconds between two keys of a burst at most, after a text."""

    CALM: Final = 2.0
    """Seconds without a key after which nothing more of a text is on its way."""

    def __init__(self) -> None:
        self._last = 0.0
        self._burst = Burst(after_text=False)
        self._after_text = False

    def burst_of(self, key: events.Key) -> Burst:
        """What this key, the next one that has come, came with."""
        since, self._last = key.time - self._last, key.time
        self._after_text = self._after_text and since <= self.CALM
        if since > (self.ALONE if self._after_text else self.GAP):
            self._burst = Burst(after_text=self._after_text)
        self._burst.add(key)
        self._after_text = self._after_text or self._burst.is_text
        return self._burst


class TypeAhead(App[None]):
    """An app whose keys wait while the topmost screen says so (see `HoldsKeys`)."""

    HOLD_KEYS: bool | None = None
    """Whether keys are held; None for: in a terminal, but not under a test's pilot, which waits by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._holding = False
        self._held: deque[tuple[events.Event, Burst | None]] = deque()
        self._pace = Pace()
        self._burst: Burst | None = None
        self._timer: Timer | None = None
        self._awaited: events.Key | None = None
        self._awaited_until = 0.0
        self._focus_until = 0.0
        self._settled_from = 0.0

    async def on_event(self, event: events.Event) -> None:
        """Hold what is typed while the focus is on its way."""
        typed = isinstance(event, events.Paste) or (isinstance(event, events.Key) and not event.is_forwarded)
        if not typed or not self._holds or (isinstance(event, events.Key) and event.key in _NEVER_HELD):
            if isinstance(event, events.MouseDown):
                self._burst = None
            await super().on_event(event)
            if event is self._awaited:  # back from the widgets, and what it is bound to has run
                self._awaited = None
                self._settled_from = monotonic()
            return
        burst = self._pace.burst_of(event) if isinstance(event, events.Key) else None
        if self._ends_the_wait(event):
            if not self._topmost.give_up():
                await self._handle(event, burst)
            return
        self._held.append((event, burst))
        if not self._holding:
            await self._go_on()

    @property
    def typed_in_burst(self) -> bool:
        """Whether the key that was handled last came in a burst: it must not change anything yet."""
        return self._burst is not None and self._burst.is_text

    def acts_at_once(self, key: events.Key) -> bool:
        """Whether the key changes something without a question, outside of fields."""
        return False

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

    async def _handle(self, event: events.Event, burst: Burst | None) -> None:
        in_field = isinstance(self.focused, Input)
        self._burst = burst
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
            self._later(SETTLE, self._release)

    def _later(self, seconds: float, callback: Callable[[], Awaitable[None]]) -> None:
        """Look again, and no earlier: what was waited for before is no matter any more."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(seconds, callback)

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
            self._later(SETTLE, self._release)
            return
        self._awaited = None
        await self._go_on()

    async def _go_on(self) -> None:
        """Handle what is held, up to a key that others have to wait for."""
        self._holding = False
        while self._held and not self._holding:
            event, burst = self._held[0]
            left = self._company_in(event)
            if left > 0:
                self._holding = True
                self._later(left, self._go_on)
                return
            self._held.popleft()
            await self._handle(event, burst)

    def _company_in(self, event: events.Event) -> float:
        """Seconds in which the rest of a burst may still come, where the key may be the first one of it.

        A text may begin with the end of a line, which in a form that is open would save it; or with a key
        that changes something at once.
        """
        in_field = isinstance(self.focused, Input)
        presses = isinstance(event, events.Key) and (
            event.key == "enter" or (not in_field and (event.key == "space" or self.acts_at_once(event)))
        )
        return event.time + Pace.GAP - monotonic() if presses else 0.0

    def _under_way(self) -> bool:
        """Whether the key that the others wait for is still on its way through the widgets.

        On a busy host that takes longer than any fixed time. A key that a widget used up does not come
        back: it was stopped.
        """
        key = self._awaited
        return key is not None and not was_stopped(key) and monotonic() < self._awaited_until
