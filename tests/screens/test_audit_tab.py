"""The Audit tab: what happened, newest first, and the history of one thing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from pftui.app import PftuiApp
from pftui.domain.accounts import Operator
from pftui.domain.audit import AuditQuery
from pftui.domain.audit_filter import AuditFilter
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.screens.account_details import AccountDetailsScreen
from pftui.screens.audit import history
from pftui.screens.audit.filters import Filters
from pftui.screens.audit.history import HistoryScreen
from pftui.screens.audit.rows import EventRows
from pftui.screens.audit.tab import AuditTab
from pftui.screens.frame.sign_in import SignInScreen
from pftui.screens.roles.tab import RolesTab
from pftui.services.audit import AuditService
from tests.conftest import SetClock
from tests.screens.console_app import footer, notice, press_command, screen_text, signed_in, until
from tests.screens.flow_app import Store


def on_screen(app: PftuiApp, *texts: str) -> bool:
    shown = screen_text(app)
    return all(text in shown for text in texts)


def tab(app: PftuiApp) -> AuditTab:
    assert app.shell is not None
    return app.shell.query_one(AuditTab)


@pytest.fixture
def busy(store: Store) -> Store:
    """A store in which something has happened."""
    store.service_account("ci-bot", "Red Team", "Viewer")
    store.person("Bao Tran", "Red Team", "CI Runner")
    return store


async def open_audit(app: PftuiApp, pilot: Pilot[None]) -> AuditTab:
    await pilot.press("5")
    await until(lambda: app.shell and app.shell.query(AuditTab) and tab(app).table.row)
    return tab(app)


async def test_it_lists_events_newest_first_with_the_selected_one_beside(
    busy: Store, sqlite_url: str, clock: SetClock
) -> None:
    services, admin = busy.services, busy.admin
    role = services.roles.find(admin, "CI Runner")
    services.teams.set_role(admin, busy.teams()["Red Team"].id, busy.accounts()["ci-bot"].id, role.id)
    async with signed_in(sqlite_url, clock, (160, 40)) as (app, pilot):
        shown = await open_audit(app, pilot)
        await pilot.press("down")
        await until(lambda: on_screen(app, "Date ↓", "Actor", "Description", "role  Viewer → CI Runner"))
        number = services.audit.extent(admin).last
        assert on_screen(app, f"#{number - 1} of {number}", f"follows #{number - 2}", "Alice Ng (alice@")
        event = services.audit.show(admin, number - 1)
        assert event.as_json()["hash"][:32] in screen_text(app)
        lines = [shown.table.render_line(y).text for y in range(1, 4)]
        assert "signed in" in lines[0]
        assert "Changed the role of ci-bot" in lines[1]


@pytest.mark.parametrize("width", [120, 160, 220])
async def test_all_documented_columns_where_there_is_room(
    width: int, busy: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (width, 40)) as (app, pilot):
        await open_audit(app, pilot)
        titles = tab(app).table.render_line(0).text.split("  ")
        titles = [title.strip() for title in titles if title.strip()]
        assert titles == ["Date ↓", "Actor", "Actor Email", "Description", "Target ID", "Source"]


async def test_a_filter_finds_and_says_what_it_does_not_understand(
    busy: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await open_audit(app, pilot)
        await pilot.press("slash", *"about:ci-bot added", "enter")
        await until(lambda: on_screen(app, "Added ci-bot to Red Team as Viewer", "1 of "))
        await pilot.press("slash", "end", *" from:x", "enter")
        await until(lambda: on_screen(app, "from:x is no time"))
        await pilot.press("escape")
        await until(lambda: on_screen(app, "Created organization Acme Corp"))
        await pilot.press("slash", *"about:nobody", "enter")
        await until(lambda: on_screen(app, "'nobody' is or was there"))
        await pilot.press("escape", "slash", *"xyzzy", "enter")
        await until(lambda: on_screen(app, "Nothing matches xyzzy"))


async def test_views_leave_sign_ins_out_and_show_failures(
    busy: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await open_audit(app, pilot)
        await until(lambda: on_screen(app, "signed in"))
        await pilot.press("v")
        await until(
            lambda: not on_screen(app, "alice@acme.example signed in") and on_screen(app, "Added ci-bot")
        )
        await pilot.press("v")
        await until(lambda: on_screen(app, "Nothing failed."))


async def test_the_form_writes_the_filter(busy: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await open_audit(app, pilot)
        await pilot.press("f")
        await until(lambda: isinstance(app.screen, Filters))
        app.screen.query_one("#from", Input).value = "soon"
        await pilot.press("enter")
        await until(lambda: on_screen(app, "from:soon is no time"))
        app.screen.query_one("#from", Input).value = "2h"
        app.screen.query_one("#about", Input).value = "Red Team"
        await pilot.press("enter")
        await until(lambda: tab(app).bar.text == 'from:2h about:"Red Team"')
        await until(lambda: on_screen(app, "Created team Red Team") and not on_screen(app, "signed in"))


async def test_new_events_come_above_and_the_row_under_the_cursor_stays(
    busy: Store, sqlite_url: str, clock: SetClock
) -> None:
    for number in range(30):
        busy.services.teams.create(busy.admin, f"Team {number}")
    async with signed_in(sqlite_url, clock, (120, 24)) as (app, pilot):
        shown = await open_audit(app, pilot)
        await pilot.press("down", "down")
        await until(lambda: shown.table.cursor == 2)
        row, line = shown.table.row, shown.table.render_line(3).text
        busy.services.teams.create(busy.admin, "Blue Team")
        await app.session.look()
        await until(lambda: on_screen(app, "1 new ↑"))
        assert shown.table.row == row
        assert shown.table.render_line(3).text == line
        await pilot.press("home")
        await until(lambda: on_screen(app, "Created team Blue Team") and not on_screen(app, "new ↑"))


async def test_history_hears_of_what_happens(
    busy: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LOOK", 0.05)
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("slash", *"ci-bot", "enter", "H")
        await until(lambda: on_screen(app, "History of ci-bot", "as Viewer"))
        busy.services.accounts.disable(busy.admin, busy.accounts()["ci-bot"].id)
        await until(lambda: on_screen(app, "Disabled"))


async def test_on_a_narrow_screen_enter_goes_into_the_event(
    busy: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await open_audit(app, pilot)
        await pilot.press("enter")
        await until(lambda: on_screen(app, "esc Audit", "Place in the chain"))
        await pilot.press("escape")
        await until(lambda: on_screen(app, "Date ↓"))


@pytest.mark.parametrize(
    ("typed", "there"),
    [("about:viewer action:role_created", RolesTab), ("action:api_key_created", AccountDetailsScreen)],
)
async def test_from_an_event_to_what_it_happened_to(
    busy: Store, sqlite_url: str, clock: SetClock, typed: str, there: type
) -> None:
    custom = busy.services.roles.create(busy.admin, "Release Bot", ["run_scans"], "")
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await open_audit(app, pilot)
        await pilot.press("slash", *typed.replace("about:viewer ", ""), "enter")
        await until(lambda: tab(app).table.row_count == 1 and tab(app).table.row)
        await pilot.press("o")
        if there is RolesTab:
            await until(lambda: app.shell and app.shell.query(RolesTab))
            assert app.shell is not None
            roles = app.shell.query_one(RolesTab)
            await until(lambda: roles.table.row and roles.table.row.id == custom.id)
        else:
            await until(lambda: isinstance(app.screen, AccountDetailsScreen) and on_screen(app, " ci-bot "))


async def test_what_is_gone_says_by_whom(busy: Store, sqlite_url: str, clock: SetClock) -> None:
    busy.services.accounts.delete(busy.admin, busy.accounts()["ci-bot"].id)
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await open_audit(app, pilot)
        await pilot.press("slash", *"action:service_account_deleted", "enter")
        await until(lambda: tab(app).table.row_count == 1 and tab(app).table.row)
        await pilot.press("o")
        await until(lambda: "deleted" in notice(app))


async def test_history_is_two_keys_away(busy: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("slash", *"ci-bot", "enter", "enter")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen) and "History" in footer(app))
        await pilot.press("H")
        await until(lambda: on_screen(app, "History of ci-bot", "Added ci-bot to Red Team as Viewer", "Who"))
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen))
        await pilot.press("L")
        await until(lambda: isinstance(app.screen, HistoryScreen) and on_screen(app, "History of pfsa_"))
        await until(lambda: on_screen(app, "Created API key") and not on_screen(app, "Added ci-bot"))


@pytest.mark.parametrize(
    ("key", "name", "said"),
    [
        ("2", "Red Team", "Created team"),
        ("3", "Viewer", "Added ci-bot to Red Team as Viewer"),
        ("4", "SIEM", "Created webhook SIEM"),
    ],
)
async def test_teams_roles_and_webhooks_have_a_history(
    busy: Store, sqlite_url: str, clock: SetClock, key: str, name: str, said: str
) -> None:
    busy.services.webhooks.create(busy.admin, "SIEM", "https://siem.acme.example/in", ["api_key.*"])
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press(key, "slash", *name, "enter", "H")
        await until(lambda: on_screen(app, f"History of {name}", said))
        await pilot.press("enter")
        await until(lambda: on_screen(app, "Place in the chain"))
        await pilot.press("escape", "escape")
        await until(lambda: not isinstance(app.screen, HistoryScreen))


async def test_who_is_no_admin_reads_why_and_no_refusal_is_told(
    busy: Store, sqlite_url: str, clock: SetClock
) -> None:
    new = busy.services.users.create(busy.admin, email="cem@acme.example", name="Cem Kaya")
    own = "correct lantern gravel saxophone"
    cem = busy.services.sign_in.with_password("cem@acme.example", new.password).operator
    busy.services.sign_in.choose_password(cem, Secret(own))
    async with signed_in(sqlite_url, clock, (120, 40), "cem@acme.example", own) as (app, pilot):
        before = busy.services.audit.extent(busy.admin).last
        await pilot.press("5")
        await until(lambda: on_screen(app, "Only a global admin sees what happened."))
        tab(app).reload()
        await pilot.press("enter")
        await until(lambda: "Only a global admin can see the audit trail" in notice(app))
        assert busy.services.audit.extent(busy.admin).last == before


async def test_an_admin_who_signs_out_reads_the_head(busy: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, _):
        press_command(app, "sign_out")
        await until(
            lambda: isinstance(app.screen, SignInScreen) and on_screen(app, "The audit trail ends with")
        )
        head = str(busy.services.audit.head(busy.admin))
        assert head[:40] in screen_text(app)


async def test_from_an_event_to_its_webhook(busy: Store, sqlite_url: str, clock: SetClock) -> None:
    busy.services.webhooks.create(busy.admin, "SIEM", "https://siem.acme.example/in", ["api_key.*"])
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await open_audit(app, pilot)
        await pilot.press("slash", *"about:SIEM", "enter")
        await until(lambda: on_screen(app, "Created webhook SIEM") and not on_screen(app, "Created team"))
        await pilot.press("o")
        await until(lambda: on_screen(app, "https://siem.acme.example/in", "api_key.*"))


# The rows, without a screen


class Counted:
    """The trail, and what was asked of it."""

    def __init__(self, audit: AuditService) -> None:
        self.audit = audit
        self.stretches: list[tuple[int, int]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.audit, name)

    def numbers(self, operator: Operator, query: AuditQuery, newest: int, oldest: int) -> Sequence[int]:
        self.stretches.append((newest, oldest))
        return self.audit.numbers(operator, query, newest, oldest)


def test_each_stretch_is_asked_for_once(busy: Store) -> None:
    audit = Counted(busy.services.audit)
    rows = EventRows(audit, busy.admin, AuditFilter(AuditQuery(words=("team",))))  # type: ignore[arg-type]
    first = rows.page(PageRequest(size=3))
    found = rows.count()
    assert rows.complete
    assert found == busy.services.audit.list(busy.admin, AuditQuery(words=("team",))).total
    assert [row.id for row in first] == [row.id for row in rows.page(PageRequest(size=3))]
    asked = list(audit.stretches)
    busy.services.teams.create(busy.admin, "Blue Team")
    assert rows.count() == found + 1
    assert rows.position(first[0].id) == 1
    last = busy.services.audit.extent(busy.admin).last
    assert audit.stretches[len(asked) :] == [(last, last)]
    after = rows.page(PageRequest(size=2, after=first[0].id))
    assert [row.id for row in after] == [row.id for row in first[1:]]
    before = rows.page(PageRequest(offset=0, size=1, before=first[0].id))
    assert "Blue Team" in before[0].event.description


def test_a_list_of_everything_asks_for_no_stretch(busy: Store) -> None:
    audit = Counted(busy.services.audit)
    rows = EventRows(audit, busy.admin, AuditFilter(AuditQuery()))  # type: ignore[arg-type]
    last = busy.services.audit.extent(busy.admin).last
    assert rows.count() == last
    assert [row.id for row in rows.page(PageRequest(size=2))] == [str(last), str(last - 1)]
    assert rows.position("1") == last - 1
    assert rows.position(str(last + 1)) is None
    assert audit.stretches == []
