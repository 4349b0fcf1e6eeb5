"""Giving an account a role in a team, from either side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pftui.domain.accounts import AccountQuery, AccountSummary, Kind
from pftui.domain.teams import RoleView, TeamQuery, TeamSummary
from pftui.presentation.words import can_do, shortened
from pftui.screens.accounts.choose_role import ChooseRole
from pftui.screens.console import Console
from pftui.screens.dialogs.choose import (
    Choose,
    Search,
    account_columns,
    account_source,
    team_columns,
    team_source,
)
from pftui.screens.teams.dialogs import NewTeam

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
            "What may it do in this team?"
            if kind is Kind.SERVICE_ACCOUNT
            else "What may they do in this team?",
            "Assign",
            save,
            start=USUAL_ROLE[kind],
        )
    )
    if role is None:
        return False
    console.changed()
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
        console.changed()
        return await pick(team)

    source = team_source(console.services, console.operator, TeamQuery(without_account=account_id))
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
        account_source(console.services, console.operator, query),
        lambda account: account.name,
        pick,
        f"Every {'service account' if service else 'user'} there is has a role in this team already.",
        create,
        "Create one here…" if service else "New user…",
    )
    return await console.ask(Choose(search)) is True
