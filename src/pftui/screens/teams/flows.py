"""What an operator does with teams and who is in them, one flow each, read from top to bottom."""

from __future__ import annotations

from pftui.domain.accounts import AccountDetails, AssignmentView, Kind
from pftui.domain.errors import Conflict, NotFound
from pftui.domain.teams import RoleView
from pftui.presentation.words import can_do, counted, shortened
from pftui.screens.accounts.assigning import assign_account, assign_into, pick_role
from pftui.screens.accounts.choose_role import ChooseRole
from pftui.screens.accounts.flows import invite
from pftui.screens.accounts.key_flows import create_in
from pftui.screens.console import Console
from pftui.screens.dialogs.confirm import Confirm, Question
from pftui.screens.flow import notify_errors
from pftui.screens.teams.dialogs import NewTeam, RenameTeam


@notify_errors
async def assign(console: Console, account_id: str | None = None, team_id: str | None = None) -> bool:
    """Give an account a role in a team: what is not given yet is chosen."""
    services, operator = console.services, console.operator
    account = team = None
    if account_id is not None:
        account = (await console.call(services.accounts.show, operator, account_id)).summary
    if team_id is not None:
        team = await console.call(services.teams.show, operator, team_id)
    if account is not None and team is not None:
        return await pick_role(console, account.kind, account.id, account.name, team.id, team.name)
    if account is not None:
        return await assign_account(console, account.id, account.name, account.kind)
    if team is None:
        return False
    into = team

    async def create(typed: str) -> bool:
        return await create_in(console, into, typed)

    return await assign_into(console, into, Kind.SERVICE_ACCOUNT, create)


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
async def change_role(console: Console, account_id: str, team_id: str) -> bool:
    """Another role in a team."""
    details, held = await _assignment(console, account_id, team_id)
    name = details.summary.name
    choose: ChooseRole

    async def save(role: RoleView) -> None:
        nonlocal held
        set_role = console.services.teams.set_role
        try:
            await console.call(set_role, console.operator, team_id, account_id, role.id, held.role_id)
        except Conflict:
            _, held = await _assignment(console, account_id, team_id)
            choose.held_now(held.role_id)
            raise

    choose = ChooseRole(
        f"Role of {shortened(name, 22)} in {shortened(held.team_name, 18)}",
        f"{held.role_name} now: {can_do(held.permissions)}.",
        "Change role",
        save,
        start=held.role_id,
        current=held.role_id,
    )
    role = await console.ask(choose)
    if role is None:
        return False
    console.changed()
    console.notify(f"{name} is {role.name} in {held.team_name} now: {can_do(role.permissions)}.")
    return True


@notify_errors
async def unassign(console: Console, account_id: str, team_id: str) -> bool:
    """Take an account out of a team."""
    details, held = await _assignment(console, account_id, team_id)
    name, team = details.summary.name, held.team_name

    async def remove() -> None:
        await console.call(console.services.teams.remove, console.operator, team_id, account_id)

    question = Question(
        f"Unassign {shortened(name, 24)} from {shortened(team, 16)}",
        (f"{held.role_name} in {team} ends now: {can_do(held.permissions)}.", _left(details)),
        f"Unassign {name}",
        stay="Keep it",
    )
    if not await console.ask(Confirm(question, remove)):
        return False
    console.changed()
    console.notify(f"{name} is not in {team} any more.")
    return True


def _left(details: AccountDetails) -> str:
    others = len(details.assignments) - 1
    if others == 1:
        return "The role in 1 other team stays."
    if others:
        return f"The roles in {others} other teams stay."
    if details.summary.kind is Kind.USER:
        return "It is their last team: they can do nothing in any team then."
    return "It is its last team: its keys can do nothing in any team then."


async def _assignment(
    console: Console, account_id: str, team_id: str
) -> tuple[AccountDetails, AssignmentView]:
    details = await console.call(console.services.accounts.show, console.operator, account_id)
    for assignment in details.assignments:
        if assignment.team_id == team_id:
            return details, assignment
    raise NotFound(f"{details.summary.name} is not in this team any more. Nothing was changed.")


@notify_errors
async def new_team(console: Console) -> bool:
    """Create a team."""
    team = await console.ask(NewTeam())
    if team is None:
        return False
    console.changed()
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
    people = counted(team.members, "person", "people")
    accounts = counted(team.service_accounts, "service account")
    everyone = team.members + team.service_accounts
    ends = (
        f"{accounts} and {people} lose{'s' if everyone == 1 else ''} what the team allows, now."
        if everyone
        else "Nobody is in it."
    )

    async def delete() -> None:
        await console.call(console.services.teams.delete, console.operator, team_id)

    question = Question(
        f"Delete the team {team.name}",
        (ends, "The accounts themselves stay. This cannot be undone."),
        f"Delete {team.name}",
        stay="Keep it",
        name=team.name,
    )
    if not await console.ask(Confirm(question, delete)):
        return False
    console.changed()
    console.notify(f"{team.name} is deleted.")
    return True
