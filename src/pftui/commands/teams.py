"""`pftui teams …`: teams, and who has which role in them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pftui.commands import output
from pftui.commands.completing import complete_accounts, complete_roles, complete_teams
from pftui.commands.failures import notify
from pftui.commands.paging import walk
from pftui.commands.progress import Progress
from pftui.commands.reading import confirm, require_consent
from pftui.commands.session import Session, signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.accounts import Kind
from pftui.domain.names import clean_name
from pftui.domain.search import TeamState, require_states
from pftui.domain.teams import Membership, TeamQuery, TeamSummary
from pftui.presentation import consequences, shapes
from pftui.presentation.accounts import damage
from pftui.presentation.already import already
from pftui.presentation.teams import TEAM_COLUMNS
from pftui.presentation.text import by
from pftui.presentation.times import exact

teams = Noun("teams")
team_argument = click.argument("team_reference", metavar="TEAM", shell_complete=complete_teams)
account_argument = click.argument("account_reference", metavar="ACCOUNT", shell_complete=complete_accounts)
role_option = click.option(
    "--role",
    "role_reference",
    required=True,
    metavar="ROLE",
    shell_complete=complete_roles,
    help="A role's name or id.",
)


@teams.command("list")
@click.option(
    "--filter", "text", default="", metavar="TEXT", help="Only those that fit: words, is:empty, !word."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="ROWS", help="At most so many.")
@click.pass_obj
def list_teams(settings: Settings, text: str, limit: int | None) -> None:
    """List teams by name."""
    require_states(text, TeamState)
    query = TeamQuery(text=text)
    with signed_in(settings) as (services, operator):
        rows = walk(lambda request: services.teams.page(operator, query, request), limit)
        if settings.json:
            output.json_array(shapes.team(row) for row in rows)
            return
        output.table(TEAM_COLUMNS, rows, "No team was found.")


@teams.command("show")
@team_argument
@click.pass_obj
def show(settings: Settings, team_reference: str) -> None:
    """Show a team with its members and service accounts."""
    with signed_in(settings) as session:
        team = session.services.teams.find(session.operator, team_reference)
        members = {kind: list(_members(session, team.id, kind)) for kind in Kind}
    if settings.json:
        output.json_object(
            {
                **shapes.team(team),
                "members": [shapes.membership(one) for one in members[Kind.USER]],
                "serviceAccounts": [shapes.membership(one) for one in members[Kind.SERVICE_ACCOUNT]],
            }
        )
    else:
        output.fields(_fields(team, members))


def _members(session: Session, team_id: str, kind: Kind) -> Iterator[Membership]:
    services, operator = session
    return walk(lambda request: services.teams.members(operator, team_id, kind, request))


def _fields(team: TeamSummary, members: dict[Kind, list[Membership]]) -> Iterator[tuple[str, str]]:
    yield "Name", team.name
    yield "Slug", team.slug
    yield "Id", team.id
    yield "Created", exact(team.created_at) + by(team.created_by)
    if team.damaged:
        yield "Check", damage(team.damaged)
    for label, kind in (("Members", Kind.USER), ("Service accounts", Kind.SERVICE_ACCOUNT)):
        yield from output.field(
            label,
            [
                f"{one.account.name} ({one.account.identifier or 'no key'}), {one.role_name}"
                + (f". {damage((*one.account.damaged, *one.damaged))}" if _is_damaged(one) else "")
                for one in members[kind]
            ],
        )


def _is_damaged(row: Membership) -> bool:
    return bool(row.account.damaged or row.damaged)


@teams.command("create")
@click.argument("name")
@click.pass_obj
def create(settings: Settings, name: str) -> None:
    """Create a team; its slug comes from its name and stays."""
    name = clean_name(name)
    with signed_in(settings) as (services, operator):
        team = services.teams.create(operator, name)
        _print_team(settings, team, f"Created the team {team.name} ({team.slug}).")


@teams.command("rename")
@team_argument
@click.argument("name")
@click.pass_obj
def rename(settings: Settings, team_reference: str, name: str) -> None:
    """Rename a team; its slug stays."""
    name = clean_name(name)
    with signed_in(settings) as (services, operator):
        team = services.teams.rename(operator, services.teams.find(operator, team_reference).id, name)
        _print_team(settings, team, f"The team is now called {team.name} ({team.slug}).")


def _print_team(settings: Settings, team: TeamSummary, sentence: str) -> None:
    notify(sentence)
    if settings.json:
        output.json_object(shapes.team(team))


@teams.command("delete")
@team_argument
@click.pass_obj
def delete(settings: Settings, team_reference: str) -> None:
    """Delete a team and the assignments to it; the accounts stay, its webhooks pause."""
    require_consent(settings)
    with signed_in(settings) as (services, operator):
        team = services.teams.find(operator, team_reference)
        webhooks = services.webhooks.list(operator) if operator.global_admin else ()
        ends = consequences.delete_team(team, sum(each.team_id == team.id for each in webhooks))
        confirm(settings, f"Deleting the team {team.name}.", ends, name=team.name)
        services.teams.delete(operator, team.id, Progress("Clearing"))
        notify(f"Deleted the team {team.name}.")
        if settings.json:
            output.json_object({"id": team.id, "name": team.name, "slug": team.slug, "deleted": True})


@teams.command("add")
@team_argument
@account_argument
@role_option
@click.pass_obj
def add(settings: Settings, team_reference: str, account_reference: str, role_reference: str) -> None:
    """Assign a person or a service account to a team, with a role."""
    with signed_in(settings) as (services, operator):
        team = services.teams.find(operator, team_reference)
        account = services.accounts.find(operator, account_reference)
        role = services.roles.find(operator, role_reference)
        services.teams.add(operator, team.id, account.id, role.id)
        notify(f"{account.name} is now {role.name} in {team.name}.")
        if settings.json:
            output.json_object(shapes.assigned(team, account, role))


@teams.command("set-role")
@team_argument
@account_argument
@role_option
@click.pass_obj
def set_role(settings: Settings, team_reference: str, account_reference: str, role_reference: str) -> None:
    """Change the role that a person or a service account has in a team."""
    with signed_in(settings) as (services, operator):
        team = services.teams.find(operator, team_reference)
        account = services.accounts.find(operator, account_reference)
        role = services.roles.find(operator, role_reference)
        so = services.teams.set_role(operator, team.id, account.id, role.id)
        state = f"{account.name} is {role.name} in {team.name}"
        notify(already(state, so) if so else f"{account.name} is now {role.name} in {team.name}.")
        if settings.json:
            output.json_object(shapes.assigned(team, account, role))


@teams.command("remove")
@team_argument
@account_argument
@click.pass_obj
def remove(settings: Settings, team_reference: str, account_reference: str) -> None:
    """Take a person or a service account out of a team."""
    require_consent(settings)
    with signed_in(settings) as (services, operator):
        team = services.teams.find(operator, team_reference)
        account = services.accounts.find(operator, account_reference)
        if not settings.yes:
            details = services.accounts.show(operator, account.id)
            confirm(
                settings,
                f"Removing {account.name} from the team {team.name}.",
                consequences.unassign(details, team.id),
            )
        services.teams.remove(operator, team.id, account.id)
        notify(f"{account.name} is no longer in {team.name}.")
        if settings.json:
            output.json_object(shapes.assigned(team, account, None))
