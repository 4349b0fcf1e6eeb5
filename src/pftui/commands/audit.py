"""`pftui audit …`: the trail of who did what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import click

from pftui.commands import audit_streams, output
from pftui.commands.audit_filters import NAMES, Asked, filtered
from pftui.commands.failures import notify
from pftui.commands.reading import read_lines
from pftui.commands.session import acts_for_somebody, owns_store, signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.audit import ChainVerdict, Checkpoint
from pftui.domain.errors import WrongUsage
from pftui.presentation import shapes
from pftui.presentation.audit import EVENT_COLUMNS, event_fields

audit = Noun("audit")
UNUSABLE = 3


@audit.command("list", epilog=NAMES)
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="How many events.")
@click.option("--offset", type=click.IntRange(min=0), default=0, help="How many newer events to leave out.")
@filtered
@click.pass_obj
def list_events(settings: Settings, limit: int, offset: int, asked: Asked) -> None:
    """List events, newest first."""
    with signed_in(settings) as (services, operator):
        query = asked.resolve(services, operator)
        page = services.audit.list(operator, replace(query, limit=limit, offset=offset))
    if settings.json:
        output.json_object(shapes.audit_page(page))
        return
    output.table(EVENT_COLUMNS, page.events, "No event was found.")
    seen = offset + len(page.events)
    if page.events and page.total > len(page.events):
        more = f", more with --offset {seen}" if page.total > seen else ""
        notify(f"{len(page.events):,} of {page.total:,} events{more}.")


@audit.command("show")
@click.argument("number", type=click.IntRange(min=1))
@click.pass_obj
def show(settings: Settings, number: int) -> None:
    """Show one event by its number, with all that is known of it."""
    with signed_in(settings) as (services, operator):
        event = services.audit.show(operator, number)
    if settings.json:
        output.json_object(event.as_json())
    else:
        output.fields(event_fields(event))


audit_streams.add_to(audit)


@audit.command("head")
@click.pass_obj
def head(settings: Settings) -> None:
    """Print the newest event as N:HASH, to be kept elsewhere for `audit verify --expect`."""
    with signed_in(settings) as (services, operator):
        checkpoint = services.audit.head(operator)
    if settings.json:
        output.json_object(shapes.checkpoint(checkpoint))
    else:
        output.line(str(checkpoint))


def _checkpoints(given: Iterable[str], file: str | None) -> list[Checkpoint]:
    lines = read_lines(file) if file is not None else []
    try:
        return [Checkpoint.parse(text) for text in [*given, *lines]]
    except ValueError:
        raise WrongUsage(
            "What is expected is N:HASH, one a line in a file, as `pftui audit head` prints it."
        ) from None


@audit.command("verify")
@click.option(
    "--expect", metavar="N:HASH", multiple=True, help="What `audit head` printed once; may be repeated."
)
@click.option(
    "--expect-file", type=click.Path(allow_dash=True), metavar="FILE", help="A file of such lines, or - ."
)
@click.pass_context
def verify(context: click.Context, expect: tuple[str, ...], expect_file: str | None) -> None:
    """Check the hash chain over all events: 0 where it is intact, 1 broken, 3 where it cannot be checked.

    A trail that somebody made anew as a whole is intact in itself. With --expect it is checked that history
    is what it was when `audit head` printed that. Where nobody is named who acts, it needs the store's
    owner, and writes nothing.
    """
    settings = context.ensure_object(Settings)
    expected = _checkpoints(expect, expect_file)
    if acts_for_somebody(settings) or not owns_store(settings.url):
        with signed_in(settings) as (services, operator):
            verdict = services.audit.verify(operator, expected)
    else:
        verdict = _verified_by_the_owner(settings, expected)
    if settings.json:
        output.json_object(shapes.chain_verdict(verdict))
    elif verdict.intact:
        output.line(f"The audit trail is intact: {verdict.events:,} events, head {verdict.head}")
    if verdict.newer:
        notify(f"pftui: The audit trail cannot be checked at event {verdict.broken_at}: {verdict.problem}.")
        context.exit(UNUSABLE)
    if not verdict.intact:
        where = f" at event {verdict.broken_at}" if verdict.broken_at is not None else ""
        notify(f"pftui: The audit trail is broken{where}: {verdict.problem}")
        context.exit(1)


def _verified_by_the_owner(settings: Settings, expected: Sequence[Checkpoint]) -> ChainVerdict:
    """Who owns the store could read all of it anyway; for a server, who has its credentials."""
    from pftui.services.store_admin import verify_trail

    return verify_trail(settings.url, expected)
