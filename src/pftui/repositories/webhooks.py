"""Webhooks in the store: what people edit of them, and how far each is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pftui.domain.audit_archive import START
from pftui.domain.clock import UNKNOWN_TIME, from_microseconds
from pftui.domain.look_alikes import look_hash
from pftui.domain.names import fold
from pftui.domain.webhook_events import Selection
from pftui.domain.webhooks import Delivery, WebhookView
from pftui.repositories.alike import first_alike
from pftui.repositories.audit import AuditRepository
from pftui.repositories.models import (
    StoreKeyRow,
    Team,
    WebhookCursor,
    WebhookDelivery,
    WebhookParked,
    WebhookRow,
    damaged,
)
from pftui.repositories.stored import readable


class WebhookRepository:
    """Webhooks, one transaction long."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, webhook_id: str) -> WebhookRow | None:
        """The webhook with this id."""
        return self._session.get(WebhookRow, webhook_id)

    def add(self, row: WebhookRow, sequence: int) -> None:
        """Put a new one in, which gets what comes behind this number of the trail."""
        self._session.add(row)
        self._session.flush()
        self._session.add(WebhookCursor(webhook_id=row.id, sequence=sequence))

    def remove(self, row: WebhookRow) -> None:
        """Delete one, with all that waits for it."""
        self._session.delete(row)

    def count(self) -> int:
        """How many there are."""
        return self._session.scalar(select(func.count()).select_from(WebhookRow)) or 0

    def named(self, name: str) -> WebhookRow | None:
        """The one with this name, without regard to case."""
        return self._session.scalar(select(WebhookRow).where(WebhookRow.name_folded == fold(name)))

    def alike(self, name: str, but: str | None = None) -> WebhookRow | None:
        """One, other than `but`, whose name people would take for this one."""
        conditions = (WebhookRow.name_look == look_hash(name), *([WebhookRow.id != but] if but else []))
        return first_alike(
            self._session.scalars(select(WebhookRow).where(*conditions)), lambda row: (row.name,), name
        )

    def rows(self) -> Sequence[WebhookRow]:
        """All of them, by name."""
        return self._session.scalars(select(WebhookRow).order_by(WebhookRow.name_folded, WebhookRow.id)).all()

    def of_team(self, team_id: str) -> Sequence[WebhookRow]:
        """Those of one team, by name."""
        statement = select(WebhookRow).where(WebhookRow.team_id == team_id).order_by(WebhookRow.name_folded)
        return self._session.scalars(statement).all()

    def views(self) -> list[WebhookView]:
        """All of them, by name, with how far each is."""
        return self._views(self.rows())

    def view(self, row: WebhookRow) -> WebhookView:
        """One of them."""
        return self._views([row])[0]

    def _views(self, rows: Sequence[WebhookRow]) -> list[WebhookView]:
        ids = [row.id for row in rows]
        cursors = select(WebhookCursor).where(WebhookCursor.webhook_id.in_(ids))
        by_id = {cursor.webhook_id: cursor for cursor in self._session.scalars(cursors)}
        team_ids = {row.team_id for row in rows if row.team_id is not None}
        named = select(Team.id, Team.name).where(Team.id.in_(team_ids))
        teams = {str(each.id): readable(each.name) for each in self._session.execute(named)}
        parked = self._parked(ids)
        last = self._last(ids)
        head, _ = AuditRepository(self._session).head() or START
        return [
            self._view(row, by_id.get(row.id), teams, parked.get(row.id, 0), last.get(row.id), head)
            for row in rows
        ]

    def _view(
        self,
        row: WebhookRow,
        cursor: WebhookCursor | None,
        teams: dict[str, str],
        parked: int,
        last: Delivery | None,
        head: int,
    ) -> WebhookView:
        return WebhookView(
            id=row.id,
            name=row.name,
            url=row.url,
            events=tuple(row.events.split()),
            team_id=row.team_id,
            team_name=teams.get(row.team_id) if row.team_id is not None else None,
            enabled=row.enabled,
            created_at=row.created_at,
            created_by=row.created_by,
            version=row.version,
            secret_lost=not row.secret,
            previous_until=row.previous_until if row.previous_secret else None,
            sequence=cursor.sequence if cursor is not None else head,
            attempts=cursor.attempts if cursor is not None else 0,
            next_attempt=from_microseconds(cursor.next_attempt_at) if cursor is not None else None,
            waiting_since=self._waiting_since(row, cursor, head),
            parked=parked,
            last=last,
            damaged=damaged(row),
        )

    def _waiting_since(self, row: WebhookRow, cursor: WebhookCursor | None, head: int) -> datetime | None:
        if cursor is None or cursor.sequence >= head:
            return None
        selection = Selection.of(row.events.split(), row.team_id)
        return AuditRepository(self._session).first_selected_at(selection, cursor.sequence)

    def _parked(self, ids: Sequence[str]) -> dict[str, int]:
        row = WebhookParked
        statement = select(row.webhook_id, func.sum(row.events)).where(row.webhook_id.in_(ids))
        found = self._session.execute(statement.group_by(row.webhook_id))
        return {webhook_id: int(events) for webhook_id, events in found}

    def _last(self, ids: Sequence[str]) -> dict[str, Delivery]:
        row = WebhookDelivery
        newest = select(func.max(row.number)).where(row.webhook_id.in_(ids)).group_by(row.webhook_id)
        found = self._session.scalars(select(row).where(row.number.in_(newest)))
        return {each.webhook_id: delivery_of(each) for each in found}

    # The key that seals their secrets

    def key(self) -> StoreKeyRow | None:
        """Which key it is; None before the first webhook."""
        return self._session.get(StoreKeyRow, 1)

    def set_key(self, fingerprint: str, next_fingerprint: str | None = None) -> None:
        """It is this one from now on; and that one, once all is sealed by it."""
        self._session.merge(StoreKeyRow(id=1, fingerprint=fingerprint, next_fingerprint=next_fingerprint))

    def sealed_by_others(self, fingerprint: str, most: int) -> Sequence[WebhookRow]:
        """Some of those whose secrets another key has sealed."""
        statement = select(WebhookRow).where(WebhookRow.sealed_by != fingerprint).limit(most)
        return self._session.scalars(statement).all()

    def forget_previous(self, now: datetime) -> None:
        """Old secrets whose day is over sign no more, and go."""
        over = WebhookRow.previous_until.is_not(None), WebhookRow.previous_until <= now
        self._session.execute(
            update(WebhookRow)
            .where(*over)
            .values(previous_secret=None, previous_until=None)
            .execution_options(synchronize_session=False)
        )


def delivery_of(row: WebhookDelivery) -> Delivery:
    """A row as what became of an event."""
    return Delivery(
        number=row.number,
        event_id=row.event_id,
        sequence=row.sequence,
        event=row.event,
        at=from_microseconds(row.attempted_at) or UNKNOWN_TIME,
        attempt=row.attempt,
        milliseconds=row.milliseconds,
        status=row.status,
        failure=row.failure,
        answer=row.answer,
    )
