"""`pftui webhooks …`: where events of the trail are sent, and what became of them."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from pftui.commands import output
from pftui.commands.completing import complete_teams, complete_webhooks
from pftui.commands.failures import notify
from pftui.commands.reading import confirm, require_consent
from pftui.commands.secret_outlet import Handover, SecretOutlet, output_option, secret_outlet
from pftui.commands.session import signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.clock import utc_now
from pftui.domain.names import clean_name, slugify
from pftui.domain.secret import Secret
from pftui.domain.webhook_events import EVENT_TYPES, clean_patterns
from pftui.domain.webhooks import SECRET_PUBLIC, Delivery, Parked, WebhookView, clean_url
from pftui.presentation import shapes
from pftui.presentation import webhooks as words
from pftui.presentation.already import already
from pftui.presentation.text import counted
from pftui.presentation.times import exact
from pftui.services.results import NewSecret

webhooks = Noun("webhooks")
UNUSABLE = 3
webhook_argument = click.argument("reference", metavar="WEBHOOK", shell_complete=complete_webhooks)
_events_option = click.option(
    "--event",
    "events",
    multiple=True,
    metavar="EVENT",
    help="What it is told of: an event type, api_key.*, or *. May be given more than once.",
)


@webhooks.command("list")
@click.pass_obj
def list_webhooks(settings: Settings) -> None:
    """List all webhooks, by name, with how far each is."""
    with signed_in(settings) as (services, operator):
        rows = services.webhooks.list(operator)
    if settings.json:
        output.json_array(shapes.webhook(row, utc_now()) for row in rows)
        return
    output.table(words.WEBHOOK_COLUMNS, rows, "There is no webhook.")


@webhooks.command("show")
@webhook_argument
@click.pass_obj
def show(settings: Settings, reference: str) -> None:
    """Show a webhook: what it gets, how far it is, what is parked."""
    with signed_in(settings) as (services, operator):
        row = services.webhooks.find(operator, reference)
        parked = services.webhooks.parked(operator, row.id)
    if settings.json:
        output.json_object(shapes.webhook_details(row, parked, utc_now()))
    else:
        output.fields(_fields(row, parked))


def _fields(row: WebhookView, parked: Sequence[Parked]) -> Iterator[tuple[str, str]]:
    now = utc_now()
    yield "Name", row.name
    yield "Id", row.id
    yield "URL", row.url
    yield from output.field("Events", row.events)
    yield "Team", words.team_of(row)
    yield "Status", words.state_of(row, now)
    for sentence in words.status_sentences(row, now):
        yield "", sentence
    yield from output.field("Parked", [words.parked_line(each) for each in parked])
    yield "Last delivery", words.last_of(row, now)
    yield "Created", f"{exact(row.created_at)} by {row.created_by}"


@webhooks.command("create")
@click.argument("name")
@click.option("--url", required=True, metavar="URL", help="Where it is sent: https://… or http://….")
@_events_option
@click.option(
    "--team",
    "team_reference",
    metavar="TEAM",
    shell_complete=complete_teams,
    help="Only what belongs to this team; by default all of the organization.",
)
@click.option("--disabled", is_flag=True, help="Paused at first: what happens waits.")
@output_option
@click.pass_obj
def create(
    settings: Settings,
    name: str,
    url: str,
    events: tuple[str, ...],
    team_reference: str | None,
    disabled: bool,
    output_file: str | None,
) -> None:
    """Create a webhook. Its signing secret stands alone on standard output, this once."""
    name, url, patterns = clean_name(name), clean_url(url), clean_patterns(events)
    with secret_outlet(output_file) as outlet, signed_in(settings) as (services, operator):
        team_id = services.teams.find(operator, team_reference).id if team_reference is not None else None
        new = services.webhooks.create(operator, name, url, patterns, team_id, enabled=not disabled)
        _hand_over(settings, outlet, new, f"Created the webhook {name}.")
        notify("`pftui webhooks deliver --follow` is what sends: see docs/webhooks.md.")


def _hand_over(settings: Settings, outlet: SecretOutlet, new: NewSecret, outcome: str) -> None:
    """Let a signing secret out (with `--json` in an object), then forget it."""
    as_json = output.json_text(shapes.new_secret(new, utc_now())) if settings.json else None
    name = new.webhook.name
    where = outlet.hand_over(
        Handover(
            title=f"Signing secret of {name}",
            noun="signing secret",
            text=new.secret if as_json is None else Secret(as_json),
            if_lost=f"Make another one with: pftui webhooks regenerate-secret {new.webhook.id}",
            file_name=f"~/{slugify(name)}.secret",
            access="The receiver needs it to check X-Promptfoo-Signature.",
            public=SECRET_PUBLIC if as_json is None else 0,
        )
    )
    new.secret.forget()
    notify(f"{outcome} {where}")


@webhooks.command("update")
@webhook_argument
@click.option("--name", metavar="NAME", help="Another name.")
@click.option("--url", metavar="URL", help="Another address; what waits goes there.")
@_events_option
@click.option(
    "--team",
    "team_reference",
    metavar="TEAM",
    shell_complete=complete_teams,
    help="Only what belongs to this team.",
)
@click.option("--whole-organization", is_flag=True, help="No longer of one team.")
@click.option(
    "--drop-parked", is_flag=True, help="Give up what was parked: it is not sent any more, and told of."
)
@click.pass_obj
def update(
    settings: Settings,
    reference: str,
    name: str | None,
    url: str | None,
    events: tuple[str, ...],
    team_reference: str | None,
    whole_organization: bool,
    drop_parked: bool,
) -> None:
    """Change a webhook; what is not given stays. With --event it is told of those alone."""
    if whole_organization and team_reference is not None:
        raise click.UsageError("Give --team or --whole-organization, not both.")
    changes = name is not None or url is not None or events or team_reference or whole_organization
    if not (changes or drop_parked):
        raise click.UsageError("Nothing is to be changed: give --name, --url, --event, --team, ….")
    name = clean_name(name) if name is not None else None
    url = clean_url(url) if url is not None else None
    patterns = clean_patterns(events) if events else None
    with signed_in(settings) as (services, operator):
        row = services.webhooks.find(operator, reference)
        team_id = services.teams.find(operator, team_reference).id if team_reference is not None else None
        if changes:
            row = services.webhooks.update(
                operator,
                row.id,
                row.version,
                name=name,
                url=url,
                events=patterns,
                team_id=team_id,
                whole_organization=whole_organization,
            )
            notify(f"Updated the webhook {row.name}.")
        if drop_parked:
            dropped = services.webhooks.drop_parked(operator, row.id)
            notify(f"Gave up {counted(dropped, 'parked event')} of {row.name}.")
            row = services.webhooks.show(operator, row.id)
        if settings.json:
            output.json_object(shapes.webhook(row, utc_now()))


@webhooks.command("pause")
@webhook_argument
@click.pass_obj
def pause(settings: Settings, reference: str) -> None:
    """Send a webhook nothing for now: what happens waits."""
    with signed_in(settings) as (services, operator):
        row = services.webhooks.find(operator, reference)
        so = services.webhooks.pause(operator, row.id)
        notify(already(f"{row.name} is paused", so) if so else f"Paused {row.name}.")
        if settings.json:
            output.json_object(shapes.webhook(services.webhooks.show(operator, row.id), utc_now()))


@webhooks.command("resume")
@webhook_argument
@click.pass_obj
def resume(settings: Settings, reference: str) -> None:
    """Send a webhook what has waited, and what happens from now on."""
    with signed_in(settings) as (services, operator):
        row = services.webhooks.find(operator, reference)
        so = services.webhooks.resume(operator, row.id)
        notify(already(f"{row.name} is enabled", so) if so else f"Resumed {row.name}.")
        if settings.json:
            output.json_object(shapes.webhook(services.webhooks.show(operator, row.id), utc_now()))


@webhooks.command("delete")
@webhook_argument
@click.pass_obj
def delete(settings: Settings, reference: str) -> None:
    """End a webhook, with what waits for it and what was parked."""
    require_consent(settings)
    with signed_in(settings) as (services, operator):
        row = services.webhooks.find(operator, reference)
        confirm(settings, f"Deleting the webhook {row.name}.", words.delete_webhook(row), name=row.name)
        services.webhooks.delete(operator, row.id, row.version)
        notify(f"Deleted the webhook {row.name}.")
        if settings.json:
            output.json_object({"id": row.id, "deleted": True})


@webhooks.command("regenerate-secret")
@webhook_argument
@click.option("--keep-previous", is_flag=True, help="The old one signs beside it for a day.")
@output_option
@click.pass_obj
def regenerate_secret(
    settings: Settings, reference: str, keep_previous: bool, output_file: str | None
) -> None:
    """Make another signing secret, which holds at once. It stands alone on standard output, this once."""
    with secret_outlet(output_file) as outlet, signed_in(settings) as (services, operator):
        row = services.webhooks.find(operator, reference)
        new = services.webhooks.regenerate_secret(operator, row.id, keep_previous=keep_previous)
        until = (
            f" The old one signs beside it until {exact(new.previous_until)}." if new.previous_until else ""
        )
        _hand_over(settings, outlet, new, f"{row.name} has another signing secret.{until}")


@webhooks.command("deliveries")
@webhook_argument
@click.option("--failed", is_flag=True, help="Only those that failed.")
@click.pass_obj
def deliveries(settings: Settings, reference: str, failed: bool) -> None:
    """List what became of events, newest first: of 30 days, and 1,000 at most."""
    with signed_in(settings) as (services, operator):
        row = services.webhooks.find(operator, reference)
        found = services.webhooks.deliveries(operator, row.id, failed=failed)
    if settings.json:
        output.json_array(shapes.delivery(each) for each in found)
        return
    output.table(words.DELIVERY_COLUMNS, found, "No delivery was found.")


@webhooks.command("test")
@webhook_argument
@click.pass_context
def test(context: click.Context, reference: str) -> None:
    """Send a test event now, also to one that is paused, and say what came of it: 0 taken, 1 not."""
    settings = context.ensure_object(Settings)
    with signed_in(settings) as (services, operator):
        row = services.webhooks.find(operator, reference)
        made = services.webhooks.test(operator, row.id)
    _print_delivery(context, row, made)


@webhooks.command("resend")
@webhook_argument
@click.argument("event_id", metavar="[EVENT-ID]", required=False)
@click.option("--parked", is_flag=True, help="All that is parked; the deliverer does it.")
@click.pass_context
def resend(context: click.Context, reference: str, event_id: str | None, parked: bool) -> None:
    """Send an event again, now: 0 taken, 1 not. Or have all sent again that was parked."""
    if parked == (event_id is not None):
        raise click.UsageError("Give an event's id, or --parked.")
    settings = context.ensure_object(Settings)
    with signed_in(settings) as (services, operator):
        row = services.webhooks.find(operator, reference)
        if event_id is None:
            events = services.webhooks.resend_parked(operator, row.id)
            notify(words.resending(row, events))
            if settings.json:
                output.json_object({"id": row.id, "parked": events})
            return
        made = services.webhooks.resend(operator, row.id, event_id)
    _print_delivery(context, row, made)


def _print_delivery(context: click.Context, row: WebhookView, made: Delivery) -> None:
    notify(words.sent(row, made))
    if context.ensure_object(Settings).json:
        output.json_object(shapes.delivery(made))
    elif made.answer:
        output.line(made.answer)
    if not made.delivered:
        context.exit(1)


@webhooks.command("deliver", operator=False)
@click.option("--follow", is_flag=True, help="Go on until it is ended, as a service does.")
@click.option("--status", is_flag=True, help="Only say how far all are: 0 fine, 1 parked or late.")
@click.pass_context
def deliver(context: click.Context, follow: bool, status: bool) -> None:
    """Send what waits to all webhooks, each in order; what fails is tried again by a later run."""
    from pftui.services.delivering.running import deliverer

    if follow and status:
        raise click.UsageError("Give --follow or --status, not both.")
    settings = context.ensure_object(Settings)
    if status:
        _print_status(context, settings)
        return
    with deliverer(settings.url, notify) as at_work:
        if follow:
            with ended_by_signals(at_work.stopped.set):
                done = at_work.follow()
        else:
            done = at_work.once()
    notify(words.tally(done.delivered, done.failed, done.parked))
    if settings.json:
        output.json_object({"delivered": done.delivered, "failed": done.failed, "parked": done.parked})


@contextmanager
def ended_by_signals(end: Callable[[], None]) -> Iterator[None]:
    """Let SIGTERM and SIGINT end what goes on for ever, once the event at hand is through."""
    signals = (signal.SIGTERM, signal.SIGINT)
    before = {each: signal.signal(each, lambda number, frame: end()) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _print_status(context: click.Context, settings: Settings) -> None:
    from pftui.services.delivering.running import delivery_status

    found = delivery_status(settings.url)
    now = utc_now()
    if settings.json:
        output.json_object(
            {
                "fine": found.fine and not found.key_problem,
                "problem": found.key_problem or None,
                "webhooks": [shapes.webhook(row, now) for row in found.webhooks],
            }
        )
    else:
        output.table(words.WEBHOOK_COLUMNS, found.webhooks, "There is no webhook.")
    if found.key_problem:
        notify(f"pftui: {found.key_problem}")
        context.exit(UNUSABLE)
    for row in found.late:
        for sentence in words.status_sentences(row, now):
            notify(f"{row.name}: {sentence}")
    if not found.fine:
        context.exit(1)


@webhooks.command("event-types", operator=False)
@click.pass_obj
def event_types(settings: Settings) -> None:
    """List what a webhook can be told of. `api_key.*` is all of one kind, `*` everything."""
    if settings.json:
        output.json_array(shapes.event_type(each) for each in EVENT_TYPES)
        return
    for each in EVENT_TYPES:
        output.line(each.name)
