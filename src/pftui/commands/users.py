"""`pftui users …`: the people who sign in."""

from __future__ import annotations

import click

from pftui.commands import accounts, offboarding, output
from pftui.commands.completing import complete_users
from pftui.commands.failures import notify
from pftui.commands.host import require_ownership
from pftui.commands.reading import confirm, require_consent
from pftui.commands.secret_outlet import Handover, SecretOutlet, output_option, secret_outlet
from pftui.commands.session import signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.accounts import Kind
from pftui.domain.errors import WrongUsage
from pftui.domain.names import clean_email, clean_user_name, slugify
from pftui.domain.offboarding import Fate
from pftui.domain.secret import Secret
from pftui.presentation import consequences, shapes
from pftui.presentation.times import exact
from pftui.process.owner import unix_user
from pftui.process.source import here
from pftui.services.results import TemporaryPassword

users = Noun("users")
user_argument = click.argument("reference", metavar="USER", shell_complete=complete_users)


@users.command("list")
@click.option(
    "--filter", "text", default="", metavar="TEXT", help="Only those that fit: words, is:disabled, !word."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="ROWS", help="At most so many.")
@click.pass_obj
def list_users(settings: Settings, text: str, limit: int | None) -> None:
    """List people by name."""
    accounts.list_accounts(settings, Kind.USER, text, limit)


@users.command("show")
@user_argument
@click.pass_obj
def show(settings: Settings, reference: str) -> None:
    """Show all about a person: an e-mail, a name or an id."""
    accounts.show_account(settings, reference, Kind.USER)


@users.command("create")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--admin", is_flag=True, help="With global admin privileges.")
@output_option
@click.pass_obj
def create(settings: Settings, email: str, name: str, admin: bool, output_file: str | None) -> None:
    """Invite a person. The temporary password stands alone on standard output, this once."""
    email, name = clean_email(email), clean_user_name(name)
    with secret_outlet(output_file) as outlet, signed_in(settings) as session:
        services, operator = session
        accounts.warn_of_alike(session, name)
        temporary = services.users.create(operator, email=email, name=name, global_admin=admin)
        _hand_over_password(settings, outlet, temporary, f"Invited {temporary.name}.")


def _hand_over_password(
    settings: Settings, outlet: SecretOutlet, temporary: TemporaryPassword, outcome: str
) -> None:
    """Let a temporary password out (with `--json` in an object), then say what is to be known of it."""
    as_json = output.json_text(shapes.temporary_password(temporary)) if settings.json else None
    where = outlet.hand_over(
        Handover(
            title=f"Temporary password for {temporary.name}",
            noun="temporary password",
            text=temporary.password if as_json is None else Secret(as_json),
            if_lost=f"Make another one with: pftui users reset-password {temporary.email}",
            file_name=f"~/{slugify(temporary.name)}.password",
            access="It must be changed in the console at the first sign-in.",
        )
    )
    temporary.password.forget()
    notify(f"{outcome} {where}")
    void = f"void after {exact(temporary.void_after)}"
    notify(f"It must be changed in the console at the first sign-in, and is {void}.")


@users.command("update")
@user_argument
@click.option("--name", help="The new name.")
@click.option("--email", help="The new e-mail address.")
@click.pass_obj
def update(settings: Settings, reference: str, name: str | None, email: str | None) -> None:
    """Change a person's name or e-mail address."""
    if name is None and email is None:
        raise WrongUsage("There is nothing to change: give --name or --email.")
    name = clean_user_name(name) if name is not None else None
    email = clean_email(email) if email is not None else None
    accounts.update_account(settings, reference, Kind.USER, name=name, email=email)


@users.command("disable")
@user_argument
@click.pass_obj
def disable(settings: Settings, reference: str) -> None:
    """End a person's sign-in until it is enabled again."""
    accounts.change_account(settings, reference, Kind.USER, accounts.DISABLE)


@users.command("enable")
@user_argument
@click.pass_obj
def enable(settings: Settings, reference: str) -> None:
    """Let a disabled person sign in again."""
    accounts.change_account(settings, reference, Kind.USER, accounts.ENABLE)


@users.command("delete")
@user_argument
@click.pass_obj
def delete(settings: Settings, reference: str) -> None:
    """Delete a person; what they did stays in the audit trail."""
    accounts.change_account(settings, reference, Kind.USER, accounts.DELETE)


@users.command("offboard")
@click.argument("reference", metavar="EMAIL", shell_complete=complete_users)
@click.option("--keys", type=click.Choice([fate.value for fate in Fate]), help="What becomes of every key.")
@click.option("--reason", metavar="TEXT", help="Why, for the audit trail; needed for keys that are kept.")
@click.option("--dry-run", is_flag=True, help="List what the person leaves behind, and touch nothing.")
@click.pass_obj
def offboard(settings: Settings, reference: str, keys: str | None, reason: str | None, dry_run: bool) -> None:
    """Disable who has left, and revoke or keep each key that they were shown; prints a report.

    Without --keys it asks for each live key, on a terminal.
    """
    if dry_run:
        offboarding.list_what_is_left(settings, reference)
    else:
        offboarding.offboard(settings, reference, Fate(keys) if keys else None, reason)


@users.command("grant-admin")
@user_argument
@click.pass_obj
def grant_admin(settings: Settings, reference: str) -> None:
    """Give a person global admin privileges."""
    accounts.change_account(settings, reference, Kind.USER, accounts.GRANT)


@users.command("revoke-admin")
@user_argument
@click.pass_obj
def revoke_admin(settings: Settings, reference: str) -> None:
    """Take a person's global admin privileges away."""
    accounts.change_account(settings, reference, Kind.USER, accounts.REVOKE)


@users.command("reset-password")
@click.argument("reference", metavar="EMAIL", shell_complete=complete_users)
@click.option("--host", is_flag=True, help="Recovery by who owns the store, without an operator.")
@output_option
@click.pass_obj
def reset_password(settings: Settings, reference: str, host: bool, output_file: str | None) -> None:
    """Replace a person's password by a temporary one, which stands alone on standard output, this once."""
    with secret_outlet(output_file) as outlet:
        (_reset_on_host if host else _reset)(settings, reference, outlet)


def _reset(settings: Settings, reference: str, outlet: SecretOutlet) -> None:
    require_consent(settings)
    with signed_in(settings) as (services, operator):
        user = services.accounts.find(operator, reference, Kind.USER)
        confirm(settings, f"Resetting the password of {user.name}.", consequences.reset_password())
        temporary = services.users.reset_password(operator, user.id)
        _hand_over_password(settings, outlet, temporary, f"Reset the password of {temporary.name}.")


def _reset_on_host(settings: Settings, email: str, outlet: SecretOutlet) -> None:
    """The way back of a locked-out organization: who owns the store's file could write to it anyway."""
    if settings.operator_email or settings.password_file:
        raise WrongUsage("--host acts for the owner of the store: leave out --as and --password-file.")
    require_consent(settings)
    require_ownership(settings.url, "--host")
    confirm(settings, f"Resetting the password of {email}.", consequences.reset_password())
    from pftui.services.recovery import reset_password_on_host

    temporary = reset_password_on_host(settings.url, email, unix_user(), source=here())
    _hand_over_password(settings, outlet, temporary, f"Reset the password of {temporary.name}.")
    for note in temporary.notes:
        notify(note)
