"""What the pane says of an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from textual.content import Content

from pftui.domain.audit import FAILURES, AuditEvent, DamagedEvent
from pftui.presentation.audit import came, chain_places, changes, others
from pftui.presentation.cells import cell_width
from pftui.presentation.text import visible
from pftui.presentation.times import exact, relative
from pftui.screens.accounts.text import section

Part = tuple[str, str]
_HALF = 32  # characters of a hash


def event_text(event: AuditEvent | DamagedEvent, last: int, now: datetime) -> Content:
    """The event whole: what it was, who did it, what changed, and what vouches for it.

    Args:
        last: the number of the newest event.
    """
    if isinstance(event, DamagedEvent):
        return Content.assemble((f"#{event.sequence:,}\n", "bold $text"), (event.description, "$error"))
    blocks = [_heading(event, now), section("Who", *_who(event))]
    changed = changes(event)
    if changed:
        blocks.append(section("What changed", *_changed(event)))
    target = [("kind", event.target.noun), ("id", event.target_id), ("team", event.team_id or "")]
    blocks.append(section("What it happened to", *_table(target)))
    more = list(others(event))
    if more:
        blocks.append(section("More", *_table(more)))
    blocks.append(section("Place in the chain", *_chain(event, last)))
    return Content("\n\n").join(block.rstrip() for block in blocks)


def _heading(event: AuditEvent, now: datetime) -> Content:
    failed = event.action in FAILURES
    sign = "✕ " if failed else ""
    return Content.assemble(
        (f"{sign}{event.action.label}", "bold $error" if failed else "bold $text"),
        (f"\n{visible(event.description)}", "$text"),
        (f"\n{exact(event.created_at)}  {relative(event.created_at, now)}", "$muted"),
    )


def _who(event: AuditEvent) -> Iterator[Part]:
    yield visible(event.who), "$text"
    yield f"\n{visible(came(event.source)) or 'How they came is not known.'}", "$muted"


def _changed(event: AuditEvent) -> Iterator[Part]:
    for each in changes(event):
        yield f"{visible(each.field)}  ", "$muted"
        yield visible(each.before), "$text"
        yield " → ", "$muted"
        yield f"{visible(each.after)}\n", "bold $text"


def _chain(event: AuditEvent, last: int) -> Iterator[Part]:
    """Its number and hash, and those of the event that it follows; a hash takes two lines."""
    for number, text in chain_places(event, last):
        yield f"{number}\n", "$text"
        if text:
            yield f"  {text[:_HALF]}\n  {text[_HALF:]}\n", "$muted"


def _table(pairs: Iterable[tuple[str, str]]) -> Iterator[Part]:
    """A label and a value a line; values begin in one column."""
    listed = [(visible(label), visible(value)) for label, value in pairs if value]
    width = max((cell_width(label) for label, _ in listed), default=0)
    for label, value in listed:
        yield f"{label}{' ' * (width - cell_width(label))}  ", "$muted"
        yield f"{value}\n", "$text"
