"""How far something long is, told now and then on standard error."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from pftui.commands.failures import notify

_EVERY = 2.0  # seconds between two words


@dataclass
class Progress:
    """Tells now and then how far what is being done is: "Bringing over", "Clearing".

    It is empty where that is told with what it is done to.
    """

    doing: str
    _told: float = field(default_factory=monotonic, init=False)

    def __call__(self, what: str, done: int, total: int) -> None:
        """So much of it is done, of so much (0 where that is not known)."""
        now = monotonic()
        if total and now - self._told < _EVERY:
            return
        self._told = now
        said = f"{self.doing} the {what}" if self.doing else what
        notify(f"{said}: {done / total:.0%}." if total else f"{said} …")
