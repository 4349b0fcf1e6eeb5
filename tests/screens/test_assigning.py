"""Assigning from either side, by keyboard alone; changing a role; unassigning."""

from __future__ import annotations

import pytest

from pftui.domain.accounts import Status
from pftui.domain.errors import Refused
from pftui.domain.teams import TeamQuery, TeamSummary
from pftui.screens.accounts.choose_role import ChooseRole, RolePicker
from pftui.screens.accounts.choosing import team_columns, teams_found
from pftui.screens.accounts.create_service_account import CreateServiceAccount
from pftui.screens.accounts.new_team import NewTeam
from pftui.screens.accounts.new_user import NewUser
from pftui.screens.dialogs.choose import Choose, Search
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.reveal.leave import LeaveReveal
from pftui.screens.reveal.reveal import Reveal
from pftui.widgets.paged_table import PagedTable
from tests.screens import flows
from tests.screens.flow_app import LOST, FlowApp, Store, Ticks, fill, opened, shows, until


def role_name(app: FlowApp) -> str:
    role = app.screen.query_one(RolePicker).role
    assert role is not None
    return role.name


async def test_assigns_a_service_account_to_a_team(store: Store) -> None:
    """Search, then one of the predefined roles, each with what it allows."""
    for name in ("ci-bot", "ci-gate", "nightly"):
        store.service_account(name)
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.assign, team_id=store.teams()["Red Team"].id)
        await opened(pilot, Choose)
        await shows(pilot, "Assign a service account to Red Team", "ci-bot", "ci-gate", "nightly")
        await pilot.press(*"ci")
        await until(pilot, lambda: "nightly" not in app.text)
        await pilot.press("down", "enter")
        await opened(pilot, ChooseRole)
        await shows(
            pilot, "Role for ci-gate in Red Team", "View Configurations, Run Scans, Create Evaluations"
        )
        await shows(pilot, "Administrator", "Engineer", "CI Runner", "Viewer")
        await pilot.press("down")
        await shows(pilot, "Viewer: view configurations, targets and plugin collections;")
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.roles("ci-gate") == {"Red Team": "Viewer"}
        assert app.notices == [("ci-gate is Viewer in Red Team now: view.", "success")]


async def test_the_name_that_was_typed_is_the_one_that_enter_takes(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    for name in ("Research", "Search", "Sea Trials"):
        store.services.teams.create(store.admin, name)
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.assign, account_id)
        await opened(pilot, Choose)
        for typed, team in (("search", "Search"), ("sea", "Sea Trials")):
            fill(app, search=typed)
            await pilot.press("enter")
            await opened(pilot, ChooseRole)
            await shows(pilot, f"Role for ci-bot in {team}")
            await pilot.press("escape")
            await opened(pilot, Choose)


async def test_a_step_that_cannot_be_made_is_told_and_stays_told(store: Store) -> None:
    async def failing(team: TeamSummary) -> bool:
        raise Refused(f"{team.name} is closed. Nothing was changed.")

    source = teams_found(store.services, store.admin, TeamQuery())
    search = Search("Choose", "teams", team_columns(), source, lambda team: team.name, failing, "None.")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        asking = app.ask(Choose(search))
        app.run_worker(asking)
        await opened(pilot, Choose)
        await shows(pilot, "Default")
        await pilot.press("enter")
        await shows(pilot, "Default is closed. Nothing was changed.")
        await pilot.pause(0.3)
        await shows(pilot, "Default is closed. Nothing was changed.")


async def test_who_is_in_the_team_is_not_offered(store: Store) -> None:
    store.service_account("ci-bot", "Red Team")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.assign, team_id=store.teams()["Red Team"].id)
        await opened(pilot, Choose)
        await shows(pilot, "Every service account there is has a role in this team already.", "ctrl+n")
        assert "ci-bot" not in app.text


async def test_assigns_an_account_to_a_team(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    store.services.teams.create(store.admin, "[b]Blue[/]")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.assign, account_id)
        await opened(pilot, Choose)
        await shows(pilot, "Assign ci-bot to a team", "[b]Blue[/]", "Red Team")
        await pilot.press(*"blue", "enter")
        await opened(pilot, ChooseRole)
        await shows(pilot, "Role for ci-bot in [b]Blue[/]")
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.roles("ci-bot") == {"[b]Blue[/]": "CI Runner"}


async def test_a_missing_team_is_made_right_there(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.assign, account_id)
        await opened(pilot, Choose)
        await pilot.press(*"Green")
        await shows(pilot, "Nothing matches what you typed.")
        await pilot.press("ctrl+n")
        await opened(pilot, NewTeam)
        await shows(pilot, "Green")
        await pilot.press("enter")
        await opened(pilot, ChooseRole)
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.roles("ci-bot") == {"Green": "CI Runner"}


async def test_the_way_back_from_the_roles_is_one_key(store: Store) -> None:
    store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.assign, team_id=store.teams()["Red Team"].id)
        await opened(pilot, Choose)
        await pilot.press(*"ci")
        await shows(pilot, "ci-bot")
        await pilot.press("enter")
        await opened(pilot, ChooseRole)
        await pilot.press("escape")
        await opened(pilot, Choose)
        assert app.screen.query_one("#search").value == "ci"  # type: ignore[attr-defined]
        await pilot.press("escape", "escape")  # the first one empties the search
        await until(pilot, lambda: running.result is False)
        assert store.roles("ci-bot") == {}


async def test_creates_one_right_there(store: Store, ticks: Ticks) -> None:
    """Create, reveal and assign in one go; what was searched for is the name."""
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.assign, team_id=store.teams()["Red Team"].id)
        await opened(pilot, Choose)
        await pilot.press(*"fresh", "ctrl+n")
        await opened(pilot, CreateServiceAccount)
        await until(pilot, lambda: app.screen.query_one(RolePicker).role)
        await shows(pilot, "fresh", "Select the role in Red Team")
        await pilot.press("enter")
        await opened(pilot, Reveal)
        await shows(pilot, "API key for fresh", "CI Runner in Red Team")
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: running.result is True)
        assert store.roles("fresh") == {"Red Team": "CI Runner"}
        assert store.accounts()["fresh"].status is Status.ACTIVE


async def test_c_creates_where_no_text_is_typed(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.assign, team_id=store.teams()["Red Team"].id)
        await opened(pilot, Choose)
        app.screen.query_one(PagedTable).focus()
        await pilot.press("c")
        await opened(pilot, CreateServiceAccount)


async def test_adds_members(store: Store) -> None:
    store.person("Bao Tran")
    store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.add_members, store.teams()["Red Team"].id)
        await opened(pilot, Choose)
        await shows(pilot, "Add a member to Red Team", "Bao Tran", "bao@acme.example")
        assert "ci-bot" not in app.text
        await pilot.press(*"bao", "enter")
        await opened(pilot, ChooseRole)
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.roles("Bao Tran") == {"Red Team": "Viewer"}


async def test_a_member_who_is_missing_is_invited_right_there(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.add_members, store.teams()["Red Team"].id)
        await opened(pilot, Choose)
        await pilot.press(*"Erik", "ctrl+n")
        await opened(pilot, NewUser)
        fill(app, email="erik@acme.example")
        await pilot.press("enter")
        await opened(pilot, Reveal)
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        await pilot.press("tab", "enter")
        await opened(pilot, ChooseRole)
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.roles("Erik") == {"Red Team": "Viewer"}


async def test_a_refusal_is_read_in_place(store: Store) -> None:
    """Somebody else assigned it first."""
    account_id = store.service_account("ci-bot")
    team = store.teams()["Red Team"]
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.assign, account_id, team.id)
        await opened(pilot, ChooseRole)
        role_id = store.services.roles.find(store.admin, "Viewer").id
        store.services.teams.add(store.admin, team.id, account_id, role_id)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query_one("#problem").has_class("-error"))
        await shows(pilot, "ci-bot", "already")
        assert store.roles("ci-bot") == {"Red Team": "Viewer"}


@pytest.mark.parametrize("moment", ["roles", "assign"])
async def test_a_lost_store_is_told_and_tried_again(store: Store, moment: str) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        list_roles = app.services.roles.list
        if moment == "roles":

            async def call(function, *args, **kwargs):  # type: ignore[no-untyped-def]
                app.lost = function == list_roles
                return await FlowApp.call(app, function, *args, **kwargs)

            app.call = call  # type: ignore[method-assign]
        running = app.start(flows.assign, account_id, store.teams()["Red Team"].id)
        await opened(pilot, ChooseRole)
        if moment == "assign":
            await shows(pilot, "CI Runner")
            app.lost = True
            await pilot.press("enter")
        await shows(pilot, LOST, "Retry")
        app.lost = False
        if moment == "roles":
            del app.call
            await pilot.press("enter")
            await shows(pilot, "CI Runner")
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.roles("ci-bot") == {"Red Team": "CI Runner"}


async def test_changes_a_role(store: Store) -> None:
    account_id = store.service_account("ci-bot", "Red Team")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.change_role, account_id, store.teams()["Red Team"].id)
        await opened(pilot, ChooseRole)
        await shows(pilot, "Role of ci-bot in Red Team", "CI Runner now: run · evals · view.", "(now)")
        await pilot.press("enter")
        await shows(pilot, "CI Runner is the role it has now")
        await pilot.press("up", "enter")
        await until(pilot, lambda: running.result is True)
        assert store.roles("ci-bot") == {"Red Team": "Engineer"}


async def test_r10_a_role_changed_meanwhile(store: Store) -> None:
    account_id = store.service_account("ci-bot", "Red Team")
    team = store.teams()["Red Team"]
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.change_role, account_id, team.id)
        await opened(pilot, ChooseRole)
        await shows(pilot, "(now)")
        viewer = store.services.roles.find(store.admin, "Viewer").id
        store.services.teams.set_role(store.admin, team.id, account_id, viewer)
        await pilot.press("up", "enter")  # Engineer
        await until(pilot, lambda: app.screen.query_one("#problem").has_class("-error"))
        assert store.roles("ci-bot") == {"Red Team": "Viewer"}
        await until(
            pilot,
            lambda: (
                "(now) View Configurations, View" in app.text
                and "(now) View Configurations, Run" not in app.text
            ),
        )
        assert app.screen.query_one(RolePicker).role.name == "Engineer"  # type: ignore[union-attr]
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.roles("ci-bot") == {"Red Team": "Engineer"}


async def test_unassigns_and_says_what_is_left(store: Store) -> None:
    account_id = store.service_account("ci-bot", "Red Team")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.unassign, account_id, store.teams()["Red Team"].id)
        await opened(pilot, Confirm)
        await shows(pilot, "CI Runner in Red Team ends now: run · evals · view.", "its last team")
        app.screen.query_one("#go").focus()
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.roles("ci-bot") == {}


async def test_unassigning_what_is_gone_is_told(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.unassign, account_id, store.teams()["Red Team"].id)
        await until(pilot, lambda: running.result is False)
        assert app.notices == [("ci-bot is not in this team any more. Nothing was changed.", "error")]


async def test_one_key_too_many_does_not_lead_from_the_least_role_to_the_greatest(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.assign, account_id)
        await shows(pilot, "Default")
        await pilot.press("enter")
        await opened(pilot, ChooseRole)
        await until(pilot, lambda: app.screen.query_one(RolePicker).role)
        await pilot.press(*["down"] * 6)
        assert role_name(app) == "Viewer"
        await pilot.press(*["up"] * 6)
        assert role_name(app) == "Administrator"
