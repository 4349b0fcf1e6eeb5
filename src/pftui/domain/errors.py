"""Every error that a person can meet, each with the sentence that the person reads.

A message says what happened, what was not done, and what to do next. It is written
where the error is raised, once, and shown unchanged by the console and the command line.
"""

from __future__ import annotations

import copyreg
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pftui.domain.come_again import UNAVAILABLE, retry_headers

if TYPE_CHECKING:
    from pftui.domain.audit import Actor

_NOT_IN_REPR = frozenset({"message", "__notes__"})


class PftuiError(Exception):
    """Base of all foreseen errors. `exit_code` is what the command line ends with.

    It goes whole through pickle and copy, into another process too, whatever its constructor takes.
    """

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def after(self, done: str) -> None:
        """Say first what was done before this happened; the rest of the message is of what came then."""
        told = self.message.replace("Nothing was changed", "Nothing more was changed")
        self.message = f"{done} {told.replace('nothing was changed', 'nothing more was changed')}"
        self.args = (self.message,)

    def __repr__(self) -> str:
        more = [f"{name}={value!r}" for name, value in vars(self).items() if name not in _NOT_IN_REPR]
        return f"{type(self).__name__}({', '.join([repr(self.message), *more])})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own way calls the constructor with the message alone.
        return (copyreg.__newobj__, (type(self), *self.args), vars(self).copy())  # type: ignore[attr-defined]


class InvalidInput(PftuiError):
    """A value that cannot be accepted as typed; `field` names the input it belongs beside."""

    exit_code = 2

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Taken(InvalidInput):
    """A name or e-mail that something else already has (R6)."""

    exit_code = 1


class NotFound(PftuiError):
    """Nothing has this id, name, e-mail or slug, or the operator may not see it.

    `ended_by` is who deleted it, where that is known and may be told.
    """

    def __init__(self, message: str, *, ended_by: Actor | None = None) -> None:
        super().__init__(message)
        self.ended_by = ended_by


class Ambiguous(PftuiError):
    """A reference that fits several things; `candidates` lists them, one text each."""

    def __init__(self, message: str, candidates: Sequence[str]) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class Refused(PftuiError):
    """A rule forbids the change. The refusal is written to the audit trail, with the rule."""

    #: The number of the rule; of one without a number the class has a name.
    number: ClassVar[str] = ""

    @property
    def rule(self) -> str:
        """What the trail calls the rule."""
        return self.number or type(self).__name__


class Forbidden(Refused):
    """The operator lacks global admin privileges (R1)."""

    number = "R1"


class PersonNeeded(Refused):
    """What a person does, and no key (R8)."""

    number = "R8"


class KeysRestricted(Refused):
    """What only people do where the organization says so, and what a key was to do (R13)."""

    number = "R13"


class RoleKept(Refused):
    """A predefined role stays as it is, and one that is held stays at all (R4)."""

    number = "R4"


class LastAdmin(Refused):
    """The change would leave no global admin who can sign in (R5)."""

    number = "R5"


class Conflict(PftuiError):
    """Another operator changed the same thing first (R10); the message says what and who."""


class SignInFailed(PftuiError):
    """Unknown e-mail or wrong password: one message for both."""


class SessionEnded(SignInFailed):
    """Who was signed in no longer is: disabled, deleted, revoked, ended, or with another password since."""


class ProofNeeded(PftuiError):
    """The password was given too long ago for this: give it to `SessionService.prove`, and call again."""


class SessionLocked(ProofNeeded):
    """The session is older than the organization lets it be: it locks, and goes on once proved."""


class PasswordChangeRequired(PftuiError):
    """A temporary password signs in to the console only, where it is changed."""


class TryAgain(PftuiError):
    """Nothing was decided, because of a limit; `seconds` says how long to wait.

    `status` and `headers` are those of the HTTP answer that follows.
    """

    exit_code = 3
    status: ClassVar[int] = UNAVAILABLE

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds

    @property
    def headers(self) -> dict[str, str]:
        """`Retry-After`, in whole seconds."""
        return retry_headers(self.seconds)


class Throttled(TryAgain):
    """Too many failed sign-ins for this e-mail address."""


class StoreUnavailable(PftuiError):
    """The store cannot be used now; nothing was changed.

    `status` and `headers` are those of the HTTP answer that follows; `retry_after` is in seconds.
    """

    exit_code = 3
    status: ClassVar[int] = UNAVAILABLE
    retry_after: ClassVar[float] = 5.0

    @property
    def headers(self) -> dict[str, str]:
        """`Retry-After`, in whole seconds."""
        return retry_headers(self.retry_after)


class StoreMissing(StoreUnavailable):
    """There is no store yet: `pftui init` or the console's welcome makes one."""


class StoreBusy(StoreUnavailable):
    """Another writer held the store for longer than the busy time-out."""


class StoreBehind(StoreUnavailable):
    """The store's server lacks an event that was seen of this store: it would answer from the past."""


class StoreOutdated(StoreUnavailable):
    """The store's schema is older than this pftui; `pftui db upgrade` brings it forward."""


class StoreVersionChanged(StoreUnavailable):
    """The store was brought to another version while it was open: this process must be started again."""


class StoreDamaged(StoreUnavailable):
    """What is needed is in the store, but is not what it can be; `pftui db check` tells all of it."""


class StoreKeyUnavailable(PftuiError):
    """The key that seals secrets in the store is not here, is another one, or others can read it."""

    exit_code = 3


class OutcomeUnknown(PftuiError):
    """The store was lost at a change's last step, and cannot be asked whether it was made."""

    exit_code = 3


class StoreExists(PftuiError):
    """`init` where there is a store already; nothing was changed."""


class WrongUsage(PftuiError):
    """A command that cannot be carried out as given."""

    exit_code = 2


class UnknownTeam(WrongUsage):
    """No team is called so, or more than one: what a program asks about does not exist."""
