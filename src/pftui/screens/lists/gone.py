"""What stands where something was shown that is there no more."""

from __future__ import annotations

from textual.content import Content

from pftui.presentation.gone import CHOOSE
from pftui.presentation.text import visible


def gone_text(sentence: str) -> Content:
    """In place of what was open: that it is gone, and what to do."""
    return Content.assemble((visible(sentence), "$warning"), (f"\n{CHOOSE}", "$muted"))
