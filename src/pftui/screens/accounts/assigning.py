"""An account's role in a team: given from either side, changed, taken away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pftui.domain.accounts import AccountDetails, AccountQuery, AccountSummary, AssignmentView, Kind
from pftui.domain.errors import Conflict, NotFound
from pftui.domain.teams import RoleView, TeamQuery, TeamSummary
from pftui.presentation import consequences
from pftui.presentation.already import already
from pftui.presentation.cells import shortened
from pftui.presentation.permissions import LEAST_ROLE, can_do
from pftui.screens.accounts.choose_role import ChooseRole
from pftui.screens.accounts.choosing import account_columns, accounts_found, team_columns, teams_found
from pftui.screens.accounts.new_team import NewTeam
from pftui.screens.console import Console
from pftui.screens.created import Created, What
from pftui.screens.dialogs.choose import Choose, Search
from pftui.screens.dialogs.confirm import Confirm, Question
from pftui.screens.flow import notify_errors
from pftui.services.results import AlreadySo

USUAL_ROLE = {Kind.SERVICE_ACCOUNT: "CI Runner", Kind.USER: "Viewer"}


async def pick_role(
    console: Console, kind: Kind, account_id: str, account: str, team_id: str, team: str
) -> bool:
    """Choose a role and assign the account; a refusal is read in the modal."""

    async def save(role: RoleView) -> None:
        await console.call(console.services.teams.add, console.operator, team_id, account_id, role.id)

    role = await console.ask(
        ChooseRole(
            f"Role for {shortened(account, 22)} in {shortened(team, 18)}",
            f"Select the role: what may it do in this team? {LEAST_ROLE}"
            if kind is Kind.SERVICE_ACCOUNT
            else "Select the role: what may they do in this team?",
            "Assign",
            save,
            start=USUAL_ROLE[kind],
        )
    )
    if role is None:
        return False
    console.created(Created(What.ASSIGNMENT, account_id, team_id, kind))
    console.notify(f"{account} is {role.name} in {team} now: {can_do(role.permissions)}.")
    return True


async def assign_account(console: Console, account_id: str, name: str, kind: Kind) -> bool:
    """Choose a team for an account, then a role. A team that is missing can be made right there."""

    async def pick(team: TeamSummary) -> bool:
        return await pick_role(console, kind, account_id, name, team.id, team.name)

    async def create(typed: str) -> bool:
        team = await console.ask(NewTeam(typed))
        if team is None:
            return False
        console.created(Created(What.TEAM, team.id))
        return await pick(team)

    source = teams_found(console.services, console.operator, TeamQuery(without_account=account_id))
    search = Search(
        f"Assign {shortened(name, 30)} to a team",
        "teams",
        team_columns(),
        source,
        lambda team: team.name,
        pick,
        "There is no team that it is not in.",
        create,
        "New team…",
    )
    return await console.ask(Choose(search)) is True


async def assign_into(
    console: Console,
    team: TeamSummary,
    kind: Kind,
    create: Callable[[str], Awaitable[bool]],
) -> bool:
    """Choose a person or service account for a team, then a role; or create one for it."""

    async def pick(account: AccountSummary) -> bool:
        return await pick_role(console, kind, account.id, account.name, team.id, team.name)

    service = kind is Kind.SERVICE_ACCOUNT
    query = AccountQuery(kind=kind, not_in_team=team.id)
    search = Search(
        f"{'Assign a service account to' if service else 'Add a member to'} {shortened(team.name, 26)}",
        "service accounts" if service else "people",
        account_columns("Key" if service else "E-mail"),
        accounts_found(console.services, console.operator, query),
        lambda account: account.name,
        pick,
        f"Every {'service account' if service else 'user'} there is has a role in this team already.",
        create,
        "Create one here…" if service else "New user…",
    )
    return await console.ask(Choose(search)) is True


@notify_errors
async def assign_to_team(console: Console, account_id: str) -> bool:
    """Give an account a role in a team, which is chosen."""
    details = await console.call(console.services.accounts.show, console.operator, account_id)
    account = details.summary
    return await assign_account(console, account.id, account.name, account.kind)


@notify_errors
async def change_role(console: Console, account_id: str, team_id: str) -> bool:
    """Another role in a team."""
    details, held = await _assignment(console, account_id, team_id)
    name = details.summary.name
    choose: ChooseRole
    so: list[AlreadySo | None] = []

    async def save(role: RoleView) -> None:
        nonlocal held
        set_role, operator = console.services.teams.set_role, console.operator
        try:
            so[:] = [await console.call(set_role, operator, team_id, account_id, role.id, held.role_id)]
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
    state = f"{name} is {role.name} in {held.team_name}"
    told = so[0] if so else None
    console.notify(already(state, told) if told else f"{state} now: {can_do(role.permissions)}.")
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
        consequences.unassign(details, team_id),
        f"Unassign {name}",
        stay="Keep it",
    )
    if not await console.ask(Confirm(question, remove)):
        return False
    console.changed()
    console.notify(f"{name} is not in {team} any more.")
    return True


async def _assignment(
    console: Console, account_id: str, team_id: str
) -> tuple[AccountDetails, AssignmentView]:
    details = await console.call(console.services.accounts.show, console.operator, account_id)
    for assignment in details.assignments:
        if assignment.team_id == team_id:
            return details, assignment
    raise NotFound(f"{details.summary.name} is not in this team any more. Nothing was changed.")
