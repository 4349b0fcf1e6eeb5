"""One transaction: rolls back on leaving, commits only when told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from pftui.domain.interrupting import current
from pftui.repositories.accounts import AccountRepository
from pftui.repositories.audit import AuditRepository, is_recorded
from pftui.repositories.credentials import CredentialRepository
from pftui.repositories.database.engine import (
    for_reading,
    for_writing,
    refuse_other_version,
    watched_file,
)
from pftui.repositories.database.standing import SEEN, Head, believed, store_of
from pftui.repositories.deliveries import DeliveryRepository
from pftui.repositories.errors import translated
from pftui.repositories.invariants import StoreSession
from pftui.repositories.lost_answers import looked_up
from pftui.repositories.organization import OrganizationRepository
from pftui.repositories.roles import RoleRepository
from pftui.repositories.sessions import SessionRepository
from pftui.repositories.shared_view import check_same, enter
from pftui.repositories.sign_in_limits import SignInLimitRepository
from pftui.repositories.teams import TeamRepository
from pftui.repositories.webhooks import WebhookRepository


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """The repositories of one transaction."""

    session: Session
    accounts: AccountRepository
    credentials: CredentialRepository
    limits: SignInLimitRepository
    teams: TeamRepository
    roles: RoleRepository
    organization: OrganizationRepository
    audit: AuditRepository
    sessions: SessionRepository
    webhooks: WebhookRepository
    deliveries: DeliveryRepository

    def flush(self) -> None:
        """Send what was changed, so that the queries that follow see it."""
        self.session.flush()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Many changes that no query inside depends on: they are sent at once, and not one by one."""
        with self.session.no_autoflush:
            yield
        self.session.flush()

    def commit(self) -> None:
        """Make the changes last. What is not committed is undone on leaving.

        Where the answer is lost, the change is looked for by the id of its event.

        Raises:
            OutcomeUnknown: it could not be looked for.
        """
        self.session.flush()
        self.audit.count_filled()
        engine, event_id = self.session.get_bind(), self.audit.newest_id
        if not isinstance(engine, Engine) or event_id is None:
            self.session.commit()
            return
        store_id, newest = store_of(self.session.connection()), self.audit.locked
        with looked_up(engine, lambda connection: is_recorded(connection, event_id)):
            self.session.commit()
        if newest is not None:
            SEEN.note(store_id, Head(*newest))


class Store:
    """Gives units of work on one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = for_reading(engine)
        self._writing = for_writing(engine)
        self._file = watched_file(engine)

    @contextmanager
    def read(self, *, of_this_version: bool = False) -> Iterator[UnitOfWork]:
        """A transaction for reading: one consistent view.

        Args:
            of_this_version: look first whether the store still is.

        Raises:
            Interrupted: see `domain/interrupting.py`.
            StoreVersionChanged: it was brought to another version since it was opened.
        """
        self._check_file()
        with translated(), StoreSession(self._reading, expire_on_commit=False) as session:
            if of_this_version:
                refuse_other_version(session.connection())
            interrupt = current()
            if interrupt is None:
                yield _unit_of_work(session)
                return
            event.listen(session, "do_orm_execute", lambda _: interrupt.check())
            with interrupt.stopped_by(_stopper(session)):
                yield _unit_of_work(session)

    @contextmanager
    def read_shared(self, view: str) -> Iterator[UnitOfWork]:
        """The same view that another process has, which has shared it (`shared_view.py`).

        Raises:
            OtherView: it cannot be had here.
        """
        with self.read() as unit:
            connection = unit.session.connection()
            enter(connection, view)
            yield unit
            check_same(connection, view)

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """A transaction for a change. Changes happen one after another, on every database.

        SQLite takes its write lock at BEGIN IMMEDIATE; elsewhere the head of the audit trail is
        locked, so that what a service checks still holds when it commits (R5).

        Raises:
            StoreBusy: another writer held the lock for longer than the engine's busy time-out.
            StoreVersionChanged: the store was brought to another version since it was opened.
            StoreBehind: the store's server lacks what was seen of it.
        """
        self._check_file()
        with translated(), StoreSession(self._writing, expire_on_commit=False) as session:
            unit = _unit_of_work(session)
            with believed(session.connection()) as believe:
                unit.audit.lock()
                believe(unit.audit.locked)
            refuse_other_version(session.connection())
            yield unit

    @contextmanager
    def join(self, connection: Connection) -> Iterator[UnitOfWork]:
        """A unit of work inside a transaction that is under way, for making a store in one go."""
        with translated(), StoreSession(connection, join_transaction_mode="create_savepoint") as session:
            unit = _unit_of_work(session)
            unit.audit.lock()
            yield unit

    def _check_file(self) -> None:
        if self._file is not None:
            self._file.check()

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def _stopper(session: Session) -> Callable[[], object]:
    """Ends the statement that the session's connection is at; both drivers have a method of this name."""
    driver: Any = session.connection().connection.dbapi_connection
    stop: Callable[[], object] = driver.interrupt
    return stop


def _unit_of_work(session: Session) -> UnitOfWork:
    return UnitOfWork(
        session,
        AccountRepository(session),
        CredentialRepository(session),
        SignInLimitRepository(session),
        TeamRepository(session),
        RoleRepository(session),
        OrganizationRepository(session),
        AuditRepository(session),
        SessionRepository(session),
        WebhookRepository(session),
        DeliveryRepository(session),
    )
