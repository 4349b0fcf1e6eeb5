"""What programs see with `--json`: camelCase objects, as Promptfoo's are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pftui.domain.accounts import AccountDetails, AccountSummary, AssignmentView, KeyView, Kind, Operator
from pftui.domain.api_key import parse_key_id
from pftui.domain.audit import AuditPage, ChainVerdict, Checkpoint, iso
from pftui.domain.clock import UNKNOWN_TIME
from pftui.domain.names import camel_case
from pftui.domain.offboarding import Decided, Fate, Leaver, LeftKey, Offboarded
from pftui.domain.permissions import Permission, effective
from pftui.domain.roles import Holders, RolePreview
from pftui.domain.sessions import SessionView
from pftui.domain.source import Source
from pftui.domain.teams import Membership, Organization, RoleView, TeamSummary
from pftui.domain.webhook_events import EventType
from pftui.domain.webhooks import Delivery, Parked, WebhookView
from pftui.presentation.keys import key_state
from pftui.services.results import NewKey, NewSecret, TemporaryPassword

Json = dict[str, Any]


def _moment(moment: datetime | None) -> str | None:
    """A time for programs; null where there is none, or none that can be read."""
    return iso(moment) if moment and moment != UNKNOWN_TIME else None


def _damaged(fields: Sequence[str]) -> Json:
    """The fields that have stand-ins, named only where there are some."""
    return {"damaged": [camel_case(name) for name in fields]} if fields else {}


def _gone(creator_gone: bool) -> Json:
    """Said only where who created it is there no more."""
    return {"creatorGone": True} if creator_gone else {}


def _names(permissions: Sequence[Permission]) -> list[str]:
    return [permission.value for permission in permissions]


def _permissions(held: Sequence[Permission]) -> Json:
    """What a role holds, and what follows."""
    return {"permissions": _names(held), "effectivePermissions": _names(effective(tuple(held)))}


def account(row: AccountSummary) -> Json:
    """An account in a list. `keyId` is its newest live key, or null."""
    user = row.kind is Kind.USER
    return {
        "id": row.id,
        "kind": row.kind.value,
        "name": row.name,
        **({"email": row.identifier} if user else {"keyId": parse_key_id(row.identifier)}),
        "globalAdmin": row.global_admin,
        "status": row.status.name.lower(),
        "teamCount": row.team_count,
        "lastUsedAt": _moment(row.last_used_at),
        **_damaged(row.damaged),
    }


def listed_account(row: AccountSummary) -> Json:
    """The same in a list of its own: with who created it, for who may see that."""
    creator = row.creator
    return {
        **account(row),
        "createdBy": creator.name if creator else "",
        "createdById": creator.id if creator else None,
        **_gone(creator is not None and creator.gone),
    }


def account_details(details: AccountDetails) -> Json:
    """An account whole, with its teams and, for a service account, its description and keys."""
    row = details.summary
    shape: Json = {
        **account(row),
        "disabled": details.disabled,
        "createdAt": _moment(details.created_at),
        "createdBy": details.created_by,
        "createdById": details.created_by_id,
        **_gone(details.creator_gone),
        "version": details.version,
        "teams": [assignment(view) for view in details.assignments],
    }
    if row.kind is Kind.USER:
        shape["temporaryPasswordUntil"] = _moment(details.temporary_password_until)
    else:
        shape["description"] = details.description
        shape["keys"] = [key(view) for view in details.keys]
    return shape


def changed(row: AccountSummary, result: Json) -> Json:
    """An account and what a change has left of it; no second query, which one's own demotion would refuse."""
    return {"id": row.id, "kind": row.kind.value, "name": row.name, **result}


def assignment(view: AssignmentView) -> Json:
    """A role in a team, in the shape that `verify` gives."""
    return {
        "id": view.team_id,
        "name": view.team_name,
        "slug": view.team_slug,
        "role": view.role_name,
        **_permissions(view.permissions),
        **_damaged(view.damaged),
    }


def key(view: KeyView) -> Json:
    """A key without its secret."""
    return {
        "keyId": view.key_id,
        "accountId": view.account_id,
        "accountName": view.account_name,
        "label": view.label,
        "status": key_state(view).value,
        "createdAt": _moment(view.created_at),
        "createdBy": view.created_by,
        "createdById": view.created_by_id,
        "lastUsedAt": _moment(view.last_used_at),
        "revokedAt": _moment(view.revoked_at),
        "revokedBy": view.revoked_by,
        "revokedById": view.revoked_by_id,
        **_gone(view.creator_gone),
        **_damaged(view.damaged),
    }


def key_details(view: KeyView, details: AccountDetails) -> Json:
    """A key, and what its account may do; `works` is false where the key can do none of it."""
    return {
        **key(view),
        "works": view.live and not details.disabled,
        "globalAdmin": details.summary.global_admin,
        "teams": [assignment(each) for each in details.assignments],
    }


def leaver(left: Leaver) -> Json:
    """What a person leaves behind."""
    return {
        **account(left.account.summary),
        "disabled": left.account.disabled,
        "teams": [assignment(each) for each in left.account.assignments],
        "sessions": [session(each) for each in left.sessions],
        "serviceAccounts": [account(each) for each in left.accounts],
        "keys": [_left_key(each) for each in left.keys],
    }


def _left_key(left: LeftKey) -> Json:
    return {**key(left.key), "globalAdmin": left.global_admin, "accountDisabled": left.disabled}


def _decided(each: Decided) -> Json:
    return {**_left_key(each.left), "reason": each.choice.reason or None}


def offboarded(done: Offboarded) -> Json:
    """The report on an offboarding."""
    person = leaver(done.leaver)
    del person["keys"]  # they stand under what became of them
    return {
        **person,
        "disabled": True,
        "disabledBefore": done.disabled_before,
        "offboardedAt": _moment(done.at),
        "offboardedBy": done.by,
        "keysRevoked": [_decided(each) for each in done.of(Fate.REVOKE)],
        "keysKept": [_decided(each) for each in done.of(Fate.KEEP)],
        "firstEvent": done.first,
        "head": checkpoint(done.head),
        "checks": [{"what": check.what, "holds": check.holds} for check in done.checks],
        "over": done.over,
    }


def new_key(new: NewKey) -> Json:
    """A key at the only moment at which it can be shown."""
    return {
        "keyId": new.key_id,
        "accountId": new.account_id,
        "accountName": new.account_name,
        "key": new.key.reveal(),
    }


def temporary_password(temporary: TemporaryPassword) -> Json:
    """A temporary password at the only moment at which it can be shown."""
    return {
        "id": temporary.account_id,
        "name": temporary.name,
        "email": temporary.email,
        "temporaryPassword": temporary.password.reveal(),
        "voidAfter": iso(temporary.void_after),
    }


def team(row: TeamSummary) -> Json:
    """A team in a list."""
    return {
        "id": row.id,
        "name": row.name,
        "slug": row.slug,
        "memberCount": row.members,
        "serviceAccountCount": row.service_accounts,
        "createdAt": _moment(row.created_at),
        "createdBy": row.created_by,
        "createdById": row.created_by_id,
        "version": row.version,
        **_damaged(row.damaged),
    }


def membership(row: Membership) -> Json:
    """An account in a team, with its role there."""
    return {
        **account(row.account),
        "role": row.role_name,
        **_permissions(row.permissions),
        **_damaged((*row.account.damaged, *row.damaged)),
    }


def role(row: RoleView) -> Json:
    """A role, and by how many accounts it is held."""
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "predefined": row.predefined,
        **_permissions(row.permissions),
        "accountCount": row.accounts,
        "memberCount": row.people,
        "serviceAccountCount": row.service_accounts,
        "version": row.version,
        **_damaged(row.damaged),
    }


def role_details(row: RoleView, held: Holders) -> Json:
    """A role with who holds it where, as far as they are listed."""
    return {**role(row), **_holders(held)}


def _holders(held: Holders) -> Json:
    listed = [
        {
            "id": each.account_id,
            "kind": each.kind.value,
            "name": each.account_name,
            "team": {"id": each.team_id, "name": each.team_name},
        }
        for each in held.listed
    ]
    return {
        "accountCount": held.accounts,
        "teamCount": held.teams,
        "holders": listed,
        "moreHolders": held.assignments - len(listed),
    }


def role_preview(found: RolePreview) -> Json:
    """Who would gain and lose what; nothing was changed."""
    return {
        "role": role(found.role),
        "gained": _names(found.gained),
        "lost": _names(found.lost),
        **_holders(found.holders),
    }


def role_deleted(row: RoleView, target: RoleView | None, moved: int) -> Json:
    """A role that is no more, and which one its holders have in its place."""
    return {
        "id": row.id,
        "name": row.name,
        "deleted": True,
        "movedTo": {"id": target.id, "name": target.name} if target is not None else None,
        "moved": moved,
    }


def webhook(row: WebhookView, now: datetime) -> Json:
    """A webhook in a list, and how far it is. `teamName` is null where the team was deleted."""
    return {
        "id": row.id,
        "name": row.name,
        "url": row.url,
        "events": list(row.events),
        "teamId": row.team_id,
        "teamName": row.team_name,
        "enabled": row.enabled,
        "status": row.status(now).name.lower(),
        "parked": row.parked,
        "attempts": row.attempts,
        "nextAttemptAt": _moment(row.next_attempt),
        "waitingSince": _moment(row.waiting_since),
        "doneWith": row.sequence,
        "lastDelivery": delivery(row.last) if row.last is not None else None,
        "previousSecretUntil": _moment(row.previous_until),
        "createdAt": _moment(row.created_at),
        "createdBy": row.created_by,
        "version": row.version,
        **_damaged(row.damaged),
    }


def webhook_details(row: WebhookView, parked: Sequence[Parked], now: datetime) -> Json:
    """All about one: what is parked, range by range."""
    ranges = [
        {
            "first": each.first,
            "last": each.last,
            "events": each.events,
            "parkedAt": _moment(each.parked_at),
            "resendingSince": _moment(each.resending),
        }
        for each in parked
    ]
    return {**webhook(row, now), "parkedRanges": ranges}


def delivery(each: Delivery) -> Json:
    """One attempt to send an event; `status` is null where there was no answer."""
    return {
        "eventId": each.event_id,
        "sequence": each.sequence,
        "event": each.event,
        "at": _moment(each.at),
        "attempt": each.attempt,
        "milliseconds": each.milliseconds,
        "status": each.status,
        "delivered": each.delivered,
        "failure": each.failure or None,
        "answer": each.answer,
    }


def new_secret(new: NewSecret, now: datetime) -> Json:
    """A webhook with its signing secret, at the only moment at which that can be had."""
    return {**webhook(new.webhook, now), "secret": new.secret.reveal()}


def event_type(each: EventType) -> Json:
    """A kind of event that a webhook can ask for."""
    return {"name": each.name, "target": each.target.value, "action": each.action.value}


def assigned(team: TeamSummary, account: AccountSummary, role: RoleView | None) -> Json:
    """An account's role in a team after a change; null where it has none any more."""
    return {
        "team": {"id": team.id, "name": team.name, "slug": team.slug},
        "account": {"id": account.id, "kind": account.kind.value, "name": account.name},
        "role": role.name if role else None,
        **_permissions(role.permissions if role else ()),
    }


def audit_page(page: AuditPage) -> Json:
    """A page of the trail: the documented object; in each of `logs` the documented fields, and ours."""
    logs = [event.as_json() for event in page.events]
    return {"total": page.total, "limit": page.limit, "offset": page.offset, "logs": logs}


def checkpoint(head: Checkpoint) -> Json:
    """The newest event of the trail."""
    return {"sequence": head.sequence, "hash": head.hash}


def chain_verdict(verdict: ChainVerdict) -> Json:
    """Whether the trail is intact, and where it is not."""
    return {
        "intact": verdict.intact,
        "archived": verdict.archived,
        "events": verdict.events,
        "head": verdict.head,
        "brokenAt": verdict.broken_at,
        "newer": verdict.newer,
        "problem": verdict.problem,
    }


def operator(who: Operator) -> Json:
    """Who acts."""
    return {
        "id": who.id,
        "kind": who.kind.value,
        "name": who.name,
        "email": who.email,
        "globalAdmin": who.global_admin,
        "keyId": who.key_id,
    }


def session(row: SessionView) -> Json:
    """A session in a list; `source` is null where it is not known."""
    return {
        "id": row.id,
        "accountId": row.account_id,
        "accountName": row.account_name,
        "email": row.account_email,
        "source": _source(row.source),
        "createdAt": _moment(row.created_at),
        "provedAt": _moment(row.proved_at),
        "seenAt": _moment(row.seen_at),
        "endedAt": _moment(row.ended_at),
        "endedBy": row.ended_by,
        "forCommands": row.for_commands,
        **_damaged(row.damaged),
    }


def _source(source: Source) -> Json | None:
    """From where: the kernel says the uid, all else is claimed."""
    if source.uid < 0:
        return None
    return {"uid": source.uid, "host": source.host, "tty": source.tty, "address": source.address}


def organization(found: Organization) -> Json:
    """The organization and its settings; `idleLockMinutes` is null where consoles never lock."""
    return {
        "id": found.id,
        "name": found.name,
        "createdAt": _moment(found.created_at),
        "idleLockMinutes": found.idle_lock_minutes or None,
        "sessionHours": found.session_hours,
        "allowedNetworks": list(found.networks),
        "webhookProxy": found.webhook_proxy or None,
        "keysRestricted": found.keys_restricted,
        "version": found.version,
    }
