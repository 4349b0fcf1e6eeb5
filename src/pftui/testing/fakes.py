"""Verifiers without a store: they decide by the same rules, about keys that a test has made up.

verifier = FakeVerifier(teams=["red-team"])
key = verifier.key(team="red-team", role="CI Runner")
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count

from pftui.domain.accounts import AssignmentView
from pftui.domain.api_key import KeyFormatError, as_text, generate, parse
from pftui.domain.decisions import Decision, KeyAccount, KeyFacts, Reason, decide, denied, malformed
from pftui.domain.errors import StoreUnavailable, TryAgain, WrongUsage
from pftui.domain.http_answer import HeaderValues
from pftui.domain.names import clean_name, fold, numbered_slug, slugify
from pftui.domain.permissions import PREDEFINED_ROLES, Permission, PermissionName
from pftui.domain.secret import Secret
from pftui.repositories.key_lookup.records import references
from pftui.services.verification.asynchronous import AsyncVerifier
from pftui.services.verification.questions import known_permissions, single_team, wanted_permissions
from pftui.services.verification.time_limit import valid
from pftui.services.verification.verifier import Verifier
from pftui.services.verification.watching import escaped


@dataclass(frozen=True, slots=True)
class _Team:
    id: str
    name: str
    slug: str


class FakeVerifier(Verifier):
    """Answers what a `Verifier` would, from memory.

    Args:
        teams: the names or slugs of teams that there are before any key; `key` makes others as it needs them.
    """

    def __init__(self, *, teams: Iterable[str] = ()) -> None:
        # Nothing of a store's is opened: all that would ask it is replaced below.
        self._facts: dict[str, KeyFacts] = {}
        self._teams: list[_Team] = []
        self._failure: StoreUnavailable | TryAgain | None = None
        self._is_closed = False
        for name in teams:
            self._team(name)

    def key(self, *, team: str | None = None, role: str | None = None, global_admin: bool = False) -> str:
        """A key of a new service account, as `TemporaryOrganization.key` makes one.

        Raises:
            WrongUsage: a team without a role, the other way round, or a role that is none of the predefined.
        """
        if (team is None) != (role is None):
            raise WrongUsage("A team needs a role, and a role a team. Nothing was changed.")
        new = generate()
        grants = () if team is None or role is None else (self._grant(self._team(team), role),)
        account = KeyAccount(str(uuid.uuid4()), f"service-account-{len(self._facts) + 1}", global_admin)
        text = new.text.reveal()
        self._facts[text] = KeyFacts(new.key_id, account, revoked=False, disabled=False, assignments=grants)
        return text

    def revoke(self, key: str) -> None:
        """End a key. Raises `KeyError` for one that was not made here."""
        self._facts[key] = replace(self._facts[key], revoked=True)

    def disable(self, key: str) -> None:
        """Disable the account that a key is of. Raises `KeyError` for one that was not made here."""
        self._facts[key] = replace(self._facts[key], disabled=True)

    def fail(self, error: StoreUnavailable | TryAgain | None) -> None:
        """Raise an error at each call that needs the store from now on, until it is None."""
        self._failure = error

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
        """As `Verifier.verify`."""
        escaped(caller)
        valid(timeout)
        wanted = wanted_permissions(permission, team)
        text = as_text(key)
        try:
            key_id = parse(text).key_id
        except KeyFormatError as error:
            return denied(Reason.CHECKSUM) if error.checksum else malformed(text)
        self.health()
        facts = self._facts.get(text)
        if facts is None:
            return denied(Reason.UNKNOWN, key_id)
        if team is None or facts.revoked or facts.disabled:
            return decide(facts)
        return decide(facts, single_team(self._fitting(team)), wanted)

    def check(
        self,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        timeout: float | None = None,
    ) -> None:
        """As `Verifier.check`."""
        valid(timeout)
        if permission is not None:
            known_permissions(permission)
        if team is not None:
            self.health()
            single_team(self._fitting(team))

    def health(self, *, timeout: float | None = None) -> None:
        """As `Verifier.health`: raises what `fail` was given."""
        valid(timeout)
        if self._is_closed:
            raise StoreUnavailable("This verifier was closed. Nothing was decided.")
        if self._failure is not None:
            raise copy.copy(self._failure)

    def for_loop(self) -> AsyncVerifier:
        """One that asks this one."""
        return FakeAsyncVerifier(self, opened=True)

    def close(self) -> None:
        """There are no connections, but from here on it answers as a closed one."""
        self._is_closed = True

    def _fitting(self, reference: str) -> frozenset[str]:
        """The ids of the teams that a reference fits, as the store finds them."""
        exact, folded = references(reference)
        fits = [each for each in self._teams if exact == each.id or folded in (each.slug, fold(each.name))]
        return frozenset([each.id for each in fits])

    def _team(self, reference: str) -> _Team:
        """The first team that a reference fits, or a new one, named as a store would name it."""
        fitting = self._fitting(reference)
        for team in self._teams:
            if team.id in fitting:
                return team
        name = clean_name(reference)
        slugs = {team.slug for team in self._teams}
        slug = next(each for n in count(1) if (each := numbered_slug(slugify(name), n)) not in slugs)
        self._teams.append(_Team(str(uuid.uuid4()), name, slug))
        return self._teams[-1]

    @staticmethod
    def _grant(team: _Team, name: str) -> AssignmentView:
        for role in PREDEFINED_ROLES:
            if fold(role.name) == fold(name):
                return AssignmentView(
                    team.id, team.name, team.slug, fold(role.name), role.name, tuple(role.permissions)
                )
        names = ", ".join(role.name for role in PREDEFINED_ROLES)
        raise WrongUsage(f"There is no role {name!r}. There are: {names}.")


class FakeAsyncVerifier(AsyncVerifier):
    """Answers what an `AsyncVerifier` would, from memory and without threads.

    Args:
        fake: what it asks; its own by default. Two that share one know the same keys.
        opened: whether it can be asked without `async with`.
    """

    def __init__(self, fake: FakeVerifier | None = None, *, opened: bool = False) -> None:
        super().__init__()
        self.fake = fake or FakeVerifier()
        self._shared = self.fake
        self._verifier = self.fake if opened else None

    def key(self, *, team: str | None = None, role: str | None = None, global_admin: bool = False) -> str:
        """As `FakeVerifier.key`."""
        return self.fake.key(team=team, role=role, global_admin=global_admin)

    def revoke(self, key: str) -> None:
        """As `FakeVerifier.revoke`."""
        self.fake.revoke(key)

    def disable(self, key: str) -> None:
        """As `FakeVerifier.disable`."""
        self.fake.disable(key)

    def fail(self, error: StoreUnavailable | TryAgain | None) -> None:
        """As `FakeVerifier.fail`."""
        self.fake.fail(error)

    async def verify(
        self,
        key: str | bytes | Secret | None,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        touch: bool = True,
        timeout: float | None = None,  # noqa: ASYNC109
        caller: str | None = None,
    ) -> Decision:
        """As `AsyncVerifier.verify`."""
        return self._opened().verify(key, team, permission, touch=touch, timeout=timeout, caller=caller)

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
        """As `AsyncVerifier.verify_header`."""
        return self._opened().verify_header(
            authorization, x_api_key, team, permission, touch=touch, timeout=timeout, caller=caller
        )

    async def check(
        self,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> None:
        """As `AsyncVerifier.check`."""
        self._opened().check(team, permission, timeout=timeout)

    async def health(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """As `AsyncVerifier.health`."""
        self._opened().health(timeout=timeout)
