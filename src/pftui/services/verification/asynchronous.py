"""The verifier for programs with an event loop: the same answers, found in threads beside it.

On the loop's own thread only a key that has matched before is looked up, in an SQLite file, where nothing has
to be waited for. All else is done by the two pools of `process.py`, that of argon2 and that of the store.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

from pftui.domain.clock import Clock, utc_now
from pftui.domain.decisions import Decision
from pftui.domain.errors import PftuiError, StoreUnavailable
from pftui.domain.http_answer import HeaderValues
from pftui.domain.permissions import Permission, PermissionName
from pftui.domain.secret import Secret
from pftui.repositories.key_lookup.reader import store_slow
from pftui.services.location import store_url
from pftui.services.verification.answering import NOTE, RUN, Call, Step, Steps
from pftui.services.verification.process import PROCESS
from pftui.services.verification.time_limit import deadline, left, turn_slow, valid
from pftui.services.verification.verifier import Verifier, begin_opening, give_back_late
from pftui.services.verification.watching import Hook, escaped

Answer = TypeVar("Answer")


class AsyncVerifier:
    """Answers what a key may do; opened by `async with`, which raises what `Verifier` raises.

    All of it may raise `TryAgain` too, where too many wait already.

    Args:
        url, clock, timeout, hook: as for `Verifier`.
    """

    def __init__(
        self,
        url: str | Path | None = None,
        clock: Clock = utc_now,
        *,
        timeout: float | None = None,
        hook: Hook | None = None,
    ) -> None:
        self._timeout = valid(timeout)
        self._url = url
        self._make = partial(Verifier.on, clock=clock, timeout=timeout, hook=hook)
        self._verifier: Verifier | None = None
        self._shared: Verifier | None = None
        self.after_fork()
        PROCESS.others.add(self)

    @classmethod
    def sharing(cls, verifier: Verifier) -> AsyncVerifier:
        """One that asks a verifier which is open already, and which closing this one leaves open."""
        made = cls(timeout=verifier.timeout)
        made._verifier = made._shared = verifier
        return made

    def after_fork(self) -> None:
        """Leave what is under way to the parent process."""
        self._under_way: set[Future[Any]] = set()
        self._calls = 0  # whether or not a thread has something to do for them just now

    async def verify(
        self,
        key: str | bytes | Secret | None,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        touch: bool = True,
        timeout: float | None = None,  # noqa: ASYNC109  # as `Verifier.verify`; the work goes on after its end
        caller: str | None = None,
    ) -> Decision:
        """As `Verifier.verify`."""
        verifier = self._opened()
        watch, who = verifier.watch, None
        call = Call(verifier.answering, key, team)
        begun = time.perf_counter()
        self._calls += 1
        try:
            who = escaped(caller)
            decision = await self._answer(verifier, call, call.steps(permission, touch), timeout)
        except BaseException as error:
            watch.tell(error, time.perf_counter() - begun, call.runs, call.cache, who)
            raise
        finally:
            self._calls -= 1
        if watch.is_on:
            watch.tell(decision, time.perf_counter() - begun, call.runs, call.cache, who)
        return decision

    async def verify_header(
        self,
        authorization: HeaderValues,
        x_api_key: HeaderValues = None,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        touch: bool = True,
        timeout: float | None = None,  # noqa: ASYNC109
        caller: str | None = None,
    ) -> Decision:
        """As `Verifier.verify_header`."""
        key, refused = self._opened().of_request(authorization, x_api_key, team, permission, caller)
        if refused is not None:
            return refused
        return await self.verify(key, team, permission, touch=touch, timeout=timeout, caller=caller)

    async def check(
        self,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> None:
        """As `Verifier.check`."""
        await self._look(partial(self._opened().answering.check, team, permission), timeout)

    async def health(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """As `Verifier.health`."""
        await self._look(self._opened().answering.check_health, timeout)

    async def aclose(self) -> None:
        """Wait for what is under way, of cancelled calls too, then give the connections back.

        With a time-out it waits no longer than that: what comes later finds its connection closed.
        """
        verifier, self._verifier = self._verifier, None
        if verifier is None or verifier is self._shared:
            return
        try:
            await self._through(None if self._timeout is None else deadline(self._timeout))
        finally:  # where this is cancelled, too
            closing = asyncio.get_running_loop().run_in_executor(None, verifier.close)
        await asyncio.shield(closing)

    async def _through(self, until: float | None) -> None:
        """Wait until nothing is under way, or up to a time. A call goes from one thread to the next."""
        while (self._under_way or self._calls) and (until is None or left(until)):
            under_way = [asyncio.wrap_future(future) for future in list(self._under_way)]
            if not under_way:
                await asyncio.sleep(0)  # a call has its answer, and is about to go on
                continue
            done, _ = await asyncio.wait(under_way, timeout=None if until is None else left(until))
            for each in done:
                each.exception()  # which was told to who asked, if anybody still did

    async def __aenter__(self) -> Self:
        self._verifier = self._verifier or self._shared
        if self._verifier is None:
            where = store_url(self._url)
            until = None if self._timeout is None else deadline(self._timeout)
            PROCESS.argon2.start()  # here, and not while somebody waits for an answer
            opening = begin_opening(where, until)
            try:
                connections = await self._in_time(opening, until, Step.READ)
            except BaseException:
                give_back_late(where, opening)
                raise
            self._verifier = self._make(where, connections)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "An AsyncVerifier holds connections, so it is neither pickled nor copied: make one in each "
            "process."
        )

    def _opened(self) -> Verifier:
        if self._verifier is None:
            raise StoreUnavailable(
                "This verifier is not open: use it inside `async with`. Nothing was decided."
            )
        return self._verifier

    async def _answer(self, verifier: Verifier, call: Call, steps: Steps, seconds: float | None) -> Decision:
        seconds = verifier.timeout if seconds is None else valid(seconds)
        until = None if seconds is None else deadline(seconds)
        try:
            step = next(steps)
            while True:
                if step is NOTE:
                    await self._note(verifier, call, until)
                    step = steps.send(None)
                    continue
                found = verifier.answering.begin(step, call, until, look=False)
                if isinstance(found, Future):
                    found = await self._in_time(found, until, step)
                step = steps.send(found)
        except StopIteration as end:
            decision: Decision = end.value
            return decision

    async def _note(self, verifier: Verifier, call: Call, until: float | None) -> None:
        """Let a note be written; no answer depends on whether it is."""
        try:
            future = verifier.answering.begin(NOTE, call, until, look=False)
            await self._in_time(future, until, NOTE)
        except PftuiError:
            return  # too many wait, or it takes too long: it is in its thread's hands

    async def _look(self, look: Callable[[float | None], None], seconds: float | None) -> None:
        seconds = self._opened().timeout if seconds is None else valid(seconds)
        until = None if seconds is None else deadline(seconds)
        await self._in_time(PROCESS.store.submit(partial(look, until)), until, NOTE)

    async def _in_time(self, future: Future[Answer], until: float | None, step: Step) -> Answer:
        """What comes up to a time; the work stays with its thread, whatever becomes of who waits for it."""
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        waited = asyncio.wrap_future(future)
        if until is None:
            return await waited
        try:
            return await asyncio.wait_for(waited, left(until))
        except TimeoutError:
            raise (turn_slow() if step is RUN else store_slow()) from None
