"""`pftui service-accounts …`: the accounts that own API keys."""

from __future__ import annotations

import click

from pftui.commands import accounts
from pftui.commands.completing import complete_roles, complete_service_accounts, complete_teams
from pftui.commands.failures import notify
from pftui.commands.keys import hand_over_key
from pftui.commands.secret_outlet import output_option, secret_outlet
from pftui.commands.session import Session, signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.accounts import AccountSort, Kind
from pftui.domain.errors import PftuiError, WrongUsage
from pftui.domain.names import clean_description, clean_service_account_name
from pftui.presentation import shapes
from pftui.presentation.accounts import NO_TEAM_YET
from pftui.services.results import NewKey

service_accounts = Noun("service-accounts")
KIND = Kind.SERVICE_ACCOUNT
account_argument = click.argument("reference", metavar="ACCOUNT", shell_complete=complete_service_accounts)


@service_accounts.command("list")
@click.option(
    "--filter", "text", default="", metavar="TEXT", help="Only those that fit: words, is:disabled, !word."
)
@click.option("--created-by", metavar="EMAIL", help="Only those that this person or account has created.")
@click.option("--sort", type=click.Choice(["name", "creator"]), default="name", help="By name, by default.")
@click.option("--limit", type=click.IntRange(min=1), metavar="ROWS", help="At most so many.")
@click.pass_obj
def list_service_accounts(
    settings: Settings, text: str, created_by: str | None, sort: str, limit: int | None
) -> None:
    """List service accounts by name, or by who created them."""
    order = AccountSort.CREATED_BY if sort == "creator" else AccountSort.NAME
    accounts.list_accounts(settings, KIND, text, limit, created_by, order)


@service_accounts.command("show")
@account_argument
@click.pass_obj
def show(settings: Settings, reference: str) -> None:
    """Show all about a service account: a name or an id."""
    accounts.show_account(settings, reference, KIND)


@service_accounts.command("create")
@click.argument("name")
@click.option("--description", default="", metavar="TEXT", help="What it is for.")
@click.option(
    "--admin", is_flag=True, help="With global admin privileges: it may do all that these commands do."
)
@click.option(
    "--team",
    metavar="TEAM",
    shell_complete=complete_teams,
    help="Assign it to this team; needs --role.",
)
@click.option("--role", metavar="ROLE", shell_complete=complete_roles, help="Its role in that team.")
@output_option
@click.pass_obj
def create(
    settings: Settings,
    name: str,
    description: str,
    admin: bool,
    team: str | None,
    role: str | None,
    output_file: str | None,
) -> None:
    """Create a service account. Its key stands alone on standard output, this once."""
    if (team is None) != (role is None):
        raise WrongUsage("--team and --role go together.")
    name, description = clean_service_account_name(name), clean_description(description)
    with secret_outlet(output_file) as outlet, signed_in(settings) as session:
        services, operator = session
        new_key = services.service_accounts.create(
            operator,
            name=name,
            description=description,
            global_admin=admin,
            team_id=services.teams.find(operator, team).id if team is not None else None,
            role_id=services.roles.find(operator, role).id if role is not None else None,
        )
        idle = team is None and not admin
        details = _with_details(session, new_key) if settings.json else None
        hand_over_key(settings, outlet, new_key, details, access=NO_TEAM_YET if idle else "")
        notify(f"Created the service account {new_key.account_name}.")
        if idle:
            notify(NO_TEAM_YET)
            notify("Next: pftui teams add TEAM ACCOUNT --role ROLE")


def _with_details(session: Session, new_key: NewKey) -> shapes.Json:
    """The account with its key. The key must come out even where the details cannot be read any more."""
    known: shapes.Json
    try:
        details = session.services.accounts.show(session.operator, new_key.account_id)
    except PftuiError as error:
        notify(f"pftui: The account was created, but its details could not be read: {error.message}")
        known = {"id": new_key.account_id, "kind": KIND.value, "name": new_key.account_name}
    else:
        known = shapes.account_details(details)
    return {**known, "keyId": new_key.key_id, "key": new_key.key.reveal()}


@service_accounts.command("update")
@account_argument
@click.option("--name", help="The new name.")
@click.option("--description", metavar="TEXT", help="The new description; '' for none.")
@click.pass_obj
def update(settings: Settings, reference: str, name: str | None, description: str | None) -> None:
    """Change a service account's name or description."""
    if name is None and description is None:
        raise WrongUsage("There is nothing to change: give --name or --description.")
    name = clean_service_account_name(name) if name is not None else None
    description = clean_description(description) if description is not None else None
    accounts.update_account(settings, reference, KIND, name=name, description=description)


@service_accounts.command("disable")
@account_argument
@click.pass_obj
def disable(settings: Settings, reference: str) -> None:
    """Stop all keys of a service account until it is enabled again."""
    accounts.change_account(settings, reference, KIND, accounts.DISABLE)


@service_accounts.command("enable")
@account_argument
@click.pass_obj
def enable(settings: Settings, reference: str) -> None:
    """Let the keys of a disabled service account work again."""
    accounts.change_account(settings, reference, KIND, accounts.ENABLE)


@service_accounts.command("delete")
@account_argument
@click.pass_obj
def delete(settings: Settings, reference: str) -> None:
    """Delete a service account and end its keys; its audit trail stays."""
    accounts.change_account(settings, reference, KIND, accounts.DELETE)


@service_accounts.command("grant-admin")
@account_argument
@click.pass_obj
def grant_admin(settings: Settings, reference: str) -> None:
    """Give a service account global admin privileges: its keys may do all that these commands do."""
    accounts.change_account(settings, reference, KIND, accounts.GRANT)


@service_accounts.command("revoke-admin")
@account_argument
@click.pass_obj
def revoke_admin(settings: Settings, reference: str) -> None:
    """Take a service account's global admin privileges away; its teams stay."""
    accounts.change_account(settings, reference, KIND, accounts.REVOKE)
