"""Who may change what: the operator as the store has them now, and the rules R1, R5 and R9."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pftui.domain.accounts import Kind, Operator
from pftui.domain.acts import Act, Intent
from pftui.domain.errors import Forbidden, KeysRestricted, LastAdmin, ProofNeeded, SessionEnded, SessionLocked
from pftui.domain.sessions import PROOF_LASTS, is_locked, within
from pftui.repositories.models import Principal
from pftui.repositories.unit_of_work import UnitOfWork
from pftui.services.signing_in.session_rows import session_of

NEEDS_ADMIN = "This needs global admin privileges, which you do not have. Nothing was changed."


def operator_of(principal: Principal) -> Operator:
    """The principal as one who acts."""
    return Operator(
        principal.id,
        Kind(principal.kind),
        principal.name,
        principal.email,
        principal.global_admin,
        stamp=principal.stamp,
    )


def current_operator(unit: UnitOfWork, operator: Operator) -> Operator:
    """The operator as the store has them now, so that a demotion holds at the next call (R9).

    Raises:
        SessionEnded: the account was disabled or deleted, also where it is enabled again; the key was
            revoked; the password was changed or reset; the session was ended.
    """
    unit.accounts.load_operator(operator.id, operator.key_id, operator.session_id)
    principal = unit.accounts.get(operator.id)
    if principal is None or principal.disabled:
        raise SessionEnded("Your account was disabled or deleted. Nothing was changed; sign in again.")
    if operator.key_id is not None:
        key = unit.credentials.key(operator.key_id)
        if key is None or key.revoked_at is not None:
            raise SessionEnded("Your API key was revoked. Nothing was changed.")
    else:
        password = unit.credentials.password(operator.id)
        if password is not None and password.temporary:  # which binds itself, and no key of the account
            raise SessionEnded("Your password is a temporary one: sign in again, and choose one of your own.")
    ensure_goes_on(unit, principal, operator)
    return come_in_as(operator, principal)


def come_in_as(operator: Operator, principal: Principal) -> Operator:
    """The account as it is now, come in as the operator did."""
    return replace(
        operator_of(principal),
        key_id=operator.key_id,
        session_id=operator.session_id,
        source=operator.source,
        proved=operator.proved,
    )


def ensure_goes_on(unit: UnitOfWork, principal: Principal, operator: Operator) -> None:
    """Refuse what was signed in with another credential than today's, or has ended (R9).

    A session's own row has its stamp, since the change of a password spares the session that made it;
    who has no row brings the stamp along. Raises `SessionEnded`.
    """
    if operator.session_id is None:
        if operator.stamp != principal.stamp:
            raise SessionEnded(_OTHER_STAMP)
        return
    session = session_of(unit, operator)
    if session is None:
        raise SessionEnded("Your session was forgotten. Nothing was changed; sign in again.")
    if session.stamp != principal.stamp:
        raise SessionEnded(_OTHER_STAMP)
    if session.ended_at is not None:
        by = f" by {session.ended_by}" if session.ended_by else ""
        raise SessionEnded(f"Your session was ended{by}. Nothing was changed; sign in again.")


_OTHER_STAMP = (
    "The password was changed or reset, or the account disabled, since you signed in. "
    "Nothing was changed; sign in again."
)


def ensure_unlocked(unit: UnitOfWork, operator: Operator, now: datetime) -> None:
    """Raise `SessionLocked` for a session whose password was given more hours ago than the settings say."""
    session = session_of(unit, operator)
    if session is None:
        return
    hours = unit.organization.get().session_hours
    if is_locked(session.proved_at, hours, now):
        raise SessionLocked(
            f"Your session is locked: after {hours} h the password is asked for again. Nothing was changed."
        )


def ensure_proved(unit: UnitOfWork, operator: Operator, now: datetime) -> None:
    """Raise `ProofNeeded` for a session whose password was given too long ago for what matters most.

    Who has no session (a script, a key) gives its password or key with each command, which is the proof; who
    stays signed in without one (the admin client) gives it anew with each such change.
    """
    session = session_of(unit, operator)
    if session is None and not operator.proved:
        raise ProofNeeded("This needs your password or key once more. Nothing was changed yet.")
    if session is not None and not within(PROOF_LASTS, session.proved_at, now):
        raise ProofNeeded("This needs your password once more. Nothing was changed yet.")


#: What only people do where keys are restricted (R13): to anybody, to a global admin, to oneself, to a role
#: of one's own. What takes a change back makes one.
_OF_PEOPLE = frozenset({Act.ADMIN_GRANT, Act.ORGANIZATION_UPDATE})
_TO_ADMINS = frozenset(
    {
        Act.ACCOUNT_UPDATE,
        Act.ACCOUNT_DISABLE,
        Act.ACCOUNT_ENABLE,
        Act.ACCOUNT_DELETE,
        Act.ADMIN_REVOKE,
        Act.KEY_CREATE,
        Act.PASSWORD_RESET,
        Act.USER_OFFBOARD,
        Act.UNDO,
    }
)
_TO_ONESELF = frozenset({Act.TEAM_ADD, Act.TEAM_SET_ROLE, Act.UNDO})
_TO_OWN_ROLES = frozenset({Act.ROLE_UPDATE, Act.ROLE_DELETE})


def ensure_key_may(unit: UnitOfWork, operator: Operator, intent: Intent) -> None:
    """Refuse an act by key that raises its own rights, makes an admin or changes one (R13)."""
    if operator.key_id is None:
        return
    act, on = intent.act, intent.target_id
    if (
        act in _OF_PEOPLE
        or (act in _TO_ADMINS and _is_admin(unit, on))
        or (act in _TO_ONESELF and on == operator.id)
        or (act in _TO_OWN_ROLES and _holds(unit, operator, on))
    ):
        ensure_person(unit, operator)


def _is_admin(unit: UnitOfWork, account_id: str) -> bool:
    principal = unit.accounts.get(account_id)
    return principal is not None and principal.global_admin


def _holds(unit: UnitOfWork, operator: Operator, role_id: str) -> bool:
    return any(each.role_id == role_id for each in unit.accounts.assignments(operator.id))


def ensure_person(unit: UnitOfWork, operator: Operator) -> None:
    """Refuse what is not for a key where keys are restricted (R13). Raises `KeysRestricted`."""
    if operator.key_id is not None and unit.organization.get().keys_restricted:
        raise KeysRestricted(
            "Keys are restricted in this organization, so that a person does this, and no key. "
            "Nothing was changed; sign in as a global admin."
        )


#: Who may make a change: looks at the operator as the store has them now, and raises `Forbidden`.
Policy = Callable[[Operator], None]


def anybody(operator: Operator) -> None:
    """Everybody who is signed in may, since it is their own."""


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
