"""`pftui audit …`: the trail of who did what."""

from __future__ import annotations

from dataclasses import replace

import click

from pftui.commands import audit_proofs, audit_streams, output
from pftui.commands.audit_filters import NAMES, Asked, filtered
from pftui.commands.failures import notify
from pftui.commands.session import signed_in
from pftui.commands.settings import Noun, Settings
from pftui.presentation import shapes
from pftui.presentation.audit import EVENT_COLUMNS, event_fields

audit = Noun("audit")


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
audit_proofs.add_to(audit)
