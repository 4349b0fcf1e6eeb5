"""What is said where what was asked for is so already (R10)."""

from __future__ import annotations

from pftui.presentation.times import exact
from pftui.services.results import AlreadySo


def already(state: str, so: AlreadySo) -> str:
    """`ci-bot is disabled already: alice@acme.io did it at 2026-03-01 12:00:00 UTC. Nothing was changed.`

    Args:
        state: what is so, as the beginning of the sentence.
    """
    when = f" at {exact(so.at)}" if so.at is not None else ""
    told = f": {so.by} did it{when}" if so.by else ""
    return f"{state} already{told}. Nothing was changed."
