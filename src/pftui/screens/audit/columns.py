"""The columns of the Audit tab, as Promptfoo documents them."""

from __future__ import annotations

from datetime import datetime

from pftui.domain.audit import FAILURES, AuditEvent
from pftui.presentation.audit import clock_time, from_where
from pftui.screens.audit.rows import EventRow
from pftui.widgets.cells import BLANK, Cell
from pftui.widgets.columns import Column


def _date(row: EventRow, now: datetime) -> Cell:
    event = row.event
    return Cell(clock_time(event.created_at, now), "muted") if isinstance(event, AuditEvent) else BLANK


def _actor(row: EventRow, now: datetime) -> Cell:
    return Cell(row.event.actor.name, "muted") if isinstance(row.event, AuditEvent) else BLANK


def _email(row: EventRow, now: datetime) -> Cell:
    event = row.event
    return Cell(event.actor.email or "", "muted") if isinstance(event, AuditEvent) else BLANK


def _description(row: EventRow, now: datetime) -> Cell:
    event = row.event
    if not isinstance(event, AuditEvent):
        return Cell(event.description, "error")
    return Cell(event.description, "warning" if event.action in FAILURES else "text")


def _target(row: EventRow, now: datetime) -> Cell:
    return Cell(row.event.target_id, "muted") if isinstance(row.event, AuditEvent) else BLANK


def _source(row: EventRow, now: datetime) -> Cell:
    event = row.event
    return Cell(from_where(event.source), "muted") if isinstance(event, AuditEvent) else BLANK


EVENT_COLUMNS = (
    Column[EventRow]("date", "Date", _date, 12, gap=1, sortable=False),
    Column[EventRow]("actor", "Actor", _actor, 13, 18, 24, rank=2, sortable=False),
    Column[EventRow]("email", "Actor Email", _email, 16, 24, 30, rank=3, hide=2, sortable=False),
    Column[EventRow]("description", "Description", _description, 32, 44, 120, rank=1, sortable=False),
    Column[EventRow]("target", "Target ID", _target, 12, 36, 36, rank=4, hide=3, sortable=False),
    Column[EventRow]("source", "Source", _source, 10, 16, 20, rank=5, hide=4, sortable=False),
)
