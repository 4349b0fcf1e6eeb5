"""Users: invite them, and give them a new temporary password."""

from __future__ import annotations

from dataclasses import dataclass

from pftui.domain.accounts import AccountSummary, Kind, Operator
from pftui.domain.acts import Act, Intent, on_account
from pftui.domain.audit import AccountVerb, Action, Target
from pftui.domain.clock import Clock
from pftui.domain.errors import InvalidInput, NotFound
from pftui.domain.names import clean_email, clean_user_name
from pftui.domain.passwords import TEMPORARY_LIFETIME, temporary_password
from pftui.repositories.models import Password, Principal
from pftui.repositories.unit_of_work import Store
from pftui.services.accounts import ensure_email_free
from pftui.services.hashing import hash_password
from pftui.services.lookups import require_account
from pftui.services.policy import ensure_admin_remains
from pftui.services.results import TemporaryPassword
from pftui.services.scope import Scope
from pftui.services.trail.writer import new_id
from pftui.services.transaction import change


@dataclass(frozen=True, slots=True)
class UserService:
    """What only users need."""

    store: Store
    clock: Clock

    def create(
        self, operator: Operator, *, email: str, name: str, global_admin: bool = False
    ) -> TemporaryPassword:
        """Invite a person, with a temporary password that is shown once.

        Raises:
            InvalidInput, Taken: with the field's name.
            ProofNeeded: with global admin privileges.
        """
        email, name = clean_email(email), clean_user_name(name)
        secret = temporary_password()
        hashed = hash_password(secret)
        intent = Intent(Act.USER_CREATE, Target.USER, name=f"{name} ({email})")
        with change(self.store, operator, self.clock, intent, proof=global_admin) as transaction:
            if global_admin:
                transaction.require_person()
            ensure_email_free(transaction.unit, email)
            void_after = transaction.now + TEMPORARY_LIFETIME
            user = Principal(
                id=new_id(),
                kind=Kind.USER,
                name=name,
                email=email,
                global_admin=global_admin,
                created_at=transaction.now,
                created_by=transaction.by,
                created_by_id=transaction.operator.id,
            )
            transaction.unit.accounts.add(user)
            transaction.unit.credentials.add_password(
                Password(
                    principal_id=user.id,
                    hash=hashed,
                    temporary=True,
                    void_after=void_after,
                    changed_at=transaction.now,
                )
            )
            privileges = " with global admin privileges" if global_admin else ""
            text = f"Added user {name} ({email}){privileges}"
            transaction.record_account(AccountVerb.CREATED, user, text, globalAdmin=global_admin)
            return TemporaryPassword(user.id, name, email, void_after, secret)

    def alike(self, operator: Operator, name: str, own_id: str | None = None) -> AccountSummary | None:
        """Another person whose name people would take for this one: to be warned of, for both may have it.

        Nobody, to who sees no other person, and where no person could have the name.
        """
        with self.store.read() as unit:
            if not Scope.of(unit, operator).everything:
                return None
            try:
                other = unit.accounts.alike(clean_user_name(name), Kind.USER, own_id)
            except InvalidInput:  # which is told where the name is set
                return None
            return unit.accounts.summary(other.id) if other is not None else None

    def reset_password(self, operator: Operator, account_id: str) -> TemporaryPassword:
        """Replace a person's password by a temporary one that is shown once.

        Raises:
            InvalidInput: a service account has none.
            LastAdmin: nobody else could sign in to help (R5).
            ProofNeeded: the operator's own password was given more than 15 minutes ago.
        """
        secret = temporary_password()
        hashed = hash_password(secret)
        intent = on_account(Act.PASSWORD_RESET, account_id)
        with change(self.store, operator, self.clock, intent, proof=True) as transaction:
            user = require_account(transaction.unit, account_id)
            if user.kind != Kind.USER or user.email is None:
                raise InvalidInput("account", "A service account has no password.")
            ensure_admin_remains(transaction.unit, user, "given a temporary password")
            void_after = transaction.now + TEMPORARY_LIFETIME
            password = transaction.unit.credentials.password(account_id)
            if password is None:
                raise NotFound("This person has no password to reset. Nothing was changed.")
            password.hash, password.temporary = hashed, True
            password.void_after, password.changed_at = void_after, transaction.now
            transaction.end_sessions(user)
            text = f"Reset the password of {user.email}"
            transaction.record(Action.PASSWORD_RESET, Target.USER, account_id, text)
            return TemporaryPassword(account_id, user.name, user.email, void_after, secret)
