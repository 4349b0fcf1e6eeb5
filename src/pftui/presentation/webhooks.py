"""Webhooks and what became of events, in words and columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pftui.domain.webhooks import Delivery, Parked, WebhookStatus, WebhookView
from pftui.presentation.columns import Column
from pftui.presentation.text import counted
from pftui.presentation.times import exact, relative

WHOLE = "whole organization"
GONE = "deleted team"


def team_of(row: WebhookView) -> str:
    """Whose events it gets."""
    if row.team_id is None:
        return WHOLE
    return row.team_name if row.team_name is not None else GONE


def events_of(row: WebhookView, most: int = 1) -> str:
    """`api_key.* +2`: the first of its patterns, and how many more there are."""
    named, more = row.events[:most], len(row.events) - most
    return ", ".join(named) + (f" +{more}" if more > 0 else "")


def state_of(row: WebhookView, now: datetime) -> str:
    """Its status in a word or two, with the number where one goes with it."""
    status = row.status(now)
    if row.damaged:
        return "damaged"
    if status is WebhookStatus.PARKED:
        return f"parked {row.parked:,}"
    if status is WebhookStatus.BEHIND:
        return f"{lag_words(row.lag(now).total_seconds())} behind"
    return str(status.value)


def lag_words(seconds: float) -> str:
    """`12 s`, `7 min`, `5 h`, `3 days`."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= size * (2 if unit == "days" else 1):
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def last_of(row: WebhookView, now: datetime) -> str:
    """When it was last sent something, and the status or that there was none."""
    if row.last is None:
        return "–"
    return f"{relative(row.last.at, now)} {outcome(row.last)}"


def outcome(each: Delivery) -> str:
    """The status of HTTP, or that no answer came."""
    return str(each.status) if each.status is not None else "no answer"


def status_sentences(row: WebhookView, now: datetime) -> Iterator[str]:
    """What there is to know of its state, a sentence each: what is wrong, and what to do."""
    if row.secret_lost:
        yield "Its signing secret is lost, so nothing is sent: regenerate it, and give it to the receiver."
    if row.parked:
        yield (
            f"{counted(row.parked, 'event')} parked: not taken within 24 hours. They wait until they are "
            "sent again, or given up."
        )
    if row.team_gone:
        yield "Its team was deleted: give it another team, or the whole organization."
    elif not row.enabled:
        yield "Paused: what happens waits."
    if row.enabled and row.attempts and row.next_attempt is not None:
        yield f"The next event failed {counted(row.attempts, 'time')}; it is tried again {_due(row, now)}."
    elif row.enabled and row.waiting_since is not None:
        yield f"An event has been waiting since {exact(row.waiting_since)}: does `webhooks deliver` run?"
    if row.previous_until is not None and row.previous_until > now:
        yield f"The secret before still signs beside the new one, until {exact(row.previous_until)}."


def _due(row: WebhookView, now: datetime) -> str:
    if row.next_attempt is None or row.next_attempt <= now:
        return "now"
    return f"in {lag_words((row.next_attempt - now).total_seconds())}"


def parked_line(each: Parked) -> str:
    """One range of the trail."""
    where = f"{counted(each.events, 'event')} of {each.first:,} to {each.last:,}"
    if each.first == each.last:
        where = f"event {each.first:,}"
    sent = f", sent again since {exact(each.resending)}" if each.resending is not None else ""
    return f"{where}, parked {exact(each.parked_at)}{sent}"


def delete_webhook(row: WebhookView) -> Sequence[str]:
    """What its end brings, sentence by sentence."""
    parked = (f"{counted(row.parked, 'parked event')} will not be sent.",) if row.parked else ()
    return ("Nothing more is sent to it.", *parked, "This cannot be undone; the trail keeps all events.")


def sent(row: WebhookView, made: Delivery) -> str:
    """What came of one attempt."""
    took = f"{made.milliseconds:,} ms"
    if made.delivered:
        return f"{row.name} took {made.event} with {made.status} in {took}."
    return f"{row.name} did not take {made.event} ({took}): {made.failure}"


def resending(row: WebhookView, events: int) -> str:
    """What was asked for, where something was parked."""
    if not events:
        return f"Nothing is parked for {row.name}. Nothing was changed."
    return f"{counted(events, 'parked event')} of {row.name} will be sent again by `webhooks deliver`."


def tally(delivered: int, failed: int, parked: int) -> str:
    """What a deliverer has done."""
    more = f", {counted(failed, 'attempt')} failed" if failed else ""
    more += f", {parked:,} parked" if parked else ""
    return f"Delivered {counted(delivered, 'event')}{more}."


def regenerate(row: WebhookView) -> str:
    """What another secret means."""
    return f"The receiver of {row.name} needs the new one: what is sent from now on is signed with it."


WEBHOOK_COLUMNS = (
    Column[WebhookView]("Name", lambda row, now: row.name),
    Column[WebhookView]("Events", lambda row, now: events_of(row, 3)),
    Column[WebhookView]("Team", lambda row, now: "–" if row.team_id is None else team_of(row)),
    Column[WebhookView]("Last delivery", last_of),
    Column[WebhookView]("Status", state_of),
)
DELIVERY_COLUMNS = (
    Column[Delivery]("Time", lambda row, now: exact(row.at)),
    Column[Delivery]("Event", lambda row, now: row.event),
    Column[Delivery]("Event id", lambda row, now: row.event_id),
    Column[Delivery]("Status", lambda row, now: outcome(row)),
    Column[Delivery]("Took", lambda row, now: f"{row.milliseconds:,} ms", number=True),
    Column[Delivery]("Try", lambda row, now: f"{row.attempt}", number=True),
    Column[Delivery]("Why", lambda row, now: row.failure),
)
