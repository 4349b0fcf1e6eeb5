"""Signing in: by e-mail and password, or by an API key; and changing one's own password.

An unknown e-mail, a wrong password and a disabled account get one message after the same work:
one run of argon2 at the same parameters (OWASP ASVS 5.0, 6.3.8). How many are looked at:
`signing_in/limits.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from pftui.domain.accounts import Kind, Operator
from pftui.domain.audit import ANONYMOUS, Action, Target
from pftui.domain.clock import UNKNOWN_TIME, Clock
from pftui.domain.decisions import Decision, Reason
from pftui.domain.errors import (
    Forbidden,
    InvalidInput,
    PasswordChangeRequired,
    SessionEnded,
    SignInFailed,
    StoreDamaged,
    StoreUnavailable,
    Throttled,
    TryAgain,
)
from pftui.domain.passwords import check_new_password, normalized
from pftui.domain.secret import Secret
from pftui.domain.sessions import PROOF_LASTS, within
from pftui.domain.source import UNKNOWN_SOURCE, Means, Origin, Source
from pftui.repositories.models import Password
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services import hashing
from pftui.services.policy import come_in_as, current_operator, ensure_goes_on, operator_of
from pftui.services.results import SignedIn
from pftui.services.signing_in.attempt import Address, Attempt, own_password
from pftui.services.signing_in.limits import SignInLimits
from pftui.services.signing_in.session_rows import begin_session, end_sessions, last_sign_in, session_of
from pftui.services.trail.bounded import PutOffs, record_put_off
from pftui.services.trail.writer import AuditWriter, actor_of, origin_of
from pftui.services.verification.verifier import Verifier

# A hash of nothing that anybody knows, for addresses without an account. Its parameters are those of
# `hashing.PASSWORDS`, so that checking against it takes as long; a test holds them to be equal.
UNKNOWN_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$Qm0xV2pHc2RrT3BzYlE5Yw$6Jt0kq2hYwFq3vS8yqgqg0mX5b1cL2rQ9uT7nE4oZxA"
)
_WRONG = "The e-mail address or the password is wrong, or the account is disabled."
_TRIES = 3  # of a password that somebody changes at this very moment


@dataclass(frozen=True, slots=True)
class SignInService:
    """Who is there."""

    store: Store
    verifier: Verifier
    clock: Clock
    limits: SignInLimits
    put_offs: PutOffs = field(default_factory=PutOffs)

    def with_password(
        self,
        email: str,
        password: Secret,
        *,
        interactive: bool = True,
        source: Source = UNKNOWN_SOURCE,
        token_hash: str | None = None,
    ) -> SignedIn:
        """Sign in a person.

        With `interactive` false (a script) a temporary password is refused, and there is no session but with
        a `token_hash`, by which `SessionService.resume` goes on with it. `source` is from where.

        Raises:
            SignInFailed: unknown e-mail, wrong password, disabled account or void temporary password.
            Throttled: too many failures; the password was not looked at.
            PasswordChangeRequired: a script with a temporary password.
        """
        address = Address(email)
        with self._told_if_put_off(address, Origin(Means.PASSWORD, source)):
            for _ in range(_TRIES):
                stored = self._stored_hash(address, source)
                checked = _check(stored, password)
                signed_in = self._conclude(address, checked, interactive, source, token_hash)
                if signed_in is not None:
                    return signed_in
        raise TryAgain("The password was changed at this very moment. Nobody was signed in; try again.", 1.0)

    def authenticate(self, key: Secret) -> Operator:
        """Who a key belongs to, for who asks at every request: nothing is written of it in the trail.

        The verifier answers, from one read and its memory of keys that have matched. What the operator
        may do is asked of the store again by whatever they call (R9).

        Raises:
            SignInFailed: the key is not valid.
            TryAgain: too many wrong secrets for this key id.
        """
        return _operator_behind(self.verifier.verify(key))

    def with_key(self, key: Secret, *, source: Source = UNKNOWN_SOURCE) -> Operator:
        """Sign in the service account behind a key, which needs global admin privileges.

        Raises:
            SignInFailed: the key is not valid.
            Forbidden: it is, but has no global admin privileges.
            TryAgain: too many wrong secrets for this key id.
        """
        decision = self.verifier.verify(key)
        try:
            operator = replace(_operator_behind(decision), source=source)
        except SignInFailed:
            self._record_refused_key(decision, "invalid", source)
            raise
        if not operator.global_admin:
            self._record_refused_key(decision, "no_admin", source)
            raise Forbidden(
                f"The key of {operator.name} has no global admin privileges, which the command line needs. "
                "Nothing was done."
            )
        with self.store.write() as unit:
            operator = current_operator(unit, operator)  # it may have ended since it was verified
            AuditWriter(unit, actor_of(operator), origin_of(operator), self.clock()).record(
                Action.LOGIN,
                Target.SERVICE_ACCOUNT,
                operator.id,
                f"{operator.name} signed in with an API key",
                keyId=operator.key_id,
            )
            unit.commit()
        return operator

    def wait(self, email: str, source: Source = UNKNOWN_SOURCE) -> float:
        """The seconds until a sign-in with this e-mail is looked at from there; 0 for now."""
        address = Address(email)
        with self.store.read() as unit:
            return self.limits.wait(unit, address.who(address.user(unit), source))

    def change_password(self, operator: Operator, current: Secret, new: Secret) -> Operator:
        """Change one's own password, which ends all that was signed in with the old one but `operator`.

        Returns:
            the operator, who goes on; where a script has no session, with the new stamp.

        Raises:
            InvalidInput: the new one is too weak or equals the current one.
            SignInFailed: the current one is wrong (`Throttled` after several); `SessionEnded` as ever.
        """
        with self.store.read() as unit:
            address, stored, own_words = own_password(unit, operator, self.limits)
        check_new_password(new, own_words)
        if normalized(new.reveal()) == normalized(current.reveal()):
            raise InvalidInput("password", "This is the current password: choose another one.")
        if not hashing.runnable(stored):
            raise StoreDamaged(
                "Your password is damaged in the store, so it cannot be compared. Nothing was changed; "
                "have it reset, and see `pftui db check`."
            )
        matched = hashing.password_matches(stored, current)
        replacement = hashing.hash_password(new) if matched else ""
        return self._replace_password(operator, address, stored, replacement, matched=matched)

    def choose_password(self, operator: Operator, new: Secret) -> Operator:
        """One's first own password, after a sign-in with a temporary one: that sign-in was its proof.

        Returns:
            the operator, who goes on.

        Raises:
            InvalidInput: it is too weak, or the temporary one.
            SessionEnded: there is no session of a sign-in within `PROOF_LASTS` with a temporary password.
        """
        with self.store.read() as unit:
            address, stored, own_words = own_password(unit, operator, self.limits)
            self._ensure_just_signed_in(unit, operator)
        check_new_password(new, own_words)
        if hashing.password_matches(stored, new):
            raise InvalidInput("password", "This is the temporary password: choose another one.")
        return self._replace_password(operator, address, stored, hashing.hash_password(new), matched=True)

    def _ensure_just_signed_in(self, unit: UnitOfWork, operator: Operator) -> None:
        session, row = session_of(unit, operator), unit.credentials.password(operator.id)
        lately = session is not None and within(PROOF_LASTS, session.proved_at, self.clock())
        if not lately or row is None or not row.temporary:
            raise SessionEnded("It is too long since you signed in. Nothing was changed; sign in again.")

    def _replace_password(
        self, operator: Operator, address: Address, stored: str, replacement: str, *, matched: bool
    ) -> Operator:
        with self.store.write() as unit:
            attempt = Attempt.begin(
                unit, address, self.limits, self.clock(), origin_of(operator), operator.id
            )
            if not matched:
                raise attempt.failed(
                    "wrong_current_password", "The current password is wrong. It was not changed."
                )
            principal, row = attempt.principal, attempt.password
            if principal is None or row is None or row.hash != stored:
                raise SessionEnded("The password was changed meanwhile. Sign in again.")
            if attempt.disabled:
                raise attempt.failed("disabled", _WRONG)
            if attempt.void:
                raise attempt.refused("temporary_password_void", SignInFailed(_void(row)))
            ensure_goes_on(unit, principal, operator)
            row.hash, row.temporary, row.void_after = replacement, False, None
            row.changed_at = attempt.now
            end_sessions(unit, principal, attempt.now, attempt.email, session_of(unit, operator))
            attempt.record(Action.PASSWORD_CHANGED, f"Changed the password of {attempt.email}")
            unit.commit()
            return come_in_as(operator, principal)

    @contextmanager
    def _told_if_put_off(self, address: Address, origin: Origin) -> Iterator[None]:
        """Tell, within bounds, of a password that was not looked at, if that can be told."""
        try:
            yield
        except Throttled:
            now = self.clock()
            times = self.put_offs.due(now)
            if times:
                with suppress(StoreUnavailable), self.store.write() as unit:
                    record_put_off(AuditWriter(unit, ANONYMOUS, origin, now), address.user(unit), times)
                    unit.commit()
            raise

    def _stored_hash(self, address: Address, source: Source) -> str:
        with self.store.read() as unit:
            principal = address.user(unit)
            self.limits.refuse_while_waiting(unit, address.who(principal, source))
            row = unit.credentials.password(principal.id) if principal is not None else None
            return row.hash if row is not None else UNKNOWN_HASH

    def _conclude(
        self,
        address: Address,
        checked: _Checked,
        interactive: bool,
        source: Source,
        token_hash: str | None,
    ) -> SignedIn | None:
        """Write what came of it; None where the password was changed while argon2 ran."""
        with self.store.write() as unit:
            origin = Origin(Means.PASSWORD, source)
            attempt = Attempt.begin(unit, address, self.limits, self.clock(), origin)
            principal, row = attempt.principal, attempt.password
            if (row.hash if row is not None else UNKNOWN_HASH) != checked.stored:
                return None
            if principal is None or row is None:
                raise attempt.failed("unknown_email", _WRONG)
            if not checked.matched:
                damaged = not hashing.runnable(checked.stored)
                raise attempt.failed("damaged_hash" if damaged else "wrong_password", _WRONG)
            if attempt.disabled:
                raise attempt.failed("disabled", _WRONG)
            if attempt.void:
                raise attempt.refused("temporary_password_void", SignInFailed(_void(row)))
            if row.temporary and not interactive:
                raise attempt.refused("temporary_password", PasswordChangeRequired(_CHANGE_FIRST))
            if checked.replacement is not None:
                row.hash = checked.replacement
            operator = replace(operator_of(principal), source=source)
            last = last_sign_in(unit, principal)
            if interactive or token_hash is not None:
                operator = begin_session(unit, operator, attempt.now, token_hash)
            self.limits.remember_source(unit, attempt.who)
            unit.accounts.mark_used(principal.id, attempt.now)
            came = replace(attempt, origin=origin_of(operator))
            came.record(Action.LOGIN, f"{principal.email} signed in")
            unit.commit()
            return SignedIn(operator, row.temporary, last)

    def _record_refused_key(self, decision: Decision, reason: str, source: Source) -> None:
        account, key_id = decision.account, decision.key_id
        with self.store.write() as unit:
            if account is not None:
                target, target_id = Target.SERVICE_ACCOUNT, account.id
            else:
                target, target_id = Target.ORGANIZATION, unit.organization.get().id
            origin = Origin(Means.KEY, source, key_id if account else None)
            AuditWriter(unit, ANONYMOUS, origin, self.clock()).record(
                Action.LOGIN_FAILED,
                target,
                target_id,
                f"Refused to sign in with an API key{f' of {account.name}' if account else ''}",
                reason=decision.reason.value if decision.reason and reason == "invalid" else reason,
                **({"keyId": key_id} if key_id and account else {}),
            )
            unit.commit()


_CHANGE_FIRST = (
    "This is a temporary password. Sign in to the console once to choose one of your own; nothing was done."
)


def _operator_behind(decision: Decision) -> Operator:
    """The account of a valid key, whatever it may do. Raises `SignInFailed` for a key that is not valid."""
    account = decision.account
    if account is None or not (decision.allowed or decision.reason is Reason.NO_TEAM):
        raise SignInFailed(f"The API key was refused. {decision.message}")
    return Operator(
        account.id,
        Kind.SERVICE_ACCOUNT,
        account.name,
        None,
        account.global_admin,
        decision.key_id,
        account.stamp,
    )


def _void(password: Password) -> str:
    known = password.void_after not in (None, UNKNOWN_TIME)
    until = f"{password.void_after:%Y-%m-%d %H:%M} UTC" if known else "some time ago"
    return f"This temporary password was valid until {until}. Ask a global admin for a new one."


@dataclass(frozen=True, slots=True)
class _Checked:
    """What argon2 found; `replacement` is the hash at today's parameters where the stored one is older."""

    stored: str = field(repr=False)
    matched: bool
    replacement: str | None = field(repr=False)


def _check(stored: str, password: Secret) -> _Checked:
    if not hashing.runnable(stored):
        hashing.password_matches(UNKNOWN_HASH, password)  # the same work as for any other address
        return _Checked(stored, matched=False, replacement=None)
    matched = hashing.password_matches(stored, password)
    outdated = matched and hashing.password_is_outdated(stored)
    return _Checked(stored, matched, hashing.hash_password(password) if outdated else None)
