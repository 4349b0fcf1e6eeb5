"""The password once more: asked in one place, for every flow; given up, wrong, and right."""

from __future__ import annotations

import threading

import pytest
from textual.pilot import Pilot

from pftui.app import PftuiApp
from pftui.domain.accounts import Operator, Status
from pftui.domain.secret import Secret
from pftui.screens.accounts.create_service_account import CreateServiceAccount
from pftui.screens.accounts.edit_account import EditAccount
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.dialogs.form import Tick
from pftui.screens.dialogs.prove import Prove
from pftui.screens.frame.lock import LockScreen
from pftui.screens.frame.shell import Shell
from pftui.screens.reveal.reveal import Reveal
from pftui.screens.reveal.secret_line import SecretLine
from pftui.services.sessions import SessionService
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.patience import PATIENCE
from tests.screens.console_app import names, notice, screen_text, selected, signed_in, until, users
from tests.screens.flow_app import Store, Ticks, fill

NOT_DONE = "Nothing was changed: your password was not given."


async def opened(app: PftuiApp, kind: type) -> None:
    await until(lambda: isinstance(app.screen, kind) and app.focused)


async def choose(app: PftuiApp, store: Store, name: str) -> None:
    await until(lambda: name in names(app))
    users(app).reveal(store.accounts()[name].id)
    await until(lambda: selected(app) == name)


def flat(app: PftuiApp) -> str:
    return " ".join(screen_text(app).replace("│", " ").split())


async def delete(app: PftuiApp, pilot: Pilot[None], store: Store, name: str) -> None:
    """Up to the question for the password."""
    await choose(app, store, name)
    await pilot.press("D")
    await opened(app, Confirm)
    await pilot.press(*name, "enter")


async def test_giving_up_changes_nothing_and_says_so(store: Store, sqlite_url: str, clock: SetClock) -> None:
    store.person("Bao")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        clock.forward(minutes=16)
        await delete(app, pilot, store, "Bao")
        await opened(app, Prove)
        assert "It is more than 15 minutes since you gave it" in flat(app)
        await pilot.press(*"harvest", "escape")
        await opened(app, Confirm)
        await until(lambda: f"✕ {NOT_DONE}" in screen_text(app))
        assert "Bao" in store.accounts()
        assert app.screen.query_one("#name").value == "Bao"  # type: ignore[attr-defined]


async def test_a_wrong_password_is_told_in_place_and_the_right_one_goes_on_once_for_all(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.person("Bao")
    store.person("Chidi")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        clock.forward(minutes=16)
        await delete(app, pilot, store, "Bao")
        await opened(app, Prove)
        await pilot.press("enter")
        await until(lambda: "Type your password, or press esc" in flat(app))
        await pilot.press(*"wrong words", "enter")
        await until(lambda: "✕ The password is wrong." in screen_text(app))
        assert "Bao" in store.accounts()
        await pilot.press(*ADMIN_PASSWORD, "enter")
        await opened(app, Shell)
        await until(lambda: "Bao is deleted." in notice(app))
        assert "Bao" not in store.accounts()
        clock.forward(minutes=14)
        await delete(app, pilot, store, "Chidi")
        await until(lambda: "Chidi is deleted." in notice(app))


async def test_within_fifteen_minutes_nothing_is_asked(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.person("Bao")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        clock.forward(minutes=14)
        await delete(app, pilot, store, "Bao")
        await until(lambda: "Bao is deleted." in notice(app))


@pytest.mark.parametrize("proved", [True, False])
async def test_an_admins_key_is_made_once_or_not_at_all(
    store: Store, sqlite_url: str, clock: SetClock, ticks: Ticks, proved: bool
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        clock.forward(minutes=16)
        await pilot.press("c")
        await opened(app, CreateServiceAccount)
        await pilot.press(*"ci-bot")
        app.screen.query_one(Tick).value = True
        await pilot.press("enter")
        await opened(app, Prove)
        assert "ci-bot" not in store.accounts()
        if not proved:
            await pilot.press("escape")
            await until(lambda: NOT_DONE in screen_text(app))
            assert "ci-bot" not in store.accounts()
            assert app.screen.query_one(Tick).value
            return
        fill(app, password=ADMIN_PASSWORD)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Reveal) and app.screen.query(SecretLine))
        assert app.screen.query_one(SecretLine)._secret.reveal() in screen_text(app)
        account = store.accounts()["ci-bot"]
        assert account.status is Status.KEY_UNSAVED
        assert len(store.services.accounts.show(store.admin, account.id).keys) == 1


async def test_what_was_typed_in_the_form_stays_beneath(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.person("Bao")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await choose(app, store, "Bao")
        clock.forward(minutes=16)
        await pilot.press("e")
        await opened(app, EditAccount)
        fill(app, email="li@acme.example")
        form = app.screen
        await pilot.press("enter")
        await until(lambda: "Enter once more saves it" in screen_text(app))
        await pilot.press("enter")
        await opened(app, Prove)
        await pilot.press("escape")
        await until(lambda: app.screen is form and NOT_DONE in screen_text(app))
        assert form.typed("email") == "li@acme.example"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await opened(app, Prove)
        fill(app, password=ADMIN_PASSWORD)
        await pilot.press("enter")
        await opened(app, Shell)
        assert store.accounts()["Bao"].identifier == "li@acme.example"


async def test_a_burst_stops_at_the_question(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.person("Bao")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        clock.forward(minutes=16)
        await delete(app, pilot, store, "Bao")
        await opened(app, Prove)
        fill(app, password=ADMIN_PASSWORD)
        monkeypatch.setattr(PftuiApp, "typed_in_burst", True)
        app.screen.action_submit()  # type: ignore[attr-defined]
        await until(lambda: "faster than a hand types" in flat(app))
        assert "Bao" in store.accounts()


async def test_it_waits_beneath_the_lock_and_the_locks_password_is_no_answer(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.person("Bao")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        clock.forward(minutes=16)
        await delete(app, pilot, store, "Bao")
        await opened(app, Prove)
        await pilot.press("ctrl+t")
        await opened(app, LockScreen)
        await pilot.press(*ADMIN_PASSWORD, "enter")
        await until(lambda: not app.locked)
        await opened(app, Prove)
        assert "Bao" in store.accounts()
        await pilot.press("escape")
        await until(lambda: NOT_DONE in screen_text(app))


async def test_a_session_that_has_ended_is_told_and_leads_to_the_sign_in(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.person("Bao")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        clock.forward(minutes=16)
        await delete(app, pilot, store, "Bao")
        await opened(app, Prove)
        store.services.sessions.end(store.admin, app.operator.session_id or "")
        fill(app, password=ADMIN_PASSWORD)
        await pilot.press("enter")
        await until(lambda: "Your session was ended" in flat(app))
        await app.session.look()
        await until(lambda: type(app.screen).__name__ == "SignInScreen")
        assert "Bao" in store.accounts()
        assert ADMIN_EMAIL in screen_text(app)


async def test_esc_while_the_password_is_looked_at_gives_up_and_changes_nothing(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, looked = threading.Event(), []
    real = SessionService.prove

    def slow(self: SessionService, operator: Operator, password: Secret) -> Operator:
        gate.wait(PATIENCE)
        looked.append(real(self, operator, password))
        return looked[-1]

    monkeypatch.setattr(SessionService, "prove", slow)
    store.person("Bao")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        clock.forward(minutes=16)
        await delete(app, pilot, store, "Bao")
        await opened(app, Prove)
        await pilot.press(*ADMIN_PASSWORD, "enter")
        await until(lambda: app.screen.busy)  # type: ignore[attr-defined]
        await until(lambda: app.waiting)
        await pilot.press("escape")
        await opened(app, Confirm)
        await until(lambda: NOT_DONE in screen_text(app))
        gate.set()
        await until(lambda: looked)  # the right password, which nobody had taken away from it
        assert "Bao" in store.accounts()
        assert store.services.sign_in.wait(ADMIN_EMAIL) == 0
