"""A field to type into: keys take effect in the order of typing, and the cursor stands still."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.reactive import var
from textual.widgets import Input

from pftui.terminal.textual_private import bindings_of


class Entry(Input):
    """Textual's `Input`, less two habits that a slow link does not forgive.

    It does not blink, every beat of which would be sent. And a key that edits takes effect at once,
    as a letter does: Textual would pass it up to the app and back, while letters that came in the
    same packet are inserted already, so that a backspace would take the wrong one.
    """

    cursor_blink = var(False, init=False)

    clean: Callable[[str], str] | None = None
    """What is made of a text before it is anybody's: what must not be seen is never held, nor drawn."""

    def validate_value(self, value: str) -> str:
        """The text as it may be seen."""
        return value if self.clean is None else self.clean(value)

    async def on_key(self, event: events.Key) -> None:
        """Do what the key is bound to, before the next one comes."""
        if event.is_printable:
            return
        for binding in bindings_of(self, event.key):
            if not binding.priority and await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return
