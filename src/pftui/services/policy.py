"""Who may change what: the operator as the store has them now, and the rules R1, R5 and R9."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pftui.domain.accounts import Kind, Operator
from pftui.domain.errors import Forbidden, LastAdmin, SignInFailed
from pftui.repositories.models import Principal
from pftui.repositories.unit_of_work import UnitOfWork

NEEDS_ADMIN = "This needs global admin privileges, which you do not have. Nothing was changed."


def operator_of(principal: Principal) -> Operator:
    """The principal as one who acts."""
    return Operator(
        principal.id, Kind(principal.kind), principal.name, principal.email, principal.global_admin
    )


def current_operator(unit: UnitOfWork, operator: Operator) -> Operator:
    """The operator as the store has them now, so that a demotion holds at the next call (R9).

    Raises:
        SignInFailed: the account was disabled or deleted, the key revoked, or the password reset.
    """
    principal = unit.accounts.get(operator.id)
    if principal is None or principal.disabled:
        raise SignInFailed("Your account was disabled or deleted. Nothing was changed; sign in again.")
    if operator.key_id is not None:
        key = unit.credentials.key(operator.key_id)
        if key is None or key.revoked_at is not None:
            raise SignInFailed("Your API key was revoked. Nothing was changed.")
        return _again(principal, operator)
    password = unit.credentials.password(operator.id)
    if password is not None and password.temporary:  # which binds itself, and no key of the account
        raise SignInFailed("Your password is a temporary one: sign in again, and choose one of your own.")
    return _again(principal, operator)


def _again(principal: Principal, operator: Operator) -> Operator:
    """The account as it is now, come in as before."""
    return replace(
        operator_of(principal),
        key_id=operator.key_id,
        stamp=operator.stamp,
        session_id=operator.session_id,
        source=operator.source,
    )


#: Who may make a change: looks at the operator as the store has them now, and raises `Forbidden`.
Policy = Callable[[Operator], None]


def global_admin(operator: Operator) -> None:
    """Global admins may (R1)."""
    if not operator.global_admin:
        raise Forbidden(NEEDS_ADMIN)


def ensure_admin_remains(unit: UnitOfWork, principal: Principal, what: str) -> None:
    """Refuse to take away the last global admin user who can sign in (R5).

    The caller holds the write lock, so that no other change can come between this look and its commit.

    Args:
        what: the change, for the sentence: "disabled", "deleted", …
    """
    password = unit.credentials.password(principal.id)
    can_sign_in = password is not None and not password.temporary and not principal.disabled
    if not (principal.kind == Kind.USER and principal.global_admin and can_sign_in):
        return
    if unit.accounts.other_admins_who_can_sign_in(principal.id) == 0:
        raise LastAdmin(
            f"{principal.name} is the last global admin who can sign in, so the account cannot be {what}. "
            "Nothing was changed; make another person a global admin first."
        )
