"""The Roles tab: what each role allows, and roles of one's own."""

from __future__ import annotations

import threading

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from pftui.app import PftuiApp
from pftui.domain.paging import PageRequest
from pftui.domain.permissions import Permission
from pftui.domain.roles import RoleQuery, RoleSort
from pftui.domain.search import RoleState, parse_search
from pftui.screens.accounts.choose_role import ChooseRole
from pftui.screens.roles.dialogs import ConfirmRole, DuplicateRole, EditRole, NewRole
from pftui.screens.roles.rows import RolePages, fits
from pftui.screens.roles.tab import RolesTab
from pftui.screens.roles.ticks import PermissionTick
from pftui.services import roles
from tests.conftest import SetClock
from tests.patience import PATIENCE
from tests.screens.console_app import screen_text, signed_in, until
from tests.screens.flow_app import Store

TARGETS = Permission.MANAGE_TARGETS


def on_screen(app: PftuiApp, *texts: str) -> bool:
    shown = screen_text(app)
    return all(text in shown for text in texts)


def tick(app: PftuiApp, permission: Permission) -> PermissionTick:
    return app.screen.query_one(f"#permission-{permission.value}", PermissionTick)


@pytest.fixture
def custom(store: Store) -> Store:
    """A custom role, which a service account and a person hold."""
    store.services.roles.create(store.admin, "Release Bot", ["run_scans"], "Ships on Fridays.")
    store.service_account("ci-bot", "Red Team", "Release Bot")
    store.person("Bao Tran", "Red Team", "Release Bot")
    return store


async def test_it_lists_roles_and_shows_the_selected_one(
    custom: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("3")
        await until(lambda: on_screen(app, "1 custom of 5 roles", "Release Bot", "run · evals · view"))
        await pilot.press("end")
        await until(lambda: on_screen(app, "To look at everything", "It ships with pftui", "Held by nobody"))
        await pilot.press("slash", *"release", "enter")
        await until(lambda: on_screen(app, "1 of 5 roles", "Ships on Fridays.", "Held by 2 accounts"))
        await until(
            lambda: on_screen(
                app,
                "✓ Run Scans",
                "· Manage Targets",
                "✓ View Issues  in Run Scans",
                "ci-bot (pfsa_",
                "in Red Team",
            )
        )


async def test_on_a_narrow_screen_enter_goes_into_the_role(
    custom: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("3")
        await until(lambda: on_screen(app, "Release Bot", "Administrator"))
        await pilot.press("enter")
        await until(lambda: on_screen(app, "esc Roles", "Administrator  predefined", "✓ View Configurations"))
        await pilot.press("escape")
        await until(lambda: on_screen(app, "1 custom of 5 roles"))


async def test_a_role_is_made_and_what_is_included_is_ticked_and_locked(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("3")
        await until(lambda: on_screen(app, "0 custom of 4 roles"))
        await pilot.press("n")
        await until(lambda: isinstance(app.screen, NewRole))
        await pilot.press(*"Scanner")
        tick(app, Permission.RUN_SCANS).focus()
        await pilot.press("space")
        await until(lambda: tick(app, Permission.VIEW_ISSUES).allowed)
        await until(lambda: on_screen(app, "[✓] View Issues            included in Run Scans"))
        tick(app, Permission.VIEW_ISSUES).focus()
        await pilot.press("space")
        await until(lambda: on_screen(app, "Run Scans includes View Issues: untick that first."))
        await pilot.press("enter")
        await until(lambda: app.screen is app.shell)
        await until(lambda: on_screen(app, "Scanner is created: run", "1 custom of 5 roles"))
        assert app.shell is not None
        tab = app.shell.tab
        assert isinstance(tab, RolesTab)
        await until(lambda: tab.table.row is not None and tab.table.row.name == "Scanner")
        assert tab.table.row.permissions == (Permission.RUN_SCANS,)  # type: ignore[union-attr]


async def test_a_role_of_nothing_is_refused_in_place(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("3", "n")
        await until(lambda: isinstance(app.screen, NewRole))
        await pilot.press(*"viewer", "enter")
        await until(lambda: on_screen(app, "Tick one permission at least"))
        tick(app, TARGETS).focus()
        await pilot.press("space", "enter")
        await until(lambda: on_screen(app, "There is a role named Viewer already."))
        assert isinstance(app.screen, NewRole)
        await pilot.press("escape")
        await until(lambda: on_screen(app, "Discard what you typed?"))


async def open_edit(app: PftuiApp, pilot: Pilot[None]) -> None:
    await pilot.press("3", "slash", *"release", "enter")
    await until(lambda: on_screen(app, "1 of 5 roles"))
    await pilot.press("e")
    await until(lambda: isinstance(app.screen, EditRole))


async def test_who_gains_and_loses_what_is_shown_before_it_is_saved(
    custom: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await open_edit(app, pilot)
        tick(app, Permission.RUN_SCANS).focus()
        await pilot.press("space")
        tick(app, TARGETS).focus()
        await pilot.press("space", "enter")
        await until(lambda: isinstance(app.screen, ConfirmRole))
        await until(
            lambda: on_screen(
                app,
                "2 accounts in 1 team gain Manage Targets.",
                "2 accounts in 1 team lose Run Scans, View",
                "ci-bot",
            )
        )
        await pilot.press("escape")
        await until(lambda: on_screen(app, "Nothing was saved yet."))
        assert custom.services.roles.find(custom.admin, "release bot").permissions == (Permission.RUN_SCANS,)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, ConfirmRole))
        await pilot.press("y")
        await until(lambda: on_screen(app, "Release Bot is saved: targets."))
        assert custom.services.roles.find(custom.admin, "release bot").permissions == (TARGETS,)


async def test_r10_of_two_who_edit_a_role_both_changes_can_be_kept(
    custom: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await open_edit(app, pilot)
        role = custom.services.roles.find(custom.admin, "Release Bot")
        custom.services.roles.update(
            custom.admin, role.id, description="Theirs.", permissions=["run_scans", TARGETS]
        )
        tick(app, Permission.VIEW_CONFIGURATIONS).focus()
        await pilot.press("space", "enter")
        await until(lambda: isinstance(app.screen, ConfirmRole))
        await pilot.press("y")
        await until(lambda: on_screen(app, "changed this role", "Save both changes"))
        assert tick(app, TARGETS).value, "theirs is taken over"
        assert tick(app, Permission.VIEW_CONFIGURATIONS).value, "and mine is kept"
        await pilot.press("ctrl+s")
        await until(lambda: isinstance(app.screen, ConfirmRole))
        await pilot.press("y")
        await until(lambda: app.screen is app.shell)
        saved = custom.services.roles.find(custom.admin, "Release Bot")
        assert saved.permissions == (Permission.VIEW_CONFIGURATIONS, Permission.RUN_SCANS, TARGETS)
        assert saved.description == "Theirs."


async def test_r10_theirs_can_be_taken_ticks_and_all(custom: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await open_edit(app, pilot)
        role = custom.services.roles.find(custom.admin, "Release Bot")
        custom.services.roles.update(custom.admin, role.id, permissions=["run_scans", TARGETS])
        tick(app, Permission.MANAGE_ISSUES).focus()
        await pilot.press("space", "enter")
        await until(lambda: isinstance(app.screen, ConfirmRole))
        await pilot.press("y")
        await until(lambda: on_screen(app, "Take theirs"))
        await pilot.press("ctrl+y")
        await until(lambda: on_screen(app, "This is what the other operator saved."))
        assert not tick(app, Permission.MANAGE_ISSUES).value
        assert tick(app, TARGETS).value
        await pilot.press("escape")
        await until(lambda: app.screen is app.shell)


async def test_a_predefined_role_is_locked_says_why_and_is_duplicated(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("3")
        await until(lambda: on_screen(app, "0 custom of 4 roles"))
        for key in ("e", "D"):
            await pilot.press(key)
            await until(lambda: on_screen(app, "Administrator is a predefined role. It ships with pftui"))
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, DuplicateRole))
        await pilot.press(*"Chief", "enter")
        await until(lambda: on_screen(app, "Chief is created: everything in the team."))
        assert store.services.roles.find(store.admin, "Chief").permissions == (Permission.ADMINISTRATOR,)


async def delete_release_bot(app: PftuiApp, pilot: Pilot[None]) -> None:
    """Have who holds it be Viewers, and answer the question."""
    await pilot.press("3", "slash", *"release", "enter")
    await until(lambda: on_screen(app, "1 of 5 roles"))
    await pilot.press("D")
    await until(lambda: isinstance(app.screen, ChooseRole))
    await until(lambda: on_screen(app, "held by 2 accounts in 1 team", "Viewer"))
    await pilot.press("enter")
    await until(lambda: isinstance(app.screen, ConfirmRole))
    await until(lambda: on_screen(app, "get the role Viewer in its place", "lose Run Scans"))
    app.screen.query_one("#name", Input).value = "Release Bot"
    await pilot.press("enter")


async def test_a_role_that_is_held_is_deleted_with_another_in_its_place(
    custom: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await delete_release_bot(app, pilot)
        await until(lambda: on_screen(app, "Viewer is in its place, in 2 assignments."))
        assert custom.roles("ci-bot") == {"Red Team": "Viewer"}


async def test_a_deletion_that_takes_long_says_how_far_it_is(
    custom: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = threading.Event()
    monkeypatch.setattr(roles, "STEP", 1)
    monkeypatch.setattr(roles, "sleep", lambda _seconds: seen.wait(PATIENCE))
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await delete_release_bot(app, pilot)
        await until(lambda: on_screen(app, "1 of 2 assignments of the role: it goes on…"))
        await pilot.pause(0.3)
        assert on_screen(app, "1 of 2 assignments of the role: it goes on…"), "it stays"
        seen.set()
        await until(lambda: on_screen(app, "Viewer is in its place, in 2 assignments."))


async def test_a_role_that_is_deleted_elsewhere_is_told_as_gone(
    custom: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("3", "slash", *"release", "enter")
        await until(lambda: on_screen(app, "1 of 5 roles", "Ships on Fridays."))
        roles = custom.services.roles
        viewer, role = roles.find(custom.admin, "Viewer"), roles.find(custom.admin, "Release Bot")
        roles.delete(custom.admin, role.id, viewer.id)
        await pilot.press("ctrl+r")
        await until(lambda: not on_screen(app, "Ships on Fridays."))


def test_roles_are_filtered_sorted_and_paged(custom: Store) -> None:
    pages = RolePages(custom.services)

    def names(text: str = "", sort: RoleSort = RoleSort.NAME, **asked: object) -> list[str]:
        descending = bool(asked.pop("descending", False))
        request = PageRequest(**{"size": 10, **asked})  # type: ignore[arg-type]
        return [row.name for row in pages.page(custom.admin, RoleQuery(text, sort, descending), request)]

    everything = ["Administrator", "CI Runner", "Engineer", "Release Bot", "Viewer"]
    assert names() == everything
    assert names(descending=True) == everything[::-1]
    assert names(sort=RoleSort.KIND)[0] == "Release Bot"
    assert names(sort=RoleSort.PEOPLE)[-1] == names(sort=RoleSort.SERVICE_ACCOUNTS)[-1] == "Release Bot"
    assert names("is:custom") == names("friday") == ["Release Bot"]
    assert names("!is:unused") == ["Release Bot"]
    assert names("run scans is:predefined") == ["CI Runner", "Engineer"]
    assert names("evals is:predefined") == ["CI Runner", "Engineer", "Viewer"], "as the list says it"
    ids = {row.name: row.id for row in custom.services.roles.list(custom.admin)}
    assert names(after=ids["Engineer"], size=1) == ["Release Bot"]
    assert names(before=ids["Engineer"], size=1) == ["CI Runner"]
    assert names(before=ids["CI Runner"], size=3) == ["Administrator"]
    assert names(offset=3) == everything[3:]
    assert pages.position(custom.admin, RoleQuery(), ids["Engineer"]) == 2
    assert pages.position(custom.admin, RoleQuery("viewer"), ids["Engineer"]) is None
    role = custom.services.roles.find(custom.admin, "Viewer")
    assert not fits(role, parse_search("x" * 10_000, RoleState))
