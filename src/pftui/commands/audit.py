"""`pftui audit …`: the trail of who did what."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from pftui.commands import output
from pftui.commands.failures import notify
from pftui.commands.session import signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.audit import Action, AuditQuery, Target
from pftui.presentation import shapes
from pftui.presentation.audit import EVENT_COLUMNS

audit = Noun("audit")


def _moment(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """A date, or a date and time, as in ISO 8601; in UTC where it names no zone."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            "It is a time such as 2026-01-31 or 2026-01-31T12:00:00Z.", context, parameter
        ) from None


@audit.command("list")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="How many events.")
@click.option("--offset", type=click.IntRange(min=0), default=0, help="How many newer events to leave out.")
@click.option(
    "--action",
    type=click.Choice([action.value for action in Action]),
    metavar="ACTION",
    help="Such as login.",
)
@click.option(
    "--target",
    type=click.Choice([target.value for target in Target]),
    metavar="TARGET",
    help="Such as TEAM.",
)
@click.option("--actor-id", metavar="ID", help="Only what this account did.")
@click.option("--since", callback=_moment, metavar="TIME", help="Not before; a date, or a date and time.")
@click.option("--until", callback=_moment, metavar="TIME", help="Not after.")
@click.pass_obj
def list_events(
    settings: Settings,
    limit: int,
    offset: int,
    action: str | None,
    target: str | None,
    actor_id: str | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """List events, newest first."""
    query = AuditQuery(
        limit=limit,
        offset=offset,
        created_from=since,
        created_until=until,
        action=Action(action) if action else None,
        target=Target(target) if target else None,
        actor_id=actor_id,
    )
    with signed_in(settings) as (services, operator):
        page = services.audit.list(operator, query)
    if settings.json:
        output.json_object(shapes.audit_page(page))
    else:
        output.table(EVENT_COLUMNS, page.events, "No event was found.")


@audit.command("verify")
@click.pass_context
def verify(context: click.Context) -> None:
    """Check the hash chain over all events: 0 where it is intact, 1 where it is broken."""
    settings = context.ensure_object(Settings)
    with signed_in(settings) as (services, operator):
        verdict = services.audit.verify(operator)
    if settings.json:
        output.json_object(shapes.chain_verdict(verdict))
    elif verdict.intact:
        output.line(f"The audit trail is intact: {verdict.events:,} events, head {verdict.head}")
    if not verdict.intact:
        where = f" at event {verdict.broken_at}" if verdict.broken_at is not None else ""
        notify(f"pftui: The audit trail is broken{where}: {verdict.problem}")
        context.exit(1)
