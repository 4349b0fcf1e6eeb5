"""One transaction: rolls back on leaving, commits only when told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from pftui.repositories.accounts import AccountRepository
from pftui.repositories.audit import AuditRepository
from pftui.repositories.credentials import CredentialRepository
from pftui.repositories.database.engine import for_reading, for_writing, watched_file
from pftui.repositories.database.generation import let_go
from pftui.repositories.errors import translated
from pftui.repositories.invariants import StoreSession
from pftui.repositories.organization import OrganizationRepository
from pftui.repositories.roles import RoleRepository
from pftui.repositories.teams import TeamRepository


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """The repositories of one transaction."""

    session: Session
    accounts: AccountRepository
    credentials: CredentialRepository
    teams: TeamRepository
    roles: RoleRepository
    organization: OrganizationRepository
    audit: AuditRepository

    def flush(self) -> None:
        """Send what was changed, so that the queries that follow see it."""
        self.session.flush()

    def commit(self) -> None:
        """Make the changes last. What is not committed is undone on leaving."""
        self.session.commit()


class Store:
    """Gives units of work on one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = for_reading(engine)
        self._writing = for_writing(engine)
        self._file = watched_file(engine)

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """A transaction for reading: one consistent view."""
        self._check_file()
        with translated(), StoreSession(self._reading, expire_on_commit=False) as session:
            yield _unit_of_work(session)

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """A transaction for a change. Changes happen one after another, on every database.

        SQLite takes its write lock at BEGIN IMMEDIATE; elsewhere the head of the audit trail is
        locked, so that what a service checks still holds when it commits (R5).

        Raises:
            StoreBusy: another writer held the lock for longer than the engine's busy time-out.
        """
        self._check_file()
        with translated(), StoreSession(self._writing, expire_on_commit=False) as session:
            unit = _unit_of_work(session)
            unit.audit.lock()
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
        let_go(self.engine)


def _unit_of_work(session: Session) -> UnitOfWork:
    return UnitOfWork(
        session,
        AccountRepository(session),
        CredentialRepository(session),
        TeamRepository(session),
        RoleRepository(session),
        OrganizationRepository(session),
        AuditRepository(session),
    )
