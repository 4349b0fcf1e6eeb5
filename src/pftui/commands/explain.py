"""`pftui explain`: what may this account do, and why? What `verify` says, for who has no key of it."""

from __future__ import annotations

import click

from pftui.commands import output
from pftui.commands.completing import complete_accounts
from pftui.commands.session import signed_in
from pftui.commands.settings import Settings, Verb
from pftui.commands.verify import (
    PERMISSIONS,
    permission_option,
    refuse_without_team,
    sentences,
    team_option,
)
from pftui.domain.accounts import AccountDetails, Kind
from pftui.domain.permissions import meant_by

_PEOPLE = "A person has no API key: this is what their roles give them."
_NO_KEY = "It has no API key that works, so nobody can make use of this."


@click.command("explain", cls=Verb, epilog=PERMISSIONS)
@click.argument("account_reference", metavar="ACCOUNT", shell_complete=complete_accounts)
@team_option
@permission_option
@click.pass_context
def explain(context: click.Context, account_reference: str, team: str | None, permission: str | None) -> None:
    """Say what an account may do, and why, without its key.

    Exit code: 0 allowed, 1 denied.
    """
    settings = context.ensure_object(Settings)
    refuse_without_team(permission, team)
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
