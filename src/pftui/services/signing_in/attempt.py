"""One attempt to give a password: whose it is, whether it is looked at, and how it ends badly."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from pftui.domain.accounts import Operator
from pftui.domain.audit import ANONYMOUS, Action, Target
from pftui.domain.errors import PftuiError, SessionEnded, SignInFailed
from pftui.domain.names import fold, storable
from pftui.domain.source import Origin, Source
from pftui.repositories.models import Password, Principal
from pftui.repositories.unit_of_work import UnitOfWork
from pftui.services.policy import operator_of
from pftui.services.signing_in.limits import SignInLimits, Who
from pftui.services.trail.writer import AuditWriter, actor_of


class Address:
    """An e-mail address as somebody typed it."""

    __slots__ = ("_text", "hash")

    def __init__(self, email: str) -> None:
        self._text = email.strip()
        # Without a sign that each of them has, it may be a password in the wrong field: all those are one.
        kept = fold(self._text) if "@" in self._text else ""
        self.hash = hashlib.sha256(kept.encode("utf-8", "surrogatepass")).hexdigest()

    def user(self, unit: UnitOfWork) -> Principal | None:
        """The user who has it."""
        if not storable(self._text):  # no address has such characters, and not every database takes them
            return None
        return unit.accounts.by_email(self._text)

    def who(self, user: Principal | None, source: Source, signed_in_id: str | None = None) -> Who:
        """Whose password is tried there; with `signed_in_id`, in the session of that account."""
        account_id = user.id if user is not None else None
        signed_in = account_id is not None and account_id == signed_in_id
        return Who(self.hash, account_id, source, signed_in=signed_in)


def own_password(
    unit: UnitOfWork, operator: Operator, limits: SignInLimits
) -> tuple[Address, str, tuple[str, ...]]:
    """The operator's address, the hash of their password, and the words that a new one may not be.

    Raises:
        SessionEnded: there is no such password any more.
        Throttled: too many failures; the password is not looked at.
    """
    principal = unit.accounts.get(operator.id)
    row = unit.credentials.password(operator.id)
    if principal is None or principal.email is None or row is None:
        raise SessionEnded("Your account has no password, or was deleted. Nothing was changed.")
    address = Address(principal.email)
    limits.refuse_while_waiting(unit, address.who(principal, operator.source, operator.id))
    return address, row.hash, (principal.name, principal.email, unit.organization.get().name)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt under the write lock, and the two ways in which it ends badly."""

    unit: UnitOfWork
    limits: SignInLimits
    who: Who
    now: datetime
    principal: Principal | None
    password: Password | None
    origin: Origin

    @classmethod
    def begin(
        cls,
        unit: UnitOfWork,
        address: Address,
        limits: SignInLimits,
        now: datetime,
        origin: Origin,
        signed_in_id: str | None = None,
    ) -> Attempt:
        """The attempt as it stands under the write lock, where attempts come one after another.

        Whoever tries many passwords at once is stopped here: once others have failed, what argon2
        has found for this one is not told. `signed_in_id` is whose own session it comes from, if any.
        """
        principal = address.user(unit)
        who = address.who(principal, origin.source, signed_in_id)
        limits.refuse_while_waiting(unit, who)
        row = unit.credentials.password(principal.id) if principal is not None else None
        return cls(unit, limits, who, now, principal, row, origin)

    @property
    def email(self) -> str:
        """The address that the user has now."""
        return (self.principal.email if self.principal is not None else None) or ""

    @property
    def disabled(self) -> bool:
        """Whether the account is disabled."""
        return self.principal is not None and self.principal.disabled

    @property
    def void(self) -> bool:
        """Whether the password was a temporary one, and its time is over."""
        row = self.password
        return bool(row and row.temporary and row.void_after and row.void_after <= self.now)

    def failed(self, reason: str, message: str) -> SignInFailed:
        """Count the failure, write its event, commit; gives the error to raise."""
        self.limits.count_failure(self.unit, self.who)
        self._tell_and_commit(reason)
        return SignInFailed(message)

    def refused(self, reason: str, error: PftuiError) -> PftuiError:
        """The password was right and does not help: write the event, commit; gives the error to raise."""
        self._tell_and_commit(reason)
        return error

    def _tell_and_commit(self, reason: str) -> None:
        if self.principal is not None:
            target, target_id, who = Target.USER, self.principal.id, f" as {self.principal.email}"
        else:  # what was typed is not kept: it may be a password in the wrong field
            target, target_id, who = Target.ORGANIZATION, self.unit.organization.get().id, ""
        AuditWriter(self.unit, ANONYMOUS, self.origin, self.now).record(
            Action.LOGIN_FAILED, target, target_id, f"Failed to sign in{who}", reason=reason
        )
        self.unit.commit()

    def record(self, action: Action, description: str) -> None:
        """Write an event of the user who has proven to be there."""
        if self.principal is None:
            raise RuntimeError("only a known user can be recorded")
        actor = actor_of(operator_of(self.principal))
        AuditWriter(self.unit, actor, self.origin, self.now).record(
            action, Target.USER, self.principal.id, description
        )
