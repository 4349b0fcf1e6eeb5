"""The file that old events are moved to: it verifies on its own, and with what stays in the store.

A line each, in ASCII. The first is an object that says what the file is, with the event that its first one
follows as `N:HASH`. Then come the events, each as it is hashed (`audit_form.py`) with its `hash` put before
everything else, so that `"hash":"…",` and the SHA-256 of the rest can be told apart by any program. The last
line says how many there are, and the number and hash of the last one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pftui.domain.audit import Checkpoint
from pftui.domain.audit_form import GENESIS, StoredEvent, canonical_json, hashed_text
from pftui.domain.names import camel_case

#: What the first line of every archive says that it is.
ARCHIVE = "pftui audit archive"
_FORM = 1
START = Checkpoint(0, GENESIS)

_FIELDS = {camel_case(field): field for field in StoredEvent._fields}
_LEFT_OUT: dict[str, Any] = {
    "actor_email": None,
    "source": None,
    "team_id": None,
    "target_id": "",
    "metadata": "{}",
}


class NoArchive(ValueError):
    """A file is no archive of the trail, or not a whole one; the text is the rest of a sentence."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What an archive says of itself."""

    follows: Checkpoint
    last: Checkpoint
    events: int


def archive_lines(follows: Checkpoint, events: Iterable[StoredEvent]) -> Iterator[str]:
    """The file, line by line; the events follow each other, the first one `follows`."""
    yield f"{canonical_json({'archive': ARCHIVE, 'v': _FORM, 'follows': str(follows)})}\n"
    last, number = follows, 0
    for event in events:
        yield f'{{"hash":"{event.hash}",{hashed_text(event)[1:]}\n'
        last, number = Checkpoint(event.sequence, event.hash), number + 1
    yield f"{canonical_json({'events': number, 'last': str(last)})}\n"


def read_archive(lines: Iterable[str]) -> Iterator[StoredEvent | Archived]:
    """The events of an archive, whose hashes are for `check_chain`; then what the file says of itself.

    Raises:
        NoArchive: it is something else, was cut off, or does not say what it holds.
    """
    source = iter(lines)
    follows = _beginning(next(source, ""))
    last, number, ended = follows, 0, None
    for text in source:
        if ended is not None:
            raise NoArchive("something stands behind its end")
        fields = _object(text)
        if "hash" not in fields:
            ended = fields
            continue
        event = _event(fields)
        last, number = Checkpoint(event.sequence, event.hash), number + 1
        yield event
    if ended is None:
        raise NoArchive("it was cut off: its last line is missing")
    if ended != {"events": number, "last": str(last)}:
        raise NoArchive("its last line tells of other events than it holds")
    yield Archived(follows, last, number)


def _beginning(line: str) -> Checkpoint:
    fields = _object(line)
    if fields.get("archive") != ARCHIVE:
        raise NoArchive("it is no archive of the audit trail")
    if fields.get("v") != _FORM:
        raise NoArchive("a newer version of pftui has written it, in a form that this one cannot read")
    follows = str(fields.get("follows"))
    try:
        return START if follows == str(START) else Checkpoint.parse(follows)
    except ValueError:
        raise NoArchive("it does not say which event it follows") from None


def _object(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise NoArchive("a line of it is no JSON") from None
    if not isinstance(value, dict):
        raise NoArchive("a line of it is no object")
    return value


def _event(fields: dict[str, Any]) -> StoredEvent:
    known = {_FIELDS[name]: value for name, value in fields.items() if name in _FIELDS}
    missing = set(StoredEvent._fields) - {*known, *_LEFT_OUT}
    if missing or len(known) != len(fields):
        raise NoArchive("a line of it is no event")
    return StoredEvent(**{**_LEFT_OUT, **known})
