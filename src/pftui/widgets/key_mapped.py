"""Keys that stand for others, as somebody has chosen."""

from __future__ import annotations

from textual import events
from textual.app import App


class KeyMapped(App[None]):
    """An app that asks, right before a key is handled, which one is meant by it.

    So late because the answer depends on what is open and has the focus then, and because how fast keys
    come, and whether they make a text, is told by those that were pressed.
    """

    def meant(self, event: events.Key) -> str | None:
        """The name of the key that this one stands for here; None where it means nothing."""
        return event.key

    def do_meant(self, meant: str) -> bool:
        """Do what no key means; whether that was it."""
        return False

    async def on_event(self, event: events.Event) -> None:
        """The event stays the same one: others wait for it to come back from the widgets."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            meant = self.meant(event)
            if meant is None or self.do_meant(meant):
                return
            if meant != event.key:
                event.key, event.character = meant, None
        await super().on_event(event)
