"""Sessions: who is signed in, the password given once more, and the end of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pftui.domain.accounts import Operator
from pftui.domain.acts import Act, Intent, on_account
from pftui.domain.audit import Action, Checkpoint, Target
from pftui.domain.clock import Clock
from pftui.domain.errors import NotFound, SessionEnded, SessionLocked
from pftui.domain.secret import Secret
from pftui.domain.session_token import is_token_hash
from pftui.domain.sessions import SessionView, was_left
from pftui.domain.source import Source
from pftui.repositories.unit_of_work import Store
from pftui.services import hashing
from pftui.services.lookups import require_account
from pftui.services.policy import anybody, current_operator, ensure_unlocked, global_admin, operator_of
from pftui.services.results import AlreadySo
from pftui.services.signing_in.attempt import Attempt, own_password
from pftui.services.signing_in.limits import SignInLimits
from pftui.services.signing_in.session_rows import session_of
from pftui.services.trail.writer import AuditWriter, actor_of, origin_of
from pftui.services.transaction import change, inspection


@dataclass(frozen=True, slots=True)
class SessionService:
    """A person who signs in to the console, or by `pftui login`, has a session: a row, which
    `Operator.session_id` names.

    How it ends: `SessionEnded` is raised by every call of an operator whose credential is another one since
    (`principals.stamp`), or whose row was ended, and by the poll (`lifecycle.look`). Then the person
    signs in afresh. It is a `SignInFailed`; a plain `SignInFailed` of `prove` is a wrong password.

    How it locks: `SessionLocked` is raised by the poll and by every change once the password was given
    longer ago than the organization's `session_hours`. The session goes on: `prove` unlocks it, for the same
    person, and nothing that is open is lost. When a console locks since nobody touched it (the
    organization's `idle_lock_minutes`, see `domain.sessions.idle_lock_minutes`) only the console knows, and
    `prove` lets the person back as well.

    What asks again: `ProofNeeded`, of which `SessionLocked` is one, is raised by a change that needs a
    password given within `domain.sessions.PROOF_LASTS`, before anything is changed. Ask for the password,
    call `prove`, and make the same call again. Who has no session (a key, a command that signs in for
    itself, the demo) is never asked, and never locks.

    How commands go on with one: each calls `resume`, with what it was kept by, and then `attend`, which
    locks it as an idle console.
    """

    store: Store
    clock: Clock
    limits: SignInLimits

    def resume(self, session_id: str, token_hash: str, source: Source) -> Operator:
        """Whose session a command goes on with, by the hash of the token that `pftui login` kept.

        Raises:
            SessionEnded: it has ended, or it is none of this host and UNIX user; nothing tells which.
        """
        with self.store.read() as unit:
            session = unit.sessions.get(session_id)
            if session is None or not is_token_hash(session.token_hash, token_hash):
                raise SessionEnded(
                    "The session that was kept here is no longer one. Nothing was done; sign in again."
                )
            principal = unit.accounts.get(session.principal_id)
            if principal is None:
                raise SessionEnded("Your account was deleted. Nothing was done.")
            came = replace(operator_of(principal), session_id=session.id, source=source)
            return current_operator(unit, came)

    def attend(self, operator: Operator) -> None:
        """Note that a command of the session begins.

        Raises:
            SessionLocked: it is as old as the organization lets it be, or the last command was longer ago
                than a console may be idle.
        """
        with self.store.write() as unit:
            current, now = current_operator(unit, operator), self.clock()
            ensure_unlocked(unit, current, now)
            session = session_of(unit, current)
            if session is None:
                raise SessionEnded("There is no session to go on with. Sign in again.")
            minutes = unit.organization.get().idle_lock_minutes
            if was_left(session.seen_at, minutes, now):
                raise SessionLocked(
                    f"Your session is locked: no command came for {minutes} min. Nothing was done yet."
                )
            session.seen_at = now
            unit.commit()

    def prove(self, operator: Operator, password: Secret) -> Operator:
        """The operator's password, given again: unlocks the session, and stands for 15 minutes.

        Returns:
            the operator as the store has them now.

        Raises:
            SignInFailed: the password is wrong, which counts as a failed sign-in.
            Throttled: there were too many; the password was not looked at.
            SessionEnded: there is no session to go on with.
        """
        with self.store.read() as unit:
            current_operator(unit, operator)
            address, stored, _ = own_password(unit, operator, self.limits)
        matched = hashing.password_matches(stored, password)
        with self.store.write() as unit:
            attempt = Attempt.begin(
                unit, address, self.limits, self.clock(), origin_of(operator), operator.id
            )
            if not matched:
                raise attempt.failed("wrong_password", "The password is wrong.")
            if attempt.password is None or attempt.password.hash != stored:
                raise SessionEnded("The password was changed meanwhile. Sign in again.")
            current = current_operator(unit, operator)
            session = session_of(unit, current)
            if session is not None:
                session.proved_at = session.seen_at = attempt.now
            unit.commit()
            return current

    def sign_out(self, operator: Operator) -> Checkpoint | None:
        """End one's own session, also a locked one; what has none or has ended is left as it is.

        Gives a global admin the head of the trail as it is then, to be kept elsewhere; else None.
        """
        with self.store.write() as unit:
            session, principal = session_of(unit, operator), unit.accounts.get(operator.id)
            if session is None or principal is None or session.ended_at is not None:
                return None
            now, own = self.clock(), operator_of(principal)
            session.ended_at, session.ended_by = now, own.email or own.name
            event = AuditWriter(unit, actor_of(own), origin_of(operator), now).record(
                Action.LOGOUT, Target.USER, own.id, f"{session.ended_by} signed out", sessionId=session.id
            )
            unit.commit()
            return Checkpoint(event.sequence, event.hash) if own.global_admin else None

    def list(self, operator: Operator, *, everyone: bool = False) -> Sequence[SessionView]:
        """One's own sessions or, for a global admin, everybody's: live ones first, newest first.

        No more than `repositories.sessions.LISTED`.
        """
        if everyone:
            with inspection(self.store, operator, self.clock, Intent(Act.SESSION_LIST)) as unit:
                return unit.sessions.list()
        with self.store.read() as unit:
            return unit.sessions.list(current_operator(unit, operator).id)

    def end(self, operator: Operator, session_id: str) -> AlreadySo | None:
        """End a session of one's own or, for a global admin, anybody's; tells where it had ended.

        Raises:
            NotFound: there is none of this id.
            Forbidden: for who is no global admin, also where there is none.
        """
        owner_id = self._owner_id(session_id)
        allowed = anybody if owner_id == operator.id else global_admin
        intent = on_account(Act.SESSION_END, owner_id) if owner_id else Intent(Act.SESSION_END)
        with change(self.store, operator, self.clock, intent, allowed) as transaction:
            session = transaction.unit.sessions.get(session_id)
            if session is None:
                raise NotFound("There is no such session. Nothing was changed.")
            if session.ended_at is not None:
                return AlreadySo(session.ended_by, session.ended_at)
            session.ended_at, session.ended_by = transaction.now, transaction.by
            owner = require_account(transaction.unit, session.principal_id)
            text = f"Ended a session of {owner.email or owner.name}"
            transaction.record(Action.SESSION_ENDED, Target.USER, owner.id, text, sessionId=session_id)
            return None

    def _owner_id(self, session_id: str) -> str | None:
        with self.store.read() as unit:
            session = unit.sessions.get(session_id)
            return session.principal_id if session is not None else None
