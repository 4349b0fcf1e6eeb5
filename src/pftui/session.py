"""The console's open store, and who is signed in to it: opened, polled, ended; free of any widget.

Blocking calls run in threads. What has happened is told to a listener on the event loop.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from pftui import bootstrap
from pftui.domain.audit import Checkpoint
from pftui.domain.clock import UNKNOWN_TIME, Clock
from pftui.domain.errors import (
    PasswordChangeRequired,
    PftuiError,
    SessionLocked,
    SignInFailed,
    StoreExists,
    StoreMissing,
)
from pftui.domain.store_urls import sqlite_path
from pftui.process.source import here

if TYPE_CHECKING:
    from pathlib import Path

    from pftui.domain.accounts import Operator
    from pftui.domain.secret import Secret
    from pftui.domain.teams import Organization
    from pftui.services.contracts import Services
    from pftui.services.results import NewOrganization, Revision, SignedIn


#: Seconds that a store which does not answer may take to hear that the console is left.
LEAVING = 1.0
#: Where keys are in use all the time, what is on the screen is read again so often at most.
USES_EVERY = timedelta(seconds=5)


class SessionListener(Protocol):
    """What a session tells."""

    async def store_missing(self) -> None:
        """There is no store yet."""

    def store_unavailable(self, error: PftuiError) -> None:
        """The store cannot be opened."""

    def store_opened(self) -> None:
        """The store is open; nobody is signed in yet."""

    def session_started(self) -> None:
        """The store is open and somebody is signed in."""

    async def session_ended(self, sentence: str) -> None:
        """The operator may not go on; `sentence` says why."""

    def session_locked(self) -> None:
        """The operator may go on once the password is given again."""

    def open_again(self) -> None:
        """Have `Session.open` run once more, in a task that outlives the screen that asks for it."""

    def store_failed(self, error: PftuiError) -> None:
        """The store did not answer."""

    def store_looked_at(self, *, changed: bool, used: bool) -> None:
        """The store answers; whether something that lists show has changed since the last time.

        With `used` nothing has, but when accounts and keys were used last.
        """

    def operator_changed(self, before: Operator) -> None:
        """The store answers, and the operator's name or privileges are others than before."""


class Session:
    """One store for as long as the console runs, and one operator after another.

    Args:
        url: the store's SQLAlchemy URL; None for the demo's own.
        demo: open a throw-away store with sample data, signed in.
        listener: hears what happens.
        lock_minutes: lock after so many minutes without a key, where the organization would wait longer
            (see `domain.sessions.idle_lock_minutes`).
    """

    def __init__(
        self,
        url: str | None,
        *,
        demo: bool,
        clock: Clock,
        listener: SessionListener,
        lock_minutes: int | None = None,
    ) -> None:
        self._url = url or ""
        self.demo = demo
        self.lock_minutes = lock_minutes
        self.ready = False
        """Whether the store is open and somebody is signed in."""
        self.entered_at = UNKNOWN_TIME
        """When the operator came in."""
        self._services: Services | None = None
        self._operator: Operator | None = None
        self._signed_in: Operator | None = None
        self._clock = clock
        self._listener = listener
        self._opened = asyncio.Event()
        self.open_error: PftuiError | None = None
        self.head: Checkpoint | None = None
        """The trail's head after the last sign-out of a global admin, where the store has told."""
        self._revision: Revision | None = None
        self._uses_told_at = UNKNOWN_TIME
        self._looking = False

    @property
    def file(self) -> Path | None:
        """The file of an SQLite store; None for a database server or the demo."""
        return sqlite_path(self._url)

    @property
    def services(self) -> Services:
        """The services of the open store; until it is open there are none, which nobody may ask for."""
        if self._services is None:
            raise RuntimeError("the store is not open")
        return self._services

    @services.setter
    def services(self, services: Services) -> None:
        self._services = services

    @property
    def operator(self) -> Operator:
        """Who is signed in, or was the last to be."""
        if self._operator is None:
            raise RuntimeError("nobody has signed in")
        return self._operator

    @operator.setter
    def operator(self, operator: Operator) -> None:
        self._operator = operator

    # The store

    async def open(self) -> None:
        """Open the store, and tell how it went."""
        self.open_error = None
        try:
            services, operator, revision = await asyncio.to_thread(self._open)
        except StoreMissing:
            await self._listener.store_missing()
        except PftuiError as error:
            self.open_error = error
            self._listener.store_unavailable(error)
        else:
            self.services, self._revision = services, revision
            if operator is not None:
                self.start(operator)
            else:
                self._listener.store_opened()
        self._opened.set()

    def _open(self) -> tuple[Services, Operator | None, Revision]:
        """In a thread."""
        operator: Operator | None = None
        if self.demo:
            services, operator = bootstrap.open_demo(self._clock)
        else:
            services = bootstrap.open_services(self._url, self._clock)
        return services, operator, services.lifecycle.revision()

    async def create(self, organization: NewOrganization) -> SignedIn | None:
        """Create the store, open it and sign its admin in; None where somebody else has made one meanwhile.

        Raises:
            PftuiError: what `bootstrap.create_store` does; nothing was created.
        """
        password, email = organization.admin_password, organization.admin_email.strip()
        try:
            await asyncio.to_thread(bootstrap.create_store, self._url, organization, self._clock, here())
        except StoreExists:
            await self._use_new_store()
            return None
        await self._use_new_store()
        return await self._with_password(email, password)

    async def _with_password(self, email: str, password: Secret) -> SignedIn:
        with_password = self.services.sign_in.with_password
        signed_in = await asyncio.to_thread(with_password, email, password, source=here())
        self._signed_in = signed_in.operator
        return signed_in

    async def _use_new_store(self) -> None:
        self.services = await asyncio.to_thread(bootstrap.open_services, self._url, self._clock)
        self._opened.set()

    async def close(self) -> None:
        """Sign out and give the store back.

        A store that does not answer hears nothing of it: the session is listed as open until it is ended.
        """
        if self._services is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.sign_out(), LEAVING)
            await asyncio.to_thread(self._services.lifecycle.close)

    async def wait_until_open(self) -> None:
        """Until opening the store has come to its end, one way or the other."""
        await self._opened.wait()

    # The operator

    async def sign_in(self, email: str, password: Secret) -> SignedIn:
        """Look at a password, once the store is open; where it could not be opened, try that again first.

        Raises:
            PftuiError: what opening the store or `SignInService.with_password` raises.
        """
        if self.open_error is not None:
            self._opened.clear()
            self._listener.open_again()
        await self.wait_until_open()
        if self.open_error is not None:
            raise self.open_error
        return await self._with_password(email, password)

    def prove(self, password: Secret) -> None:
        """The operator's password, given again; in a thread. Raises what `SessionService.prove` does."""
        self.services.sessions.prove(self.operator, password)

    async def sign_in_again(self, password: Secret) -> None:
        """The same operator, by a new session where the one before has ended.

        Raises:
            SignInFailed: it is not their password, or their address is somebody else's now.
            PasswordChangeRequired: it is a temporary one, which opens nothing but its own change.
        """
        signed_in = await self._with_password(self.operator.email or "", password)
        if signed_in.must_change_password or signed_in.operator.id != self.operator.id:
            await self._end_row()
            if signed_in.must_change_password:
                raise PasswordChangeRequired(
                    "This is a temporary password, which unlocks nothing: sign out first."
                )
            raise SignInFailed("The password is wrong.")
        self.operator = signed_in.operator

    async def sign_out(self) -> PftuiError | None:
        """Nobody is signed in any more, and the session's row says so; or why that could not be written."""
        self.end()
        return await self._end_row()

    async def _end_row(self) -> PftuiError | None:
        operator, self._signed_in, self.head = self._signed_in, None, None
        if operator is not None:
            try:
                self.head = await asyncio.to_thread(self.services.sessions.sign_out, operator)
            except PftuiError as error:
                return error
        return None

    def start(self, operator: Operator) -> None:
        """This is the operator from now on."""
        self.operator = operator
        self.entered_at = self._clock()
        self.ready = True
        self._listener.session_started()

    def enter(self, operator: Operator) -> None:
        """The same for who comes in by the sign-in: the lists are read as they open."""
        self.operator = operator
        self.entered_at = self._clock()
        self.ready = True
        self._revision = None

    def end(self) -> None:
        """Nobody is signed in any more."""
        self.ready = False

    # Being current

    async def look(self) -> None:
        """See whether the operator may go on, and whether something has changed; one look at a time."""
        if not self.ready or self._looking:
            return
        self._looking = True
        lifecycle, asked = self.services.lifecycle, self.operator
        try:
            operator, revision = await asyncio.to_thread(lifecycle.look, asked)
            organization = await asyncio.to_thread(self._organization, revision)
        except SignInFailed as error:
            if self._still(asked):
                await self._listener.session_ended(error.message)
        except SessionLocked:
            if self._still(asked):
                self._listener.session_locked()
        except PftuiError as error:
            self._listener.store_failed(error)
        else:
            if organization != self.services.organization:
                self.services = replace(self.services, organization=organization)
            if self._still(asked):
                self._looked(operator, revision)
        finally:
            self._looking = False

    def _organization(self, revision: Revision) -> Organization:
        """In a thread: its settings, where they may have changed."""
        same = self._revision is not None and revision.changes == self._revision.changes
        return self.services.organization if same else self.services.lifecycle.organization()

    def _still(self, operator: Operator) -> bool:
        """Whether the same person is signed in as when the store was asked: its answer may come late."""
        return self.ready and self.operator is operator

    def _looked(self, operator: Operator, revision: Revision) -> None:
        before_it, now = self._revision, self._clock()
        changed = before_it is None or revision.changes != before_it.changes
        used = before_it is not None and not changed and revision.uses != before_it.uses
        if used and timedelta() <= now - self._uses_told_at < USES_EVERY:
            used = False  # a later look tells of it
        else:
            self._revision = revision
        if used:
            self._uses_told_at = now
        if operator != self.operator:
            before, self.operator = self.operator, operator
            self._listener.operator_changed(before)
        else:
            self._listener.store_looked_at(changed=changed, used=used)
