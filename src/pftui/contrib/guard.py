"""What all frameworks have in common: what a request needs, and the answer to who may not."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pftui.domain.decisions import Decision, denied
from pftui.domain.errors import StoreUnavailable, TryAgain, UnknownTeam
from pftui.domain.http_answer import HeaderValues
from pftui.domain.permissions import Permission, PermissionName, meant_by
from pftui.domain.reasons import Reason
from pftui.services.verification.questions import wanted_permissions
from pftui.services.verification.seldom import Seldom
from pftui.services.verification.verifier import Verifier

Request = TypeVar("Request")

_log = logging.getLogger("pftui.contrib")
_log.addHandler(logging.NullHandler())
_SELDOM = Seldom(_log, "a request was refused, since nothing was decided")
# Fixed, since who asks may be anybody: what a store or server said stays in the log.
_NOT_NOW = "Nothing was decided. Try again later."


@dataclass(frozen=True, slots=True)
class Refusal:
    """The HTTP answer to a request that may not go on."""

    status: int
    headers: dict[str, str]
    error: str
    message: str

    @property
    def body(self) -> bytes:
        """The answer as JSON."""
        return json.dumps({"error": self.error, "message": self.message}).encode()


class Guard(Generic[Request]):
    """Asks a verifier about requests.

    Args:
        verifier: stays the caller's, who closes it.
        team: a team's id, slug or name, which must exist when this is made; or what gives it for a request.
            A request for whose team there is none is refused as one of a stranger to the team. None for any.
        permission: what the key must be allowed in the team.
        open_paths: whole paths that need no key.

    Raises:
        WrongUsage, StoreUnavailable, TryAgain: as `Verifier.check` says; a permission without a team too.
    """

    def __init__(
        self,
        verifier: Verifier,
        team: str | Callable[[Request], str | None] | None = None,
        permission: Permission | PermissionName | None = None,
        open_paths: Iterable[str] = (),
    ) -> None:
        fixed = team if isinstance(team, str) else None
        verifier.check(team=fixed, permission=permission)
        if team is None:
            wanted_permissions(permission, team)  # says that a team is missing
        if isinstance(open_paths, str):
            raise TypeError("open_paths takes a list of paths, not one text.")
        self.verifier = verifier
        self._team = team
        self.permission = permission
        self._open_paths = frozenset(open_paths)

    def is_open(self, path: str) -> bool:
        """Whether the path needs no key."""
        return path in self._open_paths

    def team_of(self, request: Request) -> str | None:
        """The team that a request is about; an empty one, which there is nowhere, for none."""
        if callable(self._team):
            return self._team(request) or ""
        return self._team

    def look(
        self, team: str | None, authorization: HeaderValues, x_api_key: HeaderValues
    ) -> Decision | Refusal:
        """The decision for who may go on, or the answer for who may not. Blocks."""
        try:
            found = self.verifier.verify_header(authorization, x_api_key, team, self.permission)
        except (UnknownTeam, StoreUnavailable, TryAgain) as error:
            return self.undecided(error)
        return judged(found)

    def undecided(self, error: UnknownTeam | StoreUnavailable | TryAgain) -> Refusal:
        """The answer where a verifier has raised."""
        if isinstance(error, UnknownTeam):
            asked = meant_by(self.permission) if self.permission is not None else ()
            return refused(denied(Reason.NOT_IN_TEAM, asked=asked))
        return not_now(error)


def judged(decision: Decision) -> Decision | Refusal:
    """The decision where it lets somebody go on, or the answer that follows from it."""
    return decision if decision.reason is None else refused(decision)


def refused(decision: Decision) -> Refusal:
    """The answer that follows from a decision against somebody."""
    reason = decision.reason.value if decision.reason is not None else ""
    return Refusal(decision.status, decision.headers, reason, decision.message or "")


def not_now(error: StoreUnavailable | TryAgain) -> Refusal:
    """The answer where nothing was decided; why goes to the log, once in a while."""
    word = "try_again" if isinstance(error, TryAgain) else "store_unavailable"
    _SELDOM.warn(word, error.message)
    return Refusal(error.status, error.headers, word, _NOT_NOW)
