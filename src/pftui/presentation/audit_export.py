"""Events for other programs, one a line: JSON, CSV for a spreadsheet, CEF for a SIEM.

Each is made of an event as it is stored, without a look at whether its hash fits: that is for `audit verify`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from json.encoder import encode_basestring_ascii as _quoted
from typing import NamedTuple

from pftui.domain.audit import FAILURES, Action, DamagedEvent
from pftui.domain.audit_form import StoredEvent, well_formed
from pftui.domain.characters import all_prints
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
    if not _can_be_written(stored):
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


def _can_be_written(stored: StoredEvent) -> bool:
    return well_formed(stored) and _is_object(stored.metadata) and _is_object(stored.source or "{}")


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
    if not _can_be_written(stored):
        damaged = DamagedEvent(stored.sequence)
        known = {"Description": damaged.description, "Number": str(damaged.sequence)}
        return _csv_line([known.get(column, "") for column in CSV_COLUMNS])
    return _csv_line(
        [
            stored.created_at,
            stored.actor_name,
            stored.actor_email or "",
            stored.action,
            stored.description,
            stored.target,
            stored.target_id,
            stored.team_id or "",
            _origin(stored.source or "{}").came,
            stored.metadata if stored.metadata != "{}" else "",
            str(stored.sequence),
            stored.hash,
            stored.id,
            stored.actor_id,
        ]
    )


class _Line:
    """What a CSV writer writes to: it gives the line back."""

    def write(self, line: str) -> str:
        """Nothing is kept."""
        return line


_CSV = csv.writer(_Line(), lineterminator="\r\n")


def _csv_line(cells: Sequence[str]) -> str:
    shown = cells if all_prints("".join(cells)) else [visible(cell) for cell in cells]
    line: str = _CSV.writerow([no_formula(cell) for cell in shown])
    return line


class _Origin(NamedTuple):
    """How somebody came, in words, and from which host as they claim."""

    came: str
    host: str


@lru_cache(maxsize=1000)  # of a million events nearly all come from the same few places
def _origin(source: str) -> _Origin:
    read = json.loads(source)
    claimed = read.get("claimed")
    return _Origin(came(read), str(claimed.get("host", "")) if isinstance(claimed, dict) else "")


# CEF (ArcSight Common Event Format, version 0)

_HEADER = f"CEF:0|pftui|pftui|{__version__}"
_LOUD = 7  # of 10: what did not succeed
_PRIVILEGES = 5
_QUIET = 3
_RAISING = frozenset({Action.ORG_ADMIN_ADDED, Action.API_KEY_CREATED, Action.PASSWORD_RESET})


def cef_line(stored: StoredEvent) -> str:
    """One event in ArcSight's Common Event Format."""
    milliseconds = _milliseconds(stored.created_at)
    if milliseconds is None or not _can_be_written(stored):
        damaged = DamagedEvent(stored.sequence)
        extension = {"externalId": str(damaged.sequence), "msg": damaged.description}
        return _cef("audit_event_damaged", "Audit event damaged", 10, extension)
    origin = _origin(stored.source or "{}")
    action = Action.stored(stored.action)
    extension = {
        "rt": str(milliseconds),
        "externalId": str(stored.sequence),
        "act": stored.action,
        "outcome": "failure" if action in FAILURES else "success",
        "msg": stored.description,
        "suid": stored.actor_id,
        "suser": stored.actor_email or stored.actor_name,
        "shost": origin.host,
        "duid": stored.target_id,
        "cs1Label": "hash",
        "cs1": stored.hash,
        "cs2Label": "target",
        "cs2": stored.target,
        "cs3Label": "team",
        "cs3": stored.team_id or "",
        "cs4Label": "metadata",
        "cs4": stored.metadata if stored.metadata != "{}" else "",
        "cs5Label": "source",
        "cs5": origin.came,
        "cs6Label": "id",
        "cs6": stored.id,
    }
    return _cef(stored.action, _label(stored.action), _severity(action), extension)


def _severity(action: Action) -> int:
    if action in FAILURES:
        return _LOUD
    return _PRIVILEGES if action in _RAISING else _QUIET


def _cef(signature: str, name: str, severity: int, extension: dict[str, str]) -> str:
    told = " ".join(
        f"{field}={_escaped(value, '=')}"
        for field, value in extension.items()
        if extension[field.removesuffix("Label")]  # what is empty needs no label
    )
    named = (_escaped(text, "|") for text in (signature, name))
    return "|".join((_HEADER, *named, str(severity), told)) + "\n"


def _escaped(text: str, special: str) -> str:
    text = visible(text)
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    return text.replace(special, f"\\{special}") if special in text else text


def _milliseconds(stored: object) -> int | None:
    """Since 1970; None for what is no time."""
    try:
        return int(datetime.fromisoformat(stored).timestamp() * 1000) if isinstance(stored, str) else None
    except (ValueError, OverflowError):
        return None


_WRITERS: dict[Format, Callable[[StoredEvent], str]] = {
    Format.JSONL: json_line,
    Format.CSV: csv_line,
    Format.CEF: cef_line,
}
