"""`pftui audit …`: the trail of who did what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import click

from pftui.commands import output
from pftui.commands.completing import complete_accounts, complete_subjects
from pftui.commands.failures import notify
from pftui.commands.reading import read_lines
from pftui.commands.session import acts_for_somebody, owns_store, signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.audit import Action, AuditQuery, ChainVerdict, Checkpoint, Target
from pftui.domain.clock import utc_now
from pftui.domain.errors import WrongUsage
from pftui.presentation import shapes
from pftui.presentation.audit import EVENT_COLUMNS, event_fields

audit = Noun("audit")
UNUSABLE = 3

_AGO = re.compile(r"([0-9]{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ACTIONS = click.Choice([action.value for action in Action])


def _moment(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """A date, or a date and time, as in ISO 8601, in UTC where it names no zone; or `2h`, so long ago."""
    if value is None:
        return None
    ago = _AGO.fullmatch(value.strip())
    try:
        if ago is not None:
            return utc_now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            "It is a time such as 2026-01-31 or 2026-01-31T12:00:00Z, or how long ago, such as 2h or 7d.",
            context,
            parameter,
        ) from None


@audit.command("list", epilog=f"ACTION is one of {', '.join(Action)}. TARGET is one of {', '.join(Target)}.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="How many events.")
@click.option("--offset", type=click.IntRange(min=0), default=0, help="How many newer events to leave out.")
@click.option(
    "--action",
    type=_ACTIONS,
    metavar="ACTION",
    help="Only these, such as login: see below.",
)
@click.option(
    "--without", type=_ACTIONS, metavar="ACTION", multiple=True, help="Leave these out; may be repeated."
)
@click.option(
    "--target",
    type=click.Choice([target.value for target in Target], case_sensitive=False),
    metavar="TARGET",
    help="Only what happened to one, such as team: see below.",
)
@click.option(
    "--actor",
    metavar="ACCOUNT",
    shell_complete=complete_accounts,
    help="Only what this account did, be it deleted by now.",
)
@click.option("--actor-id", metavar="ID", help="The same, by its id.")
@click.option(
    "--about",
    metavar="ACCOUNT|TEAM|KEY",
    shell_complete=complete_subjects,
    help="Only what happened to it, be it deleted by now.",
)
@click.option(
    "--since",
    callback=_moment,
    metavar="TIME",
    help="Not before; a date, a date and time, or 2h for so long ago.",
)
@click.option("--until", callback=_moment, metavar="TIME", help="Not after.")
@click.pass_obj
def list_events(
    settings: Settings,
    limit: int,
    offset: int,
    action: str | None,
    without: tuple[str, ...],
    target: str | None,
    actor: str | None,
    actor_id: str | None,
    about: str | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """List events, newest first."""
    if actor is not None and actor_id is not None:
        raise WrongUsage("Both --actor and --actor-id name an account: use one of them.")
    query = AuditQuery(
        limit=limit,
        offset=offset,
        created_from=since,
        created_until=until,
        action=Action(action) if action else None,
        target=Target(target) if target else None,
        without=tuple(map(Action, without)),
    )
    by = actor if actor is not None else actor_id
    with signed_in(settings) as (services, operator):
        if by is not None:
            query = replace(query, actor_id=services.audit.find_actor(operator, by))
        if about is not None:
            query = replace(query, about_id=services.audit.find_subject(operator, about))
        page = services.audit.list(operator, query)
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
