"""What those who run a program see of its verifications, without a secret: events for a hook, and a log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import Literal

from pftui.domain.api_key import mask_keys, shown
from pftui.domain.decisions import Decision
from pftui.domain.errors import StoreUnavailable, TryAgain, WrongUsage
from pftui.services.verification.seldom import Seldom

Cache = Literal["none", "match", "wrong", "tag", "miss"]

CALLER_LENGTH = 200
_HELD = 10_000  # events that wait for a hook
_LAST_SECONDS = 1.0  # for a hook to see the last events, when its verifier is closed

_log = logging.getLogger("pftui.verification")
_log.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class VerificationEvent:
    """One call of a verifier, as a hook hears of it: no key, no key id, and nothing of the store.

    Attributes:
        outcome: `allowed`; or the word of a `Reason`; or, where nothing was decided, `try_again`,
            `store_unavailable`, `wrong_usage`, `cancelled` or `error`.
        seconds: how long the caller waited.
        runs: how many runs of argon2 this call made; who waits for another's run makes none.
        cache: what was remembered of the key: `match`, that it matched; `wrong`, that it did not; `miss`,
            nothing, so that argon2 was needed; `tag` where its tag told it from the right one; `none` where
            nothing was looked for.
        caller: who asked, as the program has said, escaped.
        lost: how many events before this one the hook was too slow for.
    """

    outcome: str
    seconds: float
    runs: int
    cache: Cache
    caller: str | None = None
    lost: int = 0


Hook = Callable[[VerificationEvent], object]


def escaped(caller: str | None) -> str | None:
    """Who asks, in printable characters of which there are at most 200, without the secret of any key.

    Raises:
        WrongUsage: it is no text.
    """
    if caller is None:
        return None
    if not isinstance(caller, str):
        raise WrongUsage("`caller` is a text, or None.")
    # What is cut off first could not be told from a key any more.
    text = mask_keys(caller[: 10 * CALLER_LENGTH])
    text = "".join([_escaped(each) for each in text])
    return text if len(text) <= CALLER_LENGTH else f"{text[: CALLER_LENGTH - 1]}…"


def _escaped(character: str) -> str:
    if character.isprintable() and character != "\\":
        return character
    return character.encode("unicode_escape").decode()


class Watch:
    """Tells a hook and the log of calls.

    A hook has a thread of its own, so that one that blocks or raises changes no answer and delays none. What
    it is too slow for is lost, and counted.
    """

    def __init__(self, hook: Hook | None) -> None:
        self._hook = hook
        self._closed = False
        self.after_fork()

    def after_fork(self) -> None:
        """Begin anew: the thread, and what it has not told yet, are the parent's."""
        self._lock = threading.Lock()
        self._events: Queue[VerificationEvent | None] = Queue(_HELD)
        self._thread: threading.Thread | None = None
        self._lost = 0

    @property
    def is_on(self) -> bool:
        """Whether anybody wants to know of decisions; of a call that raises, the log always tells."""
        return self._hook is not None or _log.isEnabledFor(logging.INFO)

    def tell(
        self,
        result: Decision | BaseException,
        seconds: float,
        runs: int,
        cache: Cache,
        caller: str | None,
    ) -> None:
        """A call has ended; once it is closed, the log alone hears of it."""
        word = outcome(result)
        _tell_log(result, word, caller)
        if self._hook is None or self._closed:
            return
        event = VerificationEvent(word, seconds, runs, cache, caller, self._lost)
        try:
            self._events.put_nowait(event)
        except Full:
            self._lost += 1
            return
        self._lost = 0
        if self._thread is None:
            self._begin(self._hook)

    def close(self) -> None:
        """Let the hook see what there is, unless it takes too long."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is None:
            return
        self._end()
        if thread is not threading.current_thread():
            thread.join(_LAST_SECONDS)

    def _end(self) -> None:
        """Have the thread end after what there is; what it has no room for beside that is lost."""
        while True:
            try:
                self._events.put_nowait(None)
            except Full:
                with suppress(Empty):
                    self._events.get_nowait()
            else:
                return

    def _begin(self, hook: Hook) -> None:
        with self._lock:
            if self._thread is not None or self._closed:
                return
            arguments = (self._events, hook)
            self._thread = threading.Thread(target=_serve, args=arguments, name="pftui-hook", daemon=True)
            self._thread.start()


def _serve(events: Queue[VerificationEvent | None], hook: Hook) -> None:
    told = False
    while (event := events.get()) is not None:
        try:
            hook(event)
        except BaseException:  # noqa: BLE001  # an exit too must not end the thread that tells it
            if not told:
                told = True
                _log.warning("a hook for verifications failed, which is told once", exc_info=True)


def outcome(result: Decision | BaseException) -> str:
    """The word for how a call ended."""
    if isinstance(result, Decision):
        return result.reason.value if result.reason is not None else "allowed"
    if isinstance(result, TryAgain):
        return "try_again"
    if isinstance(result, StoreUnavailable):
        return "store_unavailable"
    if isinstance(result, WrongUsage):
        return "wrong_usage"
    return "cancelled" if type(result).__name__ == "CancelledError" else "error"


def _tell_log(result: Decision | BaseException, word: str, caller: str | None) -> None:
    """Allowed keys at DEBUG, denials at INFO, and at WARNING, not too often, where nothing was decided."""
    by = f", for {caller}" if caller else ""
    if isinstance(result, Decision):
        level = logging.DEBUG if result.allowed else logging.INFO
        if _log.isEnabledFor(level):
            key = f" {shown(result.key_id)}" if result.key_id else ""
            of = f" of {escaped(result.account.name)}" if result.account else ""
            _log.log(level, "%s: key%s%s%s", word, key, of, by)
    elif isinstance(result, StoreUnavailable | TryAgain | WrongUsage):
        _SELDOM.warn(word, result.message + by)


_SELDOM = Seldom(_log, "nothing was decided")
