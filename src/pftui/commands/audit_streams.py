"""`pftui audit export` and `audit tail`: events for other programs, as many as there are."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from pftui.commands import output
from pftui.commands.audit_filters import NAMES, Asked, filtered
from pftui.commands.session import signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.audit import AuditEvent, AuditQuery, Checkpoint
from pftui.domain.audit_form import StoredEvent, event_of
from pftui.domain.errors import PftuiError, WrongUsage
from pftui.presentation.audit_export import Format, json_line, lines
from pftui.presentation.times import exact

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services

#: Seconds between two looks at whether there are new events.
LOOK = 1.0
_AT_ONCE = 200  # lines that are written at once: what takes longer is a system call a line


def add_to(audit: Noun) -> None:
    """Give the noun its verbs."""
    audit.add_command(export)
    audit.add_command(tail)


@click.command("export", cls=Noun.command_class, epilog=NAMES)
@click.option(
    "--format",
    "form",
    type=click.Choice([each.value for each in Format]),
    default=Format.JSONL.value,
    show_default=True,
    help="JSON Lines, CSV for a spreadsheet, or CEF for a SIEM.",
)
@filtered
@click.pass_obj
def export(settings: Settings, form: str, asked: Asked) -> None:
    """Write events, oldest first, one a line, as many as there are.

    In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    if settings.json and Format(form) is not Format.JSONL:
        raise WrongUsage(f"Both --json and --format {form} say how to write: use one of them.")
    with signed_in(settings) as (services, operator):
        query = asked.resolve(services, operator)
        _written(lines(services.audit.stream(operator, query), Format(form)))


def _written(texts: Iterable[str]) -> None:
    """Written some lines at a time, in UTF-8 whatever the terminal's encoding: other programs read it."""
    held: list[str] = []
    for text in texts:
        held.append(text)
        if len(held) >= _AT_ONCE:
            output.write("".join(held))
            held.clear()
    output.write("".join(held))
    output.flush()


def _after(context: click.Context, parameter: click.Parameter, value: str | None) -> Checkpoint | None:
    """`N` or `N:HASH`."""
    if value is None:
        return None
    try:
        return Checkpoint.parse(value) if ":" in value else Checkpoint(_number(value), "")
    except ValueError:
        raise click.BadParameter("It is the number of an event, or N:HASH.", context, parameter) from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST):
        raise ValueError(text)
    return int(text)


_LONGEST = 18  # digits of a number that every store can hold


@click.command("tail", cls=Noun.command_class, epilog=NAMES)
@click.option(
    "--lines", "most", type=click.IntRange(0, 100), help="How many of the newest events.  [default: 10]"
)
@click.option(
    "--after",
    metavar="N|N:HASH",
    callback=_after,
    help="Go on behind this event; with its hash, only where it is still the same one.",
)
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens, until interrupted.")
@filtered
@click.pass_obj
def tail(settings: Settings, most: int | None, after: Checkpoint | None, follow: bool, asked: Asked) -> None:
    """Print the newest events, oldest first, each with number and hash.

    Numbers have no gaps, and each event's hash covers the one before: who keeps the lines can prove that
    none is missing. `--after` goes on where the last line ended.
    """
    if after is not None and most is not None:
        raise WrongUsage("Both --after and --lines say where to begin: use one of them.")
    with signed_in(settings) as (services, operator):
        query = asked.resolve(services, operator)
        if after is None:
            number = _before_the_last(services, operator, query, 10 if most is None else most)
        else:
            number = _ensured(services, operator, after)
        write = json_line if settings.json else _line
        while True:
            newest = services.audit.extent(operator).last
            if newest > number:
                _written(map(write, services.audit.stream(operator, query, number, newest)))
                number = newest
            if not follow:
                return
            pause(LOOK)


def pause(seconds: float) -> None:
    """Wait for more to happen."""
    time.sleep(seconds)


def _before_the_last(services: Services, operator: Operator, query: AuditQuery, most: int) -> int:
    """The number of the event behind which the newest ones begin."""
    if most == 0:
        return services.audit.extent(operator).last

    page = services.audit.list(operator, replace(query, limit=most))
    return (
        min(event.sequence for event in page.events) - 1
        if page.events
        else services.audit.extent(operator).last
    )


def _ensured(services: Services, operator: Operator, after: Checkpoint) -> int:
    """The number to go on behind, where the trail still leads there."""
    extent = services.audit.extent(operator)
    if after.sequence > extent.last:
        raise PftuiError(
            f"The trail ends with event {extent.last}, before {after.sequence}: it is another one, or was "
            "cut off. Nothing was printed."
        )
    if after.sequence < extent.first - 1:
        raise PftuiError(
            f"The events {after.sequence + 1} to {extent.first - 1} are archived: read the archive, and go "
            f"on with --after {extent.first - 1}. Nothing was printed."
        )
    if after.hash and after.sequence >= extent.first:
        event = services.audit.show(operator, after.sequence)
        if not isinstance(event, AuditEvent) or event.hash != after.hash:
            raise PftuiError(
                f"Event {after.sequence} is not the one of that hash: the trail is another one, or was "
                "edited. Nothing was printed."
            )
    return after.sequence


def _line(stored: StoredEvent) -> str:
    event = event_of(stored)
    if not isinstance(event, AuditEvent):
        return f"{event.sequence}:{stored.hash}  {event.description}\n"
    where = Checkpoint(event.sequence, event.hash)
    text = f"{where}  {exact(event.created_at)}  {event.who}  {event.description}"
    return f"{output.shown(text)}\n"
