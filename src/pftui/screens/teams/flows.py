"""What an operator does with teams, one flow each, read from top to bottom."""

from __future__ import annotations

from pftui.domain.accounts import Kind
from pftui.presentation import consequences
from pftui.screens.accounts.assigning import assign_into, pick_role
from pftui.screens.accounts.flows import invite
from pftui.screens.accounts.key_flows import create_in
from pftui.screens.accounts.new_team import NewTeam
from pftui.screens.console import Console
from pftui.screens.created import Created, What
from pftui.screens.dialogs.confirm import Confirm, Question
from pftui.screens.flow import notify_errors
from pftui.screens.teams.dialogs import RenameTeam


@notify_errors
async def assign_service_account(console: Console, team_id: str) -> bool:
    """Give a service account a role in a team; one that is missing can be created right there."""
    team = await console.call(console.services.teams.show, console.operator, team_id)

    async def create(typed: str) -> bool:
        return await create_in(console, team, typed)

    return await assign_into(console, team, Kind.SERVICE_ACCOUNT, create)


@notify_errors
async def add_members(console: Console, team_id: str) -> bool:
    """Give a person a role in a team."""
    team = await console.call(console.services.teams.show, console.operator, team_id)

    async def create(typed: str) -> bool:
        person = await invite(console, typed)
        if person is None:
            return False
        await pick_role(console, Kind.USER, person.account_id, person.name, team.id, team.name)
        return True

    return await assign_into(console, team, Kind.USER, create)


@notify_errors
async def new_team(console: Console) -> bool:
    """Create a team."""
    team = await console.ask(NewTeam())
    if team is None:
        return False
    console.created(Created(What.TEAM, team.id))
    console.notify(f"{team.name} is created. Programs know it as {team.slug}.")
    return True


@notify_errors
async def rename_team(console: Console, team_id: str) -> bool:
    """Give a team another name."""
    team = await console.call(console.services.teams.show, console.operator, team_id)
    renamed = await console.ask(RenameTeam(team))
    if renamed is None:
        return False
    console.changed()
    console.notify(f"{team.name} is called {renamed.name} now.")
    return True


@notify_errors
async def delete_team(console: Console, team_id: str) -> bool:
    """Delete a team and all assignments to it; asks for its name."""
    team = await console.call(console.services.teams.show, console.operator, team_id)
    webhooks = await console.call(console.services.webhooks.list, console.operator)

    async def delete() -> None:
        progress = dialog.telling_progress()
        await console.call(console.services.teams.delete, console.operator, team_id, progress)

    question = Question(
        f"Delete the team {team.name}",
        consequences.delete_team(team, sum(each.team_id == team_id for each in webhooks)),
        f"Delete {team.name}",
        stay="Keep it",
        name=team.name,
    )
    dialog = Confirm(question, delete)
    if not await console.ask(dialog):
        return False
    console.changed()
    console.notify(f"{team.name} is deleted.")
    return True
