"""`pftui explain`: what may this account do, and why? What `verify` says, for who has no key of it."""

from __future__ import annotations

import click

from pftui.commands import output
from pftui.commands.completing import complete_accounts, complete_teams
from pftui.commands.session import signed_in
from pftui.commands.settings import Settings, Verb
from pftui.commands.verify import sentences
from pftui.domain.accounts import AccountDetails, Kind
from pftui.domain.errors import WrongUsage
from pftui.domain.permissions import ASKABLE, meant_by

_PEOPLE = "A person has no API key: this is what their roles give them."
_NO_KEY = "It has no API key that works, so nobody can make use of this."


@click.command("explain", cls=Verb, epilog=f"PERMISSION is one of {', '.join(ASKABLE)}.")
@click.argument("account_reference", metavar="ACCOUNT", shell_complete=complete_accounts)
@click.option("--team", metavar="TEAM", shell_complete=complete_teams, help="May it act in this team?")
@click.option(
    "--permission",
    type=click.Choice(ASKABLE),
    metavar="PERMISSION",
    help="With this permission? Needs --team.",
)
@click.pass_context
def explain(context: click.Context, account_reference: str, team: str | None, permission: str | None) -> None:
    """Say what an account may do, and why, without its key.

    Exit code: 0 allowed, 1 denied.
    """
    settings = context.ensure_object(Settings)
    if permission is not None and team is None:
        raise WrongUsage("--permission needs --team: a permission is held in a team.")
    with signed_in(settings) as (services, operator):
        account = services.accounts.find(operator, account_reference)
        team_id = services.teams.find(operator, team).id if team is not None else None
        wanted = meant_by(permission) if permission is not None else ()
        details, decision = services.accounts.explain(operator, account.id, team_id, wanted)
    if settings.json:
        output.json_object({**decision.as_json(), "liveKeys": len(details.live_keys)})
    else:
        for text in (*sentences(decision), _about_keys(details)):
            output.line(text)
    context.exit(0 if decision.allowed else 1)


def _about_keys(details: AccountDetails) -> str:
    if details.summary.kind is Kind.USER:
        return _PEOPLE
    live = len(details.live_keys)
    return f"Keys that are not revoked: {live:,}." if live else _NO_KEY
