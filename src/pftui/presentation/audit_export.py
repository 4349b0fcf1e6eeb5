"""Events for other programs, one a line: JSON, CSV for a spreadsheet, CEF for a SIEM.

Each is made of an event as it is stored, without a look at whether its hash fits: that is for `audit verify`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from functools import cache
from json.encoder import encode_basestring_ascii as _quoted

from pftui.domain.audit import FAILURES, Action, AuditEvent, DamagedEvent
from pftui.domain.audit_form import StoredEvent, canonical_json, event_of, well_formed
from pftui.presentation.audit import came
from pftui.presentation.text import visible, visible_json
from pftui.version import __version__


class Format(StrEnum):
    """How an export is written."""

    JSONL = "jsonl"
    CSV = "csv"
    CEF = "cef"


def lines(events: Iterable[StoredEvent], form: Format) -> Iterator[str]:
    """The export, line by line, each with its end."""
    if form is Format.CSV:
        yield _csv_line(CSV_COLUMNS)
    write = _WRITERS[form]
    for stored in events:
        yield write(stored)


# JSON


def json_line(stored: StoredEvent) -> str:
    """The object of `audit show`, on one line (JSON Lines), in ASCII.

    What is JSON already is not read and written again: a million events go through here.
    """
    metadata, source = stored.metadata, stored.source or "{}"
    if not (well_formed(stored) and _is_object(metadata) and _is_object(source)):
        return f"{json.dumps(DamagedEvent(stored.sequence).as_json())}\n"
    team = stored.team_id
    parts = [
        f'{{"id": {_quoted(stored.id)}, "description": {_quoted(stored.description)}, '
        f'"actorId": {_quoted(stored.actor_id)}, "actorName": {_quoted(stored.actor_name)}, ',
        f'"actorEmail": {_quoted(stored.actor_email)}, ' if stored.actor_email else "",
        f'"action": {_quoted(stored.action)}, "actionDisplayName": {_quoted(_label(stored.action))}, '
        f'"target": {_quoted(stored.target)}, ',
        f'"targetId": {_quoted(stored.target_id)}, ' if stored.target_id else "",
        f'"metadata": {metadata}, ' if metadata != "{}" else "",
        f'"organizationId": {_quoted(stored.organization_id)}, ',
        f'"teamId": {_quoted(team)}, ' if team else "",
        f'"createdAt": {_quoted(stored.created_at)}, "sequence": {stored.sequence}, '
        f'"hash": {_quoted(stored.hash)}',
        f', "source": {source}' if source != "{}" else "",
        "}",
    ]
    line = "".join(parts)
    return f"{line if line.isprintable() else visible_json(line)}\n"


@cache
def _label(action: str) -> str:
    return Action.stored(action).label


def _is_object(text: str) -> bool:
    if text == "{}":
        return True
    try:
        return text.isascii() and text[0] == "{" and _DECODE(text)[1] == len(text)
    except (ValueError, IndexError, RecursionError):
        return False


_DECODE = json.JSONDecoder().raw_decode


# CSV

CSV_COLUMNS = (
    "Date", "Actor", "Actor Email", "Action", "Description", "Target", "Target ID", "Team ID", "Source",
    "Metadata", "Number", "Hash", "ID", "Actor ID",
)  # fmt: skip

#: What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection), full-width forms too.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def no_formula(text: str) -> str:
    """A cell that a spreadsheet shows as it stands: an apostrophe before what it would take for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULAS) else text


def csv_line(stored: StoredEvent) -> str:
    """The documented columns, and ours (RFC 4180)."""
    event = event_of(stored)
    if isinstance(event, DamagedEvent):
        known = {"Description": event.description, "Number": str(event.sequence)}
        return _csv_line([known.get(column, "") for column in CSV_COLUMNS])
    return _csv_line(
        [
            stored.created_at,
            event.actor.name,
            event.actor.email or "",
            event.action.value,
            event.description,
            event.target.value,
            event.target_id,
            event.team_id or "",
            came(event.source),
            stored.metadata if event.metadata else "",
            str(event.sequence),
            event.hash,
            event.id,
            event.actor.id,
        ]
    )


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([no_formula(visible(cell)) for cell in cells])
    return line.getvalue()


# CEF (ArcSight Common Event Format, version 0)

_HEADER = f"CEF:0|pftui|pftui|{__version__}"
_LOUD = 7  # of 10: what did not succeed
_PRIVILEGES = 5
_QUIET = 3
_RAISING = frozenset({Action.ORG_ADMIN_ADDED, Action.API_KEY_CREATED, Action.PASSWORD_RESET})


def cef_line(stored: StoredEvent) -> str:
    """One event in ArcSight's Common Event Format."""
    event = event_of(stored)
    if isinstance(event, DamagedEvent):
        extension = {"externalId": str(event.sequence), "msg": event.description}
        return _cef("audit_event_damaged", "Audit event damaged", 10, extension)
    claimed = event.source.get("claimed")
    claims = claimed if isinstance(claimed, dict) else {}
    extension = {
        "rt": str(_milliseconds(event.created_at)),
        "externalId": str(event.sequence),
        "act": event.action.value,
        "outcome": "failure" if event.action in FAILURES else "success",
        "msg": event.description,
        "suid": event.actor.id,
        "suser": event.actor.email or event.actor.name,
        "shost": str(claims.get("host", "")),
        "duid": event.target_id,
        "cs1Label": "hash",
        "cs1": event.hash,
        "cs2Label": "target",
        "cs2": event.target.value,
        "cs3Label": "team",
        "cs3": event.team_id or "",
        "cs4Label": "metadata",
        "cs4": canonical_json(event.metadata) if event.metadata else "",
        "cs5Label": "source",
        "cs5": came(event.source),
        "cs6Label": "id",
        "cs6": event.id,
    }
    return _cef(event.action.value, event.action.label, _severity(event), extension)


def _severity(event: AuditEvent) -> int:
    if event.action in FAILURES:
        return _LOUD
    return _PRIVILEGES if event.action in _RAISING else _QUIET


def _cef(signature: str, name: str, severity: int, extension: dict[str, str]) -> str:
    told = (
        f"{field}={_escaped(visible(value), '=')}"
        for field, value in extension.items()
        if extension[field.removesuffix("Label")]  # what is empty needs no label
    )
    named = (_escaped(visible(text), "|") for text in (signature, name))
    return "|".join((_HEADER, *named, str(severity), " ".join(told))) + "\n"


def _escaped(text: str, special: str) -> str:
    return text.replace("\\", "\\\\").replace(special, f"\\{special}")


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


_WRITERS: dict[Format, Callable[[StoredEvent], str]] = {
    Format.JSONL: json_line,
    Format.CSV: csv_line,
    Format.CEF: cef_line,
}
