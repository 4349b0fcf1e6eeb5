"""What is the same for users and service accounts: list, show, edit, disable, delete, privileges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pftui.domain.accounts import (
    AccountCounts,
    AccountDetails,
    AccountQuery,
    AccountSummary,
    Kind,
    Operator,
)
from pftui.domain.acts import Act, on_account
from pftui.domain.audit import AccountVerb, AuditEvent, account_action
from pftui.domain.clock import Clock
from pftui.domain.decisions import Decision, explain
from pftui.domain.errors import Ambiguous, Conflict, InvalidInput, NotFound, Taken
from pftui.domain.names import (
    clean_description,
    clean_email,
    clean_service_account_name,
    clean_user_name,
    fold,
)
from pftui.domain.paging import PageRequest
from pftui.domain.permissions import Permission
from pftui.repositories.models import Principal, damaged
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.lookups import require_account
from pftui.services.policy import ensure_admin_remains
from pftui.services.results import AlreadySo
from pftui.services.scope import Scope
from pftui.services.sentences import already_so, changed_meanwhile, gone, looks_like
from pftui.services.trail.writer import MOST_NAMED, number_of
from pftui.services.transaction import Transaction, change, inspection

_EDITED = ("name", "email", "description")


@dataclass(frozen=True, slots=True)
class AccountService:
    """Users and service accounts alike. Who is not a global admin finds only themselves."""

    store: Store
    clock: Clock

    def page(self, operator: Operator, query: AccountQuery, request: PageRequest) -> Sequence[AccountSummary]:
        """One page of the account table."""
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            return unit.accounts.page(scope.accounts(query), scope.rows(request), scope.viewer_id)

    def count(self, operator: Operator, query: AccountQuery) -> AccountCounts:
        """How many rows `page` can give."""
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            return unit.accounts.count(scope.accounts(query), scope.viewer_id)

    def position(self, operator: Operator, query: AccountQuery, account_id: str) -> int | None:
        """The row number (from 0) at which `page` gives the account; None where it gives it nowhere."""
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            return unit.accounts.position(scope.accounts(query), account_id, scope.viewer_id)

    def show(self, operator: Operator, account_id: str) -> AccountDetails:
        """All about one account. Raises `NotFound`."""
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            scope.require_account(account_id)
            return scope.account(account_details(unit, account_id))

    def explain(
        self,
        operator: Operator,
        account_id: str,
        team_id: str | None = None,
        wanted: tuple[Permission, ...] = (),
    ) -> tuple[AccountDetails, Decision]:
        """What any live key of an account is allowed, or why not, without one; global admins only.

        Raises:
            NotFound: there is no such account.
        """
        intent = on_account(Act.ACCOUNT_EXPLAIN, account_id)
        with inspection(self.store, operator, self.clock, intent) as unit:
            details = account_details(unit, account_id)
            return details, explain(details, team_id, wanted)

    def find(self, operator: Operator, reference: str, kind: Kind | None = None) -> AccountSummary:
        """The account with this id, e-mail or name. Raises `NotFound`, `Ambiguous`."""
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            candidates = unit.accounts.matching(reference, kind, scope.viewer_id)
        exact = [account for account in candidates if account.id == reference.strip()]
        if len(exact or candidates) == 1:
            return (exact or candidates)[0]
        what = kind.label if kind else "account"
        if not candidates:
            raise NotFound(f"There is no {what} with the name, e-mail or id {reference.strip()!r}.")
        listed = [f"{account.identifier or account.name} ({account.id})" for account in candidates]
        raise Ambiguous(
            f"{reference.strip()!r} fits several accounts: {', '.join(listed)}. Give the e-mail or the id.",
            listed,
        )

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
            ProofNeeded: for another person's address.
        """
        with change(
            self.store, operator, self.clock, on_account(Act.ACCOUNT_UPDATE, account_id)
        ) as transaction:
            unit = transaction.unit
            principal = require_account(unit, account_id)
            if version is not None and version != principal.version:
                raise Conflict(changed_meanwhile(unit, account_id, "account"))
            before = {field: getattr(principal, field) for field in _EDITED}
            if name is not None:
                set_name(unit, principal, name)
            if email is not None:
                _readdress(unit, principal, clean_email(email))
                if principal.email != before["email"] and account_id != operator.id:
                    transaction.require_proof()
            if description is not None:
                principal.description = clean_description(description)
            changes = {
                field: {"from": old, "to": getattr(principal, field)}
                for field, old in before.items()
                if getattr(principal, field) != old
            }
            if changes:
                text = f"Changed {', '.join(changes)} of {principal.name}"
                transaction.record_account(AccountVerb.UPDATED, principal, text, changes=changes)
            return account_details(unit, account_id)

    def disable(self, operator: Operator, account_id: str) -> AlreadySo | None:
        """End sign-in and keys until `enable`; tells where it was disabled. Raises `LastAdmin` (R5)."""
        with change(
            self.store, operator, self.clock, on_account(Act.ACCOUNT_DISABLE, account_id)
        ) as transaction:
            principal = require_account(transaction.unit, account_id)
            if principal.disabled:
                return _already(transaction.unit, principal, AccountVerb.DISABLED)
            end_access(transaction, principal)
            return None

    def enable(self, operator: Operator, account_id: str) -> AlreadySo | None:
        """Undo `disable`; tells where it was enabled."""
        with change(
            self.store, operator, self.clock, on_account(Act.ACCOUNT_ENABLE, account_id)
        ) as transaction:
            principal = require_account(transaction.unit, account_id)
            if not principal.disabled:
                return _already(transaction.unit, principal, AccountVerb.ENABLED)
            principal.disabled = False
            transaction.record_account(AccountVerb.ENABLED, principal, f"Enabled {principal.name}")
            return None

    def grant_admin(self, operator: Operator, account_id: str) -> AlreadySo | None:
        """Give global admin privileges; tells where the account has them. Raises `ProofNeeded`."""
        intent = on_account(Act.ADMIN_GRANT, account_id)
        with change(self.store, operator, self.clock, intent, proof=True) as transaction:
            principal = require_account(transaction.unit, account_id)
            if principal.global_admin:
                return _already(transaction.unit, principal, AccountVerb.GRANTED_ADMIN, AccountVerb.CREATED)
            principal.global_admin = True
            text = f"Gave global admin privileges to {principal.name}"
            transaction.record_account(AccountVerb.GRANTED_ADMIN, principal, text)
            return None

    def revoke_admin(self, operator: Operator, account_id: str) -> AlreadySo | None:
        """Take global admin privileges away; tells where there are none. Raises `LastAdmin` (R5)."""
        with change(
            self.store, operator, self.clock, on_account(Act.ADMIN_REVOKE, account_id)
        ) as transaction:
            principal = require_account(transaction.unit, account_id)
            if not principal.global_admin:
                return _already(transaction.unit, principal, AccountVerb.REVOKED_ADMIN)
            ensure_admin_remains(transaction.unit, principal, "demoted")
            principal.global_admin = False
            text = f"Took global admin privileges from {principal.name}"
            transaction.record_account(AccountVerb.REVOKED_ADMIN, principal, text)
            return None

    def delete(self, operator: Operator, account_id: str) -> None:
        """End the account, its keys and assignments; its audit trail stays (R7).

        Raises:
            LastAdmin: nobody else could sign in to help (R5).
            ProofNeeded: the operator's own password was given more than 15 minutes ago.
        """
        intent = on_account(Act.ACCOUNT_DELETE, account_id)
        with change(self.store, operator, self.clock, intent, proof=True) as transaction:
            unit = transaction.unit
            principal = require_account(unit, account_id)
            ensure_admin_remains(unit, principal, "deleted")
            text = f"Deleted {Kind(principal.kind).label} {principal.email or principal.name}"
            keys, teams = unit.credentials.live_keys(account_id), principal.team_count
            named = unit.teams.some_teams(account_id, MOST_NAMED)
            unit.accounts.remove(principal)
            transaction.record_account(
                AccountVerb.DELETED,
                principal,
                text,
                name=principal.name,
                keys=keys[:MOST_NAMED],
                liveKeys=number_of(len(keys)),
                teams=named,
                assignments=number_of(teams),
            )


def end_access(transaction: Transaction, principal: Principal, **metadata: object) -> AuditEvent:
    """Disable an account that is not, as part of a change. Raises `LastAdmin` (R5)."""
    ensure_admin_remains(transaction.unit, principal, "disabled")
    principal.disabled = True
    transaction.end_sessions(principal)
    text = f"Disabled {principal.name}"
    return transaction.record_account(AccountVerb.DISABLED, principal, text, None, **metadata)


def _already(unit: UnitOfWork, principal: Principal, *verbs: AccountVerb) -> AlreadySo:
    """Who brought an account into the state that it is in, and when."""
    kind = Kind(principal.kind)
    return already_so(unit, principal.id, *(account_action(verb, kind) for verb in verbs))


def account_details(unit: UnitOfWork, account_id: str) -> AccountDetails:
    """All about one account, for who may see it. Raises `NotFound`."""
    principal = unit.accounts.get(account_id)
    summary = unit.accounts.summary(account_id)
    if principal is None or summary is None:
        raise gone(unit, account_id, "account")
    password = unit.credentials.password(account_id)
    broken = dict.fromkeys((*summary.damaged, *damaged(principal)))
    return AccountDetails(
        summary=replace(summary, damaged=tuple(broken)) if broken else summary,
        email=principal.email,
        description=principal.description,
        disabled=principal.disabled,
        temporary_password_until=password.void_after if password and password.temporary else None,
        created_at=principal.created_at,
        created_by=principal.created_by,
        version=principal.version,
        keys=tuple(unit.credentials.keys(account_id)),
        assignments=unit.accounts.assignments(account_id),
        created_by_id=principal.created_by_id,
        creator_gone=principal.created_by_id is not None
        and unit.accounts.get(principal.created_by_id) is None,
    )


def set_name(unit: UnitOfWork, principal: Principal, name: str) -> None:
    """Give an account a name. Raises `InvalidInput`, `Taken` (R6)."""
    if principal.kind == Kind.SERVICE_ACCOUNT:
        clean = clean_service_account_name(name)
        ensure_name_free(unit, clean, principal.id)
    else:
        clean = clean_user_name(name)
    principal.name = clean


def _readdress(unit: UnitOfWork, principal: Principal, email: str) -> None:
    if principal.kind != Kind.USER:
        raise InvalidInput("email", "A service account has no e-mail address.")
    ensure_email_free(unit, email, principal.id)
    principal.email = email


def ensure_name_free(unit: UnitOfWork, name: str, own_id: str | None = None) -> None:
    """Raise `Taken` where another service account has this name, or one that looks like it (R6)."""
    other = unit.accounts.alike(name, Kind.SERVICE_ACCOUNT, own_id)
    if other is None:
        return
    if fold(other.name) == fold(name):
        raise Taken("name", f"There is a service account named {other.name} already.")
    raise Taken("name", looks_like(name, other.name))


def ensure_email_free(unit: UnitOfWork, email: str, own_id: str | None = None) -> None:
    """Raise `Taken` where another user has this e-mail (R6)."""
    other = unit.accounts.by_email(email)
    if other is not None and other.id != own_id:
        raise Taken("email", f"{other.name} has this e-mail address already.")
