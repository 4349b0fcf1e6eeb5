"""What the pane says of a webhook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from textual.content import Content

from pftui.domain.webhooks import Delivery, Parked, WebhookView
from pftui.presentation.accounts import damage
from pftui.presentation.cells import fit, shortened
from pftui.presentation.text import visible
from pftui.presentation.times import day_and_time
from pftui.presentation.webhooks import outcome, parked_line, status_sentences, team_of
from pftui.screens.accounts.text import section
from pftui.screens.webhooks.columns import status_cell

Part = tuple[str, str]
_LEAST = 20  # cells for a line of text


def webhook_text(
    row: WebhookView,
    made: Sequence[Delivery],
    parked: Sequence[Parked],
    width: int,
    now: datetime,
    sends: str,
) -> Content:
    """The webhook whole, in `width` cells: what it is, how far it is, what it was sent.

    Args:
        sends: what is said of who sends, where nothing was sent yet.
    """
    width = max(width, _LEAST)
    blocks = [_heading(row, now)]
    sentences = list(status_sentences(row, now))
    if sentences:
        blocks.append(Content.assemble(*((f"{visible(each)}\n", "$warning") for each in sentences)))
    blocks.append(section("Events", *((f"{visible(each)}\n", "$text") for each in row.events)))
    if parked:
        lines = ((f"{shortened(parked_line(each), width)}\n", "$text") for each in parked)
        blocks.append(section("Parked", *lines))
    blocks.append(section("Deliveries", *_deliveries(made, width, now, sends)))
    return Content("\n\n").join(block.rstrip() for block in blocks)


def _heading(row: WebhookView, now: datetime) -> Content:
    status = status_cell(row, now)
    parts: list[Part] = [
        (f"{visible(row.name)}  ", "bold $text"),
        (status.text, f"${status.style}"),
        (f"\n{visible(row.url)}", "$text"),
        (f"\n{visible(team_of(row))}", "$muted"),
        (f"\nCreated {day_and_time(row.created_at)} by {visible(row.created_by)}", "$muted"),
    ]
    if row.damaged:
        parts.append((f"\n{damage(row.damaged)}", "$error"))
    return Content.assemble(*parts)


def _when(moment: datetime, now: datetime) -> str:
    """The local time, to the second on the same day, else the day with it."""
    local = moment.astimezone()
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone().date() else f"{local:%d %b %H:%M}"


def who_sends(delivers: bool, press: str) -> str:
    """What sends events: this console, or what can be done about it; `press` begins with its key."""
    if delivers:
        return "This console sends what happens."
    return f"`pftui webhooks deliver --follow` sends. {press} to send from this console."


def _deliveries(made: Sequence[Delivery], width: int, now: datetime, sends: str) -> Iterator[Part]:
    """Newest first; of those that failed, why."""
    if not made:
        yield f"None yet. {sends}\n", "$muted"
    for each in made:
        took = f"{each.milliseconds:,} ms"
        room = max(width - 13 - 10 - 9, 10)
        yield f"{_when(each.at, now):<13}", "$muted"
        yield fit(visible(each.event), room), "$text"
        yield f" {fit(outcome(each), 9)}", "$success" if each.delivered else "$error"
        yield f" {took:>8}\n", "$muted"
        if each.failure:
            yield f"  {shortened(visible(each.failure), max(width - 2, _LEAST))}\n", "$error"
        if each.failure and each.answer:
            yield f"  {shortened(visible(each.answer), max(width - 2, _LEAST))}\n", "$muted"
