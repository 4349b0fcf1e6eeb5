"""A field to type into, with a cursor that stands still."""

from __future__ import annotations

from textual.reactive import var
from textual.widgets import Input


class Entry(Input):
    """Textual's `Input` without the blinking, every beat of which is sent over the link."""

    cursor_blink = var(False, init=False)
