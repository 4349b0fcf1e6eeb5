"""The form in which an event is stored and hashed: versioned, and apart from what programs see.

An event's hash is the SHA-256, in lower-case hex, of its canonical JSON: keys sorted, no white space, ASCII,
what is empty left out. All values are texts but `v` and `sequence`; `metadata` and `source` are the texts of
objects, canonical themselves; `createdAt` is UTC with six digits of a second and `Z`; `target` is in lower
case. Since each stored value is hashed as it stands, no other notation of it passes for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Sequence
from datetime import datetime
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

from pftui.domain.audit import FORM, Action, Actor, AuditEvent, DamagedEvent, Target, iso
from pftui.domain.names import camel_case

#: What the first event follows.
GENESIS = "0" * 64


class StoredEvent(NamedTuple):
    """An event as a store holds it, value by value, in the order of the keys in its canonical JSON.

    Times are in RFC 3339, whatever a database makes of them. A store may hold anything: see `well_formed`.
    """

    action: str
    actor_email: str | None
    actor_id: str
    actor_name: str
    created_at: str
    description: str
    id: str
    metadata: str
    organization_id: str
    previous_hash: str
    sequence: int
    source: str | None
    target: str
    target_id: str
    team_id: str | None
    v: int
    hash: str


_NUMBERS = frozenset({"sequence", "v"})
_MAYBE_NULL = frozenset({"actor_email", "source", "team_id"})
_MAYBE_EMPTY = frozenset({"target_id"})
_HASHED = StoredEvent._fields[:-1]  # all but the hash


_KEYS = tuple(f'"{camel_case(field)}":' for field in _HASHED)
_METADATA = _KEYS[_HASHED.index("metadata")]
_KINDS = tuple(
    (index, int if field in _NUMBERS else str, field in _MAYBE_NULL, field in _MAYBE_EMPTY)
    for index, field in enumerate(StoredEvent._fields)
)


def canonical_json(value: Any) -> str:
    """JSON in the one form in which it is stored and hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def stored_event(event: AuditEvent) -> StoredEvent:
    """The event as it is stored."""
    return StoredEvent(
        action=event.action.value,
        actor_email=event.actor.email or None,
        actor_id=event.actor.id,
        actor_name=event.actor.name,
        created_at=iso(event.created_at),
        description=event.description,
        id=event.id,
        metadata=canonical_json(event.metadata),
        organization_id=event.organization_id,
        previous_hash=event.previous_hash,
        sequence=event.sequence,
        source=canonical_json(event.source) if event.source else None,
        target=event.target.value,
        target_id=event.target_id,
        team_id=event.team_id or None,
        v=event.v,
        hash=event.hash,
    )


def hashed_text(stored: StoredEvent) -> str:
    """What is hashed of an event that `well_formed` has found to be one."""
    parts = [
        f"{key}{encode_basestring_ascii(value) if value.__class__ is str else value}"
        for key, value in zip(_KEYS, stored, strict=False)  # the hash itself has no key
        if value and not (value == "{}" and key == _METADATA)
    ]
    return f"{{{','.join(parts)}}}"


def hash_of(stored: StoredEvent) -> str:
    """The hash that belongs to an event that `well_formed` has found to be one."""
    return hashlib.sha256(hashed_text(stored).encode("ascii")).hexdigest()


def event_hash(event: AuditEvent) -> str:
    """The hash that belongs to an event, whatever hash it has."""
    return hash_of(stored_event(event))


def well_formed(stored: StoredEvent) -> bool:
    """Whether each value is of the type that is written, and none is empty that another way is left out."""
    for index, kind, null, empty in _KINDS:
        value = stored[index]
        if value is None:
            if not null:
                return False
        elif value.__class__ is not kind or not (value or empty):
            return False
    return stored.source != "{}"


def unbroken(events: Sequence[StoredEvent], number: int, previous: str, apart: Container[int]) -> int:
    """How many events from the first on are whole, and follow event `number` of the hash `previous`.

    All that `well_formed` and `hash_of` look at is looked at here, for a million events and in this form
    alone. Which event ends it is for them to say: one that is wrong, one of another form, one whose number is
    `apart`, or one that tells of an archive.
    """
    quoted, sha256 = encode_basestring_ascii, hashlib.sha256
    place = 0
    try:
        for place, event in enumerate(events):
            number += 1
            (
                action, email, actor_id, actor_name, created_at, description, event_id, metadata,
                organization_id, before, sequence, source, target, target_id, team_id, form, own,
            ) = event  # fmt: skip
            if (
                sequence != number
                or sequence.__class__ is not int
                or before != previous
                or form != FORM
                or form.__class__ is not int
                or not (action and actor_id and actor_name and created_at and description and event_id)
                or not (metadata and organization_id and target)
                or (email == "" or source == "" or source == "{}" or team_id == "")
                or (not target_id and target_id != "")
                or action == _TELLS_OF_AN_ARCHIVE
                or number in apart
            ):
                return place
            # The canonical JSON, key by key: a loop over them takes half as long again.
            text = (
                f'{{"action":{quoted(action)}'
                + (f',"actorEmail":{quoted(email)}' if email is not None else "")
                + f',"actorId":{quoted(actor_id)},"actorName":{quoted(actor_name)}'
                f',"createdAt":{quoted(created_at)},"description":{quoted(description)},"id":{quoted(event_id)}'
                + (f',"metadata":{quoted(metadata)}' if metadata != "{}" else "")
                + f',"organizationId":{quoted(organization_id)},"previousHash":{quoted(before)}'
                f',"sequence":{number}'
                + (f',"source":{quoted(source)}' if source is not None else "")
                + f',"target":{quoted(target)}'
                + (f',"targetId":{quoted(target_id)}' if target_id else "")
                + (f',"teamId":{quoted(team_id)}' if team_id is not None else "")
                + f',"v":{FORM}}}'
            )
            if sha256(text.encode("ascii")).hexdigest() != own:
                return place
            previous = own
    except TypeError:  # `quoted` takes a text alone
        return place
    return len(events)


_TELLS_OF_AN_ARCHIVE = Action.AUDIT_ARCHIVED.value


def newer(stored: StoredEvent) -> bool:
    """Whether a newer pftui has written it, in a form that this one cannot check."""
    return stored.v.__class__ is int and stored.v > FORM


def event_of(stored: StoredEvent) -> AuditEvent | DamagedEvent:
    """The event that is stored, if it can be one that a pftui has written."""
    try:
        if well_formed(stored):
            event = _read(stored)
            canonical = newer(stored) or stored_event(event) == stored
            if canonical and (newer(stored) or _known(event) or event_hash(event) == event.hash):
                return event
    except (ValueError, TypeError, OverflowError, RecursionError):
        pass  # no JSON, or no time
    return DamagedEvent(stored.sequence if stored.sequence.__class__ is int else 0)


def _read(stored: StoredEvent) -> AuditEvent:
    return AuditEvent(
        sequence=stored.sequence,
        id=stored.id,
        description=stored.description,
        actor=Actor(stored.actor_id, stored.actor_name, stored.actor_email),
        action=Action.stored(stored.action),
        target=Target.stored(stored.target),
        target_id=stored.target_id,
        organization_id=stored.organization_id,
        team_id=stored.team_id,
        created_at=datetime.fromisoformat(stored.created_at),
        metadata=_object(stored.metadata),
        previous_hash=stored.previous_hash,
        hash=stored.hash,
        source=_object(stored.source or "{}"),
        v=stored.v,
    )


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _known(event: AuditEvent) -> bool:
    """Whether this pftui knows its words; for those of a newer one its own hash must vouch."""
    return event.action.known and event.target.known
