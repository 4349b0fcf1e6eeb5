"""`pftui init`: a store with its organization and first global admin."""

from __future__ import annotations

import click

from pftui.bootstrap import create_store
from pftui.commands import output
from pftui.commands.failures import notify
from pftui.commands.reading import new_password
from pftui.commands.settings import Settings, Verb
from pftui.domain.names import clean_email, clean_name, clean_user_name
from pftui.process.source import here
from pftui.services.location import store_url
from pftui.services.results import NewOrganization


@click.command("init", cls=Verb, operator=False, password_file=True)
@click.option("--org", required=True, metavar="NAME", help="The organization's name.")
@click.option("--name", required=True, metavar="NAME", help="The first global admin's name.")
@click.option(
    "--email", "address", required=True, metavar="EMAIL", help="Their e-mail address, to sign in with."
)
@click.pass_obj
def init(settings: Settings, org: str, name: str, address: str) -> None:
    """Create the store, with an organization and its first global admin.

    The password is asked for on a terminal, or read from --password-file or standard input.
    """
    org = clean_name(org, "organization", "An organization's name")
    name, address = clean_user_name(name), clean_email(address)
    url = store_url(settings.store)  # not `settings.url`: what is there already is not opened
    password = new_password(settings)
    create_store(url, NewOrganization(org, name, address, password), source=here())
    password.forget()
    notify(f"Created the store of {org}. {name} is its global admin and signs in as {address}.")
    if settings.json:
        output.json_object({"organization": org, "name": name, "email": address})
