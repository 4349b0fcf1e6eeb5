"""The way back for a locked-out organization, by whoever owns the store.

It stands above R5 and above every operator: who can write to the store's file could change it anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pftui.domain.acts import Act, on_account
from pftui.domain.audit import AccountVerb, Action, Target
from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import NotFound, Refused
from pftui.domain.passwords import TEMPORARY_LIFETIME, temporary_password
from pftui.domain.secret import Secret
from pftui.domain.source import UNKNOWN_SOURCE, Source
from pftui.repositories.database.engine import connect
from pftui.repositories.models import Password, Principal
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.hashing import hash_password
from pftui.services.refusals import record_refusal
from pftui.services.results import TemporaryPassword
from pftui.services.session_rows import end_sessions
from pftui.services.sign_in import Address
from pftui.services.writer import AuditWriter, host_writer

_LISTED = 50  # global admins whose addresses a message names


@dataclass(frozen=True, slots=True)
class HostReset(TemporaryPassword):
    """The new password, and in `notes` what else was done or is good to know, a sentence each."""

    notes: tuple[str, ...] = ()


def reset_password_on_host(
    url: str, email: str, unix_user: str, clock: Clock = utc_now, source: Source = UNKNOWN_SOURCE
) -> HostReset:
    """Replace a person's password by a temporary one, without an operator.

    Only the password is replaced, and what keeps the person waiting after wrong ones is cleared. Where
    nobody is left who could let others in again (no global admin who is a person and not disabled), the
    account is enabled and given global admin privileges too, so that any person's address gets an
    organization back in.

    Args:
        unix_user: who does it, as the audit trail will name them: `host:` and this.

    Raises:
        NotFound: nobody has this address; the message names those of the global admins.
        Refused: the account is disabled, so that a password would not help, and others can enable it.
        StoreUnavailable: nothing was changed.
    """
    secret = temporary_password()
    store = Store(connect(url))
    try:
        hashed = hash_password(secret)
        with store.write() as unit:
            recovery = _Recovery(unit, host_writer(unit, unix_user, source, clock()))
            return recovery.run(email, hashed, secret)
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class _Recovery:
    unit: UnitOfWork
    audit: AuditWriter

    def run(self, email: str, hashed: str, secret: Secret) -> HostReset:
        address = Address(email)
        user = address.user(self.unit)
        admins = self.unit.accounts.active_admins(_LISTED)
        if user is None or user.email is None:
            raise NotFound(f"Nobody has this e-mail address. Nothing was changed.{_instead(admins)}")
        if user.disabled and admins:
            raise self._refused(user, admins)
        notes = self._let_in(user) if not admins else self._note(user, admins)
        void_after = self.audit.now + TEMPORARY_LIFETIME
        self._replace_password(user, hashed)
        end_sessions(self.unit, user, self.audit.now, self.audit.actor.name)
        self.unit.limits.forgive(address.hash)
        self.audit.record(
            Action.PASSWORD_RESET, Target.USER, user.id, f"Reset the password of {user.email} on the host"
        )
        self.unit.commit()
        return HostReset(user.id, user.name, user.email, void_after, secret, tuple(notes))

    def _refused(self, user: Principal, admins: Sequence[str]) -> Refused:
        refusal = Refused(
            f"{user.email} is disabled, so a new password would not let them in. "
            f"Nothing was changed.{_instead(admins)}"
        )
        record_refusal(self.audit, on_account(Act.PASSWORD_RESET_ON_HOST, user.id), refusal)
        self.unit.commit()
        return refusal

    def _note(self, user: Principal, admins: Sequence[str]) -> list[str]:
        if user.global_admin:
            return []
        return [f"{user.email} is not a global admin.{_instead(admins)}"]

    def _let_in(self, user: Principal) -> list[str]:
        """Nobody else can: make the person an active global admin."""
        notes = []
        if user.disabled:
            user.disabled = False
            self.audit.record_account(AccountVerb.ENABLED, user, f"Enabled {user.email} on the host")
            notes.append(f"{user.email} was disabled and is enabled now: no other global admin was left.")
        if not user.global_admin:
            user.global_admin = True
            text = f"Gave global admin privileges to {user.email} on the host"
            self.audit.record_account(AccountVerb.GRANTED_ADMIN, user, text)
            notes.append(f"{user.email} is a global admin now: no other was left.")
        return notes

    def _replace_password(self, user: Principal, hashed: str) -> None:
        now = self.audit.now
        row = self.unit.credentials.password(user.id)
        if row is None:
            row = Password(principal_id=user.id, hash=hashed, changed_at=now)
            self.unit.credentials.add_password(row)
        row.hash, row.temporary = hashed, True
        row.void_after, row.changed_at = now + TEMPORARY_LIFETIME, now


def _instead(admins: Sequence[str]) -> str:
    if not admins:
        return " There is no global admin who could sign in: give the address of any person of the store."
    return f" Global admins who could sign in: {', '.join(admins)}."
