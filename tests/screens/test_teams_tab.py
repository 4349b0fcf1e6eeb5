"""The Teams tab: the list, the selected team's sections, what commands act on, both widths."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import ComposeResult
from textual.screen import Screen

import pftui.screens.teams.pane
from pftui.domain.secret import Secret
from pftui.screens.command import CommandContext
from pftui.screens.lists.tab import Tab
from pftui.screens.teams.pane import SectionTable, TeamPane
from pftui.screens.teams.tab import TeamsTab, TeamTable
from tests.screens.flow_app import FlowApp, Store, shows, until


class TabScreen(Screen[None]):
    """Mounts the tab as the shell does."""

    def compose(self) -> ComposeResult:
        yield TeamsTab()

    def on_mount(self) -> None:
        self.query_one(TeamsTab).visit()


class TabApp(FlowApp):
    """The console with nothing but the tab."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, TabScreen())
        self.heard = 0

    @property
    def tab(self) -> TeamsTab:
        return self.screen.query_one(TeamsTab)

    @property
    def context(self) -> CommandContext:
        return self.tab.context()

    def on_tab_context_changed(self, event: Tab.ContextChanged) -> None:
        self.heard += 1


def filled(store: Store) -> Store:
    for name in ("Blue", "[red]x[/]"):
        store.services.teams.create(store.admin, name)
    store.service_account("ci-bot", "Red Team")
    store.service_account("deploy-gate", "Red Team", "Viewer")
    store.service_account("terraform", "Red Team", "Administrator")
    old = store.service_account("old-runner", "Red Team")
    store.services.accounts.disable(store.admin, old)
    store.person("Bao Tran", "Red Team", "Engineer")
    return store


async def selected(pilot: Any, app: TabApp, name: str) -> None:
    """Put the cursor on a team and wait for its sections."""
    await until(pilot, lambda: app.tab.table.row is not None)
    app.tab.reveal(store_id(app, name))
    await until(pilot, lambda: app.context.team and app.context.team.name == name)
    await until(pilot, lambda: all(table.row_count is not None for table in app.screen.query(SectionTable)))


def store_id(app: TabApp, name: str) -> str:
    return app.services.teams.find(app.operator, name).id


async def test_shows_teams_and_who_is_in_the_selected_one(store: Store) -> None:
    app = TabApp(filled(store))
    async with app.run_test(size=(120, 40)) as pilot:
        await selected(pilot, app, "Red Team")
        await shows(pilot, "4 teams", "[red]x[/]", "red-team · created", "Service Accounts 4", "Members 1")
        await shows(pilot, "ci-bot CI Runner run · evals · view never")
        await shows(pilot, "deploy-gate Viewer view", "terraform Administrator everything in the team")
        await shows(pilot, "old-runner CI Runner nothing: disabled")
        await shows(pilot, "Bao Tran Engineer bao@acme.example")
        await shows(pilot, "a Assign", "c Create here", "m Add team members")


async def test_commands_act_on_the_team_or_on_the_row_that_has_the_keys(store: Store) -> None:
    app = TabApp(filled(store))
    async with app.run_test(size=(120, 40)) as pilot:
        await selected(pilot, app, "Red Team")
        assert (app.context.account, app.context.member_team_id) == (None, None)
        heard = app.heard
        await pilot.press("enter")
        await until(pilot, lambda: app.context.account is not None)
        assert app.heard > heard
        await pilot.press("down")
        await until(pilot, lambda: app.context.account and app.context.account.name == "deploy-gate")
        assert app.context.member_team_id == app.context.team.id  # type: ignore[union-attr]
        await pilot.press("tab")
        await until(pilot, lambda: app.context.account and app.context.account.name == "Bao Tran")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.focused, TeamTable))
        assert app.context.account is None


async def test_at_80_columns_enter_steps_into_the_team_and_escape_out(store: Store) -> None:
    app = TabApp(filled(store))
    async with app.run_test(size=(80, 24)) as pilot:
        await selected(pilot, app, "Red Team")
        await shows(pilot, "Team ↑ People Svc", "Red Team 1 4")
        assert "ci-bot" not in app.text
        await pilot.press("enter")
        await shows(pilot, "esc Teams › Red Team", "ci-bot CI Runner run · evals · view never", "Bao Tran")
        assert app.context.account is not None
        await pilot.press("escape")
        await shows(pilot, "filter by team", "Red Team 1 4")
        assert isinstance(app.focused, TeamTable)


async def test_a_narrower_terminal_keeps_what_has_the_keys_in_sight(store: Store) -> None:
    app = TabApp(filled(store))
    async with app.run_test(size=(120, 40)) as pilot:
        await selected(pilot, app, "Red Team")
        await pilot.press("tab", "down")
        await until(pilot, lambda: app.context.account and app.context.account.name == "deploy-gate")
        await pilot.resize_terminal(80, 24)
        await shows(pilot, "esc Teams › Red Team", "deploy-gate")
        assert app.context.account.name == "deploy-gate"  # type: ignore[union-attr]
        await pilot.press("escape")
        await shows(pilot, "filter by team")
        await pilot.resize_terminal(120, 40)
        await shows(pilot, "filter by team", "deploy-gate")


async def test_an_empty_section_says_what_would_be_there_and_which_key_makes_it(store: Store) -> None:
    app = TabApp(filled(store))
    async with app.run_test(size=(120, 40)) as pilot:
        await selected(pilot, app, "Blue")
        await shows(pilot, "No service account has a role here yet.", "Press a to assign one.")
        await shows(pilot, "Nobody has a role here yet.", "Press m to add a member.")


async def test_no_teams_at_all(store: Store) -> None:
    for team in store.teams().values():
        store.services.teams.delete(store.admin, team.id)
    app = TabApp(store)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "No teams yet.", "Press t to create the first one.", "0 teams")
        assert app.context.team is None
        await pilot.press("enter")
        assert isinstance(app.focused, TeamTable)


async def test_filters_and_sorts(store: Store) -> None:
    app = TabApp(filled(store))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.tab.table.row is not None)
        app.tab.start_filter()
        await pilot.press(*"red t")
        await shows(pilot, "1 of 4 teams", "Red Team")
        await until(pilot, lambda: "Blue" not in app.text)
        await pilot.press(*"zzz")
        await shows(pilot, "Nothing matches red tzzz.", "Press esc to clear the filter.")
        await pilot.press("escape")
        await shows(pilot, "4 teams", "Blue")
        app.tab.sort_by_next()
        await shows(pilot, "↑People")
        app.tab.reverse()
        await shows(pilot, "↓People")
        await until(pilot, lambda: app.context.team and app.context.team.name == "Red Team")


async def test_a_refresh_keeps_the_cursors_on_their_rows(store: Store) -> None:
    app = TabApp(filled(store))
    async with app.run_test(size=(120, 40)) as pilot:
        await selected(pilot, app, "Red Team")
        await pilot.press("enter", "down")
        await until(pilot, lambda: app.context.account and app.context.account.name == "deploy-gate")
        store.services.teams.create(store.admin, "Aardvark")
        store.service_account("aaa-first", "Red Team")
        app.tab.reload()
        await shows(pilot, "Aardvark", "aaa-first", "Service Accounts 5")
        assert app.context.team.name == "Red Team"  # type: ignore[union-attr]
        assert app.context.account.name == "deploy-gate"  # type: ignore[union-attr]
        assert isinstance(app.focused, SectionTable)


async def test_a_team_deleted_elsewhere_leaves_no_one_stranded(store: Store) -> None:
    app = TabApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.tab.table.row is not None)
        await pilot.press("enter")
        for team in store.teams().values():
            store.services.teams.delete(store.admin, team.id)
        app.tab.reload()
        await shows(pilot, "No teams yet.")
        assert isinstance(app.focused, TeamTable)


async def test_the_sections_follow_the_cursor_once_it_rests(
    monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    monkeypatch.setattr(pftui.screens.teams.pane, "REST", 4.0)  # longer than a busy host is at one key
    app = TabApp(filled(store))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.tab.table.row is not None)
        pane = app.screen.query_one(TeamPane)
        await pilot.press("end")
        assert pane._timer is not None
        await shows(pilot, "Service Accounts 4")


async def test_a_long_section_scrolls_and_leaves_room_for_the_other(store: Store) -> None:
    for number in range(40):
        store.service_account(f"bot-{number:02}", "Red Team")
    store.person("Bao Tran", "Red Team")
    app = TabApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await selected(pilot, app, "Red Team")
        await pilot.press("enter")
        await shows(pilot, "Service Accounts 40", "bot-00", "Bao Tran")
        await pilot.press("end")
        await shows(pilot, "bot-39", "Bao Tran")
        assert app.context.account.name == "bot-39"  # type: ignore[union-attr]


async def test_who_is_no_global_admin_sees_their_own_teams_and_themselves(store: Store) -> None:
    filled(store)
    person = store.services.users.create(store.admin, email="hana@acme.example", name="Hana")
    role_id = store.services.roles.find(store.admin, "Viewer").id
    store.services.teams.add(store.admin, store.teams()["Red Team"].id, person.account_id, role_id)
    signed_in = store.services.sign_in.with_password("hana@acme.example", person.password)
    own = Secret("walnut ferry uncle parade")
    store.services.sign_in.change_password(signed_in.operator, person.password, own)
    app = TabApp(store)
    app.operator = store.services.lifecycle.refresh(signed_in.operator)
    async with app.run_test(size=(120, 40)) as pilot:
        await selected(pilot, app, "Red Team")
        await shows(pilot, "1 team", "Members", "Hana", "Only a global admin sees who else has a role here.")
        assert "Service Accounts 0" not in app.text
        assert "Members 1" not in app.text
        assert "1 Mar 2026 12:00 by" not in app.text
        assert "Bao Tran" not in app.text
        assert "ci-bot" not in app.text
        assert "Create here" not in app.text
