"""People: invite them, and give them a new temporary password."""

from __future__ import annotations

from dataclasses import dataclass

from pftui.domain.accounts import Kind, Operator
from pftui.domain.audit import Action, Target
from pftui.domain.clock import Clock
from pftui.domain.errors import InvalidInput, NotFound
from pftui.domain.names import clean_email, clean_name
from pftui.domain.passwords import TEMPORARY_LIFETIME, temporary_password
from pftui.repositories.models import Password, Principal
from pftui.repositories.unit_of_work import Store
from pftui.services.accounts import ensure_email_free
from pftui.services.contracts import TemporaryPassword
from pftui.services.hashing import hash_password
from pftui.services.lookups import require_account
from pftui.services.policy import ensure_admin_remains
from pftui.services.transaction import change, new_id


@dataclass(frozen=True, slots=True)
class UserService:
    """Implements `contracts.Users`."""

    store: Store
    clock: Clock

    def create(
        self, operator: Operator, *, email: str, name: str, global_admin: bool = False
    ) -> TemporaryPassword:
        """Invite a person, with a temporary password that is shown once."""
        email, name = clean_email(email), clean_name(name)
        secret = temporary_password()
        hashed = hash_password(secret)
        with change(self.store, operator, self.clock) as transaction:
            ensure_email_free(transaction.unit, email)
            account_id, void_after = new_id(), transaction.now + TEMPORARY_LIFETIME
            transaction.unit.accounts.add(
                Principal(
                    id=account_id,
                    kind=Kind.USER,
                    name=name,
                    email=email,
                    global_admin=global_admin,
                    created_at=transaction.now,
                    created_by=transaction.by,
                )
            )
            transaction.unit.credentials.add_password(
                Password(
                    principal_id=account_id,
                    hash=hashed,
                    temporary=True,
                    void_after=void_after,
                    changed_at=transaction.now,
                )
            )
            transaction.record(
                Action.USER_ADDED,
                Target.USER,
                account_id,
                f"Added user {name} ({email}){' with global admin privileges' if global_admin else ''}",
                globalAdmin=global_admin,
            )
            return TemporaryPassword(account_id, name, email, void_after, secret)

    def reset_password(self, operator: Operator, account_id: str) -> TemporaryPassword:
        """Replace a person's password by a temporary one that is shown once (R5 holds)."""
        secret = temporary_password()
        hashed = hash_password(secret)
        with change(self.store, operator, self.clock) as transaction:
            principal = require_account(transaction.unit, account_id)
            if principal.kind != Kind.USER or principal.email is None:
                raise InvalidInput("account", "A service account has no password.")
            ensure_admin_remains(transaction.unit, principal, "given a temporary password")
            void_after = transaction.now + TEMPORARY_LIFETIME
            password = transaction.unit.credentials.password(account_id)
            if password is None:
                raise NotFound("This person has no password to reset. Nothing was changed.")
            password.hash, password.temporary = hashed, True
            password.void_after, password.changed_at = void_after, transaction.now
            transaction.record(
                Action.PASSWORD_RESET, Target.USER, account_id, f"Reset the password of {principal.email}"
            )
            return TemporaryPassword(account_id, principal.name, principal.email, void_after, secret)
