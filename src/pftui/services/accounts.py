"""What is the same for people and service accounts: list, show, edit, disable, delete, privileges."""

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
from pftui.domain.audit import Action
from pftui.domain.clock import Clock
from pftui.domain.errors import Ambiguous, Conflict, InvalidInput, NotFound, Taken
from pftui.domain.names import clean_description, clean_email, clean_name
from pftui.domain.paging import PageRequest
from pftui.repositories.models import Principal
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.lookups import require_account
from pftui.services.policy import ensure_admin_remains, scope
from pftui.services.sentences import changed_meanwhile, gone
from pftui.services.transaction import Transaction, change, target_of


@dataclass(frozen=True, slots=True)
class AccountService:
    """Implements `contracts.Accounts`."""

    store: Store
    clock: Clock

    def page(self, operator: Operator, query: AccountQuery, request: PageRequest) -> Sequence[AccountSummary]:
        """One page of the account table."""
        with self.store.read() as unit:
            only = scope(unit, operator)
            if only is not None:  # a neighbour or a team that they name tells them nothing
                query, request = replace(query, not_in_team=None), PageRequest(request.offset, request.size)
            return unit.accounts.page(query, request, only)

    def count(self, operator: Operator, query: AccountQuery) -> AccountCounts:
        """How many rows `page` has."""
        with self.store.read() as unit:
            only = scope(unit, operator)
            return unit.accounts.count(query if only is None else replace(query, not_in_team=None), only)

    def position(self, operator: Operator, query: AccountQuery, account_id: str) -> int | None:
        """At which row number `page` has the account."""
        with self.store.read() as unit:
            only = scope(unit, operator)
            query = query if only is None else replace(query, not_in_team=None)
            return unit.accounts.position(query, account_id, only)

    def show(self, operator: Operator, account_id: str) -> AccountDetails:
        """All about one account."""
        with self.store.read() as unit:
            only = scope(unit, operator)
            if only not in (None, account_id):
                raise NotFound("There is no such account, or you may not see it.")
            details = _details(unit, account_id)
            return details if only is None else replace(details, created_by="")

    def find(self, operator: Operator, reference: str, kind: Kind | None = None) -> AccountSummary:
        """The account that a reference means: an id, an e-mail or a name."""
        with self.store.read() as unit:
            candidates = unit.accounts.matching(reference, kind, scope(unit, operator))
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
        """Change what is given and leave the rest."""
        with change(self.store, operator, self.clock) as transaction:
            principal = require_account(transaction.unit, account_id)
            if version is not None and version != principal.version:
                raise Conflict(changed_meanwhile(transaction.unit, account_id, "account"))
            before = (principal.name, principal.email, principal.description)
            if name is not None:
                _rename(transaction.unit, principal, clean_name(name))
            if email is not None:
                _readdress(transaction.unit, principal, clean_email(email))
            if description is not None:
                principal.description = clean_description(description)
            after = (principal.name, principal.email, principal.description)
            if after != before:
                self._record_update(transaction, principal, before, after)
            return _details(transaction.unit, account_id)

    def _record_update(
        self,
        transaction: Transaction,
        principal: Principal,
        before: tuple[str, str | None, str],
        after: tuple[str, str | None, str],
    ) -> None:
        changes = {
            field: {"from": old, "to": new}
            for field, old, new in zip(("name", "email", "description"), before, after, strict=True)
            if old != new
        }
        is_user = principal.kind == Kind.USER
        transaction.record(
            Action.USER_UPDATED if is_user else Action.SERVICE_ACCOUNT_UPDATED,
            target_of(principal.kind),
            principal.id,
            f"Changed {', '.join(changes)} of {principal.name}",
            changes=changes,
        )

    def disable(self, operator: Operator, account_id: str) -> None:
        """End sign-in and keys until `enable`."""
        with change(self.store, operator, self.clock) as transaction:
            principal = require_account(transaction.unit, account_id)
            if principal.disabled:
                return
            ensure_admin_remains(transaction.unit, principal, "disabled")
            principal.disabled = True
            is_user = principal.kind == Kind.USER
            self._record_state(
                transaction,
                principal,
                Action.USER_DISABLED if is_user else Action.SERVICE_ACCOUNT_DISABLED,
                "Disabled",
            )

    def enable(self, operator: Operator, account_id: str) -> None:
        """Undo `disable`."""
        with change(self.store, operator, self.clock) as transaction:
            principal = require_account(transaction.unit, account_id)
            if not principal.disabled:
                return
            principal.disabled = False
            is_user = principal.kind == Kind.USER
            action = Action.USER_ENABLED if is_user else Action.SERVICE_ACCOUNT_ENABLED
            self._record_state(transaction, principal, action, "Enabled")

    def grant_admin(self, operator: Operator, account_id: str) -> None:
        """Give global admin privileges."""
        with change(self.store, operator, self.clock) as transaction:
            principal = require_account(transaction.unit, account_id)
            if principal.global_admin:
                return
            principal.global_admin = True
            action, verb = Action.ORG_ADMIN_ADDED, "Gave global admin privileges to"
            self._record_state(transaction, principal, action, verb)

    def revoke_admin(self, operator: Operator, account_id: str) -> None:
        """Take global admin privileges away."""
        with change(self.store, operator, self.clock) as transaction:
            principal = require_account(transaction.unit, account_id)
            if not principal.global_admin:
                return
            ensure_admin_remains(transaction.unit, principal, "demoted")
            principal.global_admin = False
            action, verb = Action.ORG_ADMIN_REMOVED, "Took global admin privileges from"
            self._record_state(transaction, principal, action, verb)

    def _record_state(
        self, transaction: Transaction, principal: Principal, action: Action, verb: str
    ) -> None:
        transaction.record(action, target_of(principal.kind), principal.id, f"{verb} {principal.name}")

    def delete(self, operator: Operator, account_id: str) -> None:
        """End the account, its keys and assignments; its audit trail stays (R7)."""
        with change(self.store, operator, self.clock) as transaction:
            principal = require_account(transaction.unit, account_id)
            ensure_admin_remains(transaction.unit, principal, "deleted")
            kind, name, email = Kind(principal.kind), principal.name, principal.email
            keys = [key.key_id for key in transaction.unit.credentials.keys(account_id) if key.live]
            teams = transaction.unit.teams.team_ids(account_id)
            transaction.unit.accounts.remove(principal)
            transaction.record(
                Action.USER_REMOVED if kind is Kind.USER else Action.SERVICE_ACCOUNT_DELETED,
                target_of(kind),
                account_id,
                f"Deleted {kind.label} {email or name}",
                name=name,
                keys=keys,
                teams=teams,
            )


def _details(unit: UnitOfWork, account_id: str) -> AccountDetails:
    principal = unit.accounts.get(account_id)
    summary = unit.accounts.summary(account_id)
    if principal is None or summary is None:
        raise NotFound(gone(unit, account_id, "account"))
    password = unit.credentials.password(account_id)
    return AccountDetails(
        summary=summary,
        email=principal.email,
        description=principal.description,
        disabled=principal.disabled,
        temporary_password_until=password.void_after if password and password.temporary else None,
        created_at=principal.created_at,
        created_by=principal.created_by,
        version=principal.version,
        keys=tuple(unit.credentials.keys(account_id)),
        assignments=unit.accounts.assignments(account_id),
    )


def _rename(unit: UnitOfWork, principal: Principal, name: str) -> None:
    if principal.kind == Kind.SERVICE_ACCOUNT:
        ensure_name_free(unit, name, principal.id)
    principal.name = name


def _readdress(unit: UnitOfWork, principal: Principal, email: str) -> None:
    if principal.kind != Kind.USER:
        raise InvalidInput("email", "A service account has no e-mail address.")
    ensure_email_free(unit, email, principal.id)
    principal.email = email


def ensure_name_free(unit: UnitOfWork, name: str, own_id: str | None = None) -> None:
    """Raise `Taken` where another service account has this name (R6)."""
    other = unit.accounts.service_account_named(name)
    if other is not None and other.id != own_id:
        raise Taken("name", f"There is a service account named {other.name} already.")


def ensure_email_free(unit: UnitOfWork, email: str, own_id: str | None = None) -> None:
    """Raise `Taken` where another person has this e-mail (R6)."""
    other = unit.accounts.by_email(email)
    if other is not None and other.id != own_id:
        raise Taken("email", f"{other.name} has this e-mail address already.")
