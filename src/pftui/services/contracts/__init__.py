"""What screens and commands know of the services: protocols and results, without SQLAlchemy.

Every method blocks and must not be called on an event loop's thread. All of them may raise
`StoreUnavailable`, and those that take an operator `Forbidden`, besides what they document.
A change returns once it is committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pftui.domain.accounts import (
    AccountCounts,
    AccountDetails,
    AccountQuery,
    AccountSummary,
    KeyView,
    Kind,
    Operator,
)
from pftui.domain.audit import AuditPage, AuditQuery, ChainVerdict
from pftui.domain.decisions import Decision
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.domain.teams import Membership, Organization, RoleView, TeamQuery, TeamSummary


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


class SignIn(Protocol):
    """Who is there."""

    def with_password(self, email: str, password: Secret, *, interactive: bool = True) -> SignedIn:
        """Sign in a person.

        With `interactive` false (a script) a temporary password is refused.

        Raises:
            SignInFailed: unknown e-mail, wrong password, disabled account or void temporary password.
            Throttled: too many failures; the password was not looked at.
            PasswordChangeRequired: a script with a temporary password.
        """

    def with_key(self, key: Secret) -> Operator:
        """Sign in the service account behind a key, which needs global admin privileges.

        Raises:
            SignInFailed: the key is not valid.
            Forbidden: it is, but has no global admin privileges.
            TryAgain: too many wrong secrets for this key id.
        """

    def wait(self, email: str) -> float:
        """The seconds until a sign-in with this e-mail is looked at again; 0 for now."""

    def change_password(self, operator: Operator, current: Secret, new: Secret) -> None:
        """Change one's own password.

        Raises:
            InvalidInput: the new one is too weak or equals the current one.
            SignInFailed: the current one is wrong (`Throttled` after several).
        """


class Accounts(Protocol):
    """What is the same for people and service accounts."""

    def page(self, operator: Operator, query: AccountQuery, request: PageRequest) -> Sequence[AccountSummary]:
        """One page; who is not a global admin finds only themselves."""

    def count(self, operator: Operator, query: AccountQuery) -> AccountCounts:
        """How many rows `page` can give."""

    def position(self, operator: Operator, query: AccountQuery, account_id: str) -> int | None:
        """The row number (from 0) at which `page` gives the account; None where it gives it nowhere."""

    def show(self, operator: Operator, account_id: str) -> AccountDetails:
        """All about one account. Raises `NotFound`."""

    def find(self, operator: Operator, reference: str, kind: Kind | None = None) -> AccountSummary:
        """The account with this id, e-mail or name. Raises `NotFound`, `Ambiguous`."""

    def update(
        self,
        operator: Operator,
        account_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        description: str | None = None,
        version: int | None = None,
    ) -> AccountDetails:
        """Change what is given and leave the rest.

        Raises:
            InvalidInput, Taken: with the field's name.
            Conflict: `version` is given and somebody else has changed the account since (R10).
            NotFound: deleted meanwhile.
        """

    def disable(self, operator: Operator, account_id: str) -> None:
        """End sign-in and keys until `enable`; already disabled is done. Raises `LastAdmin` (R5)."""

    def enable(self, operator: Operator, account_id: str) -> None:
        """Undo `disable`."""

    def delete(self, operator: Operator, account_id: str) -> None:
        """End the account, its keys and assignments; its audit trail stays (R7). Raises `LastAdmin`."""

    def grant_admin(self, operator: Operator, account_id: str) -> None:
        """Give global admin privileges."""

    def revoke_admin(self, operator: Operator, account_id: str) -> None:
        """Take global admin privileges away. Raises `LastAdmin` (R5)."""


class Users(Protocol):
    """What only people need."""

    def create(
        self, operator: Operator, *, email: str, name: str, global_admin: bool = False
    ) -> TemporaryPassword:
        """Invite a person. Raises `InvalidInput`, `Taken`."""

    def reset_password(self, operator: Operator, account_id: str) -> TemporaryPassword:
        """Replace a person's password by a temporary one. Raises `LastAdmin` (R5)."""


class ServiceAccounts(Protocol):
    """What only service accounts need (R1)."""

    def create(
        self,
        operator: Operator,
        *,
        name: str,
        description: str = "",
        global_admin: bool = False,
        team_id: str | None = None,
        role_id: str | None = None,
    ) -> NewKey:
        """A service account and its first key; with team and role also its first assignment.

        Raises:
            InvalidInput, Taken: with the field's name.
            NotFound: no such team or role.
        """


class Keys(Protocol):
    """The API keys of service accounts (R1, R2)."""

    def list(self, operator: Operator, account_id: str | None = None) -> Sequence[KeyView]:
        """Keys, newest first, of one account or of all."""

    def create(self, operator: Operator, account_id: str, label: str = "") -> NewKey:
        """A further key."""

    def revoke(self, operator: Operator, key_id: str) -> KeyView:
        """End a key at once, for good; already revoked is done."""

    def confirm_saved(self, operator: Operator, key_id: str) -> None:
        """Clear the "key unsaved" mark: the operator says that the key is kept safely."""


class Teams(Protocol):
    """Teams and who is in them. Who is not a global admin sees their own teams."""

    def page(self, operator: Operator, query: TeamQuery, request: PageRequest) -> Sequence[TeamSummary]:
        """One page of teams."""

    def count(self, operator: Operator, query: TeamQuery) -> int:
        """How many rows `page` can give."""

    def position(self, operator: Operator, query: TeamQuery, team_id: str) -> int | None:
        """The row number (from 0) at which `page` gives the team."""

    def show(self, operator: Operator, team_id: str) -> TeamSummary:
        """One team. Raises `NotFound`."""

    def find(self, operator: Operator, reference: str) -> TeamSummary:
        """The team with this id, slug or name. Raises `NotFound`, `Ambiguous`."""

    def members(
        self, operator: Operator, team_id: str, kind: Kind, request: PageRequest
    ) -> Sequence[Membership]:
        """One page of a team's people or service accounts, by name (`request.after` is an account's id).

        Who is not a global admin sees only themselves among them.
        """

    def create(self, operator: Operator, name: str) -> TeamSummary:
        """A new team with a slug of its own (R6). Raises `InvalidInput`, `Taken`."""

    def rename(self, operator: Operator, team_id: str, name: str, version: int | None = None) -> TeamSummary:
        """Rename; the slug stays. Raises `InvalidInput`, `Taken`, `Conflict`, `NotFound`."""

    def delete(self, operator: Operator, team_id: str) -> None:
        """Delete a team and the assignments to it; accounts stay."""

    def add(self, operator: Operator, team_id: str, account_id: str, role_id: str) -> None:
        """Assign an account with a role. Raises `Taken` (field `account`) where it is in the team."""

    def set_role(
        self,
        operator: Operator,
        team_id: str,
        account_id: str,
        role_id: str,
        current_role_id: str | None = None,
    ) -> None:
        """Change the role.

        Raises:
            NotFound: the account is not in the team.
            Conflict: `current_role_id` is given and it is no longer that (R10).
        """

    def remove(self, operator: Operator, team_id: str, account_id: str) -> None:
        """Unassign. Raises `NotFound` where the account is not in the team."""


class Roles(Protocol):
    """The roles there are."""

    def list(self, operator: Operator) -> Sequence[RoleView]:
        """All roles, predefined ones first."""

    def find(self, operator: Operator, reference: str) -> RoleView:
        """The role with this id or name. Raises `NotFound`."""


class Audit(Protocol):
    """The audit trail; global admins only."""

    def list(self, operator: Operator, query: AuditQuery) -> AuditPage:
        """One page, newest first."""

    def verify(self, operator: Operator) -> ChainVerdict:
        """Check the hash chain from its first event to its head."""


class KeyVerifier(Protocol):
    """Answers what a key may do."""

    def verify(self, key: str | Secret, team: str | None = None, permission: str | None = None) -> Decision:
        """The decision for a key; `team` is an id, slug or name, `permission` needs a team.

        Raises:
            WrongUsage: no such team or permission, or a permission without a team.
            StoreUnavailable, TryAgain: nothing was decided.
        """


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the console and the command line can do with an open store."""

    organization: Organization
    sign_in: SignIn
    accounts: Accounts
    users: Users
    service_accounts: ServiceAccounts
    keys: Keys
    teams: Teams
    roles: Roles
    audit: Audit
    verifier: KeyVerifier
    lifecycle: Lifecycle


class Lifecycle(Protocol):
    """The open store itself."""

    def refresh(self, operator: Operator) -> Operator:
        """The operator as the store has it now.

        Raises:
            SignInFailed: disabled or deleted meanwhile.
        """

    def revision(self) -> str:
        """A short text that differs after any change that a list shows: one cheap query, to poll with."""

    def close(self) -> None:
        """Give the connections back."""
