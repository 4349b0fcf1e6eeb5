"""What a person's commands have seen of stores on servers, from one to the next.

Without it each command would begin to see anew, and believe a primary that another one took the place of.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pftui.domain.audit import Checkpoint
from pftui.process.own_files import state_folder
from pftui.process.remembered import Remembered
from pftui.repositories.database.standing import SEEN, Head

_OF = "seen"


@dataclass
class SeenBefore:
    """The newest event of each store, kept by the store's id; no loss where it cannot be."""

    _kept: Remembered = field(default_factory=lambda: Remembered(state_folder()))
    _known: dict[str, Head] = field(default_factory=dict)

    def recall(self, store_id: str) -> Head | None:
        """What was seen of a store."""
        try:
            head = Head(*Checkpoint.parse(self._kept.word(_OF, store_id) or ""))
        except ValueError:
            return None
        self._known[store_id] = head
        return head

    def how_to_forget(self, store_id: str) -> str:
        """What a person does to have it forgotten."""
        return f"remove {self._kept.path(_OF, store_id)}"

    def keep(self) -> None:
        """Keep what is newer by now."""
        for store_id, head in SEEN.heads.items():
            if self._known.get(store_id) != head:
                self._kept.keep(f"{head.sequence}:{head.hash}", _OF, store_id)


def remember() -> SeenBefore:
    """From here on believe nothing that is behind what was seen before."""
    found = SEEN.memory
    if not isinstance(found, SeenBefore):
        found = SEEN.memory = SeenBefore()
    return found


def stop() -> None:
    """Keep what was seen, and forget it here."""
    if isinstance(SEEN.memory, SeenBefore):
        SEEN.memory.keep()
        SEEN.memory = None
