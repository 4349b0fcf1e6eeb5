"""May this key do that? The verifier that the command line and Python programs ask.

A key is checked for its format without a look-up. Then everything that the store says of it is read in one
statement, every time or whenever something was committed since (R9, `key_lookup/kept.py`); what is
remembered beside that is only that the key matched the hash that was just read (see `matches.py`). How, is
in `answering.py`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self, TypeVar

from pftui.domain.clock import Clock, utc_now
from pftui.domain.decisions import Decision, denied
from pftui.domain.errors import PftuiError, WrongUsage
from pftui.domain.http_answer import HeaderValues, key_of_request
from pftui.domain.permissions import Permission, PermissionName
from pftui.domain.secret import Secret
from pftui.repositories.key_lookup.reader import KeyReader, store_slow
from pftui.services.location import store_url
from pftui.services.verification.answering import (
    NOTE,
    RUN,
    Answering,
    Call,
    Step,
    Steps,
)
from pftui.services.verification.connections import Connections
from pftui.services.verification.matches import Monotonic
from pftui.services.verification.process import PROCESS
from pftui.services.verification.questions import wanted_permissions
from pftui.services.verification.time_limit import deadline, left, turn_slow, valid
from pftui.services.verification.watching import Cache, Hook, Watch, escaped

if TYPE_CHECKING:
    from pftui.repositories.unit_of_work import Store
    from pftui.services.verification.asynchronous import AsyncVerifier

Answer = TypeVar("Answer")
_NOT_LOOKED_FOR: Final[tuple[int, Cache]] = (0, "none")
_REMEMBERED: Final[tuple[int, Cache]] = (0, "match")


class Verifier:
    """Answers what a key may do; safe to use from several threads, and after a fork.

    Args:
        url: the store, as an SQLAlchemy URL or a path; by default that of the command line.
        clock: the time that *last used* is written with.
        timeout: seconds after which a call gives up, this one too; None for none but that of each wait.
        hook: is told of each call, in a thread of its own; it changes no answer.

    Raises:
        StoreMissing, StoreOutdated, StoreUnavailable, WrongUsage: as `connect` says.
        TryAgain: with a `timeout`, too many wait already.
    """

    # For those who derive a verifier that opens no store.
    timeout: float | None = None
    watch = Watch(None)

    def __init__(
        self,
        url: str | Path | None = None,
        clock: Clock = utc_now,
        *,
        timeout: float | None = None,
        hook: Hook | None = None,
    ) -> None:
        where = store_url(url)
        self._begin(_opened(where, valid(timeout)), clock, timeout, hook)
        self._give_back: Callable[[], None] = partial(PROCESS.connections.give_back, where)

    @classmethod
    def on(
        cls,
        url: str,
        connections: Connections,
        *,
        clock: Clock,
        timeout: float | None,
        hook: Hook | None,
    ) -> Verifier:
        """A verifier on connections that were opened for it (see `begin_opening`)."""
        verifier = cls.__new__(cls)
        verifier._begin(connections, clock, timeout, hook)
        verifier._give_back = partial(PROCESS.connections.give_back, url)
        return verifier

    @classmethod
    def sharing(cls, store: Store, clock: Clock = utc_now, monotonic: Monotonic = time.monotonic) -> Verifier:
        """A verifier on a store that is open already, and that closing the verifier leaves open."""
        verifier = cls.__new__(cls)
        connections = Connections(KeyReader(store.engine))
        PROCESS.others.add(connections)
        verifier._begin(connections, clock, None, None, monotonic)
        verifier._give_back = connections.end
        return verifier

    def _begin(
        self,
        connections: Connections,
        clock: Clock,
        timeout: float | None,
        hook: Hook | None,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self.answering = Answering(connections, clock, monotonic)
        self._closed = threading.Lock()  # taken by who closes, for good: of two threads only one does
        self.timeout = valid(timeout)
        self.watch = Watch(hook)
        PROCESS.others.add(self.watch)

    def verify(
        self,
        key: str | bytes | Secret | None,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        touch: bool = True,
        timeout: float | None = None,
        caller: str | None = None,
    ) -> Decision:
        """The decision for a key. Blocks: for a tenth of a second at first sight of a key, then for none.

        Args:
            key: bytes of ASCII are a key too; what is none of these is malformed.
            team: a team's id, slug or name. Without one, any assignment will do, or global admin privileges.
            permission: what the key must be allowed in the team; an older name means two, both of which.
            touch: whether a success counts as a use: it is noted as the last one, and clears "key unsaved".
                Without, nothing is written to the store.
            timeout: seconds for this call, in place of the verifier's.
            caller: who asks, for the hook and the log: 200 characters at most, what is more is cut off.

        Raises:
            WrongUsage: no such permission, or one without a team; for a valid key also `UnknownTeam`.
            StoreUnavailable: the store cannot be read, or not in time; nothing was decided. `StoreDamaged`
                where what it has of this key is damaged.
            TryAgain: too many wrong secrets lately, or too many wait; nothing was decided.
        """
        who = None
        call: Call | None = None
        begun = time.perf_counter()
        try:
            who = escaped(caller)
            if type(key) is str and timeout is None is self.timeout:
                found = self.answering.at_once(key, team, permission, touch=touch)
            else:
                found = Call(self.answering, key, team)
            if isinstance(found, Call):
                call = found
                decision = self._answer(call, call.steps(permission, touch), timeout)
            else:
                decision = found
        except BaseException as error:
            told = (call.runs, call.cache) if call is not None else _NOT_LOOKED_FOR
            self.watch.tell(error, time.perf_counter() - begun, *told, who)
            raise
        if self.watch.is_on:
            told = (call.runs, call.cache) if call is not None else _REMEMBERED
            self.watch.tell(decision, time.perf_counter() - begun, *told, who)
        return decision

    def verify_header(
        self,
        authorization: HeaderValues,
        x_api_key: HeaderValues = None,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        touch: bool = True,
        timeout: float | None = None,
        caller: str | None = None,
    ) -> Decision:
        """The decision for a request, by its headers; `status` and `headers` of it are the answer's. Blocks.

        Args:
            authorization: of `Authorization`: its value, all its values, or None where there is none.
            x_api_key: of `X-API-Key`, likewise.
            team, permission, touch, timeout, caller: as in `verify`.

        Raises:
            WrongUsage, StoreUnavailable, TryAgain: as `verify` says.
        """
        key, refused = self.of_request(authorization, x_api_key, team, permission, caller)
        if refused is not None:
            return refused
        return self.verify(key, team, permission, touch=touch, timeout=timeout, caller=caller)

    def of_request(
        self,
        authorization: HeaderValues,
        x_api_key: HeaderValues,
        team: str | None,
        permission: str | None,
        caller: str | None,
    ) -> tuple[str, Decision | None]:
        """The key in a request, or the denial of one that has none to look at. Raises `WrongUsage`."""
        key, reason = key_of_request(authorization, x_api_key)
        if reason is None:
            return key, None  # `verify` looks at the rest
        who = None
        try:
            who = escaped(caller)
            wanted_permissions(permission, team)
        except WrongUsage as error:
            self.watch.tell(error, 0.0, 0, "none", who)
            raise
        decision = denied(reason)
        self.watch.tell(decision, 0.0, 0, "none", who)
        return key, decision

    def for_loop(self) -> AsyncVerifier:
        """The like of it for event loops, which stays open as long as this one does."""
        from pftui.services.verification.asynchronous import AsyncVerifier

        return AsyncVerifier.sharing(self)

    def check(
        self,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        timeout: float | None = None,
    ) -> None:
        """Look, when a program starts, whether what it will ask about exists. Blocks.

        Raises:
            WrongUsage: there is no such permission. `UnknownTeam`: no team, or more than one, is called so.
            StoreUnavailable: the store cannot be read, or not in time.
            TryAgain: with a time-out, too many wait already.
        """
        self._look(partial(self.answering.check, team, permission), timeout)

    def health(self, *, timeout: float | None = None) -> None:
        """Read the schema's version and a row, for a probe of readiness. Blocks.

        Raises:
            StoreUnavailable: keys cannot be looked up, and why.
            TryAgain: with a time-out, too many wait already.
        """
        self._look(self.answering.check_health, timeout)

    def close(self) -> None:
        """Give the connections back; who was given the same URL may be using them."""
        if not self._closed.acquire(blocking=False):
            return
        self.answering.is_open = False
        try:
            self.answering.leave()
            self.watch.close()
        finally:
            self._give_back()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A Verifier holds connections, so it is neither pickled nor copied: make one in each process, or "
            "before the processes are forked."
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self, call: Call, steps: Steps, timeout: float | None) -> Decision:
        seconds = self.timeout if timeout is None else valid(timeout)
        take = self.answering.here if seconds is None else partial(self._take_in_time, deadline(seconds))
        try:
            step = next(steps)
            while True:
                step = steps.send(take(step, call))
        except StopIteration as end:
            decision: Decision = end.value
            return decision

    def _take_in_time(self, until: float, step: Step, call: Call) -> Any:
        try:
            found = self.answering.begin(step, call, until, look=True)
            if isinstance(found, Future):
                return _in_time(found, until, turn_slow if step is RUN else store_slow)
        except PftuiError:
            if step is NOTE:  # on which no answer depends
                return None
            raise
        return found

    def _look(self, look: Callable[[float | None], None], timeout: float | None) -> None:
        seconds = self.timeout if timeout is None else valid(timeout)
        if seconds is None:
            look(None)
            return
        until = deadline(seconds)
        _in_time(PROCESS.store.submit(partial(look, until)), until, store_slow)


def _in_time(future: Future[Answer], until: float, too_late: Callable[[], PftuiError]) -> Answer:
    """What comes up to a time. Raises what has gone wrong, or `too_late`."""
    try:
        return future.result(left(until))
    except TimeoutError:
        raise too_late() from None


def _opened(url: str, timeout: float | None) -> Connections:
    if timeout is None:
        return PROCESS.connections.open(url)
    until = deadline(timeout)
    future = begin_opening(url, until)
    try:
        return _in_time(future, until, store_slow)
    except BaseException:
        give_back_late(url, future)
        raise


def begin_opening(url: str, until: float | None) -> Future[Connections]:
    """Open in a thread beside; whoever waits for it no longer has to `give_back_late`."""
    return PROCESS.store.submit(partial(PROCESS.connections.open, url, until))


def give_back_late(url: str, future: Future[Connections]) -> None:
    """Give back what is opened once nobody waits for it."""

    def opened(done: Future[Connections]) -> None:
        if done.exception() is None:
            PROCESS.connections.give_back(url)

    future.add_done_callback(opened)
