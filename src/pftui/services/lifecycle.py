"""The open store itself: whether it has changed, whether its operator is still there, and its end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from pftui.domain.accounts import Operator
from pftui.domain.clock import Clock
from pftui.domain.errors import StoreUnavailable, StoreVersionChanged
from pftui.domain.sessions import SEEN_EVERY
from pftui.domain.teams import Organization
from pftui.repositories.database.engine import connect
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.policy import current_operator, ensure_unlocked
from pftui.services.results import Revision
from pftui.services.signing_in.session_rows import session_of
from pftui.services.verification.verifier import Verifier

_log = logging.getLogger("pftui.sessions")
_log.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class OpenStore:
    """The open store itself."""

    store: Store
    verifier: Verifier
    clock: Clock

    @classmethod
    def open(cls, url: str, clock: Clock) -> Self:
        """Connect to an existing store, with a verifier on the same connections."""
        with ExitStack() as undo:
            store = Store(connect(url))
            undo.callback(store.close)
            verifier = Verifier.sharing(store, clock)
            undo.pop_all()
        return cls(store, verifier, clock)

    def organization(self) -> Organization:
        """The tenant of this store."""
        with self.store.read() as unit:
            return unit.organization.get()

    def refresh(self, operator: Operator) -> Operator:
        """The operator as the store has them now; a look once a while at whether they may go on.

        Raises:
            SessionEnded: disabled, deleted or ended meanwhile.
            SessionLocked: the session is older than the organization lets it be.
            StoreVersionChanged: the store is of another version than this pftui now.
        """
        with self._current(operator) as (_, current):
            return current

    def look(self, operator: Operator) -> tuple[Operator, Revision]:
        """The same, and what `revision` gives, in one view of the store: to poll with. Raises as that."""
        with self._current(operator) as (unit, current):
            return current, _revision(unit)

    @contextmanager
    def _current(self, operator: Operator) -> Iterator[tuple[UnitOfWork, Operator]]:
        """A view of the store, and the operator in it; afterwards it is noted that the session was there."""
        now = self.clock()
        with self.store.read(of_this_version=True) as unit:
            current = current_operator(unit, operator)
            session = session_of(unit, current)
            unseen = session is not None and not timedelta() <= now - session.seen_at < SEEN_EVERY
            ensure_unlocked(unit, current, now)
            yield unit, current
        if unseen:
            self._note_seen(current, now)

    def _note_seen(self, operator: Operator, now: datetime) -> None:
        """Bookkeeping, which answers nobody: what cannot be written now is written at a later look."""
        try:
            with self.store.write() as unit:
                session = session_of(unit, operator)
                if session is not None:
                    session.seen_at = now
                    unit.commit()
        except StoreVersionChanged:
            raise
        except StoreUnavailable as error:
            _log.warning("it was not noted that a session was there: %s", error.message)

    def revision(self) -> Revision:
        """What differs after any change that a list shows, from a few cheap queries."""
        with self.store.read() as unit:
            return _revision(unit)

    def close(self) -> None:
        """Give the connections back."""
        self.verifier.close()
        self.store.close()


def _revision(unit: UnitOfWork) -> Revision:
    head = unit.audit.head()
    delivered = unit.deliveries.newest_numbers()
    return Revision(f"{head[0] if head else None}.{delivered}", unit.accounts.last_used())
