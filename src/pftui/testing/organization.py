"""An organization in a temporary SQLite file, with keys that cost nothing to make and to check.

Its keys are hashed with the cheapest parameters that argon2 has, which is for nothing that lasts: see
`services/hashing.py` for what real keys get.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cached_property
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from argon2 import PasswordHasher

from pftui.bootstrap import create_store, open_services
from pftui.domain.accounts import Operator
from pftui.domain.acts import Act, Intent
from pftui.domain.api_key import generate, parse
from pftui.domain.audit import Target
from pftui.domain.clock import utc_now
from pftui.domain.errors import NotFound, WrongUsage
from pftui.domain.key_tag import tag_of
from pftui.domain.passwords import temporary_password
from pftui.domain.teams import TeamSummary
from pftui.repositories.database.copies import copy_unused
from pftui.repositories.unit_of_work import Store
from pftui.services.contracts import Services
from pftui.services.keys import HashedKey, add_key
from pftui.services.location import FILE_NAME, sqlite_url
from pftui.services.lookups import require_key
from pftui.services.policy import operator_of
from pftui.services.results import NewOrganization
from pftui.services.service_accounts import add_service_account
from pftui.services.teams import assign
from pftui.services.transaction import Transaction, change

ADMIN_EMAIL: Final = "admin@example.org"
_CHEAPEST: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # RFC 9106, 3.1


def make_template(folder: Path) -> Path:
    """Make a new store in a folder, to be copied: takes as long as `pftui init`.

    It has a global admin (`ADMIN_EMAIL`) whose password nobody knows.
    """
    path = folder / FILE_NAME
    first = NewOrganization("Test Organization", "Admin", ADMIN_EMAIL, temporary_password())
    create_store(sqlite_url(path), first)
    return path


class TemporaryOrganization:
    """An organization to test with; what it does goes by the same rules and events as everything else.

    Args:
        path: the file of a store whose global admin is that of `make_template`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = sqlite_url(path)
        self._names = count(1)

    @classmethod
    def copied(cls, template: Path, folder: Path) -> Self:
        """A copy of a template in a folder: a store with an id of its own."""
        path = folder / FILE_NAME
        copy_unused(template, path)
        return cls(path)

    def key(self, *, team: str | None = None, role: str | None = None, global_admin: bool = False) -> str:
        """A key of a new service account.

        Args:
            team: a team's id, slug or name; it is made where there is none.
            role: the id or name of a role, which goes with a team.

        Raises:
            NotFound: there is no such role.
            WrongUsage: a team without a role, or the other way round.
        """
        return self.keys(1, team=team, role=role, global_admin=global_admin)[0]

    def keys(
        self,
        number: int,
        *,
        team: str | None = None,
        role: str | None = None,
        global_admin: bool = False,
    ) -> list[str]:
        """So many keys of a new service account, made in one transaction; the rest is as for `key`."""
        if (team is None) != (role is None):
            raise WrongUsage("A team needs a role, and a role a team. Nothing was changed.")
        name = f"service-account-{next(self._names)}"
        place = (self._team(team).id, self._role_id(role)) if team is not None and role is not None else None
        new = [_hashed() for _ in range(number)]
        intent = Intent(Act.SERVICE_ACCOUNT_CREATE, Target.SERVICE_ACCOUNT, name=name)
        with self._change(intent) as transaction:
            principal = add_service_account(transaction, name, "", global_admin=global_admin)
            for each in new:
                add_key(transaction, principal, each, "")
            if place is not None:
                assign(transaction, place[0], principal, place[1])
        return [each.key.text.reveal() for each in new]

    def revoke(self, key: str) -> None:
        """End a key, as an operator does: the next call of a verifier denies it."""
        self._services.keys.revoke(self._admin, parse(key).key_id)

    def disable(self, key: str) -> None:
        """Disable the account that a key is of."""
        with self._store.read() as unit:
            account_id = require_key(unit, parse(key).key_id)[1].id
        self._services.accounts.disable(self._admin, account_id)

    def close(self) -> None:
        """Give the connections back; the file stays until its folder goes."""
        opened = vars(self).pop("_services", None)
        if isinstance(opened, Services):
            opened.lifecycle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def _services(self) -> Services:
        return open_services(self.url)

    @property
    def _store(self) -> Store:
        return self._services.lifecycle.store

    @cached_property
    def _admin(self) -> Operator:
        """The global admin, as a command has them, but without an event of signing in."""
        with self._store.read() as unit:
            principal = unit.accounts.by_email(ADMIN_EMAIL)
            if principal is None:
                raise NotFound(f"There is no {ADMIN_EMAIL} in {self.path}, so it was not made for tests.")
            return operator_of(principal)

    def _change(self, intent: Intent) -> AbstractContextManager[Transaction]:
        return change(self._store, self._admin, utc_now, intent)

    def _team(self, reference: str) -> TeamSummary:
        try:
            return self._services.teams.find(self._admin, reference)
        except NotFound:
            return self._services.teams.create(self._admin, reference)

    def _role_id(self, reference: str) -> str:
        return self._services.roles.find(self._admin, reference).id


def _hashed() -> HashedKey:
    key = generate()
    text = key.text.reveal()
    return HashedKey(key, _CHEAPEST.hash(text), tag_of(text))
