"""The open store itself: whether it has changed, whether its operator is still there, and its end."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

from pftui.domain.accounts import Operator
from pftui.domain.clock import Clock
from pftui.domain.teams import Organization
from pftui.repositories.database.engine import connect
from pftui.repositories.unit_of_work import Store
from pftui.services.policy import current_operator
from pftui.services.verification.verifier import Verifier


@dataclass(frozen=True, slots=True)
class OpenStore:
    """The open store itself."""

    store: Store
    verifier: Verifier

    @classmethod
    def open(cls, url: str, clock: Clock) -> Self:
        """Connect to an existing store, with a verifier on the same connections."""
        with ExitStack() as undo:
            store = Store(connect(url))
            undo.callback(store.close)
            verifier = Verifier.sharing(store, clock)
            undo.pop_all()
        return cls(store, verifier)

    def organization(self) -> Organization:
        """The tenant of this store."""
        with self.store.read() as unit:
            return unit.organization.get()

    def refresh(self, operator: Operator) -> Operator:
        """The operator as the store has them now. Raises `SignInFailed`: disabled or deleted meanwhile."""
        with self.store.read() as unit:
            return current_operator(unit, operator)

    def revision(self) -> str:
        """A short text that differs after any change that a list shows: one cheap query, to poll with."""
        with self.store.read() as unit:
            head = unit.audit.head()
            return f"{head[0] if head else None}.{unit.accounts.last_used()}"

    def close(self) -> None:
        """Give the connections back."""
        self.verifier.close()
        self.store.close()
