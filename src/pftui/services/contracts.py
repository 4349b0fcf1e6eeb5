"""What screens and commands know of the services: their results, and all services of an open store.

Nothing heavy is imported here: the services themselves are named for type checkers alone, and whoever calls
one reads its own docstring. Every method blocks and must not be called on an event loop's thread. All of
them may raise `StoreUnavailable`, and those that take an operator `SignInFailed` and `Forbidden`, besides
what they document. A change returns once it is committed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from pftui.domain.accounts import Operator
from pftui.domain.secret import Secret
from pftui.domain.teams import Organization

if TYPE_CHECKING:
    from pftui.services.accounts import AccountService
    from pftui.services.audit import AuditService
    from pftui.services.keys import KeyService
    from pftui.services.lifecycle import OpenStore
    from pftui.services.roles import RoleService
    from pftui.services.service_accounts import ServiceAccountService
    from pftui.services.sign_in import SignInService
    from pftui.services.teams import TeamService
    from pftui.services.users import UserService
    from pftui.services.verification.verifier import Verifier


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """What the first run asks for."""

    name: str
    admin_name: str
    admin_email: str
    admin_password: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment at which its text exists."""

    key_id: str
    account_id: str
    account_name: str
    key: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class TemporaryPassword:
    """A password to hand over once; it must be changed at the first sign-in, before `void_after`."""

    account_id: str
    name: str
    email: str
    void_after: datetime
    password: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A successful sign-in. With a temporary password nothing else is possible until it is changed."""

    operator: Operator
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the console and the command line can do with an open store."""

    organization: Organization
    sign_in: SignInService
    accounts: AccountService
    users: UserService
    service_accounts: ServiceAccountService
    keys: KeyService
    teams: TeamService
    roles: RoleService
    audit: AuditService
    verifier: Verifier
    lifecycle: OpenStore
