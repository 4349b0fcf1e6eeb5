"""`pftui organization …`: what the organization has settled for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from pftui.commands import output
from pftui.commands.failures import notify
from pftui.commands.session import signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.endpoints import parse_proxy
from pftui.domain.names import clean_name
from pftui.domain.sessions import IDLE_LOCK_MINUTES, NEVER_LOCKS, SESSION_HOURS
from pftui.domain.teams import Organization
from pftui.domain.webhooks import clean_network
from pftui.presentation import shapes
from pftui.presentation.accounts import keys_may
from pftui.presentation.sessions import idle_lock
from pftui.presentation.times import exact

organization = Noun("organization")


class IdleLock(click.ParamType[int]):
    """Minutes, or `never`."""

    name = "minutes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The minutes; 0 for never."""
        if value == "never":
            return NEVER_LOCKS
        minutes = int(value) if str(value).isascii() and str(value).isdecimal() else NEVER_LOCKS
        if minutes == NEVER_LOCKS or minutes not in IDLE_LOCK_MINUTES:
            self.fail(f"{value!r} is not 1 to {IDLE_LOCK_MINUTES.stop - 1} minutes, or never", param, ctx)
        return minutes


@organization.command("show")
@click.pass_obj
def show(settings: Settings) -> None:
    """Show the organization and its settings."""
    with signed_in(settings) as (services, operator):
        found = services.organization_settings.show(operator)
    if settings.json:
        output.json_object(shapes.organization(found))
    else:
        output.fields(_fields(found))


def _fields(found: Organization) -> Iterator[tuple[str, str]]:
    yield "Name", found.name
    yield "Id", found.id
    yield "Created", exact(found.created_at)
    yield "Consoles lock", idle_lock(found.idle_lock_minutes)
    yield "Password again", f"after {found.session_hours} h"
    networks = [f"public addresses{', and:' if found.networks else ''}", *found.networks]
    if found.webhook_proxy:
        networks = [f"what the proxy {found.webhook_proxy} lets through: pftui does not look"]
    yield from output.field("Webhooks go to", networks)
    yield "Keys of admins", keys_may(found.keys_restricted)


@organization.command("update")
@click.option("--name", metavar="NAME", help="Another name.")
@click.option(
    "--idle-lock",
    "idle_lock_minutes",
    type=IdleLock(),
    metavar="MINUTES|never",
    help="Lock a console that nobody has touched for so long.",
)
@click.option(
    "--session-hours",
    type=click.IntRange(SESSION_HOURS.start, SESSION_HOURS.stop - 1),
    metavar="HOURS",
    help="Ask for the password again after so many hours.",
)
@click.option(
    "--allow-network",
    "allow_networks",
    multiple=True,
    metavar="NETWORK",
    help="Let webhooks connect to it, as to 127.0.0.0/8. May be given more than once.",
)
@click.option(
    "--remove-network",
    "remove_networks",
    multiple=True,
    metavar="NETWORK",
    help="No longer. May be given more than once.",
)
@click.option(
    "--webhook-proxy",
    metavar="URL",
    help="Send webhooks by this proxy, http://HOST:PORT, which then says where to; an empty one removes it.",
)
@click.option(
    "--keys-restricted",
    type=click.Choice(["yes", "no"]),
    help="Whether a key may no longer make admins, change one, assign itself, or change these settings.",
)
@click.pass_obj
def update(
    settings: Settings,
    name: str | None,
    idle_lock_minutes: int | None,
    session_hours: int | None,
    allow_networks: tuple[str, ...],
    remove_networks: tuple[str, ...],
    webhook_proxy: str | None,
    keys_restricted: str | None,
) -> None:
    """Change the name or the settings; what is not given stays."""
    given = (name, idle_lock_minutes, session_hours, webhook_proxy, keys_restricted)
    if all(each is None for each in given) and not (allow_networks or remove_networks):
        raise click.UsageError(
            "Nothing is to be changed: give --name, --idle-lock, --session-hours, --allow-network, "
            "--remove-network, --webhook-proxy or --keys-restricted."
        )
    name = clean_name(name, "name", "An organization's name") if name is not None else None
    allow_networks = tuple(clean_network(each) for each in allow_networks)
    remove_networks = tuple(clean_network(each) for each in remove_networks)
    if webhook_proxy:
        parse_proxy(webhook_proxy)
    with signed_in(settings) as (services, operator):
        changed = services.organization_settings.update(
            operator,
            name=name,
            idle_lock_minutes=idle_lock_minutes,
            session_hours=session_hours,
            allow_networks=allow_networks,
            remove_networks=remove_networks,
            webhook_proxy=webhook_proxy,
            keys_restricted=None if keys_restricted is None else keys_restricted == "yes",
        )
        notify(f"{changed.name} is updated.")
        if settings.json:
            output.json_object(shapes.organization(changed))
