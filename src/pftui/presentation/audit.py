"""The audit trail: the columns of its table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeGuard

from pftui.domain.audit import AuditEvent, Checkpoint, DamagedEvent
from pftui.domain.clock import UNKNOWN_TIME
from pftui.presentation.columns import Column
from pftui.presentation.times import day, exact

Event = AuditEvent | DamagedEvent
_UNKNOWN = "?"


def came(source: Mapping[str, Any]) -> str:
    """How an actor came, and from where, from the `source` of an event; whatever a newer pftui put there."""
    by = " ".join(str(source[field]) for field in ("by", "keyId") if field in source)
    uid = f"uid {source['uid']}" if "uid" in source else ""
    claimed = source.get("claimed")
    claims = ", ".join(f"{field} {text}" for field, text in claimed.items()) if _is_object(claimed) else ""
    return ", ".join(part for part in (by, uid, claims and f"as claimed: {claims}") if part)


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, dict)


EVENT_COLUMNS = (
    Column[Event](
        "Date", lambda row, now: exact(row.created_at) if isinstance(row, AuditEvent) else _UNKNOWN
    ),
    Column[Event]("Actor", lambda row, now: row.who if isinstance(row, AuditEvent) else _UNKNOWN),
    Column[Event]("Action", lambda row, now: row.action.label if isinstance(row, AuditEvent) else _UNKNOWN),
    Column[Event]("Description", lambda row, now: row.description),
    Column[Event]("Target ID", lambda row, now: row.target_id if isinstance(row, AuditEvent) else _UNKNOWN),
)


class Changed(NamedTuple):
    """What an event says of one field: what it was before, and what it is since."""

    field: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


def changes(event: AuditEvent) -> list[Changed]:
    """What was changed, field by field; of what a newer pftui writes, what can be read."""
    told = event.metadata.get("changes")
    if not _is_object(told):
        return []
    return [
        Changed(in_words(field), _value(each["from"]), _value(each["to"]))
        for field, each in told.items()
        if _is_object(each) and "from" in each and "to" in each
    ]


def others(event: AuditEvent) -> Iterator[tuple[str, str]]:
    """All else that is known of an event, a label and a text each."""
    for name, value in sorted(event.metadata.items()):
        if name != "changes" or not changes(event):
            yield in_words(name), value if isinstance(value, str) else _value(value)


def _value(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def in_words(name: str) -> str:
    """A name of JSON's in words: `accountId` as `account id`."""
    return "".join(f" {each.lower()}" if each.isupper() else each for each in name)


def clock_time(moment: datetime, now: datetime) -> str:
    """When, in local time and 12 cells: `12:04:11` today, `25 Nov 12:04` this year, else `25 Nov 2025`."""
    if moment == UNKNOWN_TIME:
        return _UNKNOWN
    local, today = moment.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    text = day(moment)
    return f"{text[:-5]} {local:%H:%M}" if local.year == today.year else text


def chain_places(event: AuditEvent, last: int) -> Iterator[tuple[str, str]]:
    """Where it stands in the chain and behind what, each with the hash; `last` is the newest number."""
    yield f"#{event.sequence:,} of {max(last, event.sequence):,}", event.hash
    if event.sequence > 1:
        yield f"follows #{event.sequence - 1:,}", event.previous_hash
    else:
        yield "follows nothing: it is the first", ""


def signed_out(head: Checkpoint) -> str:
    """What an admin reads who has signed out."""
    return f"Signed out. The audit trail ends with\n{head}\nKept elsewhere, it proves history up to here."


def from_where(source: Mapping[str, Any]) -> str:
    """From where somebody acted, in few words: their terminal's address, else the host or the uid."""
    claimed = source.get("claimed")
    told = claimed if _is_object(claimed) else {}
    for field in ("address", "host"):
        if field in told:
            return str(told[field])
    return f"uid {source['uid']}" if "uid" in source else ""


def event_fields(event: Event) -> Iterator[tuple[str, str]]:
    """All that is known of one event, a label and a text each."""
    yield "Number", str(event.sequence)
    yield "What", event.description
    if not isinstance(event, AuditEvent):
        return
    yield "When", exact(event.created_at)
    yield "Who", event.who
    yield "Who (id)", event.actor.id
    yield "Came", came(event.source) or "not known"
    yield "Action", event.action.value
    yield "Target", f"{event.target.value} {event.target_id}".rstrip()
    if event.team_id:
        yield "Team", event.team_id
    for each in changes(event):
        yield f"Changed {each.field}", str(each)
    for name, value in sorted(event.metadata.items()):
        if name != "changes" or not changes(event):
            yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    yield "Hash", event.hash
    yield "Follows", f"{event.sequence - 1}:{event.previous_hash}" if event.sequence > 1 else "nothing"
