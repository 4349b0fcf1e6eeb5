"""The Users tab: what it lists, how it is filtered and sorted, and what it says."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest
from textual import events
from textual.widgets import Static

import pftui.screens.users.pane
from pftui.domain.accounts import AccountSort
from pftui.domain.secret import Secret
from pftui.screens import account_details
from pftui.screens.account_details import AccountDetailsScreen
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.lists.list_tab import WIDE
from pftui.screens.users.pane import DetailsPane
from tests.conftest import SetClock
from tests.patience import PATIENCE
from tests.screens.console_app import (
    LOST,
    LostService,
    footer,
    names,
    notice,
    rows,
    screen_text,
    selected,
    signed_in,
    until,
    users,
)
from tests.screens.flow_app import Store

OWN = "cobalt otter fjord lantern"


@pytest.fixture
def filled(store: Store) -> Store:
    """Two people and three service accounts beside the admin."""
    services, admin = store.services, store.admin
    red = store.teams()["Red Team"]
    roles = {role.name: role.id for role in services.roles.list(admin)}
    for name in ("ci-bot", "nightly", "[red]x[/red]"):
        new = services.service_accounts.create(admin, name=name)
        services.keys.confirm_saved(admin, new.key_id)
    services.teams.add(admin, red.id, store.accounts()["ci-bot"].id, roles["CI Runner"])
    for name in ("Bao Tran", "Dana Levi"):
        services.users.create(admin, email=f"{name.split()[0].lower()}@acme.example", name=name)
    return store


async def test_people_and_service_accounts_stand_in_one_table(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, _):
        assert names(app) == ["[red]x[/red]", "Alice Ng", "Bao Tran", "ci-bot", "Dana Levi", "nightly"]
        bot = next(line for line in rows(app) if "ci-bot" in line)
        assert bot.startswith((" ▪ ci-bot", "▌▪ ci-bot"))
        assert "● active" in bot
        assert "○ no team" in next(line for line in rows(app) if "nightly" in line)
        assert "◌ invited" in next(line for line in rows(app) if "Bao" in line)
        assert "6 accounts" in screen_text(app)
        assert "2 need attention" in screen_text(app)


async def test_it_filters_while_typing_and_esc_clears(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("slash", *"red team")
        await until(lambda: names(app) == ["ci-bot"])
        assert "1 of 6 accounts" in screen_text(app)
        assert "esc Clear the filter" in footer(app)
        await pilot.press("enter")
        assert users(app).table.has_focus
        assert names(app) == ["ci-bot"]
        await pilot.press("escape")
        await until(lambda: len(names(app)) == 6)
        assert selected(app) == "ci-bot"


async def test_a_filter_with_no_match_says_how_to_clear_it(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("slash", *"[b]no")
        await until(lambda: "Nothing matches [b]no." in screen_text(app))
        assert "Press esc to clear the filter." in screen_text(app)


async def test_the_chips_narrow_the_list(filled: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("v")
        await until(lambda: names(app) == ["Alice Ng", "Bao Tran", "Dana Levi"])
        await pilot.press("v")
        await until(lambda: names(app) == ["[red]x[/red]", "ci-bot", "nightly"])
        await pilot.press("v")
        await until(lambda: names(app) == ["[red]x[/red]", "nightly"])
        assert "2 need attention" in screen_text(app)
        await until(lambda: "2 of 6 accounts" in screen_text(app))  # counted after the first rows show
        await pilot.press("v")
        await until(lambda: len(names(app)) == 6)


async def test_an_empty_view_says_which_key_makes_the_first(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("v", "v")
        await until(lambda: "No service accounts yet." in screen_text(app))
        assert "Press c to create the first one." in screen_text(app)


async def test_it_sorts_by_any_column_and_back(filled: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("S")
        await until(lambda: names(app)[0] == "nightly")
        assert "Name ↓" in users(app).table.render_line(0).text
        for _ in range(5):
            await pilot.press("s")
        await until(lambda: "Status↑" in users(app).table.render_line(0).text.replace(" ", ""))
        await until(lambda: "● active" in rows(app)[-1])
        await pilot.press("s")
        await until(lambda: names(app)[0] == "[red]x[/red]")


async def test_a_click_on_a_title_sorts_by_it(filled: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.click(users(app).table, offset=(4, 0))
        await until(lambda: names(app)[0] == "nightly")


async def test_the_details_follow_the_cursor_once_it_rests(
    monkeypatch: pytest.MonkeyPatch, filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    monkeypatch.setattr(pftui.screens.users.pane, "REST", 4.0)  # longer than a busy host is at three keys
    async with signed_in(sqlite_url, clock, (WIDE, 40)) as (app, pilot):
        pane = users(app).query_one(DetailsPane)
        await until(lambda: str(pane.query_one(Static).visual))  # the first row's
        asked: list[str] = []
        show = app.services.accounts.show

        class Watched(LostService):
            def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
                return getattr(filled.services.accounts, name)

            def show(self, operator, account_id):  # type: ignore[no-untyped-def]
                asked.append(account_id)
                return show(operator, account_id)

        app.services = replace(app.services, accounts=Watched())  # type: ignore[arg-type]
        await pilot.press("down", "down", "down")
        await until(lambda: "Red Team: View Configurations" in screen_text(app).replace("\n", " "))
        assert asked == [filled.accounts()["ci-bot"].id]


async def test_details_say_why_nothing_works_and_the_next_key(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("end")
        await until(lambda: "Nothing: no team yet." in screen_text(app))
        assert "Press a to assign it to a team." in screen_text(app)


async def test_below_110_columns_enter_opens_the_details(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        assert not users(app).query_one(DetailsPane).display
        await pilot.press("down", "down", "down", "enter")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen))
        await until(lambda: "CI Runner" in screen_text(app))
        assert "x Revoke key" in footer(app)
        await pilot.press("down")
        assert "x Unassign" in footer(app)
        await pilot.press("escape")
        await until(lambda: app.screen is app.shell)


async def test_a_key_is_revoked_from_the_details(filled: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("down", "down", "down", "enter")
        await until(lambda: "x Revoke key" in screen_text(app))
        await pilot.press("x")
        await until(lambda: not isinstance(app.screen, AccountDetailsScreen))
        assert "pfsa_" in screen_text(app)
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen))
        await pilot.press("x")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press(*"ci-bot", "enter")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen))
        await until(lambda: "of ci-bot is revoked." in screen_text(app))


async def test_why_a_key_cannot_be_revoked_stays_until_something_else_is_done(
    filled: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_details, "LOOK", 0.02)
    services, admin = filled.services, filled.admin
    bot = filled.accounts()["ci-bot"]
    services.keys.create(admin, bot.id)
    for held in services.accounts.show(admin, bot.id).keys:
        services.keys.revoke(admin, held.key_id)
    async with signed_in(sqlite_url, clock) as (app, pilot):
        looks = 0
        real = AccountDetailsScreen._read

        async def read(screen: AccountDetailsScreen) -> None:
            nonlocal looks
            await real(screen)
            looks += 1

        monkeypatch.setattr(AccountDetailsScreen, "_read", read)
        await pilot.press("down", "down", "down", "enter")
        await until(lambda: "x Revoke key" in screen_text(app) and looks)
        for key, character in (("down", None), ("x", "x")):  # at once, as over a slow link
            app.post_message(events.Key(key, character))
        await until(lambda: "revoked already" in screen_text(app))
        seen = looks
        await until(lambda: looks > seen + 2)
        assert "revoked already" in screen_text(app)
        await pilot.press("down")
        await until(lambda: "revoked already" not in screen_text(app))


async def test_a_key_of_the_lists_says_so_in_the_details_and_q_closes_them(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        for key in ("n", "slash", "ctrl+p", "2"):
            await pilot.press("enter")
            await until(lambda: "x Revoke key" in screen_text(app))
            await pilot.press(key)
            await until(lambda: "close the details first (esc)" in screen_text(app))
            await pilot.press("ctrl+r")
            await until(lambda: "Read again." in screen_text(app))
            await pilot.press("q")
            await until(lambda: app.screen is app.shell)


async def test_a_team_with_a_long_name_hides_no_other(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    services, admin = filled.services, filled.admin
    role = services.roles.find(admin, "Viewer").id
    for name in ("Payments and settlement in Europe, the Middle East and Africa, all of it", "Zeta"):
        services.teams.add(admin, services.teams.create(admin, name).id, filled.accounts()["ci-bot"].id, role)
    async with signed_in(sqlite_url, clock, (80, 30)) as (app, pilot):
        await pilot.press("down", "down", "down", "enter")
        await until(lambda: "x Revoke key" in screen_text(app))
        await pilot.press("end")
        await until(lambda: "▌ Zeta  Viewer" in screen_text(app))


async def test_it_sorts_by_what_is_seen_only(filled: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock, (60, 18)) as (app, pilot):
        titles = users(app).table.render_line(0).text
        assert "Last used" not in titles
        for _ in range(len(AccountSort)):
            await pilot.press("s")
            await until(lambda: any(arrow in users(app).table.render_line(0).text for arrow in "↑↓"))


async def test_names_with_markup_are_shown_as_typed(filled: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await until(lambda: "[red]x[/red]  service account" in screen_text(app))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen))
        await until(lambda: "─  [red]x[/red]  ─" in screen_text(app))


async def test_a_lost_store_says_so_keeps_the_list_and_comes_back(
    filled: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        real = app.services
        app.services = replace(real, accounts=LostService(), lifecycle=LostService())  # type: ignore[arg-type]
        await pilot.press("slash", *"ci")
        await until(lambda: LOST in notice(app))
        assert notice(app).endswith("ctrl+r Retry")
        assert len(names(app)) == 6
        assert users(app).bar.text == "ci"
        app.services = real
        await pilot.press("escape")
        await until(lambda: users(app).table.has_focus)
        await pilot.press("slash", *"ci")
        await until(lambda: LOST not in notice(app))
        await until(lambda: names(app) == ["ci-bot"])


async def test_a_slow_store_shows_that_it_works(filled: Store, sqlite_url: str, clock: SetClock) -> None:
    gate = threading.Event()

    def slow() -> str:
        gate.wait(PATIENCE)
        return "done"

    async with signed_in(sqlite_url, clock) as (app, _):
        asking = asyncio.create_task(app.call(slow))
        await until(lambda: "working…" in screen_text(app))
        gate.set()
        assert await asking == "done"
        await until(lambda: "working…" not in screen_text(app))


async def test_who_is_no_global_admin_sees_themselves_and_is_told_why(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    services, admin = filled.services, filled.admin
    new = services.users.create(admin, email="erik@acme.example", name="Erik Holm")
    erik = services.sign_in.with_password("erik@acme.example", new.password).operator
    services.sign_in.change_password(erik, new.password, Secret(OWN))
    async with signed_in(sqlite_url, clock, email="erik@acme.example", password=OWN) as (app, pilot):
        assert names(app) == ["Erik Holm"]
        assert "not a global admin" in screen_text(app)
        await pilot.press("c")
        assert "Only a global admin can create service accounts." in notice(app)
        assert app.screen is app.shell
        await pilot.press("delete")
        assert "Only a global admin can delete accounts and teams." in notice(app)


async def test_the_view_of_what_needs_attention_is_there_while_something_does(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("v", "v", "v")
        await until(lambda: names(app) == ["[red]x[/red]", "nightly"])
        for name in names(app):
            filled.services.accounts.delete(filled.admin, filled.accounts()[name].id)
        await pilot.press("ctrl+r")
        await until(lambda: "Nothing needs attention." in screen_text(app))
        await pilot.press("v")
        await until(lambda: len(names(app)) == 4)
        assert "attention" not in screen_text(app)
        await pilot.press("v", "v", "v")
        await until(lambda: len(names(app)) == 4)


async def test_a_narrow_terminal_has_a_shorter_chip_and_room_to_type(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (70, 20)) as (app, pilot):
        assert "Service accounts   2 !" in screen_text(app)
        await pilot.press("slash")
        await until(lambda: "Service accounts" not in screen_text(app))
        await pilot.press("enter")
        await until(lambda: "Service accounts" in screen_text(app))


async def test_a_row_shows_in_which_team_a_word_was_found(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("slash", *"red bot")
        await until(lambda: names(app) == ["ci-bot"])
        assert "in Red Team" in rows(app)[0]
        await pilot.press("enter", "escape")
        await until(lambda: len(names(app)) == 6)
        assert "in Red Team" not in "".join(rows(app))


async def test_a_word_that_is_no_state_is_answered_with_those_there_are(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("slash", *"is:gone")
        await until(lambda: "There is no is:gone." in screen_text(app))
        assert "is: knows disabled, unsaved, invited" in screen_text(app)
        await pilot.press("ctrl+u", *"is:inv !bao")
        await until(lambda: names(app) == ["Dana Levi"])


def two_keys(filled: Store) -> tuple[str, str]:
    """The ids of two keys of one account, the older one first."""
    bot = filled.accounts()["ci-bot"]
    newer = filled.services.keys.create(filled.admin, bot.id)
    details = filled.services.accounts.show(filled.admin, bot.id)
    return next(key.key_id for key in details.keys if key.key_id != newer.key_id), newer.key_id


@pytest.mark.parametrize("opened", [True, False])
async def test_a_key_that_the_filter_finds_is_the_one_that_is_opened_and_revoked(
    opened: bool, filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    clock.forward(minutes=1)
    older, newer = two_keys(filled)
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("slash", *f"pfsa_{older[:6]}")
        await until(lambda: names(app) == ["ci-bot"])
        assert f"pfsa_{older}…"[:16] in rows(app)[0]
        await pilot.press("enter")
        assert "x Revoke key" in footer(app)
        if opened:
            await pilot.press("enter")
            await until(lambda: isinstance(app.screen, AccountDetailsScreen) and not app.screen.holds_keys)
        await pilot.press("x")
        await until(lambda: isinstance(app.screen, Confirm))
        assert f"Revoke pfsa_{older}…" in screen_text(app)
        assert newer not in screen_text(app).split("Revoke")[1]


async def test_a_key_that_is_pasted_never_shows_its_secret(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    key = filled.services.keys.create(filled.admin, filled.accounts()["nightly"].id)
    text = key.key.reveal()
    async with signed_in(sqlite_url, clock) as (app, pilot):
        drawn: list[str] = []
        await pilot.press("slash")
        app.post_message(events.Paste(text))
        while names(app) != ["nightly"]:
            drawn.append(screen_text(app))
            await pilot.pause()
        assert users(app).bar.input.value == f"pfsa_{key.key_id}…"
        await pilot.press("a")
        assert users(app).bar.input.value == f"pfsa_{key.key_id}…"
        await pilot.press("ctrl+u", "enter", "ctrl+p")
        app.post_message(events.Paste(text))
        await until(lambda: f"API key pfsa_{key.key_id}…" in screen_text(app))
        drawn.append(screen_text(app))
        assert not any(text[16:20] in screen for screen in drawn)
        await pilot.press("down", "enter")
        await until(lambda: names(app) == ["nightly"])
        assert users(app).bar.text == f"pfsa_{key.key_id}…"
        assert selected(app) == "nightly"
