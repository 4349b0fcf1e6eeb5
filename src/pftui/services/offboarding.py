"""Somebody has left: nothing that they had, made or were shown is forgotten, and a report proves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pftui.domain.accounts import Kind, Operator
from pftui.domain.acts import Act, on_account
from pftui.domain.api_key import parse_key_id, shown
from pftui.domain.audit import AccountVerb, Action, AuditEvent, Checkpoint, Target, account_action
from pftui.domain.clock import Clock
from pftui.domain.decisions import decide
from pftui.domain.errors import Conflict, InvalidInput, NotFound, PftuiError
from pftui.domain.names import clean_reason, storable
from pftui.domain.offboarding import Check, Choices, Decided, Fate, Leaver, Offboarded
from pftui.repositories.key_lookup.reader import KeyReader
from pftui.repositories.models import Principal
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.accounts import account_details, end_access
from pftui.services.keys import end_key
from pftui.services.lookups import require_account
from pftui.services.policy import ensure_admin_remains
from pftui.services.sentences import already_so
from pftui.services.trail.writer import MOST_NAMED, number_of
from pftui.services.transaction import Transaction, change, inspection

OFFBOARDING = "offboarding"
"""In the metadata of an event that is part of an offboarding: the person, as `{"accountId": …}`."""


@dataclass(frozen=True, slots=True)
class OffboardingService:
    """What somebody leaves behind, and its end; global admins only (R1)."""

    store: Store
    clock: Clock

    def look(self, operator: Operator, account_id: str) -> Leaver:
        """What a person would leave behind now.

        Raises:
            InvalidInput: it is a service account.
            NotFound: deleted meanwhile.
        """
        intent = on_account(Act.USER_LEAVES, account_id)
        with inspection(self.store, operator, self.clock, intent) as unit:
            return _leaver(unit, _person(unit, account_id))

    def offboard(self, operator: Operator, account_id: str, choices: Choices, reason: str = "") -> Offboarded:
        """Disable a person, and revoke or keep each live key that they were shown: all of it or nothing.

        An event tells of each thing, and a last one of the whole. What the report says of the time
        afterwards is read anew once all is committed.

        Args:
            choices: what was decided of each key that `look` gave.
            reason: why the person is offboarded, for the event of the whole.

        Raises:
            InvalidInput: a service account, one's own account, or a reason that is missing or cannot be one.
            LastAdmin: nobody else could sign in to help (R5).
            Conflict: the keys are not those any more that were decided on (R10).
            NotFound: deleted meanwhile; or a key was decided on that is none of theirs.
            ProofNeeded: the operator's own password was given more than 15 minutes ago.
        """
        choices = {key_id: choice.cleaned() for key_id, choice in choices.items()}
        reason = clean_reason(reason, needed=False)
        intent = on_account(Act.USER_OFFBOARD, account_id)
        with change(self.store, operator, self.clock, intent, proof=True) as transaction:
            unit = transaction.unit
            person = _person(unit, account_id)
            if account_id == transaction.operator.id:
                raise InvalidInput(
                    "account",
                    "This is your own account: another global admin offboards you. Nothing was changed.",
                )
            ensure_admin_remains(unit, person, "disabled")
            leaver = _leaver(unit, person)
            decided = _decided(unit, leaver, choices)
            before = _disabled_before(unit, person)
            with unit.together():
                events = _carry_out(transaction, person, leaver, decided, reason)
            last = events[-1]
            head = Checkpoint(last.sequence, last.hash)
        return Offboarded(
            leaver=leaver,
            by=transaction.by,
            at=transaction.now,
            keys=decided,
            first=events[0].sequence,
            head=head,
            disabled_before=before,
            checks=self._checks(account_id, decided, head),
        )

    def _checks(self, account_id: str, decided: tuple[Decided, ...], head: Checkpoint) -> tuple[Check, ...]:
        """What the store says now; where it says nothing, that all was done is still true."""
        try:
            with self.store.read() as unit:
                principal = unit.accounts.get(account_id)
                stamp = principal.stamp if principal is not None else None
                sessions = [unit.sessions.get(each.id) for each in unit.sessions.list(account_id)]
                live = [each for each in sessions if each and not each.ended_at and each.stamp == stamp]
                event = unit.audit.numbered(head.sequence)
            states = self._states([each.left.key.key_id for each in decided])
        except PftuiError as error:
            return (Check(f"It was done, but could not be looked at again: {error.message}", False),)
        return (
            Check("The person cannot sign in.", principal is None or principal.disabled),
            Check("No session of theirs is open.", not live),
            *_key_checks(decided, states),
            Check(
                f"The audit trail holds event {head.sequence} as it was written.",
                isinstance(event, AuditEvent) and event.hash == head.hash,
            ),
        )

    def _states(self, key_ids: list[str]) -> Mapping[str, str | None]:
        """Why each key is denied, read as `verify` reads it, whatever its secret; None where it is not."""
        reader = KeyReader(self.store.engine)
        try:
            records = {key_id: reader.read(key_id, None) for key_id in key_ids}
        finally:
            reader.close()
        return {
            key_id: "unknown" if record is None else decide(record.facts).reason
            for key_id, record in records.items()
        }


def _key_checks(decided: tuple[Decided, ...], states: Mapping[str, str | None]) -> list[Check]:
    checks = []
    for each in decided:
        key_id = each.left.key.key_id
        if each.choice.fate is Fate.REVOKE:
            refused = states[key_id] in ("revoked", "unknown")
            checks.append(Check(f"{shown(key_id)} is refused.", refused))
        else:
            checks.append(Check(f"{shown(key_id)} is kept, and not revoked.", states[key_id] != "revoked"))
    return checks


def _person(unit: UnitOfWork, account_id: str) -> Principal:
    principal = require_account(unit, account_id)
    if principal.kind != Kind.USER:
        raise InvalidInput(
            "account",
            f"{principal.name} is a service account, and only a person is offboarded: disable it instead.",
        )
    return principal


def _leaver(unit: UnitOfWork, person: Principal) -> Leaver:
    return Leaver(
        account=account_details(unit, person.id),
        sessions=tuple(each for each in unit.sessions.list(person.id) if each.live),
        accounts=tuple(unit.accounts.made_by(person.id)),
        keys=tuple(unit.credentials.shown_to(person.id)),
    )


def _decided(unit: UnitOfWork, leaver: Leaver, choices: Choices) -> tuple[Decided, ...]:
    """Each live key with what was decided of it. Raises `Conflict` where they are others by now (R10)."""
    live = {left.key.key_id: left for left in leaver.keys}
    for key_id in choices:
        if key_id not in live:
            raise _no_such_key(unit, leaver, key_id)
    decided = []
    for key_id, left in live.items():
        if key_id not in choices:
            made = unit.audit.newest_of(key_id, [Action.API_KEY_CREATED])
            by = f" by {made.who}" if made is not None else ""
            raise Conflict(
                f"API key {shown(key_id)} of {left.key.account_name} was created{by} since you looked. "
                "Nothing was changed; look again."
            )
        decided.append(Decided(left, choices[key_id]))
    return tuple(decided)


def _no_such_key(unit: UnitOfWork, leaver: Leaver, key_id: str) -> PftuiError:
    """A key was decided on that the person does not leave behind, or no longer."""
    key = shown(parse_key_id(key_id) or "")
    ended = unit.audit.newest_of(key_id, [Action.API_KEY_REVOKED]) if storable(key_id) else None
    if ended is None:
        name = leaver.account.summary.name
        return NotFound(
            f"API key {key} is none that {name} was shown, or its account was deleted. Nothing was changed; "
            "look again."
        )
    return Conflict(f"API key {key} was revoked by {ended.who}. Nothing was changed; look again.")


def _disabled_before(unit: UnitOfWork, person: Principal) -> str | None:
    """Who had disabled the person, where somebody had."""
    if not person.disabled:
        return None
    return already_so(unit, person.id, account_action(AccountVerb.DISABLED, Kind.USER)).by or "somebody"


def _carry_out(
    transaction: Transaction, person: Principal, leaver: Leaver, decided: tuple[Decided, ...], reason: str
) -> list[AuditEvent]:
    part = {OFFBOARDING: {"accountId": person.id}}
    events = [] if person.disabled else [end_access(transaction, person, **part)]
    rows = transaction.unit.credentials.keys_with([each.left.key.key_id for each in decided])
    for each in decided:
        key, account = rows[each.left.key.key_id]
        if each.choice.fate is Fate.REVOKE:
            events.append(end_key(transaction, key, account, reason=each.choice.reason, **part))
            continue
        text = f"Kept API key {shown(key.key_id)} of {account.name}, which {person.name} was shown"
        events.append(
            transaction.record(
                Action.API_KEY_KEPT,
                Target.API_KEY,
                key.key_id,
                text,
                None,
                accountId=account.id,
                reason=each.choice.reason,
                **part,
            )
        )
    events.append(_record_whole(transaction, person, leaver, decided, reason))
    return events


def _record_whole(
    transaction: Transaction, person: Principal, leaver: Leaver, decided: tuple[Decided, ...], reason: str
) -> AuditEvent:
    keys = {fate: [each.left.key.key_id for each in decided if each.choice.fate is fate] for fate in Fate}
    revoked, kept = keys[Fate.REVOKE], keys[Fate.KEEP]
    teams = [each.team_id for each in leaver.account.assignments]
    return transaction.record(
        Action.USER_OFFBOARDED,
        Target.USER,
        person.id,
        f"Offboarded {person.name} ({person.email})",
        teams=teams[:MOST_NAMED],
        assignments=number_of(len(teams)),
        sessionsEnded=len(leaver.sessions),
        keysRevoked=revoked[:MOST_NAMED],
        revoked=number_of(len(revoked)),
        keysKept=kept[:MOST_NAMED],
        kept=number_of(len(kept)),
        reason=reason,
    )
