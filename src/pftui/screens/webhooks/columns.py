"""The columns of the Webhooks tab."""

from __future__ import annotations

from datetime import datetime

from pftui.domain.webhooks import Delivery, WebhookSort, WebhookStatus, WebhookView
from pftui.presentation.times import relative
from pftui.presentation.webhooks import events_of, last_of, outcome, state_of, team_of
from pftui.widgets.cells import Cell
from pftui.widgets.columns import Column

_STYLES = {
    WebhookStatus.UP_TO_DATE: ("●", "success"),
    WebhookStatus.WAITING: ("●", "success"),
    WebhookStatus.PAUSED: ("○", "muted"),
    WebhookStatus.RETRYING: ("!", "warning"),
    WebhookStatus.BEHIND: ("!", "warning"),
}
_ATTENTION = ("!", "error")


def status_cell(row: WebhookView, now: datetime) -> Cell:
    """Its state with a sign, so that no colour is needed to tell."""
    sign, style = _STYLES.get(row.status(now), _ATTENTION) if not row.damaged else _ATTENTION
    return Cell(f"{sign} {state_of(row, now)}", style)


def _team(row: WebhookView) -> Cell:
    if row.team_id is None:
        return Cell("–", "muted")
    return Cell(team_of(row), "error" if row.team_gone else "muted")


def _last(row: WebhookView, now: datetime) -> Cell:
    return Cell(last_of(row, now), "muted" if row.last is None or row.last.delivered else "warning")


WEBHOOK_COLUMNS = (
    Column[WebhookView](
        WebhookSort.NAME.value, "Name", lambda row, now: Cell(row.name, "name"), 12, 16, 40, rank=1, gap=1
    ),
    Column[WebhookView](
        "events",
        "Events",
        lambda row, now: Cell(events_of(row), "muted"),
        14,
        22,
        40,
        rank=2,
        hide=1,
        sortable=False,
    ),
    Column[WebhookView](
        WebhookSort.TEAM.value, "Team", lambda row, now: _team(row), 8, 12, 24, rank=3, hide=2
    ),
    Column[WebhookView](WebhookSort.LAST.value, "Last delivery", _last, 14, 20),
    Column[WebhookView](WebhookSort.STATUS.value, "Status", status_cell, 14, 16),
)


def delivery_cell(row: Delivery) -> Cell:
    """What came of an attempt."""
    return Cell(outcome(row), "success" if row.delivered else "error")


DELIVERY_COLUMNS = (
    Column[Delivery](
        "time", "Time", lambda row, now: Cell(relative(row.at, now), "muted"), 11, gap=1, sortable=False
    ),
    Column[Delivery](
        "event", "Event", lambda row, now: Cell(row.event, "name"), 20, 30, 40, rank=1, sortable=False
    ),
    Column[Delivery]("status", "Status", lambda row, now: delivery_cell(row), 9, sortable=False),
    Column[Delivery](
        "took",
        "Took",
        lambda row, now: Cell(f"{row.milliseconds:,} ms", "muted"),
        9,
        right=True,
        hide=1,
        sortable=False,
    ),
)
